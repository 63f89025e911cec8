/* The state of single sequences of a batch. */
#include "api/check.h"
#include "session/row_state.h"

static int32_t check_row(struct rnni_caller caller, const rnn_session *session, size_t row)
{
    if (row >= session->batch)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: row is %zu, expected 0 to %zu" RNNI_RESET_REMARK,
                                caller.function, row, session->batch - 1);
    return RNN_OK;
}

static int32_t check_values(struct rnni_caller caller, const rnn_session *session, const float *values, size_t count)
{
    return rnni_check_array(
        caller, "values", values, count,
        (struct rnni_shape){"rnn_session_row_state_count", rnni_row_state_count(session), 0, 0, NULL}, 0);
}

RNN_API int32_t rnn_session_row_state_count(rnn_session *session, size_t *count)
{
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->message, count);
    *count = rnni_row_state_count(session);
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_row_state(rnn_session *session, size_t row, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_row(caller, session, row));
    RNNI_TRY(check_values(caller, session, values, values_count));
    rnni_row_state_get(session, values, row);
    return RNN_OK;
}

RNN_API int32_t rnn_session_set_row_state(rnn_session *session, size_t row, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_row(caller, session, row));
    RNNI_TRY(check_values(caller, session, values, values_count));
    rnni_row_state_set(session, values, row);
    return RNN_OK;
}

RNN_API int32_t rnn_session_reset_row(rnn_session *session, size_t row)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(check_row((struct rnni_caller){&session->message, __func__}, session, row));
    rnni_row_state_reset(session, row);
    return RNN_OK;
}
