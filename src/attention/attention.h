/* Attention over a memory; the scores are in rnn.h.
 *
 * A query is matched with a key, which is made of a vector of memory beforehand: m itself, W m or U m, of K elements.
 * The memory is packed: sequence after sequence without what lies past the end, R rows in all, so what is there is
 * never read, and a product has no row too many. */
#ifndef RNNI_ATTENTION_H
#define RNNI_ATTENTION_H

#include "base/status.h"
#include "math/products.h"

/* A weight [rows,columns] within the parameters; rows 0: the score has no such weight. */
struct rnni_attention_weight {
    size_t offset, rows, columns;
    float *panels, *panels_back; /* for the kernels: what forward and back may read */
    struct rnni_weights forward; /* x [columns] to W x */
    struct rnni_weights back;    /* dL/d(W x) [rows] to dx */
};

/* Where a sequence of memory lies. */
struct rnni_attention_span {
    size_t length;
    size_t first;  /* row */
    size_t padded; /* the same where every length counts as the next multiple of RNNI_BLOCK, as in panels' */
};

/* The memory or its keys, both the same where the score makes nothing of it. */
struct rnni_attention_side {
    size_t width;                 /* M or K */
    float *values;                /* [R,width] */
    const struct rnni_blas *blas; /* with one there are no panels */
    float *straight;              /* panels for each sequence: weights [n] to a mean of rows [width] */
    float *transposed;            /* panels for each sequence: [width] to products with all rows [n] */
    float *gradient;              /* [R,width], sums up */
};

struct rnni_attention_block {
    void *data;
    size_t bytes;
};

struct rnn_attention {
    struct rnni_message message;
    int32_t score;
    int64_t products;                         /* RNN_PRODUCTS_... */
    int64_t precision;                        /* RNN_PRECISION_... of the weights that forward reads */
    const struct rnni_blas *blas;             /* makes the products; NULL: the kernels do */
    size_t query_size, memory_size, key_size; /* Q M K */
    size_t parameter_count;
    float *parameters, *gradients;             /* [parameter_count], or NULL where there are none */
    struct rnni_attention_weight query_weight; /* W of the additive score */
    struct rnni_attention_weight key_weight;   /* W of the general score, U of the additive one */
    size_t v;                                  /* offset of v [A] */
    struct rnni_attention_block weights;       /* parameters, gradients, panels */

    size_t steps, batch;               /* S B; batch 0: no memory */
    size_t rows, padded;               /* R, and R of padded lengths */
    struct rnni_attention_span *spans; /* [B] */
    struct rnni_attention_side memory, keys;
    float *room;   /* [RNNI_OUTER_ROOM] for the way back */
    int goes_back; /* whether what the way back needs has been made for this memory */
    struct rnni_attention_block forward, back, scratch;
};

/* The arguments have been checked. */
int32_t rnni_attention_create(struct rnn_attention **out, const struct rnn_attention *sizes, int64_t seed,
                              const char *function);
void rnni_attention_release(struct rnn_attention *attention); /* NULL does nothing */

/* Who makes the products from now on, RNN_PRODUCTS_..., and the format of the weights, RNN_PRECISION_...; the module
 * then has no memory any more.  RNN_E_UNSUPPORTED, RNN_E_VALUE: nothing has changed. */
int32_t rnni_attention_set_products(struct rnn_attention *attention, int64_t products, int64_t precision,
                                    const char *function);

/* To be called after every change of the parameters or the provider: packs them, and the module has no memory any more.
 */
void rnni_attention_parameters_changed(struct rnn_attention *attention);

/* Makes a block at least that large, which is one even for 0 bytes, and loses what it holds; or 0, and nothing is
 * changed.
 */
int rnni_attention_grow(struct rnni_attention_block *block, size_t bytes);

/* c [rows, units of w] = a [rows,k] w, or added to it; rows lie c_row and a_row floats apart. */
void rnni_attention_multiply(const struct rnni_weights *w, float *c, size_t c_row, int add, const float *a,
                             size_t a_row, size_t rows);

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* memory [S,B,M], lengths [B] or NULL: S for all. */
int32_t rnni_attention_set_memory(struct rnn_attention *attention, const float *memory, const int32_t *lengths,
                                  size_t steps, size_t batch, const char *function);

/* Makes what the way back needs, with gradients of 0, unless it is there. */
int32_t rnni_attention_reserve_back(struct rnn_attention *attention, const char *function);

/* dmemory [S,B,M] or NULL. */
void rnni_attention_memory_gradient(struct rnn_attention *attention, float *dmemory);

/* One sequence as weights, which is not empty. */
struct rnni_weights rnni_attention_straight(const struct rnni_attention_side *side,
                                            const struct rnni_attention_span *span);
struct rnni_weights rnni_attention_transposed(const struct rnni_attention_side *side,
                                              const struct rnni_attention_span *span);

/* ---- queries ----------------------------------------------------------------------------------------------------- */

/* context [T,B,M], weights [T,B,S] or NULL, queries [T,B,Q]. */
int32_t rnni_attention_forward(struct rnn_attention *attention, float *context, float *weights, const float *queries,
                               size_t steps, const char *function);

/* dqueries [T,B,Q] or NULL, dcontext [T,B,M], queries [T,B,Q], weights [T,B,S]. */
int32_t rnni_attention_backward(struct rnn_attention *attention, float *dqueries, const float *dcontext,
                                const float *queries, const float *weights, size_t steps, const char *function);

#endif
