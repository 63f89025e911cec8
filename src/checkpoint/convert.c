#include "checkpoint/convert.h"

#include "cells/registry.h"

#include <string.h>

/* ---- gate orders ------------------------------------------------------------------------------------------------- */

/* Coupled gates are one, which stands where theirs of i is: f has no place of its own. */
struct rnni_foreign rnni_convert_onnx_order(const struct rnni_options *options)
{
    const struct rnni_cell *cell = rnni_registry_cell(options->cell);
    struct rnni_foreign order = cell->onnx;
    for (size_t i = cell->forget_gate; options->couple && i + 1 < cell->gates; i++) {
        order.gate[i] = order.gate[i + 1];
        if (i + 2 < cell->gates)
            order.peephole[i] = order.peephole[i + 1];
    }
    return order;
}

struct rnni_foreign rnni_convert_keras_order(const struct rnni_options *options)
{
    return rnni_registry_cell(options->cell)->keras;
}

static const char *objection(const struct rnni_options *options, struct rnni_foreign order)
{
    if (!order.gates)
        return rnni_registry_cell(options->cell)->name;
    if (options->layer_norm)
        return "RNN_LAYER_NORM";
    return options->projection_size ? "RNN_PROJECTION_SIZE" : NULL;
}

const char *rnni_convert_onnx_objection(const struct rnni_options *options)
{
    if (options->couple == RNN_COUPLE_INPUT)
        return "RNN_COUPLE_INPUT";
    return objection(options, rnni_convert_onnx_order(options));
}

static const char *plain_objection(const struct rnni_options *options, struct rnni_foreign order)
{
    if (options->peepholes)
        return "RNN_PEEPHOLES";
    return options->couple ? "RNN_COUPLE" : objection(options, order);
}

const char *rnni_convert_keras_objection(const struct rnni_options *options)
{
    return plain_objection(options, rnni_convert_keras_order(options));
}

const char *rnni_convert_tf1_objection(const struct rnni_options *options)
{
    return plain_objection(options, rnni_registry_cell(options->cell)->tf1);
}

size_t rnni_convert_keras_biases(const struct rnni_options *options)
{
    if (!options->bias)
        return 0;
    struct rnni_cell_form form = rnni_cell_form_of(options);
    return form.joined < form.gates * form.hidden ? 2 : 1;
}

/* ---- ONNX -------------------------------------------------------------------------------------------------------- */

/* `count` blocks of `size` floats of ours from theirs, or 0 where theirs is NULL; and back. */
static void take(float *ours, const float *theirs, const size_t *order, size_t count, size_t size)
{
    for (size_t g = 0; g < count; g++)
        if (theirs)
            memcpy(ours + g * size, theirs + order[g] * size, size * sizeof *ours);
        else
            memset(ours + g * size, 0, size * sizeof *ours);
}

static void give(float *theirs, const float *ours, const size_t *order, size_t count, size_t size)
{
    for (size_t g = 0; g < count; g++)
        memcpy(theirs + order[g] * size, ours + g * size, size * sizeof *ours);
}

/* Elements of an input for one direction of a layer. */
static size_t onnx_count(const struct rnn_model *model, const struct rnni_direction_place *place, int32_t input)
{
    size_t hidden = model->layout.form.hidden, rows = rnni_convert_onnx_order(&model->options).gates * hidden;
    const size_t counts[] = {
        [RNN_ONNX_W] = rows * place->inputs,
        [RNN_ONNX_R] = rows * hidden,
        [RNN_ONNX_B] = 2 * rows,
        [RNN_ONNX_P] = 3 * hidden,
    };
    return counts[input];
}

static void from_onnx(struct rnn_model *model, const struct rnni_direction_place *place, int32_t input,
                      const float *values)
{
    struct rnni_foreign order = rnni_convert_onnx_order(&model->options);
    size_t hidden = model->layout.form.hidden, gates = model->layout.form.gates, rows = order.gates * hidden;
    float *p = model->parameters;
    switch (input) {
    case RNN_ONNX_W:
        take(p + place->tensor[RNNI_WEIGHT_IH], values, order.gate, gates, hidden * place->inputs);
        break;
    case RNN_ONNX_R:
        take(p + place->tensor[RNNI_WEIGHT_HH], values, order.gate, gates, hidden * hidden);
        break;
    case RNN_ONNX_B:
        take(p + place->tensor[RNNI_BIAS_IH], values, order.gate, gates, hidden);
        take(p + place->tensor[RNNI_BIAS_HH], values ? values + rows : NULL, order.gate, gates, hidden);
        break;
    default:
        take(p + place->tensor[RNNI_PEEPHOLE], values, order.peephole, gates - 1, hidden);
        break;
    }
}

void rnni_convert_from_onnx(struct rnn_model *model, size_t layer, int32_t input, const float *values)
{
    size_t directions = model->layout.directions;
    const struct rnni_direction_place *place = &model->layout.place[layer * directions];
    size_t count = onnx_count(model, place, input);
    for (size_t direction = 0; direction < directions; direction++)
        from_onnx(model, place + direction, input, values ? values + direction * count : NULL);
    rnni_model_parameters_changed(model, NULL);
}

