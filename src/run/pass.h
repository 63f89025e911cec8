/* One layer in one direction over all time steps of a packed batch (see schedule.h).  A reverse direction is the same
 * recurrence over rows whose steps have been put in reverse order. */
#ifndef RNNI_PASS_H
#define RNNI_PASS_H

#include "session/session.h"

/* The rows that enter a layer: numbers [N,K], or one-hot tokens [N], the other NULL. */
struct rnni_rows {
    const float *x;
    const int32_t *tokens;
};

/* The weights, and what they work on. */
struct rnni_pass {
    struct rnn_session *session;
    const struct rnni_bound_weights *bound;
    struct rnni_tape tape;      /* of which `initial` begins with the B rows of this run */
    struct rnni_rows rows;      /* in the order of the direction */
    float *dh, *da;             /* backward: [N,R] holds dL/dh(t) from outside of the recurrence, [N,GH] */
    float *dstate[RNNI_STATES]; /* backward: [B,R], [B,H] ... dL/ds between two steps, in sorted order */
    /* The session's states and their gradients, those of the direction. */
    float *session_state[RNNI_STATES], *session_dstate[RNNI_STATES];
};

#endif
