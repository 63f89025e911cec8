#include "model/model.h"

#include "api/check.h"
#include "api/rnn_config.h"
#include "base/utf8.h"
#include "model/initial_weights.h"
#include "model/release_parameters.h"
#include "session/describe.h"

#include <inttypes.h>
#include <string.h>

RNN_API int32_t rnn_create(rnn_model **out, rnn_config *config)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, out);
    rnn_model *model;
    RNNI_TRY(rnni_model_create(&model, &config->definition, &config->message, __func__));
    if (!rnni_initial_weights_draw(model)) {
        rnni_model_drop(model);
        return rnni_status_fail(&config->message, RNN_E_MEMORY, "%s: out of memory for an orthogonal matrix", __func__);
    }
    *out = model;
    return RNN_OK;
}

RNN_API int32_t rnn_retain(rnn_model *model)
{
    RNNI_NEED(NULL, model);
    rnni_model_retain(model);
    return RNN_OK;
}

RNN_API void rnn_destroy(rnn_model *model)
{
    rnni_model_drop(model);
}

RNN_API int32_t rnn_model_get_int(const rnn_model *model, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, value);
    return rnni_options_get_int(&model->options, value, key, NULL, __func__);
}

RNN_API int32_t rnn_model_get_real(const rnn_model *model, int32_t key, double *value)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, value);
    return rnni_options_get_real(&model->options, value, key, NULL, __func__);
}

RNN_API int32_t rnn_model_get_text(const rnn_model *model, int32_t key, const char **value)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, value);
    return rnni_options_get_text(&model->options, value, key, NULL, __func__);
}

RNN_API int32_t rnn_describe(const rnn_model *model, char *text, size_t capacity, size_t *size, size_t steps,
                             size_t batch)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, size);
    if (capacity)
        RNNI_NEED(NULL, text);
    RNNI_TRY(rnni_check_steps((struct rnni_caller){NULL, __func__}, steps, batch));
    *size = rnni_describe(model, NULL, 0, steps, batch);
    if (text && capacity < *size)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: capacity is %zu, expected at least %zu", __func__, capacity,
                                *size);
    if (text)
        rnni_describe(model, text, capacity, steps, batch);
    return RNN_OK;
}

/* ---- parameters ------------------------------------------------------------------------------------------------ */

RNN_API int32_t rnn_model_tensor_count(const rnn_model *model, size_t *count)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, count);
    *count = model->layout.tensor_count;
    return RNN_OK;
}

RNN_API int32_t rnn_model_tensor_info(const rnn_model *model, size_t index, const char **name, size_t *rank,
                                      size_t *shape, size_t shape_count, size_t *offset)
{
    RNNI_NEED(NULL, model);
    if (index >= model->layout.tensor_count)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: index is %zu, expected 0 to %zu", __func__, index,
                                model->layout.tensor_count - 1);
    const struct rnni_tensor *tensor = &model->layout.tensors[index];
    if (shape && shape_count < tensor->rank)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: shape_count is %zu, expected at least %zu", __func__,
                                shape_count, tensor->rank);
    if (name)
        *name = tensor->name;
    if (rank)
        *rank = tensor->rank;
    if (shape)
        memcpy(shape, tensor->shape, tensor->rank * sizeof *shape);
    if (offset)
        *offset = tensor->offset;
    return RNN_OK;
}

RNN_API int32_t rnn_model_parameters(const rnn_model *model, const float **values, size_t *count)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, values);
    RNNI_NEED(NULL, count);
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    *values = model->parameters;
    *count = model->layout.parameter_count;
    return RNN_OK;
}

RNN_API int32_t rnn_model_set_parameters(rnn_model *model, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, model);
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    RNNI_TRY(rnni_check_array((struct rnni_caller){NULL, __func__}, "values", values, values_count,
                              (struct rnni_shape){"parameters", model->layout.parameter_count, 0, 0, NULL}, 0));
    memmove(model->parameters, values, values_count * sizeof *values);
    rnni_model_parameters_changed(model, NULL);
    return RNN_OK;
}

