#include "api/check.h"
#include "run/list.h"
#include "run/propagate.h"
#include "session/select.h"

static int32_t check_kind_of_input(struct rnni_caller caller, const rnn_session *session, int tokens)
{
    int wants_tokens = session->model->layout.vocabulary != 0;
    if (tokens != wants_tokens)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the network's input is %s, expected %s",
                                caller.function,
                                wants_tokens ? "tokens (RNN_VOCABULARY)" : "real-valued (RNN_INPUT_SIZE)",
                                tokens ? "tokens" : "real values");
    return RNN_OK;
}

static int32_t check_output(struct rnni_caller caller, const rnn_session *session, const float *y, size_t count,
                            size_t steps)
{
    size_t outputs = rnni_propagate_output_steps(session, steps);
    if (!y && !count && !outputs)
        return RNN_OK;
    return rnni_check_array(caller, "y", y, count, rnni_check_output_shape(session, outputs, RNNI_RESET_REMARK), 1);
}

/* Of one step, whether or not it has an output. */
static int32_t check_step_output(struct rnni_caller caller, const rnn_session *session, const float *y, size_t count)
{
    return rnni_check_array(caller, "y", y, count, rnni_check_output_shape(session, 1, RNNI_RESET_REMARK), 1);
}

static int32_t check_x(struct rnni_caller caller, const rnn_session *session, const float *x, size_t count,
                       size_t steps)
{
    struct rnni_shape shape = {"T*B*I", steps, session->batch, session->model->layout.inputs, RNNI_RESET_REMARK};
    if (session->model->layout.vocabulary)
        return check_kind_of_input(caller, session, 0);
    return rnni_check_array(caller, "x", x, count, shape, 0);
}

/* Flags that are set for the run have its shape. */
static int32_t check_flags(struct rnni_caller caller, const rnn_session *session, const struct rnni_flags *flags,
                           const char *name, size_t steps)
{
    size_t count = steps * session->batch;
    if (flags->count && flags->count != count)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: the %s has %zu elements, expected %zu (T*B = %zu*%zu)",
                                caller.function, name, flags->count, count, steps, session->batch);
    return RNN_OK;
}

static int32_t check_run(struct rnni_caller caller, const rnn_session *session, const int32_t *lengths,
                         size_t lengths_count, size_t steps)
{
    RNNI_TRY(rnni_check_process(caller, session));
    RNNI_TRY(rnni_check_steps(caller, steps, session->batch));
    RNNI_TRY(rnni_check_lengths(caller, lengths, lengths_count, steps, session->batch));
    RNNI_TRY(check_flags(caller, session, &session->flags.mask, "step mask", steps));
    return check_flags(caller, session, &session->flags.resets, "array of resets", steps);
}

/* lengths [B] have been checked, or are NULL. */
static int32_t check_tokens(struct rnni_caller caller, const rnn_session *session, const int32_t *tokens, size_t count,
                            const int32_t *lengths, size_t steps)
{
    struct rnni_shape shape = {"T*B", steps, session->batch, 0, RNNI_RESET_REMARK};
    RNNI_TRY(check_kind_of_input(caller, session, 1));
    RNNI_TRY(rnni_check_array(caller, "tokens", tokens, count, shape, 0));
    return rnni_check_classes(caller, "tokens", tokens, lengths, steps, session->batch,
                              session->model->layout.vocabulary, &session->flags);
}

