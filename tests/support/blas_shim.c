/* A CBLAS to be preloaded: it computes products by loops in double, counts the calls, and ends the program at an
 * invalid argument. Its SONAME is that of the CBLAS that the build found. So the dynamic linker uses it instead, both
 * in a program that is linked with that CBLAS and when the library loads it. cblas.h is not included: its enumerations
 * have other names in other implementations, but are int in the ABI of all. */
#include "support/blas_shim.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle/blas_naive.h"

static atomic_size_t sgemv_calls, sger_calls, sgemm_calls;

struct blas_calls rnn_blas_shim_take(void);
struct blas_calls rnn_blas_shim_take(void)
{
    struct blas_calls calls;
    calls.sgemv = atomic_exchange(&sgemv_calls, 0);
    calls.sger = atomic_exchange(&sger_calls, 0);
    calls.sgemm = atomic_exchange(&sgemm_calls, 0);
    return calls;
}

static void accept(const char *complaint)
{
    if (!complaint)
        return;
    fprintf(stderr, "a bad argument of cblas_%s\n", complaint);
    abort();
}

void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int incx,
                 float beta, float *y, int incy);
void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int incx,
                 float beta, float *y, int incy)
{
    atomic_fetch_add(&sgemv_calls, 1);
    accept(blas_naive_sgemv(order, trans, m, n, alpha, a, lda, x, incx, beta, y, incy));
}

void cblas_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy, float *a,
                int lda);
void cblas_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy, float *a,
                int lda)
{
    atomic_fetch_add(&sger_calls, 1);
    accept(blas_naive_sger(order, m, n, alpha, x, incx, y, incy, a, lda));
}

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc)
{
    atomic_fetch_add(&sgemm_calls, 1);
    accept(blas_naive_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
}