RNN_API int32_t rnn_model_get_parameter(const rnn_model *model, const char *name, float *values, size_t values_count)
{
    RNNI_NEED(NULL, model);
    const struct rnni_tensor *tensor;
    RNNI_TRY(
        rnni_check_tensor((struct rnni_caller){NULL, __func__}, &tensor, &model->layout, values, values_count, name));
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    memcpy(values, model->parameters + tensor->offset, values_count * sizeof *values);
    return RNN_OK;
}

RNN_API int32_t rnn_model_set_parameter(rnn_model *model, const char *name, const float *values, size_t values_count)
{
    RNNI_NEED(NULL, model);
    const struct rnni_tensor *tensor;
    RNNI_TRY(
        rnni_check_tensor((struct rnni_caller){NULL, __func__}, &tensor, &model->layout, values, values_count, name));
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    memmove(model->parameters + tensor->offset, values, values_count * sizeof *values);
    rnni_model_parameters_changed(model, NULL);
    return RNN_OK;
}

/* ---- notes ----------------------------------------------------------------------------------------------------- */

static int32_t check_note(const char *key, const char *value, const char *function)
{
    if (!*key || !strncmp(key, "rnn.", 4) || !strcmp(key, "format"))
        return rnni_status_fail(NULL, RNN_E_VALUE,
                                "%s: key is \"%s\", expected one that is not empty, is not \"format\" and "
                                "does not begin with \"rnn.\"",
                                function, rnni_utf8_quote(key).text);
    if (!rnni_utf8_valid(key) || (value && !rnni_utf8_valid(value)))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: the %s is not valid UTF-8", function,
                                rnni_utf8_valid(key) ? "value" : "key");
    return RNN_OK;
}

/* The caller has the only reference. */
static int32_t check_alone(const rnn_model *model, const char *function)
{
    size_t references = atomic_load_explicit(&model->references, memory_order_acquire);
    if (references != 1)
        return rnni_status_fail(NULL, RNN_E_STATE,
                                "%s: the model has %zu references, such as sessions and trainers, expected 1", function,
                                references);
    return RNN_OK;
}

RNN_API int32_t rnn_model_set_precision(rnn_model *model, int32_t precision)
{
    RNNI_NEED(NULL, model);
    if (precision < RNN_PRECISION_FLOAT32 || precision > RNN_PRECISION_INT8)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: precision is %" PRId32 ", expected one of RNN_PRECISION_...",
                                __func__, precision);
    RNNI_TRY(check_alone(model, __func__));
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    return rnni_model_set_precision(model, precision, NULL, __func__);
}

RNN_API int32_t rnn_model_release_parameters(rnn_model *model)
{
    RNNI_NEED(NULL, model);
    RNNI_TRY(check_alone(model, __func__));
    if (!model->layout.precision)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                "%s: the model's RNN_PRECISION is RNN_PRECISION_FLOAT32, expected RNN_PRECISION_BF16 "
                                "or RNN_PRECISION_INT8",
                                __func__);
    return model->released ? RNN_OK : rnni_release_parameters(model, NULL, __func__);
}

RNN_API int32_t rnn_model_set_metadata(rnn_model *model, const char *key, const char *value)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, key);
    RNNI_TRY(check_note(key, value, __func__));
    if (!value && !rnni_metadata_remove(&model->notes, key))
        return rnni_status_fail(NULL, RNN_E_NAME, "%s: no metadata with key \"%s\"", __func__,
                                rnni_utf8_quote(key).text);
    if (value && !rnni_metadata_set(&model->notes, key, value))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for metadata \"%s\"", __func__,
                                rnni_utf8_quote(key).text);
    return RNN_OK;
}

RNN_API int32_t rnn_model_get_metadata(const rnn_model *model, const char *key, const char **value)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, value);
    RNNI_NEED(NULL, key);
    const struct rnni_metadata *note = rnni_metadata_find(model->notes, key);
    if (!note)
        return rnni_status_fail(NULL, RNN_E_NAME, "%s: no metadata with key \"%s\"", __func__,
                                rnni_utf8_quote(key).text);
    *value = note->value;
    return RNN_OK;
}
