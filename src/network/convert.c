#include "network/convert.h"

#include <string.h>

/* ---- gate orders ------------------------------------------------------------------------------------------------- */

/* ONNX: LSTM i, o, f, c and peepholes i, o, f; GRU z, r, h. */
struct rnni_foreign rnni_convert_onnx_order(const struct rnni_options *options)
{
    enum { I, O, F, C };
    enum { Z, R, N };
    if (options->cell == RNN_CELL_GRU)
        return (struct rnni_foreign){.gates = 3, .gate = {R, Z, N}};
    if (options->cell != RNN_CELL_LSTM)
        return (struct rnni_foreign){.gates = 1, .gate = {0}};
    if (options->couple == RNN_COUPLE_FORGET)
        return (struct rnni_foreign){.gates = 4, .gate = {I, C, O}, .peephole = {I, O}};
    return (struct rnni_foreign){.gates = 4, .gate = {I, F, C, O}, .peephole = {I, F, O}};
}

/* Keras: LSTM i, f, c, o; GRU z, r, h. */
struct rnni_foreign rnni_convert_keras_order(const struct rnni_options *options)
{
    if (options->cell == RNN_CELL_LSTM)
        return (struct rnni_foreign){.gates = 4, .gate = {0, 1, 2, 3}};
    return rnni_convert_onnx_order(options);
}

static const char *objection(const struct rnni_options *options)
{
    if (options->cell == RNN_CELL_MINGRU || options->cell == RNN_CELL_SLSTM)
        return rnni_options_cell_name(options->cell);
    if (options->layer_norm)
        return "RNN_LAYER_NORM";
    return options->projection_size ? "RNN_PROJECTION_SIZE" : NULL;
}

const char *rnni_convert_onnx_objection(const struct rnni_options *options)
{
    return options->couple == RNN_COUPLE_INPUT ? "RNN_COUPLE_INPUT" : objection(options);
}

const char *rnni_convert_keras_objection(const struct rnni_options *options)
{
    if (options->peepholes)
        return "RNN_PEEPHOLES";
    return options->couple ? "RNN_COUPLE" : objection(options);
}

size_t rnni_convert_keras_biases(const struct rnni_options *options)
{
    if (!options->bias)
        return 0;
    return options->cell == RNN_CELL_GRU && options->reset == RNN_RESET_AFTER ? 2 : 1;
}

/* ---- ONNX -------------------------------------------------------------------------------------------------------- */

/* `count` blocks of `size` floats of ours from theirs, or 0 where they have left them out; and back. */
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

/* Where an array of a direction begins: `size` floats each. */
static const float *of_direction(const float *array, size_t direction, size_t size)
{
    return array ? array + direction * size : NULL;
}

static void from_onnx(struct rnn_model *model, const struct rnni_run_place *place, struct rnni_onnx_import from,
                      size_t direction)
{
    const struct rnni_cell_form *form = &model->layout.form;
    struct rnni_foreign order = rnni_convert_onnx_order(&model->options);
    size_t hidden = form->hidden, rows = order.gates * hidden, inputs = place->inputs;
    const float *b = of_direction(from.b, direction, 2 * rows);
    float *p = model->parameters;
    take(p + place->tensor[RNNI_WEIGHT_IH], of_direction(from.w, direction, rows * inputs), order.gate, form->gates,
         hidden * inputs);
    take(p + place->tensor[RNNI_WEIGHT_HH], of_direction(from.r, direction, rows * hidden), order.gate, form->gates,
         hidden * hidden);
    if (model->options.bias) {
        take(p + place->tensor[RNNI_BIAS_IH], b, order.gate, form->gates, hidden);
        take(p + place->tensor[RNNI_BIAS_HH], b ? b + rows : NULL, order.gate, form->gates, hidden);
    }
    if (model->options.peepholes)
        take(p + place->tensor[RNNI_PEEPHOLE], of_direction(from.p, direction, 3 * hidden), order.peephole,
             form->gates - 1, hidden);
}

void rnni_convert_from_onnx(struct rnn_model *model, size_t layer, struct rnni_onnx_import from)
{
    size_t directions = model->layout.directions;
    for (size_t direction = 0; direction < directions; direction++)
        from_onnx(model, &model->layout.run[layer * directions + direction], from, direction);
    rnni_model_parameters_changed(model, NULL);
}

