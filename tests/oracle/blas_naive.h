/* The three functions of a CBLAS that the library calls, row-major, as loops in double. They check their arguments:
 * each returns NULL, or a message, and has then written nothing. They refuse everything that the reference CBLAS
 * refuses, and everything that the library has no reason to pass: other orders, conjugates, sizes of 0, increments
 * other than 1, and NULL. */
#ifndef RNN_TESTS_BLAS_NAIVE_H
#define RNN_TESTS_BLAS_NAIVE_H

/* y = beta y + alpha A x, or A' x for A [m,n]. */
const char *blas_naive_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
                             int incx, float beta, float *y, int incy);

/* A [m,n] += alpha x y'. */
const char *blas_naive_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy,
                            float *a, int lda);

/* C [m,n] = beta C + alpha A B, A [m,k] or transposed [k,m], B [k,n] or transposed [n,k]. */
const char *blas_naive_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                             int lda, const float *b, int ldb, float beta, float *c, int ldc);

#endif
