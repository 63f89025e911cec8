/* Sums over the rows of row-major matrices, and their movements.  Products are products.h.  Raw pointers and sizes;
 * nothing here can fail. */
#ifndef RNNI_MATRIX_H
#define RNNI_MATRIX_H

#include <stddef.h>
#include <stdint.h>

/* out [columns,rows] = a' for a [rows,columns]. */
void rnni_matrix_transpose(float *out, const float *a, size_t rows, size_t columns);

/* out [columns,rows] += a' for a [rows,columns], whose rows lie a_row floats apart. */
void rnni_matrix_add_transposed(float *out, const float *a, size_t a_row, size_t rows, size_t columns);

/* sum [columns] += the sum over the rows of a [rows,columns], which lie a_row floats apart; `also` [columns] gets the
 * same unless it is NULL. */
void rnni_matrix_add_rows(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns);

#endif
