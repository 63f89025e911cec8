/* The loss of a batch: checks of the predictions and targets, and what a callback and the caller read. */
#include "api/losses.h"
#include "api/transitions.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What both calls check first. */
static int32_t check_call(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call,
                          size_t dy_count, size_t y_count)
{
    struct rnni_shape shape = {"T*B*C", loss->steps, loss->batch, loss->classes, NULL};
    int of_classes = rnni_loss_takes_classes(loss->kind);
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    RNNI_TRY(rnni_check_team(caller, loss->team, "loss", "rnn_loss_set_threads"));
    if (loss->kind != RNN_LOSS_CUSTOM && of_classes == call->has_values)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the targets of %s are %s", caller.function,
                                rnni_loss_kind_name(loss->kind), of_classes ? "classes" : "values");
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    if (loss->kind == RNN_LOSS_CUSTOM && !loss->callback)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: no callback is set: expected rnn_loss_set_callback",
                                caller.function);
    RNNI_TRY(rnni_check_array(caller, "dy", call->dy, dy_count, shape, 1));
    return rnni_check_array(caller, "y", call->y, y_count, shape, 0);
}

/* ---- classes --------------------------------------------------------------------------------------------------- */

static int32_t check_classes(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    const struct rnni_loss_array *weights = &loss->class_weights;
    RNNI_TRY(rnni_check_array(caller, "classes", call->classes, call->targets_count,
                              (struct rnni_shape){"T*B", over.steps, over.batch, 0, NULL}, 0));
    if (weights->count && weights->count != over.classes)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: there are %zu class weights, expected %zu (C)",
                                caller.function, weights->count, over.classes);
    for (size_t i = 0; i < call->targets_count; i++) {
        int32_t target = call->classes[i];
        size_t t = i / over.batch, b = i % over.batch;
        if ((target < 0 || (size_t)target >= over.classes) && target != loss->options.ignored &&
            rnni_loss_mask_of(&over, t, b) > 0)
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: classes[%zu], at step %zu of sequence %zu, is %" PRId32
                                    ", expected 0 to %zu, or %" PRId64 " (RNN_IGNORED)",
                                    caller.function, i, t, b, target, over.classes - 1, loss->options.ignored);
    }
    return RNN_OK;
}

static int32_t check_label_lengths(struct rnni_caller caller, const rnn_loss *loss, size_t most)
{
    const int32_t *lengths = rnni_loss_elements(&loss->label_lengths); /* [B] */
    for (size_t b = 0; lengths && b < loss->batch; b++)
        if ((size_t)lengths[b] > most)
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: label_lengths[%zu] is %" PRId32 ", expected 0 to %zu (S = classes_count / B)",
                                    caller.function, b, lengths[b], most);
    return RNN_OK;
}

static int32_t check_labels(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    size_t most = call->targets_count / loss->batch; /* S */
    const int32_t *lengths = rnni_loss_elements(&loss->label_lengths);
    RNNI_TRY(rnni_check_class(caller, "RNN_BLANK", (int32_t)loss->options.blank, loss->classes));
    if (!call->classes && call->targets_count)
        return rnni_status_fail(caller.message, RNN_E_NULL, "%s: classes is NULL", caller.function);
    if (call->targets_count % loss->batch)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: classes_count is %zu, expected a multiple of B = %zu",
                                caller.function, call->targets_count, loss->batch);
    RNNI_TRY(check_label_lengths(caller, loss, most));
    for (size_t b = 0; b < loss->batch; b++)
        for (size_t i = 0; i < (lengths ? (size_t)lengths[b] : most); i++) {
            int32_t label = call->classes[b * most + i];
            if (label < 0 || (size_t)label >= loss->classes || label == loss->options.blank)
                return rnni_status_fail(caller.message, RNN_E_VALUE,
                                        "%s: classes[%zu], label %zu of sequence %zu, is %" PRId32
                                        ", expected 0 to %zu and not the blank, %" PRId64,
                                        caller.function, b * most + i, i, b, label, loss->classes - 1,
                                        loss->options.blank);
        }
    return RNN_OK;
}

/* The classes of a CRF: every valid step has one. */
static int32_t check_path(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_step_flags flags = {.mask = {loss->present.block, loss->present.count}};
    RNNI_TRY(rnni_transitions_check(caller, &loss->transitions, loss->classes, "rnn_loss_set_transitions"));
    RNNI_TRY(rnni_check_array(caller, "classes", call->classes, call->targets_count,
                              (struct rnni_shape){"T*B", loss->steps, loss->batch, 0, NULL}, 0));
    return rnni_check_classes(caller, "classes", call->classes, rnni_loss_elements(&loss->lengths), loss->steps,
                              loss->batch, loss->classes, &flags);
}

