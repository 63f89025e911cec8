#include "network/convert.h"

#include "api/check.h"

static int32_t check_layer(const rnn_model *model, size_t layer, const char *function)
{
    if (layer >= model->layout.layers)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: layer is %zu, expected 0 to %zu", function, layer,
                                model->layout.layers - 1);
    return RNN_OK;
}

static int32_t check_objection(const char *objection, const char *who, const char *function)
{
    if (objection)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: %s has no %s", function, who, objection);
    return RNN_OK;
}

/* An array that the options rule out. */
static int32_t check_absent(const char *function, const char *name, const float *array, size_t count,
                            const char *option)
{
    if (array || count)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: %s_count is %zu, expected NULL and 0 (%s is 0)", function, name,
                                count, option);
    return RNN_OK;
}

/* ---- ONNX -------------------------------------------------------------------------------------------------------- */

/* Which arrays may be left out. */
struct optional {
    int weights, others;
};

struct counts {
    const float *w, *r, *b, *p;
    size_t w_count, r_count, b_count, p_count;
};

static int32_t check_onnx(const rnn_model *model, size_t layer, struct counts c, struct optional optional,
                          const char *function)
{
    struct rnni_door door = {NULL, function};
    const struct rnni_options *o = &model->options;
    RNNI_TRY(check_layer(model, layer, function));
    RNNI_TRY(check_objection(rnni_convert_onnx_objection(o), "ONNX", function));
    size_t directions = model->layout.directions, hidden = model->layout.form.hidden;
    size_t rows = rnni_convert_onnx_order(o).gates * hidden;
    struct rnni_shape w = {"D*GH*K", directions, rows, model->layout.run[layer * directions].inputs, NULL};
    struct rnni_shape r = {"D*GH*H", directions, rows, hidden, NULL}, b = {"D*2GH", directions, 2 * rows, 0, NULL};
    struct rnni_shape p = {"D*3H", directions, 3 * hidden, 0, NULL};
    RNNI_TRY(rnni_check_array(door, "w", c.w, c.w_count, w, optional.weights));
    RNNI_TRY(rnni_check_array(door, "r", c.r, c.r_count, r, optional.weights));
    RNNI_TRY(o->bias ? rnni_check_array(door, "b", c.b, c.b_count, b, optional.others)
                     : check_absent(function, "b", c.b, c.b_count, "RNN_BIAS"));
    return o->peepholes ? rnni_check_array(door, "p", c.p, c.p_count, p, optional.others)
                        : check_absent(function, "p", c.p, c.p_count, "RNN_PEEPHOLES");
}

RNN_API int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, const float *w, size_t w_count, const float *r,
                                      size_t r_count, const float *b, size_t b_count, const float *p, size_t p_count)
{
    RNNI_NEED(NULL, model);
    struct counts counts = {w, r, b, p, w_count, r_count, b_count, p_count};
    RNNI_TRY(check_onnx(model, layer, counts, (struct optional){.others = 1}, __func__));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "w", w, w_count, model));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "r", r, r_count, model));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "b", b, b_count, model));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "p", p, p_count, model));
    rnni_convert_from_onnx(model, layer, (struct rnni_onnx_import){w, r, b, p});
    return RNN_OK;
}

RNN_API int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, float *w, size_t w_count, float *r,
                                      size_t r_count, float *b, size_t b_count, float *p, size_t p_count)
{
    RNNI_NEED(NULL, model);
    struct counts counts = {w, r, b, p, w_count, r_count, b_count, p_count};
    RNNI_TRY(check_onnx(model, layer, counts, (struct optional){.weights = 1}, __func__));
    rnni_convert_to_onnx(model, layer, (struct rnni_onnx_export){w, r, b, p});
    return RNN_OK;
}

/* ---- Keras ------------------------------------------------------------------------------------------------------- */

struct keras_arrays {
    const float *kernel, *recurrent, *bias;
    size_t kernel_count, recurrent_count, bias_count;
};

static int32_t check_keras(const rnn_model *model, size_t layer, size_t direction, struct keras_arrays a,
                           int weights_optional, const char *function)
{
    struct rnni_door door = {NULL, function};
    size_t directions = model->layout.directions, hidden = model->layout.form.hidden;
    RNNI_TRY(check_layer(model, layer, function));
    if (direction >= directions)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: direction is %zu, expected 0 to %zu", function, direction,
                                directions - 1);
    RNNI_TRY(check_objection(rnni_convert_keras_objection(&model->options), "Keras", function));
    size_t rows = rnni_convert_keras_order(&model->options).gates * hidden;
    size_t biases = rnni_convert_keras_biases(&model->options);
    struct rnni_shape kernel = {"K*GH", model->layout.run[layer * directions].inputs, rows, 0, NULL};
    struct rnni_shape recurrent = {"H*GH", hidden, rows, 0, NULL};
    struct rnni_shape bias = {biases == 2 ? "2*GH" : "1*GH", biases, rows, 0, NULL};
    RNNI_TRY(rnni_check_array(door, "kernel", a.kernel, a.kernel_count, kernel, weights_optional));
    RNNI_TRY(rnni_check_array(door, "recurrent", a.recurrent, a.recurrent_count, recurrent, weights_optional));
    return biases ? rnni_check_array(door, "bias", a.bias, a.bias_count, bias, 0)
                  : check_absent(function, "bias", a.bias, a.bias_count, "RNN_BIAS");
}

RNN_API int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, const float *kernel,
                                       size_t kernel_count, const float *recurrent, size_t recurrent_count,
                                       const float *bias, size_t bias_count)
{
    RNNI_NEED(NULL, model);
    struct keras_arrays arrays = {kernel, recurrent, bias, kernel_count, recurrent_count, bias_count};
    RNNI_TRY(check_keras(model, layer, direction, arrays, 0, __func__));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "kernel", kernel, kernel_count, model));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "recurrent", recurrent, recurrent_count, model));
    RNNI_TRY(rnni_check_apart((struct rnni_door){NULL, __func__}, "bias", bias, bias_count, model));
    rnni_convert_from_keras(model, layer * model->layout.directions + direction,
                            (struct rnni_keras_import){kernel, recurrent, bias});
    return RNN_OK;
}

RNN_API int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction, float *kernel,
                                       size_t kernel_count, float *recurrent, size_t recurrent_count, float *bias,
                                       size_t bias_count)
{
    RNNI_NEED(NULL, model);
    struct keras_arrays arrays = {kernel, recurrent, bias, kernel_count, recurrent_count, bias_count};
    RNNI_TRY(check_keras(model, layer, direction, arrays, 1, __func__));
    rnni_convert_to_keras(model, layer * model->layout.directions + direction,
                          (struct rnni_keras_export){kernel, recurrent, bias});
    return RNN_OK;
}
