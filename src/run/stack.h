/* The stack: input, layers, pooling, head.  Arguments have been checked and memory reserved, so nothing here can fail.
 */
#ifndef RNNI_STACK_H
#define RNNI_STACK_H

#include "session/session.h"

/* One of the two, the other NULL. */
struct rnni_input {
    const float *x;        /* [T,B,I] */
    const int32_t *tokens; /* [T,B] */
};

/* y [T,B,Y] or, pooled, [B,Y], or NULL, over the session's schedule, which has been filled. */
void rnni_stack_forward(struct rnn_session *session, float *y, struct rnni_input input);

/* Adds to the session's gradients; dx [T,B,I] or NULL, dy as y, or NULL for 0. */
void rnni_stack_backward(struct rnn_session *session, float *dx, const float *dy);

/* One step: y [B,Y] or NULL, x [B,I] or tokens [B]. */
void rnni_stack_step(struct rnn_session *session, float *y, struct rnni_input input);

#endif
