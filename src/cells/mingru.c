/* The minimal gated unit of Feng et al. 2024 ("Were RNNs All We Needed?", section 3.1), gates in the order z, n:
 *
 *     z = f(U_z x + b_iz),  n = g(U_n x + b_in)
 *     h(t) = (1 - z) * h(t-1) + z * n
 *
 * Nothing but the last line waits for h(t-1).  Kept for backward: z and n in a. */
#include "cells/gate.h"
#include "cells/registry.h"
#include "rnn.h"

#include <string.h>

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    (void)weights;
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        float *z = step->a + i * 2 * hidden, *n = z + hidden;
        rnni_gate_forward(form, &form->f, z, NULL, hidden);
        rnni_gate_forward(form, &form->g, n, NULL, hidden);
        form->elementwise->interpolate(step->state[0] + i * hidden, z, n, step->before[0] + i * hidden, hidden);
    }
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)weights;
    (void)gradients;
    size_t hidden = form->hidden;
    float *dz = step->scratch, *dn = dz + hidden; /* [H] each, side by side as the gates are */
    for (size_t i = 0; i < step->rows; i++) {
        const float *z = step->a + i * 2 * hidden, *n = z + hidden;
        form->elementwise->interpolate_backward(dz, dn, step->dstate[0] + i * hidden, step->dh + i * hidden, z, n,
                                                step->before[0] + i * hidden, hidden);
        rnni_gate_backward(&form->f, dz, z, NULL, hidden);
        rnni_gate_backward(&form->g, dn, n, NULL, hidden);
        memcpy(step->da + i * 2 * hidden, dz, 2 * hidden * sizeof *dz);
    }
}

const struct rnni_cell rnni_cell_mingru = {
    RNNI_CELL_NAMED(RNN_CELL_MINGRU, "minGRU"),
    .gates = 2,
    .states = 1,
    .f = RNN_ACTIVATION_SIGMOID,
    .g = RNN_ACTIVATION_AFFINE,
    .h = RNN_ACTIVATION_AFFINE,
    .options = {RNN_ACTIVATION_F, RNN_ACTIVATION_G, RNN_INITIAL_STATE},
    .tensors = {[RNNI_WEIGHT_IH] = {RNNI_GH, RNNI_K, RNNI_ALWAYS, RNNI_START_INPUT},
                [RNNI_BIAS_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS},
                RNNI_CELL_INITIAL_H},
    .forward = forward,
    .backward = backward};
