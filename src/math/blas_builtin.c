/* The products of matrix.h in plain C, for machines without a CBLAS. */
#include "math/matrix.h"

#include "math/vector.h"

#include <string.h>

size_t rnni_matrix_rows_at_once(size_t k, size_t n)
{
    (void)k;
    (void)n;
    return 96;
}

void rnni_matrix_multiply_part(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row,
                               size_t m, size_t k, size_t n, int add)
{
    for (size_t i = 0; i < m && !add; i++)
        memset(c + i * c_row, 0, n * sizeof *c);
    rnni_vector()->product(c, c_row, a, a_row, 1, b, b_row, m, k, n);
}

void rnni_matrix_add_outer_part(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                                size_t m, size_t n)
{
    rnni_vector()->product(c, n, a, 1, a_row, b, b_row, m, k, n);
}
