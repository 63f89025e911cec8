/* Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000), gates in the order
 * i, f, g, o:
 *
 *     i = f(U_i x + b_i + W_i h(t-1) + p_i * c(t-1))
 *     f = f(U_f x + b_f + W_f h(t-1) + p_f * c(t-1))
 *     g = g(U_g x + b_g + W_g h(t-1))
 *     c(t) = f * c(t-1) + i * g,  clipped to [-cell_clip, cell_clip]
 *     o = f(U_o x + b_o + W_o h(t-1) + p_o * c(t))
 *     h(t) = W_hr (o * k(c(t)))                                  k is the activation `h` of the form
 *
 * Peepholes p (Gers et al. 2002), clips, the projection W_hr (Sak et al. 2014) and layer normalisation (Ba et al. 2016:
 * k(gain * N(c(t)) + bias)) are there where the form has them.  Coupled gates are one gate: i with
 * f = 1 - i (Greff et al. 2017), or f with i = 1 - f; then the order is that gate, g, o.
 *
 * Kept for backward: the gates in a; with a projection what enters it, in q.  c(t) is computed again: it may since have
 * been changed by zoneout. */
#include "cells/gate.h"
#include "cells/norm.h"
#include "cells/registry.h"
#include "rnn.h"

#include <math.h>
#include <string.h>

/* The parts of a row of GH numbers, [H] each: i and f are the same where they are coupled. */
struct gates {
    float *i, *f, *g, *o;
};

static struct gates gates_at(const struct rnni_cell_form *form, float *row)
{
    size_t hidden = form->hidden, first = form->couple ? 0 : hidden;
    if (!row)
        return (struct gates){NULL, NULL, NULL, NULL};
    return (struct gates){row, row + first, row + first + hidden, row + first + 2 * hidden};
}

/* Peepholes in the order i, f, o; i and f are the same where they are coupled. */
struct peepholes {
    const float *i, *f, *o; /* [H], NULL where there are none */
};

static struct peepholes peepholes_of(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights)
{
    const float *p = weights->tensor[RNNI_PEEPHOLE];
    size_t hidden = form->hidden, first = form->couple ? 0 : hidden;
    return p ? (struct peepholes){p, p + first, p + first + hidden} : (struct peepholes){NULL, NULL, NULL};
}

/* Their gradients, in the same order. */
static struct gates dpeepholes_of(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients)
{
    struct gates d = gates_at(form, gradients->tensor[RNNI_PEEPHOLE]);
    d.o = d.g;
    return d;
}

/* What else a row needs, in the scratch of a step behind the room for the gradients of the gates: [H] each. */
struct room {
    float *d; /* [4*H] */
    float *derived, *cell, *out, *dcell, *dderived;
};

static struct room room_of(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    float *at = step->scratch + 4 * form->hidden;
    size_t hidden = form->hidden;
    return (struct room){.d = step->scratch,
                         .derived = at,
                         .cell = at + hidden,
                         .out = at + 2 * hidden,
                         .dcell = at + 3 * hidden,
                         .dderived = at + 4 * hidden};
}

/* ---- the cell ---------------------------------------------------------------------------------------------------- */

/* The gate that coupling derives from the other. */
static struct gates with_derived(const struct rnni_cell_form *form, struct gates gates, float *derived)
{
    if (!form->couple)
        return gates;
    for (size_t j = 0; j < form->hidden; j++)
        derived[j] = 1 - gates.i[j];
    *(form->couple == RNN_COUPLE_FORGET ? &gates.f : &gates.i) = derived;
    return gates;
}

/* cell [H] = f * c(t-1) + i * g; gates have been completed. */
static void make_cell(const struct rnni_cell_form *form, struct gates gates, float *cell, const float *before)
{
    form->elementwise->blend(cell, gates.f, before, gates.i, gates.g, form->hidden);
    if (form->cell_clip > 0)
        form->elementwise->clip(cell, form->cell_clip, form->hidden);
}

/* out [H] = k(cell), or k(gain * N(cell) + bias).  With layer normalisation norm [H] keeps N(cell), and what belongs to
 * it is returned. */
