/* The state of one sequence in all layers, as one row of floats. */
#ifndef RNNI_ROW_STATE_H
#define RNNI_ROW_STATE_H

#include "session/session.h"

size_t rnni_row_state_count(const struct rnn_session *session);
void rnni_row_state_get(const struct rnn_session *session, float *values, size_t b);
void rnni_row_state_set(struct rnn_session *session, const float *values, size_t b);
void rnni_row_state_reset(struct rnn_session *session, size_t b);

/* As _reset, but convolutions with a stride have their next output where they had it with `values`. */
void rnni_row_state_restart(struct rnn_session *session, const float *values, size_t b);

#endif
