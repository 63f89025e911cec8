/* What is random behind and within a recurrence: dropout between layers, recurrent dropout, zoneout (rnn.h, "What is
 * random in training"). */
#ifndef RNNI_DROPOUT_H
#define RNNI_DROPOUT_H

#include "run/pass.h"

/* x [N,F] becomes m * x / (1-p) for what layer k hands on; the same for gradients on the way back. */
void rnni_dropout_apply(const struct rnn_session *session, size_t k, float *x);

/* Fills tape->mask [B,R]: 0 or 1/(1-p). */
void rnni_dropout_recurrent_mask(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                                 const struct rnni_tape *tape);

/* Zoneout of the states of `step`, some rows of all, which has just been made: at index t of the direction's own order,
 * or, with `expected`, in expectation. */
void rnni_dropout_zoneout(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                          const struct rnni_cell_step *step, size_t t, int expected);

/* The gradients of the states of `step` are split: what goes straight to s(t-1) is kept; _join adds it again. */
void rnni_dropout_zoneout_split(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                                const struct rnni_cell_step *step, size_t t);
void rnni_dropout_zoneout_join(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                               const struct rnni_cell_step *step);

#endif
