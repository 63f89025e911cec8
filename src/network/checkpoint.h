/* A model as a safetensors file in memory: tensors by the layout, options and notes in __metadata__. */
#ifndef RNNI_CHECKPOINT_H
#define RNNI_CHECKPOINT_H

#include "network/model.h"

/* The bytes of the file, to be released with rnni_memory_release. */
int32_t rnni_checkpoint_write(unsigned char **bytes, size_t *count, const struct rnn_model *model,
                              const char *function);

/* Nothing as large as the options claim is taken before the file has been found to hold that much. */
int32_t rnni_checkpoint_read(struct rnn_model **out, const unsigned char *bytes, size_t count, const char *function);

#endif
