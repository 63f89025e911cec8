/* Losses: the handle, its options and the arrays of a batch; softmax and its cross-entropy. */
#include "api/losses.h"

#include "api/threads.h"
#include "run/propagate.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- rows of logits -------------------------------------------------------------------------------------------- */

static int32_t check_targets(struct rnni_caller caller, const struct rnni_cross_entropy *with, size_t count,
                             size_t classes)
{
    for (size_t i = 0; i < count; i++) {
        int32_t target = with->targets[i];
        if ((target < 0 || (size_t)target >= classes) && target != with->ignored)
            return rnni_status_fail(NULL, RNN_E_VALUE,
                                    "%s: targets[%zu] is %" PRId32 ", expected 0 to %zu, or %" PRId32, caller.function,
                                    i, target, classes - 1, with->ignored);
    }
    return RNN_OK;
}

RNN_API int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count, const float *logits,
                                          size_t logits_count, const int32_t *targets, size_t targets_count,
                                          size_t classes)
{
    struct rnni_caller caller = {NULL, __func__};
    struct rnni_loss_steps over = {.steps = targets_count, .batch = 1, .classes = classes};
    struct rnni_cross_entropy with = {.targets = targets, .ignored = -100};
    struct rnni_shape shape = {"N*C", targets_count, classes, 0, NULL};
    RNNI_NEED(NULL, loss);
    RNNI_NEED(NULL, targets);
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    if (!targets_count)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: targets_count is 0, expected at least 1 (N)", __func__);
    RNNI_TRY(rnni_check_array(caller, "dlogits", dlogits, dlogits_count, shape, 1));
    RNNI_TRY(rnni_check_array(caller, "logits", logits, logits_count, shape, 0));
    RNNI_TRY(check_targets(caller, &with, targets_count, classes));
    double weight = rnni_loss_weight_of_targets(&with, &over), factor = weight > 0 ? 1 / weight : 0;
    double sum = rnni_loss_cross_entropy(NULL, dlogits, logits, &with, &over, factor, NULL);
    *loss = factor > 0 ? factor * sum : 0;
    return RNN_OK;
}

RNN_API int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    size_t rows = logits_count / classes;
    struct rnni_shape shape = {"rows*C", rows, classes, 0, NULL};
    RNNI_NEED(NULL, logits);
    if (!rows || logits_count % classes)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: logits_count is %zu, expected a multiple of C = %zu", __func__,
                                logits_count, classes);
    RNNI_TRY(rnni_check_array(caller, "p", p, p_count, shape, 0));
    for (size_t i = 0; i < rows; i++)
        rnni_loss_softmax(p + i * classes, logits + i * classes, classes);
    return RNN_OK;
}

/* ---- the handle ------------------------------------------------------------------------------------------------ */

RNN_API int32_t rnn_loss_create(rnn_loss **out, int32_t kind)
{
    RNNI_NEED(NULL, out);
    if (!rnni_loss_is_kind(kind))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: kind is %" PRId32 ", expected one of RNN_LOSS_...", __func__,
                                kind);
    return rnni_loss_create(out, kind, __func__);
}

RNN_API void rnn_loss_destroy(rnn_loss *loss)
{
    if (loss && !loss->is_lent)
        rnni_loss_drop(loss);
}

RNN_API const char *rnn_loss_last_error(const rnn_loss *loss)
{
    return loss ? loss->message.text : "";
}

RNN_API int32_t rnn_loss_set_threads(rnn_loss *loss, size_t threads)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    return rnni_threads_replace(caller, &loss->team, threads);
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static int32_t check_option(struct rnni_caller caller, const rnn_loss *loss, int32_t key)
{
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    if (!rnni_loss_has(loss->kind, key))
        return rnni_option_fail_kind(&rnni_loss_table, key, rnni_loss_kind_name(loss->kind), caller.message,
                                     caller.function);
    return RNN_OK;
}

static int32_t check_kind(struct rnni_caller caller, const rnn_loss *loss, int is_one, const char *expected)
{
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    if (!is_one)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the kind is %s, expected %s", caller.function,
                                rnni_loss_kind_name(loss->kind), expected);
    return RNN_OK;
}

RNN_API int32_t rnn_loss_set_int(rnn_loss *loss, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, loss);
    RNNI_TRY(check_option((struct rnni_caller){&loss->message, __func__}, loss, key));
    return rnni_option_set_int(&rnni_loss_table, &loss->options, key, value, &loss->message, __func__);
}

RNN_API int32_t rnn_loss_set_real(rnn_loss *loss, int32_t key, double value)
{
    RNNI_NEED(NULL, loss);
    RNNI_TRY(check_option((struct rnni_caller){&loss->message, __func__}, loss, key));
    return rnni_option_set_real(&rnni_loss_table, &loss->options, key, value, &loss->message, __func__);
}

RNN_API int32_t rnn_loss_get_int(rnn_loss *loss, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, value);
    return rnni_option_get_int(&rnni_loss_table, &loss->options, value, key, &loss->message, __func__);
}

