/* The dense map y = x W' + b over many rows: the input side of every layer, and the head. */
#ifndef RNNI_DENSE_H
#define RNNI_DENSE_H

#include "base/part.h"
#include "math/products.h"

#include <stddef.h>
#include <stdint.h>

struct rnni_dense {
    size_t inputs, outputs;      /* In, Out */
    struct rnni_weights weights; /* W' [In,Out], by gates */
    struct rnni_weights back;    /* W [Out,In], in a session for training */
    const float *rows;           /* [In,Out] W' as it is, for one-hot rows */
    const float *bias;           /* [Out], or NULL for none */
};

/* y [rows,Out] = x [rows,In] W' + b, for rows that stand where the lines say. */
void rnni_dense_forward(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines, const float *x,
                        struct rnni_lines x_lines, size_t rows);

/* Some units of every gate, of rows that follow one another. */
void rnni_dense_forward_units(const struct rnni_dense *dense, float *y, const float *x, size_t rows,
                              struct rnni_part units);

/* dx [rows,In] = dy [rows,Out] W, added to what dx holds where `add` is 1. */
void rnni_dense_backward(const struct rnni_dense *dense, float *dx, int add, const float *dy, size_t rows);

/* Which part of a gradient is wanted. */
struct rnni_dense_share {
    size_t index, shares;
    int singly;  /* the rows are steps of one sequence */
    float *room; /* [RNNI_OUTER_ROOM] the share's own */
};

/* A share of: dweight [Out,In] += dy' x; dbias [Out] += sum of dy, unless dbias is NULL. */
void rnni_dense_gradient(const struct rnni_dense *dense, float *dweight, float *dbias, const float *dy, const float *x,
                         size_t rows, const struct rnni_dense_share *share);

/* The same for one-hot rows given as tokens: x W' is then a choice of rows of W'. */
void rnni_dense_forward_tokens(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines,
                               const int32_t *tokens, struct rnni_lines lines, size_t rows);

/* dweight alone.  scratch [In,Out] is overwritten: gradients are summed in it by rows, then added transposed. */
void rnni_dense_gradient_tokens(const struct rnni_dense *dense, float *dweight, float *scratch, const float *dy,
                                const int32_t *tokens, size_t rows, size_t index, size_t shares);

#endif
