/* Kernels of the gates of whole cells, forward and backward, in one pass over memory each. */
#ifndef RNNI_GATES_H
#define RNNI_GATES_H

#include "math/product.h"

#include <stddef.h>

/* Parts of a row of gates, and of their gradients. */
struct rnni_lstm_gates {
    const float *i, *f, *g, *o;
};

struct rnni_lstm_gradients {
    float *i, *f, *g, *o;
};

struct rnni_gru_gates {
    const float *r, *z, *n;
};

struct rnni_gru_gradients {
    float *r, *z, *n;
};

/* A step of one sequence, by weights in panels. */
struct rnni_gates_row {
    const struct rnni_weights *input;     /* U'; NULL: start holds U x + b */
    const struct rnni_weights *recurrent; /* W' */
    const float *x, *h;                   /* [K], [R] h(t-1) */
    const float *start;                   /* [GH] b, or U x + b */
    const float *start_q;                 /* GRU: [H] b_hn, NULL for 0 */
    const float *before;                  /* [H] LSTM: c(t-1), GRU: h(t-1) */
    float *cell;                          /* [H] LSTM: c(t), may be `before` */
    float *out;                           /* [H] h(t), not h */
};

struct rnni_gates_kernels {
    /* A row of an LSTM, n units of it.  i, f, g, o hold what enters the gates and become the gates; cell [n] = f *
     * before + i * g and may be `before`; out [n] = o * tanh(cell). */
    void (*lstm)(float *i, float *f, float *g, float *o, const float *before, float *cell, float *out, size_t n);

    /* From dh = dL/dout and dcell = dL/dcell to the gradients of what entered the gates, which may be where the gates
     * are, and dcell becomes dL/dbefore. */
    void (*lstm_backward)(const struct rnni_lstm_gates *gates, const struct rnni_lstm_gradients *gradients,
                          const float *before, const float *dh, float *dcell, size_t n);

    /* A row of a GRU with the reset after.  n holds U_n x + b_in, q what r is multiplied with; out [count] = z * before
     * + (1 - z) * tanh(n + r * q). */
    void (*gru)(float *r, float *z, float *n, const float *q, const float *before, float *out, size_t count);

    /* From dh = dL/dout to the gradients of what entered the gates; q becomes dL/dq, and dh what of it goes straight
     * to `before`. */
    void (*gru_backward)(const struct rnni_gru_gates *gates, const struct rnni_gru_gradients *gradients,
                         const float *before, float *q, float *dh, size_t count);

    /* What goes into the gates, and the gates: the same bits as by a product and `lstm` or `gru`.  NULL where there is
     * no such kernel. */
    void (*lstm_row)(const struct rnni_gates_row *row);
    void (*gru_row)(const struct rnni_gates_row *row);
};

/* Those in use: see kernels.h. */
const struct rnni_gates_kernels *rnni_gates(void);

#endif
