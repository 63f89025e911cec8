/* Arrays that show what a function reads and writes. Floats that it may neither read nor write are signalling NaNs:
 * they make any sum NaN, and adding 0 to one changes its bits. */
#ifndef RNN_TESTS_GUARDED_H
#define RNN_TESTS_GUARDED_H

#include "support/support.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* An array of `count` such floats. */
float *new_floats(size_t count);

/* The same with more such floats before and after it, which must be unchanged when the array is freed. */
float *new_guarded(size_t count);
int guards_hold(const float *values, size_t count);
void free_guarded(float *values, size_t count);

int same_bits(const float *a, const float *b, size_t count);

/* A random integer in [0, most]. */
size_t pick(size_t most, uint64_t *seed);

/* A matrix [rows, columns] of random elements whose rows begin `row` floats apart, guarded. `count` is the number of
 * floats from its first to its last element. */
struct matrix {
    float *data, *before; /* before: a copy */
    size_t rows, columns, row, count;
};

struct matrix new_matrix(size_t rows, size_t columns, size_t row, uint64_t *seed);
void restore_matrix(struct matrix *m);

/* The floats between the rows and around the matrix are unchanged. */
int around_is_untouched(const struct matrix *m);
void free_matrix(struct matrix *m);

#endif
