/* The products of matrix.h in plain C, for machines without a CBLAS. */
#include "math/matrix.h"

#include "math/vector.h"

#include <string.h>

void rnni_matrix_multiply(float *c, const float *a, const float *b, size_t m, size_t k, size_t n, int add)
{
    if (!add)
        memset(c, 0, m * n * sizeof *c);
    rnni_vector()->product(c, a, k, 1, b, m, k, n);
}

void rnni_matrix_add_outer(float *c, const float *a, const float *b, size_t k, size_t m, size_t n)
{
    rnni_vector()->product(c, a, 1, m, b, m, k, n);
}
