#include "api/check.h"
#include "network/network.h"
#include "network/segments.h"
#include "network/update.h"
#include "training/gradient.h"
#include "training/loss.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- back-propagation ------------------------------------------------------------------------------------------ */

static int32_t check_saved_forward(struct rnni_door door, const rnn_session *session)
{
    RNNI_TRY(rnni_check_saved(door, session, RNNI_SAVED_FORWARD));
    if (session->version != session->model->version)
        return rnni_status_fail(door.sentence, RNN_E_STATE, "%s: the model's parameters were changed since rnn_forward",
                                door.function);
    return RNN_OK;
}

static int32_t check_dx(struct rnni_door door, const rnn_session *session, const float *dx, size_t count)
{
    const struct rnni_layout *layout = &session->model->layout;
    if (layout->vocabulary && (dx || count))
        return rnni_status_fail(door.sentence, RNN_E_STATE,
                                "%s: dx is given, but a network of tokens has none: expected NULL and 0",
                                door.function);
    struct rnni_shape shape = {"T*B*I", session->saved_steps, session->batch, layout->inputs, NULL};
    return rnni_check_array(door, "dx", dx, count, shape, 1);
}

RNN_API int32_t rnn_backward(rnn_session *session, float *dx, size_t dx_count, const float *dy, size_t dy_count)
{
    RNNI_NEED(NULL, session);
    struct rnni_door door = {&session->sentence, __func__};
    RNNI_TRY(check_saved_forward(door, session));
    RNNI_TRY(check_dx(door, session, dx, dx_count));
    RNNI_TRY(
        rnni_check_array(door, "dy", dy, dy_count, rnni_check_output_shape(session, session->saved_steps, NULL), 1));
    if (rnni_segments_wanted(session, session->saved_steps))
        rnni_segments_backward(session, dx, dy);
    else
        rnni_network_backward(session, dx, dy);
    return RNN_OK;
}

/* ---- gradients ------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_zero_gradients(rnn_session *session)
{
    RNNI_NEED(NULL, session);
    RNNI_TRY(rnni_check_training((struct rnni_door){&session->sentence, __func__}, session));
    memset(session->gradients, 0, session->model->layout.parameter_count * sizeof(float));
    return RNN_OK;
}

RNN_API int32_t rnn_gradients(rnn_session *session, float **values, size_t *count)
{
    RNNI_NEED(NULL, session);
    RNNI_NEED(&session->sentence, values);
    RNNI_NEED(&session->sentence, count);
    RNNI_TRY(rnni_check_training((struct rnni_door){&session->sentence, __func__}, session));
    *values = session->gradients;
    *count = session->model->layout.parameter_count;
    return RNN_OK;
}

RNN_API int32_t rnn_get_gradient(rnn_session *session, float *values, size_t values_count, const char *name)
{
    RNNI_NEED(NULL, session);
    struct rnni_door door = {&session->sentence, __func__};
    const struct rnni_tensor *tensor;
    RNNI_TRY(rnni_check_tensor(door, &tensor, &session->model->layout, values, values_count, name));
    RNNI_TRY(rnni_check_training(door, session));
    memcpy(values, session->gradients + tensor->offset, values_count * sizeof *values);
    return RNN_OK;
}

/* The name of the first tensor whose gradient is not finite. */
static const char *name_of_nonfinite(const rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t i = 0;
    while (i + 1 < layout->tensor_count &&
           isfinite(
               rnni_gradient_sum_of_squares(session->gradients + layout->tensors[i].offset, layout->tensors[i].count)))
        i++;
    return layout->tensors[i].name;
}

/* *norm = that of all gradients.  RNN_E_STATE, RNN_E_NONFINITE. */
static int32_t take_norm(struct rnni_door door, const rnn_session *session, double *norm)
{
    RNNI_TRY(rnni_check_training(door, session));
    *norm = rnni_update_norm(session);
    if (!isfinite(*norm))
        return rnni_status_fail(door.sentence, RNN_E_NONFINITE,
                                "%s: the gradient of %s is infinite or not a number; nothing was changed",
                                door.function, name_of_nonfinite(session));
    return RNN_OK;
}

