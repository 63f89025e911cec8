#include "run/propagate.h"
#include "session/network_session.h"
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
    if (mode == RNN_TRAINING)
        RNNI_TRY(rnni_check_precision((struct rnni_caller){NULL, __func__}, "model", model->layout.precision));
    return rnni_network_session_create(out, model, mode == RNN_TRAINING, __func__);
}

RNN_API void rnn_session_destroy(rnn_session *session)
{
    rnni_network_session_release(session);
}

RNN_API int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_steps((struct rnni_caller){&session->message, __func__}, steps, batch));
    RNNI_TRY(rnni_propagate_reserve(session, steps, batch, steps * batch, __func__));
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
    if (session->model->layout.reverses || session->model->layout.pools || session->model->layout.changes_length)
        return rnni_status_fail(
            caller.message, RNN_E_UNSUPPORTED, "%s: the network needs whole sequences: expected %s", __func__,
            session->list ? "layers that do not" : "RNN_DIRECTION_FORWARD and RNN_OUTPUT_EVERY_STEP");
    session->segments.wanted = steps;
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

/* The session takes the team, NULL for one thread, or it is released. */
static int32_t take_team(struct rnni_caller caller, rnn_session *session, struct rnni_team *team)
{
    int32_t status = rnni_network_session_take_team(session, team, caller.function);
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

/* ---- length of outputs ------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_session_output_steps(rnn_session *session, size_t steps, size_t *output_steps)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_NEED(caller.message, output_steps);
    RNNI_TRY(rnni_check_steps(caller, steps, session->batch));
    *output_steps = session->model->layout.pools ? 1 : rnni_propagate_output_steps(session, steps);
    return RNN_OK;
}

RNN_API int32_t rnn_session_output_lengths(rnn_session *session, int32_t *lengths, size_t lengths_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_array(caller, "lengths", lengths, lengths_count,
                              (struct rnni_shape){"B", session->batch, 0, 0, RNNI_RESET_REMARK}, 0));
    if (session->saved == RNNI_SAVED_NOTHING)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: expected after rnn_forward, with no call in between that discards the run",
                                __func__);
    rnni_propagate_lengths(session, lengths);
    for (size_t b = 0; session->model->layout.pools && b < session->batch; b++)
        lengths[b] = lengths[b] > 0;
    return RNN_OK;
}

RNN_API int32_t rnn_session_has_output(rnn_session *session, int32_t *has)
{
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->message, has);
    *has = session->has_output;
    return RNN_OK;
}

/* ---- state ----------------------------------------------------------------------------------------------------- */

/* The states of a network without a list have a shape, those of several recurrent layers a number of elements. */
static int32_t check_state(struct rnni_caller caller, const rnn_session *session, const float *values, size_t count,
                           int32_t kind)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t states = rnni_network_session_kinds(session);
    if (kind < RNN_STATE_H || (size_t)kind > states)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: kind is %" PRId32 ", expected one of the %zu states of %s, from RNN_STATE_H on",
                                caller.function, kind, states, session->list ? "the layers" : layout->form.cell->name);
    size_t state = (size_t)kind - RNN_STATE_H;
    struct rnni_shape shape = {state ? "L*D*B*H" : "L*D*B*R", layout->layers * layout->directions, session->batch,
                               layout->form.state_width[state], RNNI_RESET_REMARK};
    if (session->list)
        shape = (struct rnni_shape){"states of the recurrent layers", rnni_network_session_state_count(session, state),
                                    0, 0, RNNI_RESET_REMARK};
    return rnni_check_array(caller, "values", values, count, shape, 0);
}

RNN_API int32_t rnn_reset_state(rnn_session *session, size_t batch)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_size((struct rnni_caller){&session->message, __func__}, "batch", batch));
    RNNI_TRY(rnni_network_session_reserve(session, 1, batch, batch, __func__));
    rnni_network_session_reset(session, batch);
    session->saved = RNNI_SAVED_NOTHING;
    rnni_arrangement_drop(&session->flags);
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_state(rnn_session *session, int32_t kind, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(check_state((struct rnni_caller){&session->message, __func__}, session, values, values_count, kind));
    rnni_network_session_get_state(session, (size_t)kind - RNN_STATE_H, values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_set_state(rnn_session *session, int32_t kind, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(check_state((struct rnni_caller){&session->message, __func__}, session, values, values_count, kind));
    rnni_network_session_set_state(session, (size_t)kind - RNN_STATE_H, values);
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
    rnni_network_session_set_state_gradient(session, (size_t)kind - RNN_STATE_H, values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_state_gradient(rnn_session *session, int32_t kind, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_saved(caller, session, RNNI_SAVED_BACKWARD));
    RNNI_TRY(check_state(caller, session, values, values_count, kind));
    rnni_network_session_get_state_gradient(session, (size_t)kind - RNN_STATE_H, values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_training((struct rnni_caller){&session->message, __func__}, session));
    session->next_masks = (struct rnni_masks){.seed = (uint64_t)seed};
    return RNN_OK;
}
