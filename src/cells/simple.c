/* The simple recurrent network (Elman 1990; Goodfellow et al. 2016, equations 10.8 and 10.9):
 *
 *     h(t) = f(U x(t) + b_i + W h(t-1) + b_h)            f is tanh or relu, or another activation
 *
 * One gate.  Kept for backward: the gate, which is h(t) unless zoneout changes that. */
#include "cells/gate.h"
#include "cells/registry.h"
#include "rnn.h"

#include <string.h>

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    (void)weights;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * form->hidden + step->units.first;
        rnni_gate_forward(form, &form->f, step->a + at, step->open ? step->open + at : NULL, step->units.count);
        if (step->state[0] != step->a)
            memcpy(step->state[0] + at, step->a + at, step->units.count * sizeof *step->a);
    }
}

/* a(t) = diag(f') delta(t) */
static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)weights;
    (void)gradients;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * form->hidden + step->units.first;
        rnni_gate_backward(&form->f, step->dh + at, step->a + at, step->open ? step->open + at : NULL,
                           step->units.count);
        if (step->da != step->dh)
            memcpy(step->da + at, step->dh + at, step->units.count * sizeof *step->da);
    }
}

/* On the way back delta(t-1) = W' a(t). */
#define SIMPLE(activation)                                                                                             \
    .gates = 1, .states = 1, .f = (activation), .g = RNN_ACTIVATION_AFFINE, .h = RNN_ACTIVATION_AFFINE,                \
    .options = {RNN_ACTIVATION_F, RNN_CLIP, RNN_RECURRENT_DROPOUT, RNN_INIT_RECURRENT, RNN_INITIAL_STATE},             \
    .tensors = {RNNI_CELL_RECURRENT_TENSORS, RNNI_CELL_INITIAL_H}, .onnx = {.gates = 1}, .keras = {.gates = 1},        \
    .recurrent = 1, .splits = 1, .in_place = 1, .forward = forward, .backward = backward

const struct rnni_cell rnni_cell_tanh = {RNNI_CELL_NAMED(RNN_CELL_TANH, "tanh RNN"), SIMPLE(RNN_ACTIVATION_TANH)};
const struct rnni_cell rnni_cell_relu = {RNNI_CELL_NAMED(RNN_CELL_RELU, "relu RNN"), SIMPLE(RNN_ACTIVATION_RELU)};
