#include "oracle/blas_naive.h"

#include <stddef.h>

enum { ROW_MAJOR = 101, STRAIGHT = 111, TRANSPOSED = 112 }; /* cblas.h */

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static int is_trans(int trans)
{
    return trans == STRAIGHT || trans == TRANSPOSED;
}

static const char *check_vector(const float *v, int increment, const char *null, const char *stride)
{
    if (!v)
        return null;
    return increment == 1 ? NULL : stride;
}

/* A matrix whose rows have `columns` floats. */
static const char *check_matrix(const float *data, int columns, int stride, const char *null, const char *narrow)
{
    if (!data)
        return null;
    return stride >= columns ? NULL : narrow;
}

/* The first message that is not NULL. */
static const char *first_of(const char *const *complaints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (complaints[i])
            return complaints[i];
    return NULL;
}

#define FIRST_OF(complaints) first_of(complaints, sizeof(complaints) / sizeof *(complaints))

/* ---- functions --------------------------------------------------------------------------------------------------- */

/* Element (i, j) of a matrix, or of its transpose. */
static double at(const float *data, int stride, int trans, int i, int j)
{
    return (double)(trans == TRANSPOSED ? data[(size_t)j * (size_t)stride + (size_t)i]
                                        : data[(size_t)i * (size_t)stride + (size_t)j]);
}

/* With beta 0, the old value is ignored, even NaN. */
static float blend(double sum, float alpha, float beta, float before)
{
    return (float)((double)alpha * sum + (beta != 0 ? (double)beta * (double)before : 0));
}

const char *blas_naive_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
                             int incx, float beta, float *y, int incy)
{
    const char *const complaints[] = {order == ROW_MAJOR ? NULL : "sgemv: order",
                                      is_trans(trans) ? NULL : "sgemv: trans",
                                      m > 0 ? NULL : "sgemv: m",
                                      n > 0 ? NULL : "sgemv: n",
                                      check_matrix(a, n, lda, "sgemv: a", "sgemv: lda"),
                                      check_vector(x, incx, "sgemv: x", "sgemv: incx"),
                                      check_vector(y, incy, "sgemv: y", "sgemv: incy")};
    const char *complaint = FIRST_OF(complaints);
    int rows = trans == TRANSPOSED ? n : m, columns = trans == TRANSPOSED ? m : n;
    for (int i = 0; i < rows && !complaint; i++) {
        double sum = 0;
        for (int j = 0; j < columns; j++)
            sum += at(a, lda, trans, i, j) * (double)x[j];
        y[i] = blend(sum, alpha, beta, y[i]);
    }
    return complaint;
}

const char *blas_naive_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy,
                            float *a, int lda)
{
    const char *const complaints[] = {order == ROW_MAJOR ? NULL : "sger: order",
                                      m > 0 ? NULL : "sger: m",
                                      n > 0 ? NULL : "sger: n",
                                      check_vector(x, incx, "sger: x", "sger: incx"),
                                      check_vector(y, incy, "sger: y", "sger: incy"),
                                      check_matrix(a, n, lda, "sger: a", "sger: lda")};
    const char *complaint = FIRST_OF(complaints);
    for (int i = 0; i < m && !complaint; i++)
        for (int j = 0; j < n; j++) {
            float *to = &a[(size_t)i * (size_t)lda + (size_t)j];
            *to = blend((double)x[i] * (double)y[j], alpha, 1, *to);
        }
    return complaint;
}

const char *blas_naive_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                             int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    const char *const complaints[] = {order == ROW_MAJOR ? NULL : "sgemm: order",
                                      is_trans(trans_a) ? NULL : "sgemm: trans_a",
                                      is_trans(trans_b) ? NULL : "sgemm: trans_b",
                                      m > 0 ? NULL : "sgemm: m",
                                      n > 0 ? NULL : "sgemm: n",
                                      k > 0 ? NULL : "sgemm: k",
                                      check_matrix(a, trans_a == TRANSPOSED ? m : k, lda, "sgemm: a", "sgemm: lda"),
                                      check_matrix(b, trans_b == TRANSPOSED ? k : n, ldb, "sgemm: b", "sgemm: ldb"),
                                      check_matrix(c, n, ldc, "sgemm: c", "sgemm: ldc")};
    const char *complaint = FIRST_OF(complaints);
    for (int i = 0; i < m && !complaint; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            float *to = &c[(size_t)i * (size_t)ldc + (size_t)j];
            for (int q = 0; q < k; q++)
                sum += at(a, lda, trans_a, i, q) * at(b, ldb, trans_b, q, j);
            *to = blend(sum, alpha, beta, *to);
        }
    return complaint;
}