static int32_t check_streams(struct rnni_caller caller, const rnn_session *session)
{
    if (rnni_arrangement_is_wanted(&session->flags))
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: a step mask or resets are set, which rnn_forward takes: expected rnn_forward",
                                caller.function);
    if (session->list && session->model->list.whole)
        return rnni_status_fail(
            caller.message, RNN_E_STATE,
            "%s: the network has a layer that needs whole sequences: a reverse direction, a centred "
            "convolution or pooling",
            caller.function);
    if (session->list && !rnni_list_is_in_step(session))
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: sequences of different lengths have left a convolution with a stride at different "
                                "places: expected rnn_forward",
                                caller.function);
    if (session->model->layout.reverses)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: the network has a reverse direction, which needs whole sequences: expected "
                                "RNN_DIRECTION_FORWARD",
                                caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_forward(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count,
                            const int32_t *lengths, size_t lengths_count, size_t steps)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_run(caller, session, lengths, lengths_count, steps));
    RNNI_TRY(check_x(caller, session, x, x_count, steps));
    RNNI_TRY(check_output(caller, session, y, y_count, steps));
    return rnni_propagate_forward(session, y, (struct rnni_input){.x = x}, lengths, steps, __func__);
}

RNN_API int32_t rnn_forward_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                   size_t tokens_count, const int32_t *lengths, size_t lengths_count, size_t steps)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_run(caller, session, lengths, lengths_count, steps));
    RNNI_TRY(check_tokens(caller, session, tokens, tokens_count, lengths, steps));
    RNNI_TRY(check_output(caller, session, y, y_count, steps));
    return rnni_propagate_forward(session, y, (struct rnni_input){.tokens = tokens}, lengths, steps, __func__);
}

/* Whether a step like that has been checked before, by a session without threads. */
static int is_ready(const rnn_session *session, const float *y, size_t y_count, const float *x, size_t x_count)
{
    return session->ready && !session->team && !session->model->layout.vocabulary && x && y &&
           x_count == session->ready_x && y_count == session->ready_y;
}

RNN_API int32_t rnn_step(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count)
{
    RNNI_NEED(NULL, session);
    if (!is_ready(session, y, y_count, x, x_count)) {
        struct rnni_caller caller = {&session->message, __func__};
        RNNI_TRY(rnni_check_process(caller, session));
        RNNI_TRY(check_streams(caller, session));
        RNNI_TRY(check_x(caller, session, x, x_count, 1));
        RNNI_TRY(check_step_output(caller, session, y, y_count));
    }
    rnni_propagate_step(session, y, (struct rnni_input){.x = x});
    return RNN_OK;
}

RNN_API int32_t rnn_step_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                size_t tokens_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_process(caller, session));
    RNNI_TRY(check_streams(caller, session));
    RNNI_TRY(check_tokens(caller, session, tokens, tokens_count, NULL, 1));
    RNNI_TRY(check_step_output(caller, session, y, y_count));
    rnni_propagate_step(session, y, (struct rnni_input){.tokens = tokens});
    return RNN_OK;
}

/* ---- for a beam search ----------------------------------------------------------------------------------------- */

/* What rnn_step_tokens checks, for the batch that is going to be. */
static int32_t check_next(struct rnni_caller caller, const rnn_session *session, const float *logits,
                          size_t logits_count, const int32_t *tokens, size_t rows)
{
    const struct rnni_layout *layout = &session->model->layout;
    RNNI_TRY(rnni_check_process(caller, session));
    RNNI_TRY(check_streams(caller, session));
    RNNI_TRY(check_kind_of_input(caller, session, 1));
    RNNI_TRY(rnni_check_classes(caller, "tokens", tokens, NULL, 1, rows, layout->vocabulary, NULL));
    return rnni_check_array(caller, "logits", logits, logits_count,
                            (struct rnni_shape){"rows*Y", rows, layout->outputs, 0, NULL}, 0);
}

RNN_API int32_t rnn_session_next(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                                 const int32_t *parents, size_t rows)
{
    rnn_session *session = user;
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->message, tokens);
    RNNI_NEED(&session->message, parents);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(rnni_check_size(caller, "rows", rows));
    RNNI_TRY(rnni_check_classes(caller, "parents", parents, NULL, 1, rows, session->batch, NULL));
    RNNI_TRY(check_next(caller, session, logits, logits_count, tokens, rows));
    RNNI_TRY(rnni_select_state(session, parents, rows, __func__));
    rnni_propagate_step(session, logits, (struct rnni_input){.tokens = tokens});
    return RNN_OK;
}
