/* Random calls on models: their options, layers, tensors, parameters, metadata, and the layouts of others. */
#include "hostile/random_calls.h"

#include <stdlib.h>
#include <string.h>

static int has_list_or_size(const struct object *config)
{
    int64_t hidden = 0;
    size_t layers = 0;
    return (rnn_config_get_int(config->handle, RNN_HIDDEN_SIZE, &hidden) == RNN_OK && hidden > 0) ||
           (rnn_config_layer_count(config->handle, &layers) == RNN_OK && layers > 0);
}

/* A few tries, for many options exclude one another. */
void make_model(void)
{
    for (int i = 0; i < 3; i++) {
        struct object *config = pick_one(CONFIG, has_list_or_size);
        rnn_model **out = OUT(rnn_model *);
        if (TRY(rnn_create, out, config->handle) == RNN_OK) {
            adopt_model(*out);
            return;
        }
        if (config->type == CONFIG && one_in(2))
            destroy_object(config); /* and another one next time */
    }
}

void adopt_model(rnn_model *model)
{
    struct object *object = add_object(MODEL, model, 0);
    if (object)
        describe_network(object, model);
    else
        rnn_destroy(model);
}

static void retain_and_destroy(void)
{
    struct object *object = pick(MODEL);
    rnn_model *model = object->handle;
    if (TRY(rnn_retain, model) == RNN_OK) {
        struct object *other = add_object(MODEL, model, 0); /* a second reference, destroyed at some time */
        if (other)
            *other = *object;
        else
            TRY_NOTHING(rnn_destroy, model);
    }
    if (one_in(8))
        TRY_NOTHING(rnn_destroy, NULL);
}

static void destroy_model(void)
{
    struct object *model = find(MODEL, NULL);
    if (model)
        destroy_object(model);
}

static int32_t random_key(int32_t low, int32_t high)
{
    return one_in(12) ? (int32_t)random_integer(-5, 900) : (int32_t)within(low, high);
}

static void get_options(void)
{
    const rnn_model *model = pick(MODEL)->handle;
    TRY(rnn_model_get_int, model, random_key(RNN_CELL, RNN_PRECISION), OUT(int64_t));
    TRY(rnn_model_get_real, model, random_key(RNN_INIT_RANGE, RNN_BETA), OUT(double));
    TRY(rnn_model_get_text, model, random_key(RNN_PREFIX, RNN_CRF_NAME), OUT(const char *));
}

static void get_layers(void)
{
    const rnn_model *model = pick(MODEL)->handle;
    size_t layer = random_size(below(4));
    TRY(rnn_model_output_size, model, OUT(size_t));
    TRY(rnn_model_layer_count, model, OUT(size_t));
    TRY(rnn_model_layer_kind, model, layer, OUT(int32_t));
    TRY(rnn_model_get_layer_int, model, layer, random_key(RNN_CELL, RNN_PRECISION), OUT(int64_t));
    TRY(rnn_model_get_layer_real, model, layer, random_key(RNN_INIT_RANGE, RNN_BETA), OUT(double));
    TRY(rnn_model_get_layer_text, model, layer, one_in(3) ? random_key(RNN_PREFIX, RNN_CRF_NAME) : RNN_PREFIX,
        OUT(const char *));
}

static void describe(void)
{
    const rnn_model *model = pick(MODEL)->handle;
    size_t capacity = one_in(3) ? below(300) : 8000;
    char *text = one_in(4) ? NULL : out_bytes(capacity);
    TRY(rnn_describe, model, text,
        text        ? capacity
        : one_in(8) ? capacity
                    : 0,
        out_size(), random_size(1 + below(9)), random_size(1 + below(4)));
}

/* ---- tensors and parameters -------------------------------------------------------------------------------------- */

/* The name of a tensor of the model, or of none; *count: its elements. */
const char *random_tensor(const rnn_model *model, size_t *count)
{
    static const char *const others[] = {"", "head.weight", "weight_hh_l0", "nothing", "\xFF", NULL};
    const char *name = NULL;
    size_t tensors = 0, rank = 0, shape[8] = {0};
    *count = 1;
    if (!model || one_in(12) || rnn_model_tensor_count(model, &tensors) || !tensors ||
        rnn_model_tensor_info(model, below(tensors), &name, &rank, shape, 8, NULL))
        return PICK(others);
    for (size_t i = 0; i < rank; i++)
        *count *= shape[i];
    return name;
}

static void get_tensors(void)
{
    const rnn_model *model = pick(MODEL)->handle;
    size_t room = one_in(6) ? below(4) : 3;
    TRY(rnn_model_tensor_count, model, OUT(size_t));
    TRY(rnn_model_tensor_info, model, random_size(below(6)), OUT(const char *), OUT(size_t),
        out_bytes(room * sizeof(size_t)), room, OUT(size_t));
    TRY(rnn_model_parameters, model, OUT(const float *), OUT(size_t));
}

static void set_parameters(void)
{
    struct object *model = pick(MODEL);
    struct floats values = in_floats(model->parameters);
    TRY(rnn_model_set_parameters, model->handle, WITH(values));
}

