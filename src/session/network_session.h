/* A session of any network: of one stack of recurrent layers, or of a list of layers. */
#ifndef RNNI_NETWORK_SESSION_H
#define RNNI_NETWORK_SESSION_H

#include "session/session.h"

int32_t rnni_network_session_create(struct rnn_session **out, struct rnn_model *model, int training,
                                    const char *function);
void rnni_network_session_release(struct rnn_session *session); /* NULL does nothing */

/* Makes room for T steps of B sequences, `rows` in all, or their segments, beside what there is room for already; keeps
 * the state.  Where it fails nothing has changed. */
int32_t rnni_network_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                                     const char *function);

/* Puts a team to work and makes room for it; the team is the session's from then on, unless the call fails. */
int32_t rnni_network_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function);

/* Bytes of a session for runs of T steps of B sequences, `rows` in all; SIZE_MAX where that overflows. */
size_t rnni_network_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows);

/* ---- states ------------------------------------------------------------------------------------------------------ */

/* Stacks of recurrent layers: the session itself, or those of recurrent layers of its list. */
size_t rnni_network_session_stacks(const struct rnn_session *session);
struct rnn_session *rnni_network_session_stack(const struct rnn_session *session, size_t index);

/* Kinds of state that any of the stacks has. */
size_t rnni_network_session_kinds(const struct rnn_session *session);

/* A state of the stacks that have that kind, one stack after the other; its number of elements, 0 where none has. */
size_t rnni_network_session_state_count(const struct rnn_session *session, size_t state);
void rnni_network_session_get_state(const struct rnn_session *session, size_t state, float *values);
void rnni_network_session_set_state(struct rnn_session *session, size_t state, const float *values);
void rnni_network_session_get_state_gradient(const struct rnn_session *session, size_t state, float *values);
void rnni_network_session_set_state_gradient(struct rnn_session *session, size_t state, const float *values);

/* As in session.h, for all stacks. */
void rnni_network_session_begin_run(struct rnn_session *session);
void rnni_network_session_end_backward(struct rnn_session *session);

/* All states as at the beginning of B sequences, for which there is room. */
void rnni_network_session_reset(struct rnn_session *session, size_t batch);

/* Everything that a run leaves for the next one, as floats, for segments (propagate.h): their number for B sequences,
 * which may be 0: then there are none to keep, and NULL. */
size_t rnni_network_session_kept_count(const struct rnn_session *session, size_t batch);
void rnni_network_session_keep(const struct rnn_session *session, float *to);
void rnni_network_session_put(struct rnn_session *session, const float *from);

/* The gradients of all states become 0. */
void rnni_network_session_clear_state_gradients(struct rnn_session *session);

#endif