static int32_t check_positive(struct rnni_door door, const char *name, double value)
{
    if (!(value > 0 && isfinite(value)))
        return rnni_status_fail(door.sentence, RNN_E_VALUE, "%s: %s is %g, expected a positive finite number",
                                door.function, name, value);
    return RNN_OK;
}

RNN_API int32_t rnn_clip_gradient_norm(rnn_session *session, double *norm, double max_norm)
{
    RNNI_NEED(NULL, session);
    struct rnni_door door = {&session->sentence, __func__};
    double found;
    RNNI_TRY(check_positive(door, "max_norm", max_norm));
    RNNI_TRY(take_norm(door, session, &found));
    if (found > max_norm)
        rnni_update_scale(session, max_norm / found);
    if (norm)
        *norm = found;
    return RNN_OK;
}

RNN_API int32_t rnn_clip_gradient_value(rnn_session *session, double max_abs)
{
    RNNI_NEED(NULL, session);
    struct rnni_door door = {&session->sentence, __func__};
    double norm;
    RNNI_TRY(check_positive(door, "max_abs", max_abs));
    RNNI_TRY(take_norm(door, session, &norm));
    rnni_gradient_clip(session->gradients, max_abs, session->model->layout.parameter_count);
    return RNN_OK;
}

RNN_API int32_t rnn_sgd_step(rnn_session *session, double rate)
{
    RNNI_NEED(NULL, session);
    struct rnni_door door = {&session->sentence, __func__};
    double norm;
    if (!(fabs(rate) <= FLT_MAX))
        return rnni_status_fail(door.sentence, RNN_E_VALUE, "%s: rate is %g, expected %g to %g", __func__, rate,
                                -(double)FLT_MAX, (double)FLT_MAX);
    RNNI_TRY(take_norm(door, session, &norm));
    rnni_update_descend(session, rate);
    return RNN_OK;
}

/* ---- losses ---------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count, const float *logits,
                                          size_t logits_count, const int32_t *targets, size_t targets_count,
                                          const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                          size_t classes, int32_t reduction)
{
    struct rnni_door door = {NULL, __func__};
    struct rnni_shape shape = {"T*B*C", steps, batch, classes, NULL};
    RNNI_NEED(NULL, loss);
    RNNI_TRY(rnni_check_steps(door, steps, batch));
    RNNI_TRY(rnni_check_size(door, "classes", classes));
    RNNI_TRY(rnni_check_array(door, "dlogits", dlogits, dlogits_count, shape, 1));
    RNNI_TRY(rnni_check_array(door, "logits", logits, logits_count, shape, 0));
    RNNI_TRY(rnni_check_array(door, "targets", targets, targets_count,
                              (struct rnni_shape){"T*B", steps, batch, 0, NULL}, 0));
    RNNI_TRY(rnni_check_lengths(door, lengths, lengths_count, steps, batch));
    RNNI_TRY(rnni_check_classes(door, "targets", targets, lengths, steps, batch, classes));
    if (reduction != RNN_SUM && reduction != RNN_MEAN)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: reduction is %" PRId32 ", expected RNN_SUM or RNN_MEAN",
                                __func__, reduction);
    size_t valid = rnni_loss_valid_steps(lengths, steps, batch);
    double factor = reduction == RNN_MEAN && valid ? 1 / (double)valid : 1;
    *loss = factor * rnni_loss_cross_entropy(dlogits, logits, targets, lengths, steps, batch, classes, (float)factor);
    return RNN_OK;
}

RNN_API int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes)
{
    struct rnni_door door = {NULL, __func__};
    RNNI_TRY(rnni_check_size(door, "classes", classes));
    size_t rows = logits_count / classes;
    struct rnni_shape shape = {"rows*C", rows, classes, 0, NULL};
    RNNI_NEED(NULL, logits);
    if (!rows || logits_count % classes)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: logits_count is %zu, expected a multiple of C = %zu", __func__,
                                logits_count, classes);
    RNNI_TRY(rnni_check_array(door, "p", p, p_count, shape, 0));
    for (size_t i = 0; i < rows; i++)
        rnni_loss_softmax(p + i * classes, logits + i * classes, classes);
    return RNN_OK;
}
