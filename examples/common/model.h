#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

/* How many parameters a model has. */
size_t parameter_count(const rnn_model *model);

/* The class with the largest of `count` logits, probabilities or weights; of equals the first. */
int32_t likeliest(const float *values, size_t count);

#endif
