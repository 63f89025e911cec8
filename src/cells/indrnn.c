/* The independently recurrent network (Li et al. 2018, "IndRNN", equation 2), in which a unit sees its own state alone:
 *
 *     h(t) = f(U x(t) + b + u * h(t-1))                  u [H] has the place of weight_hh
 *
 * One gate.  Kept for backward: the gate, which is h(t) unless zoneout changes that. */
#include "cells/gate.h"
#include "cells/registry.h"
#include "rnn.h"

#include <string.h>

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * hidden;
        form->elementwise->multiply(step->scratch, weights->tensor[RNNI_WEIGHT_HH], step->seen + at, hidden);
        form->elementwise->add(step->a + at, step->scratch, hidden);
        rnni_gate_forward(form, &form->f, step->a + at, step->open ? step->open + at : NULL, hidden);
        if (step->state[0] != step->a)
            memcpy(step->state[0] + at, step->a + at, hidden * sizeof *step->a);
    }
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)weights;
    (void)gradients;
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        size_t at = i * hidden;
        rnni_gate_backward(&form->f, step->dh + at, step->a + at, step->open ? step->open + at : NULL, hidden);
        if (step->da != step->dh)
            memcpy(step->da + at, step->dh + at, hidden * sizeof *step->da);
    }
}

/* dL/dh(t-1) = u * da(t) */
static void backward_state(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                           const struct rnni_cell_step *step)
{
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++)
        form->elementwise->multiply(step->dstate[0] + i * hidden, weights->tensor[RNNI_WEIGHT_HH],
                                    step->da + i * hidden, hidden);
}

/* du = the sum of da(t) * h(t-1) over all rows. */
static void weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                            const struct rnni_cell_step *all)
{
    size_t hidden = form->hidden;
    struct rnni_part part = rnni_part_of(hidden, RNNI_BLOCK, all->share.index, all->share.count);
    float *du = gradients->tensor[RNNI_WEIGHT_HH] + part.first;
    for (size_t i = 0; i < all->rows; i++) {
        size_t at = i * hidden + part.first;
        form->elementwise->add_product(du, all->da + at, all->seen + at, part.count);
    }
}

const struct rnni_cell rnni_cell_indrnn = {
    RNNI_CELL_NAMED(RNN_CELL_INDRNN, "IndRNN"),
    .gates = 1,
    .states = 1,
    .f = RNN_ACTIVATION_RELU,
    .g = RNN_ACTIVATION_AFFINE,
    .h = RNN_ACTIVATION_AFFINE,
    .options = {RNN_ACTIVATION_F, RNN_CLIP, RNN_RECURRENT_DROPOUT, RNN_INITIAL_STATE},
    .tensors = {[RNNI_WEIGHT_IH] = {RNNI_GH, RNNI_K, RNNI_ALWAYS, RNNI_START_INPUT},
                [RNNI_WEIGHT_HH] = {RNNI_GH, RNNI_NONE, RNNI_ALWAYS, RNNI_START_RECURRENT},
                [RNNI_BIAS_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS},
                RNNI_CELL_INITIAL_H},
    .in_place = 1,
    .forward = forward,
    .backward = backward,
    .backward_state = backward_state,
    .weight_gradient = weight_gradient};
