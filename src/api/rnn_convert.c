#include "checkpoint/convert.h"

#include "api/check.h"

#include <inttypes.h>
#include <math.h>

/* Which network a layer is of, and which of its layers: of a list it is layer `*layer`, if that is a recurrent one. */
static int32_t find_layer(rnn_model **network, size_t *layer, const rnn_model *model, const char *function)
{
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, function}, model));
    size_t count = model->list.count ? model->list.count : model->layout.layers;
    if (*layer >= count)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: layer is %zu, expected 0 to %zu", function, *layer, count - 1);
    *network = (rnn_model *)(uintptr_t)model;
    if (!model->list.count)
        return RNN_OK;
    const struct rnni_list_layer *found = &model->list.layers[*layer];
    if (!found->stack || found->options.stack.layers > 1)
        return rnni_status_fail(
            NULL, RNN_E_UNSUPPORTED, "%s: layer %zu of the list is %s, expected RNN_KIND_RECURRENT with RNN_LAYERS 1",
            function, *layer, found->stack ? "of several" : rnni_layer_options_kind_name(found->options.kind));
    *network = found->stack;
    *layer = 0;
    return RNN_OK;
}

/* The panels of a list are made again by its own model. */
static void list_changed(rnn_model *model)
{
    if (model->list.count)
        rnni_model_parameters_changed(model, NULL);
}

static int32_t check_objection(const char *objection, const char *who, const char *function)
{
    if (objection)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: %s has no %s", function, who, objection);
    return RNN_OK;
}

static int32_t check_which(struct rnni_caller caller, const char *name, int32_t which, int32_t last, const char *names)
{
    if (which < 1 || which > last)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %s is %" PRId32 ", expected one of %s",
                                caller.function, name, which, names);
    return RNN_OK;
}

/* An array [rows] or [rows,columns] that the options rule out where `option` is 0. */
static int32_t check_values(struct rnni_caller caller, const float *values, size_t count, struct rnni_shape shape,
                            const char *option, int has, int optional)
{
    if (has)
        return rnni_check_array(caller, "values", values, count, shape, optional);
    if (values || count)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: values_count is %zu, expected NULL and 0 (%s is 0: there is no %s)",
                                caller.function, count, option, shape.shape);
    return RNN_OK;
}

/* ---- ONNX -------------------------------------------------------------------------------------------------------- */

static int has_onnx(const rnn_model *model, int32_t input)
{
    return input == RNN_ONNX_P ? model->options.peepholes != 0 : input != RNN_ONNX_B || model->options.bias;
}

static int32_t check_onnx(struct rnni_caller caller, const rnn_model *model, size_t layer, int32_t input,
                          const float *values, size_t count, int imports)
{
    const struct rnni_options *o = &model->options;
    RNNI_TRY(check_objection(rnni_convert_onnx_objection(o), "ONNX", caller.function));
    RNNI_TRY(check_which(caller, "input", input, RNN_ONNX_P, "RNN_ONNX_..."));
    size_t directions = model->layout.directions, hidden = model->layout.form.hidden;
    size_t rows = rnni_convert_onnx_order(o).gates * hidden;
    const struct rnni_shape shapes[] = {
        [RNN_ONNX_W] = {"RNN_ONNX_W: D*GH*K", directions, rows, model->layout.place[layer * directions].inputs, NULL},
        [RNN_ONNX_R] = {"RNN_ONNX_R: D*GH*H", directions, rows, hidden, NULL},
        [RNN_ONNX_B] = {"RNN_ONNX_B: D*2GH", directions, 2 * rows, 0, NULL},
        [RNN_ONNX_P] = {"RNN_ONNX_P: D*3H", directions, 3 * hidden, 0, NULL},
    };
    int optional = imports && (input == RNN_ONNX_B || input == RNN_ONNX_P);
    return check_values(caller, values, count, shapes[input], input == RNN_ONNX_P ? "RNN_PEEPHOLES" : "RNN_BIAS",
                        has_onnx(model, input), optional);
}

RNN_API int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, int32_t input, const float *values,
                                      size_t values_count)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, model);
    rnn_model *network = NULL;
    RNNI_TRY(find_layer(&network, &layer, model, caller.function));
    RNNI_TRY(check_onnx(caller, network, layer, input, values, values_count, 1));
    RNNI_TRY(rnni_check_apart(caller, "values", values, values_count, model));
    if (!has_onnx(network, input))
        return RNN_OK;
    rnni_convert_from_onnx(network, layer, input, values);
    list_changed(model);
    return RNN_OK;
}

RNN_API int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, int32_t input, float *values,
                                      size_t values_count)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, model);
    rnn_model *network = NULL;
    RNNI_TRY(find_layer(&network, &layer, model, caller.function));
    RNNI_TRY(check_onnx(caller, network, layer, input, values, values_count, 0));
    if (has_onnx(network, input))
        rnni_convert_to_onnx(network, layer, input, values);
    return RNN_OK;
}