static float squash_cell(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights, float *out,
                         float *norm, const float *cell)
{
    float spread = 1;
    memcpy(out, cell, form->hidden * sizeof *out);
    if (form->layer_norm) {
        spread = rnni_norm_forward(out, form->hidden, RNNI_NORM_EPSILON);
        memcpy(norm, out, form->hidden * sizeof *norm);
        memcpy(out, weights->tensor[RNNI_NORM_C_BIAS], form->hidden * sizeof *out);
        form->elementwise->add_product(out, weights->tensor[RNNI_NORM_C], norm, form->hidden);
    }
    form->h.forward(&form->h, out, form->hidden);
    return spread;
}

/* From d [H] = dL/d(out) to dL/dcell. */
static void squash_cell_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                                 const struct rnni_cell_gradients *gradients, float *d, const float *out,
                                 const float *norm, float spread)
{
    size_t hidden = form->hidden;
    form->h.backward(&form->h, d, out, hidden);
    if (!form->layer_norm)
        return;
    form->elementwise->add(gradients->tensor[RNNI_NORM_C_BIAS], d, hidden);
    form->elementwise->add_product(gradients->tensor[RNNI_NORM_C], d, norm, hidden);
    form->elementwise->multiply(d, d, weights->tensor[RNNI_NORM_C], hidden);
    rnni_norm_backward(d, norm, spread, hidden);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

/* i, f and g, without what the peepholes see. */
static void open_gates(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights, struct gates gates,
                       struct gates open, const float *before)
{
    size_t hidden = form->hidden;
    struct peepholes p = peepholes_of(form, weights);
    if (p.i)
        form->elementwise->add_product(gates.i, p.i, before, hidden);
    if (p.i && !form->couple)
        form->elementwise->add_product(gates.f, p.f, before, hidden);
    rnni_gate_forward(form, &form->f, gates.i, open.i, form->couple ? hidden : 2 * hidden);
    rnni_gate_forward(form, &form->g, gates.g, open.g, hidden);
}

static void forward_row(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                        const struct rnni_cell_step *step, float *out /* [H] */, size_t i)
{
    size_t hidden = form->hidden, width = form->gates * hidden;
    struct gates gates = gates_at(form, step->a + i * width);
    struct gates open = gates_at(form, step->open ? step->open + i * width : NULL);
    struct peepholes p = peepholes_of(form, weights);
    struct room room = room_of(form, step);
    const float *before = step->before[1] + i * hidden;
    float *cell = step->state[1] + i * hidden;
    open_gates(form, weights, gates, open, before);
    make_cell(form, with_derived(form, gates, room.derived), cell, before);
    if (p.o)
        form->elementwise->add_product(gates.o, p.o, cell, hidden);
    rnni_gate_forward(form, &form->f, gates.o, open.o, hidden);
    squash_cell(form, weights, out, room.cell, cell);
    form->elementwise->multiply(out, out, gates.o, hidden);
}

/* The units that are wanted, of an LSTM without options. */
static void standard_rows(const struct rnni_cell_form *form, const struct rnni_cell_step *step, float *out)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * hidden + step->units.first;
        float *a = step->a + i * 4 * hidden + step->units.first; /* i, f, g, o */
        form->gates_kernels->lstm(a, a + hidden, a + 2 * hidden, a + 3 * hidden, step->before[1] + at,
                                  step->state[1] + at, out + at, step->units.count);
    }
}

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    int projects = weights->hr.data != NULL;
    float *out = projects ? step->q : step->state[0]; /* [rows,H] */
    if (form->standard)
        standard_rows(form, step, out);
    for (size_t i = 0; i < step->rows && !form->standard; i++)
        forward_row(form, weights, step, out + i * form->hidden, i);
    if (projects)
        rnni_products_rows(&weights->hr, step->state[0], form->width, out, form->hidden, step->rows, 0);
}

