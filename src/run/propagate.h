/* What the interface calls: a network forward, backward, or one step on.  Arguments have been checked.
 *
 * Long runs go in segments.  An inference then takes no more memory for more steps, unless the network needs whole
 * sequences.  Training does so where the session was told to: of the steps of a segment everything is kept, of the
 * others the state in which each segment begins, from which backward makes the rest again (Gruslys et al. 2016,
 * "Memory-Efficient Backpropagation Through Time"; Chen et al. 2016, section 3). */
#ifndef RNNI_PROPAGATE_H
#define RNNI_PROPAGATE_H

#include "run/stack.h"

/* Room for runs over T = steps of B = batch sequences.  RNN_E_MEMORY: a saved run is still there. */
int32_t rnni_propagate_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                               const char *function);

/* y [T,B,Y] or, pooled, [B,Y], or NULL; lengths [B] or NULL: all T.  RNN_E_MEMORY: nothing has changed. */
int32_t rnni_propagate_forward(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                               size_t steps, const char *function);

/* After forward: adds to the session's gradients; dx [T,B,I] or NULL, dy as y, or NULL for 0. */
void rnni_propagate_backward(struct rnn_session *session, float *dx, const float *dy);

/* One step: y [B,Y] or NULL, x [B,I] or tokens [B].  The saved run is lost. */
void rnni_propagate_step(struct rnn_session *session, float *y, struct rnni_input input);

/* Steps that the output of a run over `steps` has, before pooling; they are those of the run unless layers of a list
 * change lengths. */
size_t rnni_propagate_output_steps(const struct rnn_session *session, size_t steps);

/* The lengths [B] of the output of the saved run, before the pooling of a network without a list. */
void rnni_propagate_lengths(const struct rnn_session *session, int32_t *lengths);

/* Whether steps within these lengths were left out of the saved run, so that y [T,B,Y] has holes; and which: mask [T,B]
 * is 0 there and past the lengths, else 1. */
int rnni_propagate_has_holes(const struct rnn_session *session);
void rnni_propagate_step_mask(const struct rnn_session *session, int32_t *mask);

#endif
