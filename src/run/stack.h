/* The stack: input, layers, pooling, head.  Arguments have been checked and memory reserved, so nothing here can fail.
 */
#ifndef RNNI_STACK_H
#define RNNI_STACK_H

#include "run/pass.h"

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

/* A recurrent layer of a list: packed rows that enter [N,I], and the rows that leave [N,F], which live until the next
 * run.  Backward: d [N,F] stays as it is; below [N,I] (NULL: not wanted) is overwritten. */
const float *rnni_stack_rows_forward(struct rnn_session *session, struct rnni_rows rows);
void rnni_stack_rows_backward(struct rnn_session *session, struct rnni_rows rows, float *below, const float *d);

/* One step: rows [B,I] enter and [B,F] leave. */
const float *rnni_stack_rows_step(struct rnn_session *session, struct rnni_rows rows);

#endif
