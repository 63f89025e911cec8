#include "api/check.h"
#include "math/elementwise.h"
#include "run/propagate.h"
#include "session/update.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- back-propagation ------------------------------------------------------------------------------------------ */

static int32_t check_saved_forward(struct rnni_caller caller, const rnn_session *session)
{
    RNNI_TRY(rnni_check_saved(caller, session, RNNI_SAVED_FORWARD));
    RNNI_TRY(rnni_check_process(caller, session));
    if (session->version != session->model->version)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: the model's parameters were changed since rnn_forward", caller.function);
    return RNN_OK;
}

static int32_t check_dx(struct rnni_caller caller, const rnn_session *session, const float *dx, size_t count)
{
    const struct rnni_layout *layout = &session->model->layout;
    if (layout->vocabulary && (dx || count))
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: a network of tokens has no dx: expected NULL and 0",
                                caller.function);
    struct rnni_shape shape = {"T*B*I", session->saved_steps, session->batch, layout->inputs, NULL};
    return rnni_check_array(caller, "dx", dx, count, shape, 1);
}

RNN_API int32_t rnn_backward(rnn_session *session, float *dx, size_t dx_count, const float *dy, size_t dy_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    RNNI_TRY(check_saved_forward(caller, session));
    RNNI_TRY(check_dx(caller, session, dx, dx_count));
    RNNI_TRY(rnni_check_array(caller, "dy", dy, dy_count,
                              rnni_check_output_shape(session, session->saved_output_steps, NULL), 1));
    rnni_propagate_backward(session, dx, dy);
    return RNN_OK;
}

/* ---- gradients ------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_zero_gradients(rnn_session *session)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_training((struct rnni_caller){&session->message, __func__}, session));
    memset(session->gradients, 0, session->model->layout.parameter_count * sizeof(float));
    return RNN_OK;
}

RNN_API int32_t rnn_session_gradients(rnn_session *session, float **values, size_t *count)
{
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->message, values);
    RNNI_NEED(&session->message, count);
    RNNI_TRY(rnni_check_training((struct rnni_caller){&session->message, __func__}, session));
    *values = session->gradients;
    *count = session->model->layout.parameter_count;
    return RNN_OK;
}

RNN_API int32_t rnn_session_get_gradient(rnn_session *session, const char *name, float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    const struct rnni_tensor *tensor;
    RNNI_TRY(rnni_check_tensor(caller, &tensor, &session->model->layout, values, values_count, name));
    RNNI_TRY(rnni_check_training(caller, session));
    memcpy(values, session->gradients + tensor->offset, values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_session_add_gradients(rnn_session *session, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    size_t count = session->model->layout.parameter_count;
    RNNI_TRY(rnni_check_array(caller, "values", values, values_count,
                              (struct rnni_shape){"parameters", count, 0, 0, NULL}, 0));
    RNNI_TRY(rnni_check_training(caller, session));
    rnni_elementwise()->add(session->gradients, values, count);
    return RNN_OK;
}

static int32_t check_positive(struct rnni_caller caller, const char *name, double value)
{
    if (!(value > 0 && isfinite(value)))
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %s is %g, expected a positive finite number",
                                caller.function, name, value);
    return RNN_OK;
}

RNN_API int32_t rnn_session_clip_gradient_norm(rnn_session *session, double *norm, double max_norm)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    double found;
    RNNI_TRY(check_positive(caller, "max_norm", max_norm));
    RNNI_TRY(rnni_check_norm(caller, session, NULL, &found));
    if (found > max_norm)
        rnni_update_scale(session, max_norm / found);
    if (norm)
        *norm = found;
    return RNN_OK;
}

RNN_API int32_t rnn_session_clip_gradient_value(rnn_session *session, double max_abs)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    double largest;
    RNNI_TRY(check_positive(caller, "max_abs", max_abs));
    RNNI_TRY(rnni_check_finite(caller, session, NULL, &largest));
    rnni_update_clip(session, max_abs);
    return RNN_OK;
}

RNN_API int32_t rnn_sgd_step(rnn_session *session, double rate)
{
    RNNI_NEED(NULL, session);
    struct rnni_caller caller = {&session->message, __func__};
    if (!(fabs(rate) <= FLT_MAX))
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: rate is %g, expected %g to %g", __func__, rate,
                                -(double)FLT_MAX, (double)FLT_MAX);
    double largest;
    RNNI_TRY(rnni_check_finite(caller, session, NULL, &largest));
    RNNI_TRY(rnni_check_descent(caller, session, rate, largest));
    rnni_update_descend(session, rate);
    return RNN_OK;
}
