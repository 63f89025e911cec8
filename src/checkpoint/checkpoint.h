/* A model as a safetensors file: tensors by the layout, options and notes in __metadata__. */
#ifndef RNNI_CHECKPOINT_H
#define RNNI_CHECKPOINT_H

#include "io/safetensors.h"
#include "model/model.h"

/* *size is that of the file, which is written where bytes (NULL allowed) have the capacity.  precision: of the matrices
 * in the file, RNN_PRECISION_FLOAT32 or _BF16. */
int32_t rnni_checkpoint_write(unsigned char *bytes, size_t capacity, size_t *size, const struct rnn_model *model,
                              int64_t precision, const char *function);

/* Nothing as large as the options claim is taken before the file has been found to hold that much. */
int32_t rnni_checkpoint_read(struct rnn_model **out, const struct rnni_safetensors *file, const char *function);

/* The parameters alone, of any writer's file, into a model, which is unchanged where this fails. */
int32_t rnni_checkpoint_read_parameters(struct rnn_model *model, const struct rnni_safetensors *file,
                                        const char *function);

/* The names of the tensors of a file that a model does not read: *size with the final 0, and the text (NULL allowed).
 * RNN_E_SIZE: it is longer than the capacity. */
int32_t rnni_checkpoint_unused(char *text, size_t capacity, size_t *size, const struct rnn_model *model,
                               const struct rnni_safetensors *file, const char *function);

/* The definition that a file's header tells; unchanged where this fails. */
int32_t rnni_checkpoint_infer(struct rnni_definition *definition, const struct rnni_safetensors *file,
                              const char *function);

#endif
