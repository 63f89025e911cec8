/* Flags of the steps of the next run. */
#include "api/check.h"

#include <string.h>

/* [T,B] with the B of the session, each 0 or 1; (NULL, 0) passes. */
static int32_t check_flags(struct rnni_caller caller, const rnn_session *session, const char *name,
                           const int32_t *values, size_t count)
{
    struct rnni_shape shape = {"T*B", count / session->batch, session->batch, 0, RNNI_RESET_REMARK};
    if (!values && !count)
        return RNN_OK;
    if (count % session->batch || !count)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: %s_count is %zu, expected a multiple of %zu (B)" RNNI_RESET_REMARK,
                                caller.function, name, count, session->batch);
    RNNI_TRY(rnni_check_array(caller, name, values, count, shape, 0));
    return rnni_check_flags(caller, name, values, count);
}

static int32_t set_flags(struct rnni_caller caller, rnn_session *session, struct rnni_flags *flags, const char *name,
                         const int32_t *values, size_t count)
{
    if (!rnni_block_grow(&flags->block, count, sizeof *values, 0))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu elements of %s",
                                caller.function, count, name);
    if (count)
        memmove(flags->block.data, values, count * sizeof *values);
    flags->count = count;
    session->ready = 0; /* rnn_step is to see it */
    return RNN_OK;
}

RNN_API int32_t rnn_session_set_step_mask(rnn_session *session, const int32_t *mask, size_t mask_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_flags(caller, session, "mask", mask, mask_count));
    return set_flags(caller, session, &session->flags.mask, "mask", mask, mask_count);
}

RNN_API int32_t rnn_session_set_resets(rnn_session *session, const int32_t *resets, size_t resets_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    const struct rnni_layout *layout = &session->model->layout;
    if ((resets || resets_count) &&
        (layout->reverses || layout->pools || layout->changes_length || (session->list && session->model->list.whole)))
        return rnni_status_fail(
            caller.message, RNN_E_UNSUPPORTED,
            "%s: the network has a reverse direction, pooling or a layer that needs whole sequences "
            "or changes their length: a state cannot begin anew within a sequence",
            __func__);
    RNNI_TRY(check_flags(caller, session, "resets", resets, resets_count));
    return set_flags(caller, session, &session->flags.resets, "resets", resets, resets_count);
}
