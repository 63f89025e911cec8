/* Sums over the rows of row-major matrices, and their movements.  Products with weights are panels.h.  Raw pointers and
 * sizes; nothing here can fail. */
#ifndef RNNI_MATRIX_H
#define RNNI_MATRIX_H

#include <stddef.h>
#include <stdint.h>

/* c [m,n] += a' b for a [k,m] and b [k,n]: the sum of k outer products, one (k = 1) being a rank-1 update.  Rows lie
 * a_row and b_row floats apart.  room [RNNI_OUTER_ROOM] is overwritten. */
void rnni_matrix_add_outer(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k, size_t m,
                           size_t n, float *room);

/* What shares of m are multiples of, so that their sums are the same to the bit as those of the whole. */
size_t rnni_matrix_outer_step(void);

/* out [columns,rows] = a' for a [rows,columns]. */
void rnni_matrix_transpose(float *out, const float *a, size_t rows, size_t columns);

/* out [columns,rows] += a' for a [rows,columns], whose rows lie a_row floats apart. */
void rnni_matrix_add_transposed(float *out, const float *a, size_t a_row, size_t rows, size_t columns);

/* sum [columns] += the sum over the rows of a [rows,columns], which lie a_row floats apart; `also` [columns] gets the
 * same unless it is NULL. */
void rnni_matrix_add_rows(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns);

#endif
