/* The minimal gated unit with a highway gate as in PufferLib 4.0 (src/models.cu, mingru_gate), gates in the order n, z,
 * p of the rows of its weight:
 *
 *     n = G(U_n x + b_n),  G(a) = a + 0.5 for a >= 0, else sigmoid(a)          Feng et al. 2024, appendix B
 *     z = sigmoid(U_z x + b_z)
 *     c(t) = (1 - z) * c(t-1) + z * n
 *     p = sigmoid(U_p x + b_p)
 *     h(t) = p * c(t) + (1 - p) * x(t)                                         Srivastava et al. 2015
 *
 * The recurrence is that of c; no step sees h(t-1).  Kept for backward: n, z and p in a, x in q, which becomes what
 * goes to x past the gates. */
#include "cells/gate.h"
#include "cells/registry.h"
#include "math/elementwise.h"
#include "rnn.h"

#include <string.h>

/* The parts of row i, [H] each. */
struct row {
    float *n, *z, *p, *q, *c;
    const float *c_before;
};

static struct row row_of(const struct rnni_cell_form *form, const struct rnni_cell_step *step, size_t i)
{
    size_t hidden = form->hidden, at = i * hidden;
    float *a = step->a + 3 * at;
    return (struct row){.n = a,
                        .z = a + hidden,
                        .p = a + 2 * hidden,
                        .q = step->q + at,
                        .c = step->state[1] + at,
                        .c_before = step->before[1] + at};
}

/* a [H] becomes G(a); room [H]. */
static void candidate(const struct rnni_cell_form *form, float *a, float *room)
{
    size_t n = form->hidden;
    memcpy(room, a, n * sizeof *a);
    form->elementwise->sigmoid(room, n);
    for (size_t j = 0; j < n; j++)
        a[j] = a[j] >= 0 ? a[j] + 0.5F : room[j];
}

/* d [n] = dL/dG(a) becomes dL/da, for y = G(a). */
static void candidate_backward(float *d, const float *y, size_t n)
{
    for (size_t j = 0; j < n; j++)
        d[j] *= y[j] >= 0.5F ? 1 : y[j] * (1 - y[j]);
}

static void forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step)
{
    (void)weights;
    size_t hidden = form->hidden;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        candidate(form, row.n, step->scratch);
        rnni_gate_forward(form, &form->f, row.z, NULL, 2 * hidden);
        memcpy(row.q, step->x + i * hidden, hidden * sizeof *row.q);
        form->elementwise->interpolate(row.c, row.z, row.n, row.c_before, hidden);
        form->elementwise->interpolate(step->state[0] + i * hidden, row.p, row.c, row.q, hidden);
    }
}

static void backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    (void)weights;
    (void)gradients;
    size_t hidden = form->hidden;
    float *dn = step->scratch, *dz = dn + hidden, *dp = dz + hidden; /* [H] each, side by side as the gates are */
    float *dc = dp + hidden, *dx = dc + hidden;
    for (size_t i = 0; i < step->rows; i++) {
        struct row row = row_of(form, step, i);
        float *dstate = step->dstate[1] + i * hidden;
        form->elementwise->interpolate_backward(dp, dc, dx, step->dh + i * hidden, row.p, row.c, row.q, hidden);
        form->elementwise->add(dc, dstate, hidden);
        form->elementwise->interpolate_backward(dz, dn, dstate, dc, row.z, row.n, row.c_before, hidden);
        candidate_backward(dn, row.n, hidden);
        rnni_gate_backward(&form->f, dz, row.z, NULL, 2 * hidden);
        memcpy(step->da + i * 3 * hidden, dn, 3 * hidden * sizeof *dn);
        memcpy(row.q, dx, hidden * sizeof *dx);
    }
}

/* No gradient goes to h(t-1). */
static void backward_state(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                           const struct rnni_cell_step *step)
{
    (void)weights;
    memset(step->dstate[0], 0, step->rows * form->hidden * sizeof *step->dstate[0]);
}

static void adapt(struct rnni_cell_form *form)
{
    form->keeps_q = 1;
}

const struct rnni_cell rnni_cell_mingru_highway = {
    RNNI_CELL_NAMED(RNN_CELL_MINGRU_HIGHWAY, "minGRU with highway gate"),
    .gates = 3,
    .states = 2,
    .f = RNN_ACTIVATION_SIGMOID,
    .g = RNN_ACTIVATION_AFFINE,
    .h = RNN_ACTIVATION_AFFINE,
    .options = {RNN_INITIAL_STATE},
    .tensors = {[RNNI_WEIGHT_IH] = {RNNI_GH, RNNI_K, RNNI_ALWAYS, RNNI_START_INPUT},
                [RNNI_BIAS_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS},
                RNNI_CELL_INITIAL_C},
    .mixes_input = 1,
    .adapt = adapt,
    .forward = forward,
    .backward = backward,
    .backward_state = backward_state};
