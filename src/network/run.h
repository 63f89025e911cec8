/* One layer in one direction over all time steps of a packed batch (see schedule.h).  A reverse direction is the same
 * recurrence over rows whose steps have been put in reverse order. */
#ifndef RNNI_RUN_H
#define RNNI_RUN_H

#include "network/dense.h"
#include "network/session.h"

/* The rows that enter a layer: numbers [N,K], or one-hot tokens [N], the other NULL. */
struct rnni_rows {
    const float *x;
    const int32_t *tokens;
};

struct rnni_run {
    const struct rnni_cell_form *form;
    size_t index;     /* k*D + direction */
    size_t layer;     /* k */
    size_t direction; /* 0 or 1: which of the layer's */
    int reverse;
    struct rnni_dense input; /* U, and what of the biases joins it */
    struct rnni_cell_weights weights;
    struct rnni_cell_gradients gradients; /* NULL in a session for inference */
};

/* Of a session whose model and gradients are in place. */
struct rnni_run rnni_run_of(const struct rnn_session *session, size_t layer, size_t direction);

/* The one that the session has made at its creation. */
static inline const struct rnni_run *rnni_run_at(const struct rnn_session *session, size_t layer, size_t direction)
{
    return &session->runs[layer * session->model->layout.directions + direction];
}

/* From rows that enter to tape->state, from the session's state and on to it.  The steps are in the order of the
 * direction. */
void rnni_run_forward(struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                      struct rnni_rows rows);

/* dh [N,R] holds dL/dh(t) from outside of the recurrence and is used up; the session's dstate goes from the final to
 * the initial state; the parameters get their gradients.  below [N,K] (NULL: not wanted) becomes the gradient of x,
 * added to what it holds where `add` is 1.  room [N,R] is scratch. */
void rnni_run_backward(struct rnn_session *session, const struct rnni_run *run, float *dh, float *room, float *below,
                       int add, struct rnni_rows rows);

/* One time step without a schedule, from the session's state and on to it: rows are [B,K]. */
void rnni_run_step(struct rnn_session *session, const struct rnni_run *run, struct rnni_rows rows);

#endif