/* The arrays are zeros. */
static void to_onnx(const struct rnn_model *model, const struct rnni_run_place *place, struct rnni_onnx_export to,
                    size_t direction)
{
    const struct rnni_cell_form *form = &model->layout.form;
    struct rnni_foreign order = rnni_convert_onnx_order(&model->options);
    size_t hidden = form->hidden, rows = order.gates * hidden, inputs = place->inputs;
    const float *p = model->parameters;
    if (to.w)
        give(to.w + direction * rows * inputs, p + place->tensor[RNNI_WEIGHT_IH], order.gate, form->gates,
             hidden * inputs);
    if (to.r)
        give(to.r + direction * rows * hidden, p + place->tensor[RNNI_WEIGHT_HH], order.gate, form->gates,
             hidden * hidden);
    if (to.b) {
        float *b = to.b + direction * 2 * rows;
        give(b, p + place->tensor[RNNI_BIAS_IH], order.gate, form->gates, hidden);
        give(b + rows, p + place->tensor[RNNI_BIAS_HH], order.gate, form->gates, hidden);
    }
    if (to.p)
        give(to.p + direction * 3 * hidden, p + place->tensor[RNNI_PEEPHOLE], order.peephole, form->gates - 1, hidden);
}

static void clear(float *array, size_t count)
{
    if (array)
        memset(array, 0, count * sizeof *array);
}

void rnni_convert_to_onnx(const struct rnn_model *model, size_t layer, struct rnni_onnx_export to)
{
    size_t directions = model->layout.directions, hidden = model->layout.form.hidden;
    const struct rnni_run_place *place = &model->layout.run[layer * directions];
    size_t rows = directions * rnni_convert_onnx_order(&model->options).gates * hidden;
    clear(to.w, rows * place->inputs);
    clear(to.r, rows * hidden);
    clear(to.b, 2 * rows);
    clear(to.p, directions * 3 * hidden);
    for (size_t direction = 0; direction < directions; direction++)
        to_onnx(model, place + direction, to, direction);
}

/* ---- Keras ------------------------------------------------------------------------------------------------------- */

/* ours [G*H,columns] from theirs [columns,G*H], and back. */
static void take_transposed(float *ours, const float *theirs, const struct rnn_model *model, size_t columns)
{
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden, width = order.gates * hidden;
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

void rnni_convert_from_keras(struct rnn_model *model, size_t run, struct rnni_keras_import from)
{
    const struct rnni_run_place *place = &model->layout.run[run];
    struct rnni_foreign order = rnni_convert_keras_order(&model->options);
    size_t hidden = model->layout.form.hidden, biases = rnni_convert_keras_biases(&model->options);
    float *p = model->parameters;
    take_transposed(p + place->tensor[RNNI_WEIGHT_IH], from.kernel, model, place->inputs);
    take_transposed(p + place->tensor[RNNI_WEIGHT_HH], from.recurrent, model, hidden);
    if (biases) {
        const float *second = biases == 2 ? from.bias + order.gates * hidden : NULL;
        take(p + place->tensor[RNNI_BIAS_IH], from.bias, order.gate, order.gates, hidden);
        take(p + place->tensor[RNNI_BIAS_HH], second, order.gate, order.gates, hidden);
    }
    rnni_model_parameters_changed(model, NULL);
}

/* bias [G*H] or [2,G*H] */
static void give_biases(const struct rnn_model *model, const struct rnni_run_place *place, float *bias)
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

void rnni_convert_to_keras(const struct rnn_model *model, size_t run, struct rnni_keras_export to)
{
    const struct rnni_run_place *place = &model->layout.run[run];
    if (to.kernel)
        give_transposed(to.kernel, model->parameters + place->tensor[RNNI_WEIGHT_IH], model, place->inputs);
    if (to.recurrent)
        give_transposed(to.recurrent, model->parameters + place->tensor[RNNI_WEIGHT_HH], model,
                        model->layout.form.hidden);
    if (to.bias)
        give_biases(model, place, to.bias);
}
