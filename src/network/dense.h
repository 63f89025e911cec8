/* The dense map y = x W' + b over many rows: the input side of every layer, and the head. */
#ifndef RNNI_DENSE_H
#define RNNI_DENSE_H

#include <stddef.h>
#include <stdint.h>

struct rnni_dense {
    size_t inputs, outputs; /* In, Out */
    const float *weight;    /* [Out,In] */
    const float *packed;    /* [In,Out], the same transposed */
    const float *bias;      /* [Out], or NULL for none */
};

/* y [rows,Out] = x [rows,In] W' + b */
void rnni_dense_forward(const struct rnni_dense *dense, float *y, const float *x, size_t rows);

/* dx [rows,In] = dy W, added to what dx holds where `add` is 1; dweight [Out,In] += dy' x; dbias [Out] += sum of dy. dx
 * and dbias may be NULL: not wanted. */
void rnni_dense_backward(const struct rnni_dense *dense, float *dx, int add, float *dweight, float *dbias,
                         const float *dy /* [rows,Out] */, const float *x /* [rows,In] */, size_t rows);

/* The same for one-hot rows given as tokens [rows]: x W' is then a choice of rows of W'. */
void rnni_dense_forward_tokens(const struct rnni_dense *dense, float *y, const int32_t *tokens, size_t rows);

/* scratch [In,Out] is overwritten: gradients are summed in it by rows, then added transposed. */
void rnni_dense_backward_tokens(const struct rnni_dense *dense, float *dweight, float *dbias, float *scratch,
                                const float *dy /* [rows,Out] */, const int32_t *tokens, size_t rows);

#endif
