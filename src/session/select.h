/* Other sequences in the state of a session. */
#ifndef RNNI_SELECT_H
#define RNNI_SELECT_H

#include "session/session.h"

/* Sequence i becomes what sequence rows[i] was, for `count` sequences, which B becomes; rows [count] are 0 .. B-1.
 * RNN_E_MEMORY leaves the session as it was. */
int32_t rnni_select_state(struct rnn_session *session, const int32_t *rows, size_t count, const char *function);

#endif
