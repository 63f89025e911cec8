/* For tests that compare the library with the vectors of ONNX and Keras. */
#ifndef RNN_TESTS_VECTORS_H
#define RNN_TESTS_VECTORS_H

#include "support/support.h"

/* Converts `from` to float in `to` [most] and returns `to`. NULL if the array is absent (`from` NULL). */
const float *vector_floats(float *to, size_t most, const double *from, size_t count);
void vector_doubles(double *to, const float *from, size_t count);

/* Reads the states of the session, [L*D,B,H], as doubles. Sets them, unless `from` is NULL. */
void vector_get_state(double *to, rnn_session *session, size_t count, int32_t kind);
void vector_set_state(rnn_session *session, const double *from, size_t count, int32_t kind);

/* Sets the activations f, g and h; 0: the cell's default. */
void vector_set_activations(rnn_config *config, const int32_t *activation, const double *alpha, const double *beta);

/* One array of the library's results and its expected values: |actual - expected| <= tolerance * (1 + |expected|). */
struct comparison {
    const char *array;
    const double *actual, *expected;
    size_t count;
    double tolerance;
};

/* The index of the first element that differs, or `count` if none does. */
size_t vector_first_difference(const struct comparison *c);

/* Prints which arrays of one test vector differ, and returns their number. `how` says how it was run. */
size_t vector_differences(const struct comparison *all, size_t count, const char *name, const char *how);

/* Changes each expected number in turn by slightly more than the tolerance: the comparison must find it. */
void vector_check_rejected(struct comparison c);

#endif
