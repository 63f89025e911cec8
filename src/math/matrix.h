/* Products and movements of row-major matrices.  Raw pointers and sizes; nothing here can fail. */
#ifndef RNNI_MATRIX_H
#define RNNI_MATRIX_H

#include <stddef.h>
#include <stdint.h>

/* c [m,n] = a [m,k] b [k,n], added to what c holds where `add` is 1.  One row (m = 1) is a matrix-vector product that
 * takes no lock, no memory and no thread, whatever its size. */
void rnni_matrix_multiply(float *c, const float *a, const float *b, size_t m, size_t k, size_t n, int add);

/* c [m,n] += a' b for a [k,m] and b [k,n]: the sum of k outer products, one (k = 1) being a rank-1 update. */
void rnni_matrix_add_outer(float *c, const float *a, const float *b, size_t k, size_t m, size_t n);

/* The same on parts of wider matrices, whose rows lie `..._row` floats apart: some of the gates of a cell. */
void rnni_matrix_multiply_part(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row,
                               size_t m, size_t k, size_t n, int add);
void rnni_matrix_add_outer_part(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                                size_t m, size_t n);

/* How many rows of a product with weights [k,n] are best given at once where the caller may choose: so few that who
 * goes on with them finds them in the cache, or, where the product is better made as a whole, SIZE_MAX. */
size_t rnni_matrix_rows_at_once(size_t k, size_t n);

/* out [columns,rows] = a' for a [rows,columns]; with _add_transposed added to what out holds. */
void rnni_matrix_transpose(float *out, const float *a, size_t rows, size_t columns);
void rnni_matrix_add_transposed(float *out, const float *a, size_t rows, size_t columns);

/* Every row of a [rows,columns] becomes `row`. */
void rnni_matrix_fill_rows(float *a, const float *row, size_t rows, size_t columns);

/* sum [columns] += the sum over the rows of a [rows,columns]; _part: of rows that lie a_row floats apart. */
void rnni_matrix_add_rows(float *sum, const float *a, size_t rows, size_t columns);
void rnni_matrix_add_rows_part(float *sum, const float *a, size_t a_row, size_t rows, size_t columns);

#endif