RNN_API int32_t rnn_loss_get_real(rnn_loss *loss, int32_t key, double *value)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, value);
    return rnni_option_get_real(&rnni_loss_table, &loss->options, value, key, &loss->message, __func__);
}

RNN_API int32_t rnn_loss_set_callback(rnn_loss *loss, rnn_loss_function callback, void *user)
{
    RNNI_NEED(NULL, loss);
    RNNI_TRY(check_kind((struct rnni_caller){&loss->message, __func__}, loss, loss->kind == RNN_LOSS_CUSTOM,
                        "RNN_LOSS_CUSTOM"));
    loss->callback = callback;
    loss->user = user;
    return RNN_OK;
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

/* Floats and int32_t: elements of 4 bytes. */
static int32_t copy(struct rnni_caller caller, struct rnni_loss_array *array, const char *name, const void *values,
                    size_t count)
{
    if (!rnni_loss_copy(array, values, count, sizeof(int32_t)))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %s of %zu elements",
                                caller.function, name, count);
    return RNN_OK;
}

RNN_API int32_t rnn_loss_set_class_weights(rnn_loss *loss, const float *weights, size_t weights_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_kind(caller, loss, loss->kind == RNN_LOSS_CROSS_ENTROPY, "RNN_LOSS_CROSS_ENTROPY"));
    if (!weights != !weights_count)
        return weights ? rnni_status_fail(caller.message, RNN_E_SIZE, "%s: weights_count is 0, expected at least 1 (C)",
                                          __func__)
                       : rnni_status_fail(caller.message, RNN_E_NULL, "%s: weights is NULL", __func__);
    if (weights)
        RNNI_TRY(rnni_check_size(caller, "weights_count", weights_count));
    RNNI_TRY(rnni_check_not_negative(caller, "weights", weights, weights_count, NULL));
    return copy(caller, &loss->class_weights, "weights", weights, weights_count);
}

RNN_API int32_t rnn_loss_set_quantiles(rnn_loss *loss, const float *levels, size_t levels_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_kind(caller, loss, loss->kind == RNN_LOSS_QUANTILE, "RNN_LOSS_QUANTILE"));
    if (!levels != !levels_count)
        return levels ? rnni_status_fail(caller.message, RNN_E_SIZE, "%s: levels_count is 0, expected at least 1 (Q)",
                                         __func__)
                      : rnni_status_fail(caller.message, RNN_E_NULL, "%s: levels is NULL", __func__);
    if (levels)
        RNNI_TRY(rnni_check_size(caller, "levels_count", levels_count));
    for (size_t q = 0; q < levels_count; q++)
        if (!(levels[q] > 0 && levels[q] < 1))
            return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: levels[%zu] is %g, expected above 0 and below 1",
                                    __func__, q, (double)levels[q]);
    return copy(caller, &loss->levels, "levels", levels, levels_count);
}

RNN_API int32_t rnn_loss_set_mask(rnn_loss *loss, const float *mask, size_t mask_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    RNNI_TRY(check_kind(caller, loss, !rnni_loss_is_of_paths(loss->kind), "another: CTC and CRF have no mask"));
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    RNNI_TRY(rnni_check_array(caller, "mask", mask, mask_count,
                              (struct rnni_shape){"T*B", loss->steps, loss->batch, 0, NULL}, 1));
    RNNI_TRY(rnni_check_not_negative(caller, "mask", mask, mask_count, &over));
    return copy(caller, &loss->mask, "mask", mask, mask_count);
}

RNN_API int32_t rnn_loss_set_step_mask(rnn_loss *loss, const int32_t *mask, size_t mask_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    RNNI_TRY(rnni_check_array(caller, "mask", mask, mask_count,
                              (struct rnni_shape){"T*B", loss->steps, loss->batch, 0, NULL}, 1));
    RNNI_TRY(rnni_check_flags(caller, "mask", mask, mask_count));
    return copy(caller, &loss->present, "mask", mask, mask_count);
}

RNN_API int32_t rnn_loss_set_sequence_weights(rnn_loss *loss, const float *weights, size_t weights_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    RNNI_TRY(rnni_check_array(caller, "weights", weights, weights_count,
                              (struct rnni_shape){"B", loss->batch, 0, 0, NULL}, 1));
    RNNI_TRY(rnni_check_not_negative(caller, "weights", weights, weights_count, NULL));
    return copy(caller, &loss->weights, "weights", weights, weights_count);
}

RNN_API int32_t rnn_loss_set_label_lengths(rnn_loss *loss, const int32_t *label_lengths, size_t label_lengths_count)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_TRY(check_kind(caller, loss, loss->kind == RNN_LOSS_CTC, "RNN_LOSS_CTC"));
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    RNNI_TRY(rnni_check_array(caller, "label_lengths", label_lengths, label_lengths_count,
                              (struct rnni_shape){"B", loss->batch, 0, 0, NULL}, 1));
    for (size_t b = 0; b < label_lengths_count; b++)
        if (label_lengths[b] < 0)
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: label_lengths[%zu] is %" PRId32 ", expected at least 0", __func__, b,
                                    label_lengths[b]);
    return copy(caller, &loss->label_lengths, "label_lengths", label_lengths, label_lengths_count);
}