/* The values are zeros. */
static void to_onnx(const struct rnn_model *model, const struct rnni_direction_place *place, int32_t input,
                    float *values)
{
    struct rnni_foreign order = rnni_convert_onnx_order(&model->options);
    size_t hidden = model->layout.form.hidden, gates = model->layout.form.gates, rows = order.gates * hidden;
    const float *p = model->parameters;
    switch (input) {
    case RNN_ONNX_W:
        give(values, p + place->tensor[RNNI_WEIGHT_IH], order.gate, gates, hidden * place->inputs);
        break;
    case RNN_ONNX_R:
        give(values, p + place->tensor[RNNI_WEIGHT_HH], order.gate, gates, hidden * hidden);
        break;
    case RNN_ONNX_B:
        give(values, p + place->tensor[RNNI_BIAS_IH], order.gate, gates, hidden);
        give(values + rows, p + place->tensor[RNNI_BIAS_HH], order.gate, gates, hidden);
        break;
    default:
        give(values, p + place->tensor[RNNI_PEEPHOLE], order.peephole, gates - 1, hidden);
        break;
    }
}

void rnni_convert_to_onnx(const struct rnn_model *model, size_t layer, int32_t input, float *values)
{
    size_t directions = model->layout.directions;
    const struct rnni_direction_place *place = &model->layout.place[layer * directions];
    size_t count = onnx_count(model, place, input);
    memset(values, 0, directions * count * sizeof *values);
    for (size_t direction = 0; direction < directions; direction++)
        to_onnx(model, place + direction, input, values + direction * count);
}

/* ---- Keras ------------------------------------------------------------------------------------------------------- */

/* ours [G*H,columns] from theirs [columns,G*H], and back. */
static void take_transposed(float *ours, const float *theirs, struct rnni_foreign order, size_t hidden, size_t columns)
{
    size_t width = order.gates * hidden;
    for (size_t g = 0; g < order.gates; g++)
        for (size_t j = 0; j < hidden; j++)
            for (size_t k = 0; k < columns; k++)
                ours[(g * hidden + j) * columns + k] = theirs[k * width + order.gate[g] * hidden + j];
}

static void give_transposed(float *theirs, const float *ours, const struct rnn_model *model, size_t columns)
{
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden, width = order.gates * hidden;
    for (size_t g = 0; g < order.gates; g++)
        for (size_t j = 0; j < hidden; j++)
            for (size_t k = 0; k < columns; k++)
                theirs[k * width + order.gate[g] * hidden + j] = ours[(g * hidden + j) * columns + k];
}

/* bias [G*H] or [2,G*H] */
static void take_biases(struct rnn_model *model, const struct rnni_direction_place *place, const float *bias)
{
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden;
    const float *second = rnni_convert_keras_biases(&model->options) == 2 ? bias + order.gates * hidden : NULL;
    take(model->parameters + place->tensor[RNNI_BIAS_IH], bias, order.gate, order.gates, hidden);
    take(model->parameters + place->tensor[RNNI_BIAS_HH], second, order.gate, order.gates, hidden);
}

void rnni_convert_from_keras(struct rnn_model *model, size_t run, int32_t weight, const float *values)
{
    const struct rnni_direction_place *place = &model->layout.place[run];
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden;
    if (weight == RNN_KERAS_KERNEL)
        take_transposed(model->parameters + place->tensor[RNNI_WEIGHT_IH], values, order, hidden, place->inputs);
    else if (weight == RNN_KERAS_RECURRENT)
        take_transposed(model->parameters + place->tensor[RNNI_WEIGHT_HH], values, order, hidden, hidden);
    else
        take_biases(model, place, values);
    rnni_model_parameters_changed(model, NULL);
}

/* bias [G*H] or [2,G*H] */
static void give_biases(const struct rnn_model *model, const struct rnni_direction_place *place, float *bias)
{
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden;
    const float *ih = model->parameters + place->tensor[RNNI_BIAS_IH];
    const float *hh = model->parameters + place->tensor[RNNI_BIAS_HH];
    give(bias, ih, order.gate, order.gates, hidden);
    if (rnni_convert_keras_biases(&model->options) == 2) {
        give(bias + order.gates * hidden, hh, order.gate, order.gates, hidden);
        return;
    }
    for (size_t g = 0; g < order.gates; g++)
        for (size_t j = 0; j < hidden; j++)
            bias[order.gate[g] * hidden + j] += hh[g * hidden + j];
}

void rnni_convert_to_keras(const struct rnn_model *model, size_t run, int32_t weight, float *values)
{
    const struct rnni_direction_place *place = &model->layout.place[run];
    if (weight == RNN_KERAS_KERNEL)
        give_transposed(values, model->parameters + place->tensor[RNNI_WEIGHT_IH], model, place->inputs);
    else if (weight == RNN_KERAS_RECURRENT)
        give_transposed(values, model->parameters + place->tensor[RNNI_WEIGHT_HH], model, model->layout.form.hidden);
    else
        give_biases(model, place, values);
}

/* ---- TensorFlow 1 ------------------------------------------------------------------------------------------------ */

void rnni_convert_from_tf1(struct rnn_model *model, size_t run, const float *kernel, const float *bias, double forget)
{
    const struct rnni_direction_place *place = &model->layout.place[run];
    const struct rnni_cell *cell = rnni_registry_cell(model->options.cell);
    struct rnni_foreign order = cell->tf1;
    size_t hidden = model->layout.form.hidden;
    float *ours = model->parameters + place->tensor[RNNI_BIAS_IH];
    take_transposed(model->parameters + place->tensor[RNNI_WEIGHT_IH], kernel, order, hidden, place->inputs);
    take_transposed(model->parameters + place->tensor[RNNI_WEIGHT_HH], kernel + place->inputs * order.gates * hidden,
                    order, hidden, hidden);
    take(ours, bias, order.gate, order.gates, hidden);
    take(model->parameters + place->tensor[RNNI_BIAS_HH], NULL, order.gate, order.gates, hidden);
    for (size_t j = cell->forget_gate * hidden; j < (cell->forget_gate + 1) * hidden; j++)
        ours[j] = (float)(ours[j] + forget);
    rnni_model_parameters_changed(model, NULL);
}