static void copy_parameter(void)
{
    rnn_model *model = pick(MODEL)->handle;
    size_t count;
    const char *name = random_tensor(model, &count);
    struct floats in = in_floats(count), out = out_floats(count);
    if (one_in(2))
        TRY(rnn_model_get_parameter, model, name, WITH(out));
    else
        TRY(rnn_model_set_parameter, model, name, WITH(in));
}

static void set_precision(void)
{
    rnn_model *model = pick(MODEL)->handle;
    int32_t precision = one_in(2) ? RNN_PRECISION_FLOAT32 : (int32_t)random_integer(0, 2);
    int32_t status = TRY(rnn_model_set_precision, model, precision);
    if (one_in(4) || (status == RNN_OK && precision)) /* nothing can be saved or trained behind it */
        TRY(rnn_model_release_parameters, model);
}

static void metadata(void)
{
    static const char *const keys[] = {"key", "other", "", "rnn.cell", "format", "\xFF", NULL, "a", "\xC3\xA4"};
    static const char *const values[] = {"value", "", NULL, "\xFF", "\x01", "longer value of a key"};
    rnn_model *model = pick(MODEL)->handle;
    TRY(rnn_model_set_metadata, model, PICK(keys), PICK(values));
    TRY(rnn_model_get_metadata, model, PICK(keys), OUT(const char *));
}

/* ---- layouts of others ------------------------------------------------------------------------------------------- */

static size_t sizes_of_layer(const rnn_model *model, size_t *hidden, size_t *input, size_t *directions)
{
    int64_t cell = RNN_CELL_LSTM, units = OUTPUTS, direction = RNN_DIRECTION_FORWARD;
    static const size_t gates[] = {1, 1, 1, 4, 3, 2, 4, 1, 3};
    if (model) {
        rnn_model_get_int(model, RNN_CELL, &cell);
        rnn_model_get_int(model, RNN_HIDDEN_SIZE, &units);
        rnn_model_get_int(model, RNN_DIRECTION, &direction);
    }
    *hidden = (size_t)units;
    *input = one_in(4) ? *hidden : INPUTS;
    *directions = direction == RNN_DIRECTION_BOTH ? 2 : 1;
    return gates[cell >= 0 && cell <= 8 ? cell : 0];
}

static int has_such_cell(const struct object *model)
{
    int64_t cell = 0, norm = 0;
    return rnn_model_get_int(model->handle, RNN_CELL, &cell) == RNN_OK && cell <= RNN_CELL_GRU &&
           rnn_model_get_int(model->handle, RNN_LAYER_NORM, &norm) == RNN_OK && !norm;
}

static int is_lstm(const struct object *model)
{
    int64_t cell = 0;
    return rnn_model_get_int(model->handle, RNN_CELL, &cell) == RNN_OK && cell == RNN_CELL_LSTM;
}

static void onnx(void)
{
    rnn_model *model = pick_one(MODEL, has_such_cell)->handle;
    size_t hidden, inputs, directions, gates = sizes_of_layer(model, &hidden, &inputs, &directions);
    int32_t input = (int32_t)random_integer(RNN_ONNX_W, RNN_ONNX_P);
    size_t row = input == RNN_ONNX_W ? gates * inputs : input == RNN_ONNX_R ? gates * hidden : 2 * gates;
    size_t count = directions * hidden * (input == RNN_ONNX_P ? 3 : row), layer = random_size(below(2));
    struct floats in = one_in(6) ? no_floats() : in_floats(count), out = one_in(9) ? no_floats() : out_floats(count);
    if (one_in(2))
        TRY(rnn_model_import_onnx, model, layer, input, WITH(in));
    else
        TRY(rnn_model_export_onnx, model, layer, input, WITH(out));
}

static void keras(void)
{
    rnn_model *model = pick_one(MODEL, has_such_cell)->handle;
    size_t hidden, inputs, directions, gates = sizes_of_layer(model, &hidden, &inputs, &directions);
    int32_t weight = (int32_t)random_integer(RNN_KERAS_KERNEL, RNN_KERAS_BIAS);
    size_t rows = weight == RNN_KERAS_KERNEL ? inputs : weight == RNN_KERAS_RECURRENT ? hidden : 1 + (gates == 3);
    size_t layer = random_size(below(2)), direction = random_size(below(directions));
    struct floats in = in_floats(rows * gates * hidden), out = out_floats(rows * gates * hidden);
    if (one_in(2))
        TRY(rnn_model_import_keras, model, layer, direction, weight, WITH(in));
    else
        TRY(rnn_model_export_keras, model, layer, direction, weight, WITH(out));
}

static void tf1(void)
{
    rnn_model *model = pick_one(MODEL, is_lstm)->handle;
    size_t hidden, inputs, directions, gates = sizes_of_layer(model, &hidden, &inputs, &directions);
    struct floats kernel = in_floats((inputs + hidden) * gates * hidden), bias = in_floats(gates * hidden);
    TRY(rnn_model_import_tf1_lstm, model, random_size(0), random_size(0), WITH(kernel), WITH(bias), random_real(-1, 1));
}

static const generator table[] = {
    make_model,     retain_and_destroy, destroy_model, get_options, get_layers, describe, get_tensors,
    set_parameters, copy_parameter,     set_precision, metadata,    onnx,       keras,    tf1};
const struct generators model_generators = GENERATORS(table);
