/* Sums of outer products without a CBLAS. */
#include "math/matrix.h"

#include "math/vector.h"

size_t rnni_matrix_outer_step(void)
{
    return 1;
}

void rnni_matrix_add_outer(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k, size_t m,
                           size_t n, float *room)
{
    rnni_vector()->outer(c, n, a, a_row, b, b_row, k, m, n, room);
}
