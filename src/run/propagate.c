#include "run/propagate.h"

#include "run/recompute.h"

int32_t rnni_propagate_reserve(struct rnn_session *session, size_t steps, size_t batch, const char *function)
{
    if (rnni_recompute_wanted(session, steps))
        return rnni_recompute_reserve(session, steps, batch, function);
    return rnni_session_reserve(session, steps, batch, function);
}

int32_t rnni_propagate_forward(struct rnn_session *session, float *y, struct rnni_input input, const int32_t *lengths,
                               size_t steps, const char *function)
{
    RNNI_TRY(rnni_propagate_reserve(session, steps, session->batch, function));
    session->saved_steps = steps;
    if (rnni_recompute_wanted(session, steps)) {
        rnni_recompute_forward(session, y, input, lengths, steps);
    } else {
        rnni_schedule_fill(&session->work.schedule, lengths, steps, session->batch);
        rnni_stack_forward(session, y, input);
    }
    return RNN_OK;
}

void rnni_propagate_backward(struct rnn_session *session, float *dx, const float *dy)
{
    if (rnni_recompute_wanted(session, session->saved_steps))
        rnni_recompute_backward(session, dx, dy);
    else
        rnni_stack_backward(session, dx, dy);
}

void rnni_propagate_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    session->saved = RNNI_SAVED_NOTHING;
    rnni_stack_step(session, y, input);
}