/* ---- the batch ------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_loss_set_batch(rnn_loss *loss, const int32_t *lengths, size_t lengths_count, size_t steps,
                                   size_t batch, size_t classes)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    struct rnni_shape shape = {"T*B*C", steps, batch, classes, NULL};
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    RNNI_TRY(rnni_check_steps(caller, steps, batch));
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    if (rnni_check_elements(shape) > SIZE_MAX / sizeof(float))
        return rnni_status_fail(caller.message, RNN_E_MEMORY,
                                "%s: out of memory: T*B*C = %zu*%zu*%zu exceeds the address space", __func__, steps,
                                batch, classes);
    RNNI_TRY(rnni_check_lengths(caller, lengths, lengths_count, steps, batch));
    RNNI_TRY(rnni_loss_begin_batch(loss, lengths != NULL, steps, batch, classes, __func__));
    if (lengths)
        memmove(loss->lengths.block.data, lengths, batch * sizeof *lengths);
    return RNN_OK;
}

/* The lengths of y, unless all are T.  An empty sequence has no output, not even a pooled one. */
static void fill_lengths(rnn_loss *loss, const rnn_session *session)
{
    int32_t *lengths = loss->lengths.block.data;
    size_t full = 0;
    rnni_propagate_lengths(session, lengths);
    for (size_t b = 0; b < loss->batch; b++) {
        if (session->model->layout.pools)
            lengths[b] = lengths[b] > 0;
        full += (size_t)lengths[b] == loss->steps;
    }
    if (full == loss->batch)
        loss->lengths.count = 0;
}

RNN_API int32_t rnn_loss_set_batch_of_session(rnn_loss *loss, const rnn_session *session)
{
    RNNI_NEED(NULL, loss);
    struct rnni_caller caller = {&loss->message, __func__};
    RNNI_NEED(caller.message, session);
    RNNI_TRY(rnni_losses_check_idle(caller, loss));
    if (session->saved == RNNI_SAVED_NOTHING)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: expected after rnn_forward, with no call in between that discards the run",
                                __func__);
    const struct rnni_layout *layout = &session->model->layout;
    size_t steps = layout->pools ? 1 : session->saved_output_steps;
    if (!steps)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the output of rnn_forward has no steps", __func__);
    size_t holes = rnni_propagate_has_holes(session) ? steps * session->batch : 0; /* elements of the step mask */
    if (!rnni_loss_grow(&loss->present, holes * sizeof(int32_t)))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for a step mask", __func__);
    RNNI_TRY(rnni_loss_begin_batch(loss, 1, steps, session->batch, layout->outputs, __func__));
    fill_lengths(loss, session);
    if (holes)
        rnni_propagate_step_mask(session, loss->present.block.data);
    loss->present.count = holes;
    return RNN_OK;
}

/* ---- reading the batch ----------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_loss_get_batch(rnn_loss *loss, const int32_t **lengths, size_t *steps, size_t *batch,
                                   size_t *classes)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, lengths);
    RNNI_NEED(&loss->message, steps);
    RNNI_NEED(&loss->message, batch);
    RNNI_NEED(&loss->message, classes);
    RNNI_TRY(rnni_losses_check_batch((struct rnni_caller){&loss->message, __func__}, loss));
    *lengths = rnni_loss_elements(&loss->lengths);
    *steps = loss->steps;
    *batch = loss->batch;
    *classes = loss->classes;
    return RNN_OK;
}

static int32_t get_floats(struct rnni_caller caller, const rnn_loss *loss, const struct rnni_loss_array *array,
                          const float **values, size_t *count)
{
    RNNI_TRY(rnni_losses_check_batch(caller, loss));
    *values = rnni_loss_elements(array);
    *count = array->count;
    return RNN_OK;
}

RNN_API int32_t rnn_loss_get_mask(rnn_loss *loss, const float **mask, size_t *mask_count)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, mask);
    RNNI_NEED(&loss->message, mask_count);
    return get_floats((struct rnni_caller){&loss->message, __func__}, loss, &loss->mask, mask, mask_count);
}

RNN_API int32_t rnn_loss_get_step_mask(rnn_loss *loss, const int32_t **mask, size_t *mask_count)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, mask);
    RNNI_NEED(&loss->message, mask_count);
    RNNI_TRY(rnni_losses_check_batch((struct rnni_caller){&loss->message, __func__}, loss));
    *mask = rnni_loss_elements(&loss->present);
    *mask_count = loss->present.count;
    return RNN_OK;
}

RNN_API int32_t rnn_loss_get_sequence_weights(rnn_loss *loss, const float **weights, size_t *weights_count)
{
    RNNI_NEED(NULL, loss);
    RNNI_NEED(&loss->message, weights);
    RNNI_NEED(&loss->message, weights_count);
    return get_floats((struct rnni_caller){&loss->message, __func__}, loss, &loss->weights, weights, weights_count);
}
