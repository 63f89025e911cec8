/* What the names and shapes in a file of another writer tell of the options of a network: see rnn_config_infer. */
#ifndef RNNI_INFER_H
#define RNNI_INFER_H

#include "io/safetensors.h"
#include "model/options.h"

/* RNN_E_FORMAT, RNN_E_UNSUPPORTED; the options are then in an unknown state. */
int32_t rnni_infer(struct rnni_options *options, const struct rnni_safetensors *file, const char *function);

/* infer_check.c: the file has every tensor of the layers that the options tell, and under their names no other. */
int32_t rnni_infer_check(const struct rnni_options *options, const struct rnni_safetensors *file, const char *function);

/* RNN_E_FORMAT: __metadata__ ties a tensor of the network to one that the file does not have. */
int32_t rnni_infer_check_ties(const struct rnni_options *options, const struct rnni_safetensors *file,
                              const char *function);

/* RNN_E_UNSUPPORTED: a weight or bias under the prefix stands in parts, which could not be joined. */
int32_t rnni_infer_check_whole(const char *prefix, const struct rnni_safetensors *file, const char *function);

#endif
