/* Arrays that show what a function reads and writes.  Floats that it may neither read nor write are signalling NaNs: a
 * sum that took one in would show it, and even adding 0 to one changes it. */
#ifndef RNN_TESTS_GUARDED_H
#define RNN_TESTS_GUARDED_H

#include "support/support.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* `count` such floats. */
float *new_floats(size_t count);

/* The same with more of them around it, which must still be there when the array is freed. */
float *new_guarded(size_t count);
int guards_hold(const float *values, size_t count);
void free_guarded(float *values, size_t count);

int same_bits(const float *a, const float *b, size_t count);

/* A whole number in [0, most], another one at each call. */
size_t pick(size_t most, uint64_t *seed);

/* A matrix [rows, columns] whose rows lie `row` floats apart, guarded, with random elements; `count` floats, as it ends
 * with its last element. */
struct matrix {
    float *data, *before; /* before: a copy */
    size_t rows, columns, row, count;
};

struct matrix new_matrix(size_t rows, size_t columns, size_t row, uint64_t *seed);
void restore_matrix(struct matrix *m);

/* What is not an element of the matrix is what it was. */
int around_is_untouched(const struct matrix *m);
void free_matrix(struct matrix *m);

#endif
