/* Sums of outer products through CBLAS, where no wide vectors are known here.  This is the only file that includes
 * cblas.h. */
#include "math/matrix.h"

#include "math/vector.h"

#include <cblas.h>

/* CBLAS takes int: no more rows than this go into one call.  All other sizes are those of a network, which fit: see
 * rnni_options_check. */
#define MOST_ROWS ((size_t)1 << 30)

/* With wide vectors the kernel is ahead of OpenBLAS at every size of a network, and the same to the bit for every share
 * of m.  Without them the BLAS may know the machine better. */
void rnni_matrix_add_outer(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k, size_t m,
                           size_t n)
{
    if (rnni_vector()->wide) {
        rnni_vector()->outer(c, n, a, a_row, b, b_row, k, m, n);
        return;
    }
    for (size_t i = 0; i < k; i += MOST_ROWS)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n,
                    (int)(k - i < MOST_ROWS ? k - i : MOST_ROWS), 1, a + i * a_row, (int)a_row, b + i * b_row,
                    (int)b_row, 1, c, (int)n);
}
