/* The three functions of a CBLAS that products call.  Which CBLAS they are of, the build decides: it compiles one of
 * blas_load.c, blas_link.c and blas_none.c. */
#ifndef RNNI_BLAS_H
#define RNNI_BLAS_H

/* Values of the enumerations of cblas.h. */
enum { RNNI_BLAS_ROW_MAJOR = 101, RNNI_BLAS_STRAIGHT = 111, RNNI_BLAS_TRANSPOSED = 112 };

struct rnni_blas {
    const char *name; /* "libopenblas.so.0" */
    int most;         /* the largest dimension and stride that a call may get */
    void (*sgemv)(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int incx,
                  float beta, float *y, int incy);
    void (*sger)(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy, float *a,
                 int lda);
    void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc);
};

/* NULL without a CBLAS; *reason then says why, unless reason is NULL.  The first call may load a library, which stays
 * loaded; any number of threads may call at once. */
const struct rnni_blas *rnni_blas(const char **reason);

#endif
