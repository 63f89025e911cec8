/* Sums of outer products through CBLAS, where no wide vectors are known here.  This is the only file that includes
 * cblas.h. */
#include "math/matrix.h"

#include "math/vector.h"

#include <cblas.h>
#include <limits.h>

/* CBLAS takes int: no more rows than this go into one call.  Rows of a batch may lie further apart than that; all other
 * sizes are those of a network, which fit: see rnni_options_check. */
#define MOST_ROWS ((size_t)1 << 30)

/* Rows of c in a call: the BLAS may sum otherwise for other sizes, so that shares of c must not change them. */
#define BLOCK_ROWS 64

/* With wide vectors the kernel is ahead of OpenBLAS at every size of a network.  Without them the BLAS may know the
 * machine better. */
size_t rnni_matrix_outer_step(void)
{
    return rnni_vector()->wide ? 1 : BLOCK_ROWS;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void rnni_matrix_add_outer(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k, size_t m,
                           size_t n, float *room)
{
    if (rnni_vector()->wide || a_row > INT_MAX || b_row > INT_MAX) {
        rnni_vector()->outer(c, n, a, a_row, b, b_row, k, m, n, room);
        return;
    }
    for (size_t i = 0; i < m; i += BLOCK_ROWS)
        for (size_t q = 0; q < k; q += MOST_ROWS)
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)smaller(BLOCK_ROWS, m - i), (int)n,
                        (int)smaller(MOST_ROWS, k - q), 1, a + q * a_row + i, (int)a_row, b + q * b_row, (int)b_row, 1,
                        c + i * n, (int)n);
}