/* ---- Keras ------------------------------------------------------------------------------------------------------- */

static int has_keras(const rnn_model *model, int32_t weight)
{
    return weight != RNN_KERAS_BIAS || model->options.bias;
}

static int32_t check_direction(size_t direction, size_t directions, const char *function)
{
    if (direction >= directions)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: direction is %zu, expected 0 to %zu", function, direction,
                                directions - 1);
    return RNN_OK;
}

static int32_t check_keras(struct rnni_caller caller, const rnn_model *model, size_t layer, size_t direction,
                           int32_t weight, const float *values, size_t count)
{
    size_t directions = model->layout.directions, hidden = model->layout.form.hidden;
    RNNI_TRY(check_direction(direction, directions, caller.function));
    RNNI_TRY(check_objection(rnni_convert_keras_objection(&model->options), "Keras", caller.function));
    RNNI_TRY(check_which(caller, "weight", weight, RNN_KERAS_BIAS, "RNN_KERAS_..."));
    size_t rows = rnni_convert_keras_order(&model->options).gates * hidden;
    size_t biases = rnni_convert_keras_biases(&model->options);
    const struct rnni_shape shapes[] = {
        [RNN_KERAS_KERNEL] = {"RNN_KERAS_KERNEL: K*GH", model->layout.place[layer * directions].inputs, rows, 0, NULL},
        [RNN_KERAS_RECURRENT] = {"RNN_KERAS_RECURRENT: H*GH", hidden, rows, 0, NULL},
        [RNN_KERAS_BIAS] = {biases == 2 ? "RNN_KERAS_BIAS: 2*GH" : "RNN_KERAS_BIAS: 1*GH", biases, rows, 0, NULL},
    };
    return check_values(caller, values, count, shapes[weight], "RNN_BIAS", has_keras(model, weight), 0);
}

RNN_API int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, int32_t weight,
                                       const float *values, size_t values_count)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, model);
    rnn_model *network = NULL;
    RNNI_TRY(find_layer(&network, &layer, model, caller.function));
    RNNI_TRY(check_keras(caller, network, layer, direction, weight, values, values_count));
    RNNI_TRY(rnni_check_apart(caller, "values", values, values_count, model));
    if (!has_keras(network, weight))
        return RNN_OK;
    rnni_convert_from_keras(network, layer * network->layout.directions + direction, weight, values);
    list_changed(model);
    return RNN_OK;
}

RNN_API int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction, int32_t weight,
                                       float *values, size_t values_count)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, model);
    rnn_model *network = NULL;
    RNNI_TRY(find_layer(&network, &layer, model, caller.function));
    RNNI_TRY(check_keras(caller, network, layer, direction, weight, values, values_count));
    if (has_keras(network, weight))
        rnni_convert_to_keras(network, layer * network->layout.directions + direction, weight, values);
    return RNN_OK;
}

/* ---- TensorFlow 1 ------------------------------------------------------------------------------------------------ */

RNN_API int32_t rnn_model_import_tf1_lstm(rnn_model *model, size_t layer, size_t direction, const float *kernel,
                                          size_t kernel_count, const float *bias, size_t bias_count, double forget_bias)
{
    struct rnni_caller caller = {NULL, __func__};
    RNNI_NEED(NULL, model);
    rnn_model *network = NULL;
    RNNI_TRY(find_layer(&network, &layer, model, caller.function));
    size_t directions = network->layout.directions, hidden = network->layout.form.hidden;
    RNNI_TRY(check_direction(direction, directions, caller.function));
    RNNI_TRY(check_objection(rnni_convert_tf1_objection(&network->options), "BasicLSTMCell", caller.function));
    RNNI_TRY(check_objection(network->options.bias ? NULL : "form without biases: RNN_BIAS is 0", "BasicLSTMCell",
                             caller.function));
    struct rnni_shape of_kernel = {"(K+H)*4H", network->layout.place[layer * directions].inputs + hidden, 4 * hidden, 0,
                                   NULL};
    struct rnni_shape of_bias = {"4H", 4 * hidden, 0, 0, NULL};
    RNNI_TRY(rnni_check_array(caller, "kernel", kernel, kernel_count, of_kernel, 0));
    RNNI_TRY(rnni_check_array(caller, "bias", bias, bias_count, of_bias, 0));
    RNNI_TRY(rnni_check_apart(caller, "kernel", kernel, kernel_count, model));
    RNNI_TRY(rnni_check_apart(caller, "bias", bias, bias_count, model));
    if (!isfinite(forget_bias))
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: forget_bias is %g, expected a finite number", caller.function,
                                forget_bias);
    rnni_convert_from_tf1(network, layer * directions + direction, kernel, bias, forget_bias);
    list_changed(model);
    return RNN_OK;
}
