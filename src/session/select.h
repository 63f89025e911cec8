/* Other sequences in the state of a session. */
#ifndef RNNI_SELECT_H
#define RNNI_SELECT_H

#include "session/session.h"

/* Sequence i becomes what sequence rows[i] was, for `count` sequences, which B becomes; rows [count] are 0 .. B-1.
 * RNN_E_MEMORY leaves the session as it was. */
int32_t rnni_select_state(struct rnn_session *session, const int32_t *rows, size_t count, const char *function);

/* The same of the states, or of their gradients, where there is room for both numbers of sequences; rows may also be
 * -1: zeros.  The B of the session stays: rnni_select_set_batch.  scratch has room for rnni_select_scratch floats of
 * the present B. */
size_t rnni_select_scratch(const struct rnn_session *session, size_t batch);
void rnni_select_states(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count);
void rnni_select_gradients(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count);
void rnni_select_set_batch(struct rnn_session *session, size_t batch);

#endif
