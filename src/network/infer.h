/* What the names and shapes in a file of another writer tell of the options of a network: see rnn_config_infer. */
#ifndef RNNI_INFER_H
#define RNNI_INFER_H

#include "io/safetensors.h"
#include "network/options.h"

/* RNN_E_FORMAT, RNN_E_UNSUPPORTED; the options are then in an unknown state. */
int32_t rnni_infer(struct rnni_options *options, const struct rnni_safetensors *file, const char *function);

#endif
