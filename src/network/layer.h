/* One layer in one direction over all time steps of a packed batch (see schedule.h): the recurrence.  What comes before
 * it, the input product, is a dense map. */
#ifndef RNNI_LAYER_H
#define RNNI_LAYER_H

#include "cells/cell.h"
#include "network/dense.h"
#include "network/schedule.h"

struct rnni_layer {
    const struct rnni_cell *cell;
    size_t hidden;           /* H */
    struct rnni_dense input; /* U and b = bias_ih + bias_hh */
    const float *weight;     /* [H,H] W */
    const float *packed;     /* [H,H] W' */
};

/* h [N,H] holds the input products U x(t) + b and becomes h(t); initial [B,H] are the initial states in sorted order.
 */
void rnni_layer_forward(const struct rnni_layer *layer, float *h, const float *initial,
                        const struct rnni_schedule *schedule);

/* The state after the last step of the sequence at sorted place r [H]. */
const float *rnni_layer_final_state(const struct rnni_layer *layer, const float *h, const float *initial,
                                    const struct rnni_schedule *schedule, size_t place);

/* The way back over the same steps.
 *   d       [N,H] holds the part of dL/dh(t) that comes from outside the layer, and becomes dL/d(pre-activation)
 *   dstate  [B,H] in sorted order holds dL/d(final state) and becomes dL/d(initial state) */
void rnni_layer_backward(const struct rnni_layer *layer, float *d, float *dstate, const float *h /* [N,H] */,
                         const struct rnni_schedule *schedule);

/* dweight [H,H] += sum of d(t) h(t-1)'.  states [B+N,H] are the initial states and behind them h(t); before [N,H] is
 * scratch for the rows h(t-1) of a ragged batch. */
void rnni_layer_weight_gradient(const struct rnni_layer *layer, float *dweight, float *before, const float *d,
                                const float *states, const struct rnni_schedule *schedule);

/* One time step of `batch` rows without a schedule.  next [B,H] holds U x + b and becomes h(t) from h [B,H] = h(t-1).
 */
void rnni_layer_step(const struct rnni_layer *layer, float *next, const float *h, size_t batch);

#endif