static void forward_one_row(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step)
{
    const struct rnni_dense *input = step->input;
    form->gates_kernels->lstm_row(&(struct rnni_gates_row){.input = input ? &input->weights : NULL,
                                                           .recurrent = &weights->hh[0],
                                                           .x = step->x,
                                                           .h = step->seen,
                                                           .start = input ? input->bias : step->a,
                                                           .before = step->before[1],
                                                           .cell = step->state[1],
                                                           .out = step->state[0]});
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* Gradients of peepholes from those of the gates d, and what the peepholes hand on to c(t-1). */
static void peepholes_backward(const struct rnni_cell_form *form, struct peepholes p, struct gates dp, struct gates d,
                               const float *before, float *dcell)
{
    size_t hidden = form->hidden;
    form->elementwise->add_product(dp.i, d.i, before, hidden);
    form->elementwise->add_product(dcell, p.i, d.i, hidden);
    if (form->couple)
        return;
    form->elementwise->add_product(dp.f, d.f, before, hidden);
    form->elementwise->add_product(dcell, p.f, d.f, hidden);
}

/* 0 where the cell was clipped. */
static void cell_clip_backward(const struct rnni_cell_form *form, struct gates gates, float *dcell, float *room,
                               const float *before)
{
    if (!(form->cell_clip > 0))
        return;
    form->elementwise->blend(room, gates.f, before, gates.i, gates.g, form->hidden);
    for (size_t j = 0; j < form->hidden; j++)
        dcell[j] = fabsf(room[j]) < form->cell_clip ? dcell[j] : 0;
}

/* From dcell [H] to the gradients d of i, f, g, and dcell becomes dL/dc(t-1) so far as it comes through f.  `whole` are
 * the completed gates. */
static void inputs_backward(const struct rnni_cell_form *form, struct gates whole, struct gates d, struct room room,
                            const float *before)
{
    size_t hidden = form->hidden;
    struct gates to = d;
    if (form->couple)
        *(form->couple == RNN_COUPLE_FORGET ? &to.f : &to.i) = room.dderived;
    form->elementwise->multiply(to.i, room.dcell, whole.g, hidden);
    form->elementwise->multiply(to.f, room.dcell, before, hidden);
    form->elementwise->multiply(to.g, room.dcell, whole.i, hidden);
    form->elementwise->multiply(room.dcell, room.dcell, whole.f, hidden);
    for (size_t j = 0; form->couple && j < hidden; j++)
        d.i[j] -= room.dderived[j];
}

/* dout [H] = dL/d(o * k(c(t))). */
static void backward_row(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                         const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step,
                         const float *dout, size_t i)
{
    size_t hidden = form->hidden, width = form->gates * hidden;
    struct room room = room_of(form, step);
    struct gates gates = gates_at(form, step->a + i * width), d = gates_at(form, room.d);
    struct gates open = gates_at(form, step->open ? step->open + i * width : NULL);
    struct peepholes p = peepholes_of(form, weights);
    struct gates dp = dpeepholes_of(form, gradients);
    struct gates whole = with_derived(form, gates, room.derived);
    const float *before = step->before[1] + i * hidden;
    float *dstate = step->dstate[1] + i * hidden, *norm = room.dderived;

    make_cell(form, whole, room.cell, before);
    float spread = squash_cell(form, weights, room.out, norm, room.cell);
    form->elementwise->multiply(d.o, dout, room.out, hidden);
    rnni_gate_backward(&form->f, d.o, gates.o, open.o, hidden);
    form->elementwise->multiply(room.dcell, dout, gates.o, hidden);
    squash_cell_backward(form, weights, gradients, room.dcell, room.out, norm, spread);
    form->elementwise->add(room.dcell, dstate, hidden);
    if (p.o) {
        form->elementwise->add_product(dp.o, d.o, room.cell, hidden);
        form->elementwise->add_product(room.dcell, p.o, d.o, hidden);
    }
    cell_clip_backward(form, whole, room.dcell, room.cell, before);
    inputs_backward(form, whole, d, room, before);
    rnni_gate_backward(&form->f, d.i, gates.i, open.i, form->couple ? hidden : 2 * hidden);
    rnni_gate_backward(&form->g, d.g, gates.g, open.g, hidden);
    if (p.i)
        peepholes_backward(form, p, dp, d, before, room.dcell);
    memcpy(dstate, room.dcell, hidden * sizeof *dstate);
    memcpy(step->da + i * width, room.d, width * sizeof *room.d);
}

static void standard_rows_backward(const struct rnni_cell_form *form, const struct rnni_cell_step *step,
                                   const float *dout)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * hidden + step->units.first, row = i * 4 * hidden + step->units.first;
        const float *a = step->a + row;
        float *d = step->da + row;
        struct rnni_lstm_gates gates = {a, a + hidden, a + 2 * hidden, a + 3 * hidden};
        struct rnni_lstm_gradients dgates = {d, d + hidden, d + 2 * hidden, d + 3 * hidden};
        form->gates_kernels->lstm_backward(&gates, &dgates, step->before[1] + at, dout + at, step->dstate[1] + at,
                                           step->units.count);
    }
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    float *block = step->scratch + RNNI_CELL_ROW_SCRATCH(form); /* [rows,H] */
    const float *dout = step->dh;                               /* [rows,H] */
    if (weights->back_hr.data) {
        rnni_products_rows(&weights->back_hr, block, form->hidden, step->dh, form->width, step->rows, 0);
        dout = block;
    }
    if (form->standard)
        standard_rows_backward(form, step, dout);
    for (size_t i = 0; i < step->rows && !form->standard; i++)
        backward_row(form, weights, gradients, step, dout + i * form->hidden, i);
}

