/* Datasets whose sequences come from callbacks, and what these callbacks call. */
#include "fit/samples.h"

#include "api/check.h"

/* ---- datasets ---------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_dataset_create_from_source(rnn_dataset **out, size_t count, size_t most_steps, size_t most_targets,
                                               rnn_sample_function source, void *user)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, source);
    RNNI_TRY(rnni_check_size(caller, "count", count));
    RNNI_TRY(rnni_check_size(caller, "most_steps", most_steps));
    RNNI_TRY(rnni_check_size(caller, "most_targets", most_targets));
    rnn_dataset *made;
    if (rnn_dataset_create(&made))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a dataset", __func__);
    made->count = count;
    made->source = source;
    made->source_user = user;
    made->most = (struct rnni_dataset_extent){
        .steps = most_steps, .labels = most_targets, .values = most_targets, .targets = most_targets};
    *out = made;
    return RNN_OK;
}

RNN_API int32_t rnn_dataset_set_transform(rnn_dataset *dataset, rnn_sample_function transform, void *user)
{
    RNNI_NEED(NULL, dataset);
    if (atomic_load(&dataset->references) > 1)
        return rnni_status_fail(NULL, RNN_E_STATE, "%s: rnn_fit or rnn_evaluate is reading the dataset", __func__);
    dataset->transform = transform;
    dataset->transform_user = user;
    return RNN_OK;
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

static int32_t check_input(struct rnni_caller caller, const rnn_sample *sample, size_t steps, int tokens)
{
    if (tokens != !sample->limits.inputs)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the input is %s, expected %s for the model",
                                caller.function, tokens ? "tokens" : "real numbers",
                                tokens ? "real numbers" : "tokens");
    if (!steps || steps > sample->limits.steps)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the sequence has %zu steps, expected 1 to %zu, the most of the dataset",
                                caller.function, steps, sample->limits.steps);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_x(rnn_sample *sample, const float *x, size_t x_count, size_t steps)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    RNNI_NEED(caller.message, x);
    RNNI_TRY(check_input(caller, sample, steps, 0));
    RNNI_TRY(rnni_check_array(caller, "x", x, x_count,
                              (struct rnni_shape){"T*I", steps, sample->limits.inputs, 0, NULL}, 0));
    rnni_samples_set_input(sample, x, steps);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_tokens(rnn_sample *sample, const int32_t *tokens, size_t tokens_count)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    RNNI_NEED(caller.message, tokens);
    RNNI_TRY(check_input(caller, sample, tokens_count, 1));
    rnni_samples_set_input(sample, tokens, tokens_count);
    return RNN_OK;
}

static int32_t check_targets(struct rnni_caller caller, const rnn_sample *sample, const char *name, size_t count,
                             size_t least)
{
    if (count < least || count > sample->limits.targets)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: %s is %zu, expected %zu to %zu, the most targets of the dataset", caller.function,
                                name, count, least, sample->limits.targets);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_classes(rnn_sample *sample, const int32_t *classes, size_t classes_count)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    if (classes_count)
        RNNI_NEED(caller.message, classes);
    RNNI_TRY(check_targets(caller, sample, "classes_count", classes_count, 0));
    rnni_samples_set_classes(sample, classes, classes_count);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_values(rnn_sample *sample, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    RNNI_NEED(caller.message, values);
    RNNI_TRY(check_targets(caller, sample, "values_count", values_count, 1));
    rnni_samples_set_values(sample, values, values_count);
    return RNN_OK;
}

/* [T]; (NULL, 0) passes. */
static int32_t check_mask(struct rnni_caller caller, const rnn_sample *sample, const void *mask, size_t count)
{
    return rnni_check_array(
        caller, "mask", mask, count,
        (struct rnni_shape){"T", sample->sequence.steps, 0, 0, "; T is set by rnn_sample_set_x or _set_tokens"}, 1);
}

RNN_API int32_t rnn_sample_set_mask(rnn_sample *sample, const float *mask, size_t mask_count)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    RNNI_TRY(rnni_check_mask(caller, mask, mask_count, sample->sequence.steps,
                             "; T is set by rnn_sample_set_x or _set_tokens"));
    rnni_samples_set_mask(sample, mask, mask_count);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_step_mask(rnn_sample *sample, const int32_t *mask, size_t mask_count)
{
    RNNI_NEED(NULL, sample);
    struct rnni_caller caller = {&sample->message, __func__};
    RNNI_TRY(check_mask(caller, sample, mask, mask_count));
    RNNI_TRY(rnni_check_flags(caller, "mask", mask, mask_count));
    rnni_samples_set_step_mask(sample, mask, mask_count);
    return RNN_OK;
}

RNN_API int32_t rnn_sample_set_weight(rnn_sample *sample, double weight)
{
    RNNI_NEED(NULL, sample);
    RNNI_TRY(rnni_check_weight((struct rnni_caller){&sample->message, __func__}, weight));
    sample->sequence.weight = weight;
    return RNN_OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_sample_get_x(rnn_sample *sample, const float **x, size_t *x_count, size_t *steps)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, x);
    RNNI_NEED(&sample->message, x_count);
    RNNI_NEED(&sample->message, steps);
    *x = sample->sequence.x;
    *steps = sample->sequence.x ? sample->sequence.steps : 0;
    *x_count = *steps * sample->limits.inputs;
    return RNN_OK;
}

RNN_API int32_t rnn_sample_get_tokens(rnn_sample *sample, const int32_t **tokens, size_t *tokens_count)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, tokens);
    RNNI_NEED(&sample->message, tokens_count);
    *tokens = sample->sequence.tokens;
    *tokens_count = sample->sequence.tokens ? sample->sequence.steps : 0;
    return RNN_OK;
}

RNN_API int32_t rnn_sample_get_classes(rnn_sample *sample, const int32_t **classes, size_t *classes_count)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, classes);
    RNNI_NEED(&sample->message, classes_count);
    *classes = sample->sequence.classes;
    *classes_count = sample->sequence.classes_count;
    return RNN_OK;
}

RNN_API int32_t rnn_sample_get_values(rnn_sample *sample, const float **values, size_t *values_count)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, values);
    RNNI_NEED(&sample->message, values_count);
    *values = sample->sequence.values;
    *values_count = sample->sequence.values_count;
    return RNN_OK;
}

RNN_API int32_t rnn_sample_get_mask(rnn_sample *sample, const float **mask, size_t *mask_count)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, mask);
    RNNI_NEED(&sample->message, mask_count);
    *mask = sample->sequence.mask;
    *mask_count = sample->sequence.mask ? sample->sequence.mask_count : 0;
    return RNN_OK;
}

RNN_API int32_t rnn_sample_get_step_mask(rnn_sample *sample, const int32_t **mask, size_t *mask_count)
{
    RNNI_NEED(NULL, sample);
    RNNI_NEED(&sample->message, mask);
    RNNI_NEED(&sample->message, mask_count);
    *mask = sample->sequence.kept ? sample->step_mask : NULL;
    *mask_count = sample->sequence.kept ? sample->sequence.steps : 0;
    return RNN_OK;
}
