/* A model in words. */
#ifndef RNNI_DESCRIBE_H
#define RNNI_DESCRIBE_H

#include "model/model.h"

/* Writes as much as fits, with a final 0 where capacity is not 0; returns the size of the whole with its final 0. */
size_t rnni_describe(const struct rnn_model *model, char *text, size_t capacity, size_t steps, size_t batch);

#endif