/* Of W_hr, which multiplied what q keeps. */
static void weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                            const struct rnni_cell_step *all)
{
    struct rnni_columns dh = {all->dh, form->width, form->width}, out = {all->q, form->hidden, form->hidden};
    if (gradients->tensor[RNNI_WEIGHT_HR])
        rnni_products_add_outer_share(gradients->tensor[RNNI_WEIGHT_HR], dh, out, all->rows, &all->share);
}

#define TENSORS                                                                                                        \
    RNNI_CELL_RECURRENT_TENSORS, [RNNI_WEIGHT_HR] = {RNNI_R, RNNI_H, RNNI_WITH_PROJECTION, RNNI_START_INPUT},          \
                                 [RNNI_PEEPHOLE] = {RNNI_G1H, RNNI_NONE, RNNI_WITH_PEEPHOLES, RNNI_START_BIAS},        \
                                 RNNI_CELL_NORM_TENSORS,                                                               \
                                 [RNNI_NORM_C] = {RNNI_H, RNNI_NONE, RNNI_WITH_LAYER_NORM, RNNI_START_ONE},            \
                                 [RNNI_NORM_C_BIAS] = {RNNI_H, RNNI_NONE, RNNI_WITH_LAYER_NORM, RNNI_START_ZERO}

enum { I, O, F, C }; /* the order of ONNX; of peepholes I, O, F */

const struct rnni_cell rnni_cell_lstm = {RNNI_CELL_NAMED(RNN_CELL_LSTM, "LSTM"),
                                         .gates = 4,
                                         .states = 2,
                                         .f = RNN_ACTIVATION_SIGMOID,
                                         .g = RNN_ACTIVATION_TANH,
                                         .h = RNN_ACTIVATION_TANH,
                                         .options = {RNN_PROJECTION_SIZE, RNN_PEEPHOLES, RNN_COUPLE, RNN_CELL_CLIP,
                                                     RNN_ZONEOUT_CELL, RNN_LAYER_NORM, RNN_FORGET_BIAS,
                                                     RNN_ACTIVATION_F, RNN_ACTIVATION_G, RNN_ACTIVATION_H, RNN_CLIP,
                                                     RNN_RECURRENT_DROPOUT, RNN_INIT_RECURRENT, RNN_INITIAL_STATE},
                                         .tensors = {TENSORS, RNNI_CELL_INITIAL_H, RNNI_CELL_INITIAL_C},
                                         .onnx = {.gates = 4, .gate = {I, F, C, O}, .peephole = {I, F, O}},
                                         .keras = {.gates = 4, .gate = {0, 1, 2, 3}}, /* as ours */
                                         .tf1 = {.gates = 4, .gate = {0, 2, 1, 3}},
                                         .forget_gate = 1,
                                         .kernel = 1,
                                         .recurrent = 1,
                                         .forward = forward,
                                         .forward_row = forward_one_row,
                                         .backward = backward,
                                         .weight_gradient = weight_gradient};
