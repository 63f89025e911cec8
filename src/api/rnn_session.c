#include "run/propagate.h"
#include "session/select.h"

#include "api/threads.h"

#include <inttypes.h>
#include <string.h>

RNN_API int32_t rnn_session_create(rnn_session **out, rnn_model *model, int32_t mode)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, model);
    if (mode != RNN_INFERENCE && mode != RNN_TRAINING)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: mode is %" PRId32 ", expected RNN_INFERENCE or RNN_TRAINING",
                                __func__, mode);
    return rnni_session_create(out, model, mode == RNN_TRAINING, __func__);
}

RNN_API void rnn_session_destroy(rnn_session *session)
{
    rnni_session_release(session);
}

RNN_API int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_steps((struct rnni_caller){&session->message, __func__}, steps, batch));
    RNNI_TRY(rnni_propagate_reserve(session, steps, batch, __func__));
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

RNN_API int32_t rnn_session_set_recompute(rnn_session *session, size_t steps)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_training(caller, session));
    if (steps > INT32_MAX)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: steps is %zu, expected 0 to 2^31 - 1", __func__,
                                steps);
    if (session->model->layout.reverses || session->model->layout.pools)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED,
                                "%s: the network needs whole sequences: expected RNN_DIRECTION_FORWARD and "
                                "RNN_OUTPUT_EVERY_STEP",
                                __func__);
    session->segments.wanted = steps;
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

/* The session takes the team, NULL for one thread, or it is released. */
static int32_t take_team(struct rnni_caller caller, rnn_session *session, struct rnni_team *team)
{
    int32_t status = rnni_session_take_team(session, team, caller.function);
    if (status)
        rnni_team_release(team);
    return status;
}

RNN_API int32_t rnn_session_set_threads(rnn_session *session, size_t threads)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    struct rnni_team *team;
    RNNI_TRY(rnni_threads_start(caller, &team, threads));
    return take_team(caller, session, team);
}

RNN_API int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads, rnn_parallel_for parallel_for,
                                             void *user)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    if (!parallel_for)
        return take_team(caller, session, NULL);
    struct rnni_team *team;
    RNNI_TRY(rnni_threads_lend(caller, &team, threads, parallel_for, user));
    return take_team(caller, session, team);
}

RNN_API const char *rnn_session_last_error(const rnn_session *session)
{
    return session ? session->message.text : "";
}

/* ---- state ----------------------------------------------------------------------------------------------------- */

static int32_t check_state(struct rnni_caller caller, const rnn_session *session, const float *values, size_t count,
                           int32_t kind)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t states = layout->form.cell->states;
    if (kind < RNN_STATE_H || (size_t)kind > states)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: kind is %" PRId32 ", expected one of the %zu states of %s, from RNN_STATE_H on",
                                caller.function, kind, states, layout->form.cell->name);
    size_t state = (size_t)kind - RNN_STATE_H;
    struct rnni_shape shape = {state ? "L*D*B*H" : "L*D*B*R", layout->layers * layout->directions, session->batch,
                               layout->form.state_width[state], RNNI_RESET_REMARK};
    return rnni_check_array(caller, "values", values, count, shape, 0);
}

RNN_API int32_t rnn_reset_state(rnn_session *session, size_t batch)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_size((struct rnni_caller){&session->message, __func__}, "batch", batch));
    RNNI_TRY(rnni_session_reserve(session, 1, batch, __func__));
    session->batch = batch;
    session->ready = 0;
    session->saved = RNNI_SAVED_NOTHING;
    for (size_t s = 0; s < session->model->layout.form.cell->states; s++)
        memset(session->work.state[s], 0, rnni_session_state_count(session, s) * sizeof(float));
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_state(rnn_session *session, int32_t kind, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(check_state((struct rnni_caller){&session->message, __func__}, session, values, values_count, kind));
    memcpy(values, session->work.state[kind - RNN_STATE_H], values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_set_state(rnn_session *session, int32_t kind, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(check_state((struct rnni_caller){&session->message, __func__}, session, values, values_count, kind));
    memcpy(session->work.state[kind - RNN_STATE_H], values, values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_select_state(rnn_session *session, const int32_t *rows, size_t rows_count)
{
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->message, rows);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_size(caller, "rows_count", rows_count));
    for (size_t i = 0; i < rows_count; i++)
        if (rows[i] < 0 || (size_t)rows[i] >= session->batch)
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: rows[%zu] is %" PRId32 ", expected 0 to %zu" RNNI_RESET_REMARK, __func__, i,
                                    rows[i], session->batch - 1);
    return rnni_select_state(session, rows, rows_count, __func__);
}

RNN_API int32_t rnn_session_set_state_gradient(rnn_session *session, int32_t kind, const float *values,
                                               size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_saved(caller, session, RNNI_SAVED_FORWARD));
    RNNI_TRY(check_state(caller, session, values, values_count, kind));
    memcpy(session->work.dstate[kind - RNN_STATE_H], values, values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_state_gradient(rnn_session *session, int32_t kind, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_saved(caller, session, RNNI_SAVED_BACKWARD));
    RNNI_TRY(check_state(caller, session, values, values_count, kind));
    memcpy(values, session->work.dstate[kind - RNN_STATE_H], values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_training((struct rnni_caller){&session->message, __func__}, session));
    session->next_masks = (struct rnni_masks){.seed = (uint64_t)seed};
    return RNN_OK;
}
