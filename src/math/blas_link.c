/* A CBLAS that is linked.  This is the only file that includes cblas.h. */
#include "math/blas.h"

#include <cblas.h>
#include <limits.h>

#define TRANS(trans) ((trans) == RNNI_BLAS_TRANSPOSED ? CblasTrans : CblasNoTrans)

static void sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int incx,
                  float beta, float *y, int incy)
{
    (void)order;
    cblas_sgemv(CblasRowMajor, TRANS(trans), m, n, alpha, a, lda, x, incx, beta, y, incy);
}

static void sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy, float *a,
                 int lda)
{
    (void)order;
    cblas_sger(CblasRowMajor, m, n, alpha, x, incx, y, incy, a, lda);
}

static void sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc)
{
    (void)order;
    cblas_sgemm(CblasRowMajor, TRANS(trans_a), TRANS(trans_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const struct rnni_blas *rnni_blas(const char **reason)
{
    static const struct rnni_blas linked = {
        .name = RNN_BLAS_NAME, .most = INT_MAX, .sgemv = sgemv, .sger = sger, .sgemm = sgemm};
    (void)reason;
    return &linked;
}
