/* Runs with masked steps and with resets: see session/arrangement.h. */
#ifndef RNNI_EPISODES_H
#define RNNI_EPISODES_H

#include "session/session.h"

/* Makes session->another, the arrangement of a run over T steps, lengths [B] or NULL.  RNN_E_MEMORY: nothing that a
 * saved run needs has changed. */
int32_t rnni_episodes_arrange(struct rnn_session *session, const int32_t *lengths, size_t steps, const char *function);

/* Around forward and around backward, for which there is room: between begin and end the sequences of the session are
 * the episodes. */
void rnni_episodes_begin_forward(struct rnn_session *session);
void rnni_episodes_end_forward(struct rnn_session *session);
void rnni_episodes_begin_backward(struct rnn_session *session);
void rnni_episodes_end_backward(struct rnn_session *session);

#endif
