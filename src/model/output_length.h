/* How many rows the output of a network has for a sequence that begins with its first step. */
#ifndef RNNI_OUTPUT_LENGTH_H
#define RNNI_OUTPUT_LENGTH_H

#include "model/model.h"

/* For `steps` steps: 1 with one output for each sequence, unless nothing reaches the pooling.  A sequence that comes in
 * pieces has after each the rows of all its steps so far. */
size_t rnni_output_length_of(const struct rnn_model *model, size_t steps);

/* At most, of any `steps` steps that follow one another in a sequence. */
size_t rnni_output_length_most(const struct rnn_model *model, size_t steps);

/* The steps that a sequence must have for its first row; SIZE_MAX: there never is one. */
size_t rnni_output_length_least(const struct rnn_model *model);

#endif
