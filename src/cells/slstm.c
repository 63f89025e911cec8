/* The scalar LSTM with exponential gates (Beck et al. 2024, "xLSTM", equations 8 to 17), with one head, gates in the
 * order i, f, z, o, whose sums of products are a_i, a_f, a_z, a_o:
 *
 *     m(t) = max(log(sigmoid(a_f)) + m(t-1), a_i),                 a_i where n(t-1) = 0: nothing has been stored
 *     i = exp(a_i - m(t)),  f = exp(log(sigmoid(a_f)) + m(t-1) - m(t)),  0 where n(t-1) = 0
 *     c(t) = f * c(t-1) + i * tanh(a_z),  n(t) = f * n(t-1) + i
 *     h(t) = sigmoid(a_o) * c(t) / n(t)
 *
 * m keeps the exponentials within range and cancels in h.  Kept for backward: a_i, a_f, tanh(a_z) and sigmoid(a_o) in
 * a, and c, n, m.  One number at a time: exponentials and logarithms are those of libm. */
#include "cells/registry.h"
#include "math/elementwise.h"
#include "rnn.h"

#include <math.h>

enum { H_STATE, C_STATE, N_STATE, M_STATE };

static float log_sigmoid(float x)
{
    return (x < 0 ? x : 0) - log1pf(expf(-fabsf(x)));
}

static float sigmoid(float x)
{
    float e = expf(-fabsf(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* The two exponential gates of one unit, from a_i, a_f, and m(t-1), n(t-1). */
struct gates {
    float m, i, f;
    int carried; /* whether m came from m(t-1) */
};

static struct gates gates_of(float a_i, float a_f, float m, float n)
{
    float old = log_sigmoid(a_f) + m;
    if (n == 0)
        return (struct gates){.m = a_i, .i = 1, .f = 0, .carried = 0};
    float largest = old >= a_i ? old : a_i;
    return (struct gates){.m = largest, .i = expf(a_i - largest), .f = expf(old - largest), .carried = old >= a_i};
}

/* One row: its parts of the arrays. */
struct row {
    float *a; /* [4*H] */
    const float *before[RNNI_STATES];
    float *state[RNNI_STATES];
    float *dstate[RNNI_STATES];
    const float *dh;
    float *da;
};

static struct row row_of(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden, at = i * hidden;
    struct row row = {.a = step->a + 4 * at};
    for (size_t s = 0; s < RNNI_STATES; s++) {
        row.before[s] = step->before[s] + at;
        row.state[s] = step->state[s] ? step->state[s] + at : NULL;
        row.dstate[s] = step->dstate[s] ? step->dstate[s] + at : NULL;
    }
    row.dh = step->dh ? step->dh + at : NULL;
    row.da = step->da ? step->da + 4 * at : NULL;
    return row;
}

static void forward_row(const struct rnni_cell_form *form, struct row row)
{
    size_t hidden = form->hidden;
    form->elementwise->tanh(row.a + 2 * hidden, hidden);
    form->elementwise->sigmoid(row.a + 3 * hidden, hidden);
    for (size_t j = 0; j < hidden; j++) {
        struct gates g = gates_of(row.a[j], row.a[hidden + j], row.before[M_STATE][j], row.before[N_STATE][j]);
        float c = rnni_elementwise_settled(g.f * row.before[C_STATE][j] + g.i * row.a[2 * hidden + j]);
        float n = g.f * row.before[N_STATE][j] + g.i;
        row.state[C_STATE][j] = c;
        row.state[N_STATE][j] = n;
        row.state[M_STATE][j] = g.m;
        row.state[H_STATE][j] = rnni_elementwise_settled(row.a[3 * hidden + j] * (c / n));
    }
}

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    (void)weights;
    for (size_t i = 0; i < step->rows; i++)
        forward_row(form, row_of(form, step, i));
}

/* Unit j: the chain rule, through m as well, where the larger side gets all of its gradient. */
static void backward_unit(const struct row *row, size_t hidden, size_t j)
{
    float a_f = row->a[hidden + j], z = row->a[2 * hidden + j], o = row->a[3 * hidden + j];
    float c_before = row->before[C_STATE][j], n_before = row->before[N_STATE][j];
    struct gates g = gates_of(row->a[j], a_f, row->before[M_STATE][j], n_before);
    float c = g.f * c_before + g.i * z, n = g.f * n_before + g.i, dh = row->dh[j];
    float dc = row->dstate[C_STATE][j] + dh * o / n;
    float dn = row->dstate[N_STATE][j] - dh * o * (c / n) / n;
    float of_i = (dc * z + dn) * g.i;                   /* dL/d(log i) */
    float of_f = (dc * c_before + dn * n_before) * g.f; /* dL/d(log f) */
    float dm = row->dstate[M_STATE][j] - of_i - of_f;
    float old = of_f + (g.carried ? dm : 0); /* dL/d(log sigmoid(a_f) + m(t-1)) */
    row->da[j] = of_i + (g.carried ? 0 : dm);
    row->da[hidden + j] = old * sigmoid(-a_f);
    row->da[2 * hidden + j] = dc * g.i * (1 - z * z);
    row->da[3 * hidden + j] = dh * (c / n) * o * (1 - o);
    row->dstate[C_STATE][j] = rnni_elementwise_settled(dc * g.f);
    row->dstate[N_STATE][j] = rnni_elementwise_settled(dn * g.f);
    row->dstate[M_STATE][j] = rnni_elementwise_settled(old);
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)weights;
    (void)gradients;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        for (size_t j = 0; j < form->hidden; j++)
            backward_unit(&row, form->hidden, j);
    }
}

const struct rnni_cell rnni_cell_slstm = {RNNI_CELL_NAMED(RNN_CELL_SLSTM, "sLSTM"),
                                          .gates = 4,
                                          .states = 4,
                                          .f = RNN_ACTIVATION_SIGMOID,
                                          .g = RNN_ACTIVATION_TANH,
                                          .h = RNN_ACTIVATION_AFFINE,
                                          .options = {RNN_FORGET_BIAS, RNN_RECURRENT_DROPOUT, RNN_INIT_RECURRENT},
                                          .tensors = {RNNI_CELL_RECURRENT_TENSORS},
                                          .forget_gate = 1,
                                          .recurrent = 1,
                                          .forward = forward,
                                          .backward = backward};
