/* The gated recurrent unit (Cho et al. 2014), gates in the order r, z, n:
 *
 *     r = f(U_r x + b_ir + W_r h(t-1) + b_hr)
 *     z = f(U_z x + b_iz + W_z h(t-1) + b_hz)
 *     n = g(U_n x + b_in + r * q),  q = W_n h(t-1) + b_hn          reset after
 *     n = g(U_n x + b_in + W_n q + b_hn),  q = r * h(t-1)          reset before
 *     h(t) = z * h(t-1) + (1 - z) * n
 *
 * Kept for backward: r, z, n in a, and q; both become the gradients of what they were made from. */
#include "cells/gate.h"
#include "cells/registry.h"
#include "rnn.h"

#include <string.h>

/* The parts of row i. */
struct row {
    float *r, *z, *n, *q; /* [H] */
    float *open;          /* [GH] or NULL */
};

static struct row row_of(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden;
    float *a = step->a + i * 3 * hidden;
    return (struct row){.r = a,
                        .z = a + hidden,
                        .n = a + 2 * hidden,
                        .q = step->q + i * hidden,
                        .open = step->open ? step->open + i * 3 * hidden : NULL};
}

static float *open_candidate(struct row row, size_t hidden)
{
    return row.open ? row.open + 2 * hidden : NULL;
}

static void mix_rows(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        rnni_gate_forward(form, &form->g, row.n, open_candidate(row, hidden), hidden);
        form->elementwise->interpolate(step->state[0] + i * hidden, row.z, step->before[0] + i * hidden, row.n, hidden);
    }
}

/* From dh to dz and dn, before their activations, in d [3*H], behind room for dr; and z * dh in dh itself. */
static void mix_row_backward(const struct rnni_cell_form *form, const struct rnni_cell_step *step, float *d, size_t i)
{
    size_t hidden = form->hidden;
    struct row row = row_of(form, step, i);
    float *dh = step->dh + i * hidden;
    form->elementwise->interpolate_backward(d + hidden, dh, d + 2 * hidden, dh, row.z, step->before[0] + i * hidden,
                                            row.n, hidden);
    rnni_gate_backward(&form->g, d + 2 * hidden, row.n, open_candidate(row, hidden), hidden);
}

/* ---- reset after ------------------------------------------------------------------------------------------------ */

/* The units of row i that are wanted, of a GRU without options. */
static void standard_row(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    struct row row = row_of(form, step, i);
    size_t first = step->units.first, at = i * form->hidden + first;
    form->gates_kernels->gru(row.r + first, row.z + first, row.n + first, row.q + first, step->before[0] + at,
                             step->state[0] + at, step->units.count);
}

static void forward_after(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows && form->standard; i++)
        standard_row(form, step, i);
    if (form->standard)
        return;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        rnni_gate_forward(form, &form->f, row.r, row.open, 2 * hidden);
        form->elementwise->add_product(row.n, row.r, row.q, hidden);
    }
    mix_rows(form, step);
}

static void forward_row(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                        const struct rnni_cell_step *step)
{
    const struct rnni_dense *input = step->input;
    const float *bias = weights->tensor[RNNI_BIAS_HH];
    form->gates_kernels->gru_row(&(struct rnni_gates_row){.input = input ? &input->weights : NULL,
                                                          .recurrent = &weights->hh[0],
                                                          .x = step->x,
                                                          .h = step->seen,
                                                          .start = input ? input->bias : step->a,
                                                          .start_q = bias ? bias + form->joined : NULL,
                                                          .before = step->before[0],
                                                          .out = step->state[0]});
}

static void standard_row_backward(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden, first = step->units.first, at = i * hidden + first;
    struct row row = row_of(form, step, i);
    float *d = step->da + i * 3 * hidden + first;
    form->gates_kernels->gru_backward(&(struct rnni_gru_gates){row.r + first, row.z + first, row.n + first},
                                      &(struct rnni_gru_gradients){d, d + hidden, d + 2 * hidden}, step->before[0] + at,
                                      row.q + first, step->dh + at, step->units.count);
}

static void row_backward(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden;
    struct row row = row_of(form, step, i);
    float *d = step->scratch; /* [3*H] dr, dz, dn */
    mix_row_backward(form, step, d, i);
    form->elementwise->multiply(d, d + 2 * hidden, row.q, hidden);
    form->elementwise->multiply(row.q, d + 2 * hidden, row.r, hidden);
    rnni_gate_backward(&form->f, d, row.r, row.open, 2 * hidden);
    memcpy(step->da + i * 3 * hidden, d, 3 * hidden * sizeof *d);
}

static void backward_after(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    for (size_t i = 0; i < step->rows; i++)
        (form->standard ? standard_row_backward : row_backward)(form, step, i);
}

/* ---- reset before ----------------------------------------------------------------------------------------------- */

/* The product of n waits for r, so it is made here. */
static void forward_before(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                           const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden, width = 3 * hidden;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        rnni_gate_forward(form, &form->f, row.r, row.open, 2 * hidden);
        form->elementwise->multiply(row.q, row.r, step->seen + i * hidden, hidden);
    }
    rnni_products_rows(&weights->hh[1], step->a + 2 * hidden, width, step->q, hidden, step->rows, 1);
    mix_rows(form, step);
}

