#include "run/episodes.h"

#include "session/network_session.h"
#include "session/row_state.h"
#include "session/select.h"

int32_t rnni_episodes_arrange(struct rnn_session *session, const int32_t *lengths, size_t steps, const char *function)
{
    struct rnni_arrangement *a = &session->another;
    int is_made = 1;
    a->is_used = 0;
    if (rnni_arrangement_is_wanted(&session->flags)) {
        is_made = rnni_arrangement_make(a, &session->flags, lengths, steps, session->batch);
        /* There are as many episodes as sequences, or more. */
        if (is_made && a->has_resets)
            is_made = rnni_block_grow(&session->exchange, rnni_select_scratch(session, a->episodes), sizeof(float), 0);
    }
    if (!is_made)
        return rnni_status_fail(&session->message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu sequences",
                                function, steps, session->batch);
    return RNN_OK;
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

/* Each episode begins from the state of its sequence, or from the initial state. */
void rnni_episodes_begin_forward(struct rnn_session *session)
{
    const struct rnni_arrangement *a = &session->arranged;
    if (!a->has_resets)
        return;
    rnni_select_states(session, session->exchange.data, a->origin, a->episodes);
    rnni_select_set_batch(session, a->episodes);
    for (size_t e = 0; e < a->episodes; e++)
        if (a->origin[e] < 0)
            rnni_row_state_reset(session, e);
}

/* The state of a sequence is that in which its last episode ended. */
void rnni_episodes_end_forward(struct rnn_session *session)
{
    const struct rnni_arrangement *a = &session->arranged;
    if (!a->has_resets)
        return;
    rnni_select_states(session, session->exchange.data, a->last, a->batch);
    rnni_select_set_batch(session, a->batch);
}

/* ---- their gradients --------------------------------------------------------------------------------------------- */

void rnni_episodes_begin_backward(struct rnn_session *session)
{
    const struct rnni_arrangement *a = &session->arranged;
    if (!a->has_resets)
        return;
    rnni_select_gradients(session, session->exchange.data, a->heir, a->episodes);
    rnni_select_set_batch(session, a->episodes);
}

void rnni_episodes_end_backward(struct rnn_session *session)
{
    const struct rnni_arrangement *a = &session->arranged;
    if (!a->has_resets)
        return;
    rnni_select_gradients(session, session->exchange.data, a->first, a->batch);
    rnni_select_set_batch(session, a->batch);
}
