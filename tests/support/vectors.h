/* What the tests that hold the library to the vectors of ONNX and Keras share. */
#ifndef RNN_TESTS_VECTORS_H
#define RNN_TESTS_VECTORS_H

#include "support/support.h"

/* Fills `to`, which has room for `most`, and gives it; NULL for an array that is left out, where `from` is NULL. */
const float *vector_floats(float *to, size_t most, const double *from, size_t count);
void vector_doubles(double *to, const float *from, size_t count);

/* The state of the session, [L*D,B,H], as doubles; sets it to numbers, or not at all where `from` is NULL. */
void vector_get_state(double *to, rnn_session *session, size_t count, int32_t kind);
void vector_set_state(rnn_session *session, const double *from, size_t count, int32_t kind);

/* The functions in the places f, g and h; 0: as the cell has them. */
void vector_set_activations(rnn_config *config, const int32_t *activation, const double *alpha, const double *beta);

/* One array of what the library gives, and what is expected: |actual - expected| <= tolerance * (1 + |expected|). */
struct comparison {
    const char *array;
    const double *actual, *expected;
    size_t count;
    double tolerance;
};

/* The index of the first element that differs, or the count where none does. */
size_t vector_first_difference(const struct comparison *c);

/* Says what differs in one vector, by its name and how it was run, and how many arrays do. */
size_t vector_differences(const struct comparison *all, size_t count, const char *name, const char *how);

/* Moves every expected number in turn by little more than is allowed: the checker must point at it. */
void vector_check_rejected(struct comparison c);

#endif