/* Row i: dz and dn go where z and n were; r is still wanted. */
static void mix_before(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden;
    struct row row = row_of(form, step, i);
    float *d = step->scratch; /* [3*H] */
    mix_row_backward(form, step, d, i);
    rnni_gate_backward(&form->f, d + hidden, row.z, row.open ? row.open + hidden : NULL, hidden);
    memcpy(row.z, d + hidden, 2 * hidden * sizeof *d);
}

/* Row i: from dq [H] to dr, which goes where r was, and to what q hands on to h(t-1), in dq. */
static void reset_before(const struct rnni_cell_form *form, const struct rnni_cell_step *step, float *dq, size_t i)
{
    size_t hidden = form->hidden;
    struct row row = row_of(form, step, i);
    float *dr = step->scratch; /* [H] */
    form->elementwise->multiply(dr, dq, step->seen + i * hidden, hidden);
    form->elementwise->multiply(dq, dq, row.r, hidden);
    rnni_gate_backward(&form->f, dr, row.r, row.open, hidden);
    memcpy(row.r, dr, hidden * sizeof *dr);
}

/* dq = W_n' dn, row 2*H on of W. */
static void backward_before(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden, width = 3 * hidden;
    float *dq = step->scratch + RNNI_CELL_ROW_SCRATCH(form); /* [rows,H] */
    for (size_t i = 0; i < step->rows; i++)
        mix_before(form, step, i);
    rnni_products_multiply(&(struct rnni_product){.weights = &weights->back_hh,
                                                  .from = 2 * hidden,
                                                  .k = hidden,
                                                  .units = hidden,
                                                  .target = {{dq, hidden, NULL, 0}},
                                                  .a = step->da + 2 * hidden,
                                                  .a_row = width,
                                                  .rows = step->rows});
    for (size_t i = 0; i < step->rows; i++)
        reset_before(form, step, dq + i * hidden, i);
}

/* What q hands on to h(t-1) is still in the scratch. */
static void backward_state_before(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    form->elementwise->add(step->dstate[0], step->scratch + RNNI_CELL_ROW_SCRATCH(form), step->rows * form->hidden);
}

/* W_r and W_z saw h(t-1), W_n saw q. */
static void weight_gradient_before(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                                   const struct rnni_cell_step *all)
{
    size_t hidden = form->hidden;
    struct rnni_columns dn = {all->da + 2 * hidden, 3 * hidden, hidden}, q = {all->q, hidden, hidden};
    rnni_products_add_outer_share(gradients->tensor[RNNI_WEIGHT_HH] + 2 * hidden * hidden, dn, q, all->rows,
                                  &all->share);
}

/* ---- either ------------------------------------------------------------------------------------------------------ */

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    if (form->reset_before)
        forward_before(form, weights, step);
    else
        forward_after(form, step);
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)gradients;
    if (form->reset_before)
        backward_before(form, weights, step);
    else
        backward_after(form, step);
}

static void backward_state(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                           const struct rnni_cell_step *step)
{
    (void)weights;
    if (form->reset_before)
        backward_state_before(form, step);
}

static void weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                            const struct rnni_cell_step *all)
{
    if (form->reset_before)
        weight_gradient_before(form, gradients, all);
}

/* With the reset after, r multiplies the product and bias of n, which so do not join the input product.  With the reset
 * before, the product of n comes after the others.  r and z are normalised together, and n alone. */
static void adapt(struct rnni_cell_form *form)
{
    form->keeps_q = 1;
    form->block[0] = 2 * form->hidden;
    form->block[1] = form->hidden;
    if (!form->reset_before) {
        form->joined = 2 * form->hidden;
        return;
    }
    form->first_gates = 2;
    form->wants_block = 1;
    form->standard = 0;
}

enum { Z, R, N }; /* the order of ONNX and Keras */

const struct rnni_cell rnni_cell_gru = {
    RNNI_CELL_NAMED(RNN_CELL_GRU, "GRU"),
    .gates = 3,
    .states = 1,
    .f = RNN_ACTIVATION_SIGMOID,
    .g = RNN_ACTIVATION_TANH,
    .h = RNN_ACTIVATION_AFFINE,
    .options = {RNN_RESET, RNN_LAYER_NORM, RNN_ACTIVATION_F, RNN_ACTIVATION_G, RNN_CLIP, RNN_RECURRENT_DROPOUT,
                RNN_INIT_RECURRENT, RNN_INITIAL_STATE},
    .tensors = {RNNI_CELL_RECURRENT_TENSORS, RNNI_CELL_NORM_TENSORS, RNNI_CELL_INITIAL_H},
    .onnx = {.gates = 3, .gate = {R, Z, N}},
    .keras = {.gates = 3, .gate = {R, Z, N}},
    .kernel = 1,
    .recurrent = 1,
    .mixes_state = 1,
    .adapt = adapt,
    .forward = forward,
    .forward_row = forward_row,
    .backward = backward,
    .backward_state = backward_state,
    .weight_gradient = weight_gradient};