RNN_API int32_t rnn_loss_of_classes(rnn_loss *loss, double *value, float *dy, size_t dy_count, const float *y,
                                    size_t y_count, const int32_t *classes, size_t classes_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    struct rnni_loss_call call = {
        .value = value, .dy = dy, .y = y, .classes = classes, .targets_count = classes_count, .function = __func__};
    RNNI_NEED(caller.message, value);
    RNNI_TRY(check_call(caller, loss, &call, dy_count, y_count));
    RNNI_TRY(loss->kind == RNN_LOSS_CTC   ? check_labels(caller, loss, &call)
             : loss->kind == RNN_LOSS_CRF ? check_path(caller, loss, &call)
                                          : check_classes(caller, loss, &call));
    return rnni_loss_run(loss, &call);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static int32_t check_probabilities(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    for (size_t i = 0; i < call->targets_count; i++) {
        size_t row = i / over.classes;
        float value = call->values[i];
        if (!(value >= 0 && value <= 1) && !(isnan(value) && loss->options.skip_missing) &&
            rnni_loss_mask_of(&over, row / over.batch, row % over.batch) > 0)
            return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: values[%zu] is %g, expected 0 to 1",
                                    caller.function, i, (double)value);
    }
    return RNN_OK;
}

/* [T,B,C / W], W outputs for each target. */
static int32_t check_values(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    size_t outputs = rnni_loss_outputs_of_target(loss), width = loss->classes / outputs;
    if (loss->classes % outputs)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: C is %zu, expected a multiple of %zu, the outputs of %s for each value",
                                caller.function, loss->classes, outputs, rnni_loss_kind_name(loss->kind));
    return rnni_check_array(caller, "values", call->values, call->targets_count,
                            (struct rnni_shape){outputs > 1 ? "T*B*K" : "T*B*C", loss->steps, loss->batch, width, NULL},
                            0);
}

/* [T,B,K] of a custom loss, with any K. */
static int32_t check_any_values(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_call *call)
{
    size_t rows = loss->steps * loss->batch;
    if (!call->values && call->targets_count)
        return rnni_status_fail(caller.message, RNN_E_NULL, "%s: values is NULL", caller.function);
    if (call->targets_count % rows)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: values_count is %zu, expected a multiple of T*B = %zu",
                                caller.function, call->targets_count, rows);
    return RNN_OK;
}

RNN_API int32_t rnn_loss_of_values(rnn_loss *loss, double *value, float *dy, size_t dy_count, const float *y,
                                   size_t y_count, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    struct rnni_loss_call call = {.value = value,
                                  .dy = dy,
                                  .y = y,
                                  .values = values,
                                  .targets_count = values_count,
                                  .has_values = 1,
                                  .function = __func__};
    RNNI_NEED(caller.message, value);
    RNNI_TRY(check_call(caller, loss, &call, dy_count, y_count));
    if (loss->kind == RNN_LOSS_CUSTOM) {
        RNNI_TRY(check_any_values(caller, loss, &call));
        return rnni_loss_run(loss, &call);
    }
    RNNI_TRY(check_values(caller, loss, &call));
    if (loss->kind == RNN_LOSS_BINARY_CROSS_ENTROPY)
        RNNI_TRY(check_probabilities(caller, loss, &call));
    return rnni_loss_run(loss, &call);
}

/* ---- afterwards, and in the callback --------------------------------------------------------------------------- */

RNN_API int32_t rnn_loss_get_sequence_losses(rnn_loss *loss, double *losses, size_t losses_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    if (loss->kind == RNN_LOSS_CUSTOM)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the kind is RNN_LOSS_CUSTOM, expected another",
                                __func__);
    if (!loss->losses.count)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: expected after rnn_loss_of_classes or rnn_loss_of_values", __func__);
    RNNI_TRY(
        rnni_check_array(caller, "losses", losses, losses_count, (struct rnni_shape){"B", loss->batch, 0, 0, NULL}, 0));
    memcpy(losses, loss->losses.block.data, losses_count * sizeof *losses);
    return RNN_OK;
}

static int32_t check_callback(struct rnni_caller caller, const rnn_loss *loss, int has_values)
{
    if (!loss->call)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: only allowed in the callback", caller.function);
    if (loss->call->has_values != has_values)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the targets are %s", caller.function,
                                has_values ? "classes" : "values");
    return RNN_OK;
}

RNN_API int32_t rnn_loss_get_classes(rnn_loss *loss, const int32_t **classes, size_t *classes_count)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, classes);
    RNNI_NEED(&loss->message, classes_count);
    RNNI_TRY(check_callback((struct rnni_caller){&loss->message, __func__}, loss, 0));
    *classes = loss->call->classes;
    *classes_count = loss->call->targets_count;
    return RNN_OK;
}

RNN_API int32_t rnn_loss_get_values(rnn_loss *loss, const float **values, size_t *values_count)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, values);
    RNNI_NEED(&loss->message, values_count);
    RNNI_TRY(check_callback((struct rnni_caller){&loss->message, __func__}, loss, 1));
    *values = loss->call->values;
    *values_count = loss->call->targets_count;
    return RNN_OK;
}
