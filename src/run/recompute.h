/* Runs over long sequences in segments: of the steps of a segment everything is kept, of the others the state in which
 * each segment begins, from which backward makes the rest again (Gruslys et al. 2016, "Memory-Efficient
 * Backpropagation Through Time"; Chen et al. 2016, section 3). */
#ifndef RNNI_RECOMPUTE_H
#define RNNI_RECOMPUTE_H

#include "run/stack.h"

/* Whether a run over so many steps goes in segments. */
int rnni_recompute_wanted(const struct rnn_session *session, size_t steps);

/* Room for a run, as rnni_session_reserve: a workspace for a segment, the states, copies of tokens and lengths; x is
 * the caller's. */
int32_t rnni_recompute_reserve(struct rnn_session *session, size_t steps, size_t batch, const char *function);

/* As rnni_stack_forward and rnni_stack_backward, over all T steps.  lengths [B] or NULL. */
void rnni_recompute_forward(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                            size_t steps);
void rnni_recompute_backward(struct rnn_session *session, float *dx, const float *dy);

/* The lengths [B] of the saved run, in segments or not. */
void rnni_recompute_lengths(const struct rnn_session *session, int32_t *lengths);

#endif
