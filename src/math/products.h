/* The matrix products: all that multiply by weights, and the sums of outer products that are gradients of weights.  The
 * kernels of this library make them, or a CBLAS: see RNN_PRODUCTS in rnn.h.  Raw pointers and sizes; nothing here can
 * fail. */
#ifndef RNNI_PRODUCTS_H
#define RNNI_PRODUCTS_H

#include "base/part.h"
#include "math/product.h"

#include <stdint.h>

/* The CBLAS that makes the products for RNN_PRODUCTS_... `wanted`, NULL for the kernels.  NULL where one is wanted that
 * is not there; *reason then says why. */
const struct rnni_blas *rnni_products_choose(int64_t wanted, const char **reason);

/* By the kernels, every sum begins with its start and takes its terms in the order of k, whatever the other sizes: so a
 * row has the same bits in every batch, and a unit in every share.  By a CBLAS one row is an sgemv, more are an sgemm.
 */
void rnni_products_multiply(const struct rnni_product *product);

/* c [rows, gates * units] = a [rows,k] W', added to what c holds where `add` is 1; rows are c_row and a_row floats
 * apart. */
void rnni_products_rows(const struct rnni_weights *weights, float *c, size_t c_row, const float *a, size_t a_row,
                        size_t rows, int add);

/* The dense map y = x W' + b: the input side of every layer, and the head. */
struct rnni_dense {
    size_t inputs, outputs;      /* In, Out */
    struct rnni_weights weights; /* W' [In,Out], by gates */
    struct rnni_weights back;    /* W [Out,In], in a session for training */
    const float *rows;           /* [In,Out] W' as it is, for one-hot rows; or a table of narrow.h */
    int64_t precision;           /* of rows: RNN_PRECISION_... */
    const float *bias;           /* [Out], or NULL for none */
};

/* What to ask for to get y [rows,Out] of x [rows,In], all units of rows that follow one another. */
struct rnni_product rnni_products_dense(const struct rnni_dense *dense, float *y, const float *x, size_t rows);

/* By the kernels, rows of c made apart have the bits of the whole. */
void rnni_products_add_outer(const struct rnni_outer *outer);

/* The same for all columns of a and b [rows,count]: those rows of c that are share `index` of `count`. */
struct rnni_columns {
    const float *data;
    size_t row, count; /* floats between rows, columns */
};

struct rnni_outer_share {
    size_t index, count;
    int singly; /* the rows are steps of one sequence */
    const struct rnni_blas *blas;
    float *room;                                /* [RNNI_OUTER_ROOM] the share's own */
    const struct rnni_product_kernels *kernels; /* NULL: those in use */
};

void rnni_products_add_outer_share(float *c, struct rnni_columns a, struct rnni_columns b, size_t rows,
                                   const struct rnni_outer_share *share);

#endif
