/* RNN_PRECISION: whole networks with weights of fewer bits, against the same network in float32 whose weights are
 * numbers that such bits have; batches, steps, pieces and threads to the bit; what is refused.  Linked with
 * --wrap=rnni_memory_take. */
#include "support/guarded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/narrow_kernels.h"
#include "model/model.h"

static size_t takes, no_memory_at; /* blocks that were asked for; which of them is refused, 0: none */

void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { T = 9, B = 5, I = 7, V = 6, H = 19, MOST = 1 << 15 };

/* Pairs of a key and a value, up to a key of 0. */
struct network {
    int64_t option[12];
    int is_list;
};

static const struct network networks[] = {
    {{RNN_CELL, RNN_CELL_TANH}, 0},
    {{RNN_CELL, RNN_CELL_RELU, RNN_LAYERS, 2}, 0},
    {{RNN_CELL, RNN_CELL_LSTM}, 0},
    {{RNN_CELL, RNN_CELL_LSTM, RNN_LAYERS, 2, RNN_DIRECTION, RNN_DIRECTION_BOTH, RNN_CLASSES, 17}, 0},
    {{RNN_CELL, RNN_CELL_LSTM, RNN_PROJECTION_SIZE, 5, RNN_PEEPHOLES, 1}, 0},
    {{RNN_CELL, RNN_CELL_LSTM, RNN_LAYER_NORM, 1, RNN_CLASSES, 3}, 0},
    {{RNN_CELL, RNN_CELL_LSTM, RNN_COUPLE, RNN_COUPLE_FORGET}, 0},
    {{RNN_CELL, RNN_CELL_GRU, RNN_LAYERS, 2}, 0},
    {{RNN_CELL, RNN_CELL_GRU, RNN_RESET, RNN_RESET_BEFORE, RNN_OUTPUT, RNN_OUTPUT_MEAN, RNN_CLASSES, 4}, 0},
    {{RNN_CELL, RNN_CELL_GRU, RNN_LAYER_NORM, 1}, 0},
    {{RNN_CELL, RNN_CELL_MINGRU}, 0},
    {{RNN_CELL, RNN_CELL_SLSTM}, 0},
    {{RNN_CELL, RNN_CELL_INDRNN, RNN_LAYERS, 2}, 0},
    {{0}, 1},
};

enum { NETWORKS = sizeof networks / sizeof *networks, AN_LSTM = 2, THE_LIST = NETWORKS - 1 };

static float x[T * B * I];

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static void add_layer(rnn_config *config, int32_t kind, int32_t key, int64_t value, int32_t other, int64_t also)
{
    size_t layer;
    assert_ok(rnn_config_add_layer(config, &layer, kind));
    assert_ok(rnn_config_set_layer_int(config, layer, key, value));
    if (other)
        assert_ok(rnn_config_set_layer_int(config, layer, other, also));
}

static rnn_config *config_of(const struct network *network, int64_t precision)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_PRECISION, precision));
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN)); /* as bf16 and int8 have */
    if (network->is_list) {
        add_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, 6, RNN_KERNEL_SIZE, 3);
        add_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 18, RNN_ACTIVATION, RNN_ACTIVATION_TANH);
        add_layer(config, RNN_KIND_RECURRENT, RNN_HIDDEN_SIZE, H, RNN_CELL, RNN_CELL_LSTM);
        add_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, 2 * H, RNN_GROUPS, H);
        add_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 4, 0, 0);
        return config;
    }
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    for (const int64_t *option = network->option; option[0]; option += 2)
        assert_ok(rnn_config_set_int(config, (int32_t)option[0], option[1]));
    return config;
}

static rnn_model *model_of(const struct network *network, int64_t precision)
{
    rnn_config *config = config_of(network, precision);
    rnn_model *model;
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* All steps of the sequences `first` .. `first + batch` of B, in pieces of `most` steps: y [T,batch,Y] or [batch,Y]. */
static void forward(rnn_session *session, float *y, size_t first, size_t batch, size_t most, size_t width, int pools)
{
    float *some = new_floats(T * batch * I);
    for (size_t t = 0; t < T; t++)
        memcpy(some + t * batch * I, x + (t * B + first) * I, batch * I * sizeof *some);
    assert_ok(rnn_reset_state(session, batch));
    for (size_t t = 0; t < T; t += most) {
        size_t steps = T - t < most ? T - t : most, rows = pools ? batch : steps * batch;
        const float *from = some + t * batch * I;
        float *to = y + (pools ? 0 : t * batch * width);
        if (most == 1)
            assert_ok(rnn_step(session, to, rows * width, from, batch * I));
        else
            assert_ok(rnn_forward(session, to, rows * width, from, steps * batch * I, NULL, 0, steps));
    }
    free(some);
}

static size_t width_of(const rnn_model *model)
{
    size_t width;
    assert_ok(rnn_model_output_size(model, &width));
    return width;
}

static int has(const struct network *network, int32_t key)
{
    for (const int64_t *option = network->option; option[0]; option += 2)
        if (option[0] == key)
            return 1;
    return 0;
}

static int is_pooled(const struct network *network)
{
    return has(network, RNN_OUTPUT);
}

static int reads_whole_sequences(const struct network *network)
{
    return is_pooled(network) || has(network, RNN_DIRECTION);
}

static rnn_session *session_of(rnn_model *model)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    return session;
}

/* y [T,B,Y] of the whole batch by a model. */
static float *outputs_of(rnn_model *model, const struct network *network, size_t *count)
{
    rnn_session *session = session_of(model);
    int pools = is_pooled(network);
    *count = (pools ? B : T * B) * width_of(model);
    float *y = new_floats(*count);
    forward(session, y, 0, B, T, width_of(model), pools);
    rnn_session_destroy(session);
    return y;
}

static void assert_message(const char *part)
{
    if (!strstr(rnn_last_error(), part))
        fail_msg("\"%s\" has no \"%s\"", rnn_last_error(), part);
}

/* ---- weights ----------------------------------------------------------------------------------------------------- */

/* To the nearest bf16, of two the even one. */
static float rounded(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

/* Gives `to` the parameters of `from`, with every matrix rounded to bf16. */
static void copy_rounded(rnn_model *to, const rnn_model *from)
{
    const float *values;
    size_t count, tensors;
    assert_ok(rnn_model_parameters(from, &values, &count));
    float *copy = new_floats(count);
    memcpy(copy, values, count * sizeof *copy);
    assert_ok(rnn_model_tensor_count(from, &tensors));
    for (size_t i = 0; i < tensors; i++) {
        const char *name;
        size_t shape[3], rank, offset, size = 1;
        assert_ok(rnn_model_tensor_info(from, i, &name, &rank, shape, 3, &offset));
        for (size_t d = 0; d < rank; d++)
            size *= shape[d];
        for (size_t j = 0; j < size && rank > 1; j++)
            copy[offset + j] = rounded(copy[offset + j]);
    }
    assert_ok(rnn_model_set_parameters(to, copy, count));
    free(copy);
}

static void fill_parameters(rnn_model *model, uint64_t *seed)
{
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    float *copy = new_floats(count);
    fill_uniform(copy, count, seed);
    for (size_t i = 0; i < count; i++)
        copy[i] *= 0.4f;
    assert_ok(rnn_model_set_parameters(model, copy, count));
    free(copy);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* NaN stays. */
static double largest_of(double largest, double value)
{
    return value <= largest ? largest : value;
}

/* bf16: the network of float32 whose matrices are rounded; int8: near that of float32, and not the same. */
static void test_values(void **state)
{
    (void)state;
    uint64_t seed = 3;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_model *plain = model_of(&networks[n], RNN_PRECISION_FLOAT32), *bf16, *int8;
        bf16 = model_of(&networks[n], RNN_PRECISION_BF16);
        int8 = model_of(&networks[n], RNN_PRECISION_INT8);
        fill_parameters(plain, &seed);
        const float *values;
        size_t count, outputs;
        assert_ok(rnn_model_parameters(plain, &values, &count));
        assert_ok(rnn_model_set_parameters(bf16, values, count)); /* packed anew */
        assert_ok(rnn_model_set_parameters(int8, values, count));
        float *whole = outputs_of(plain, &networks[n], &outputs), *of_int8 = outputs_of(int8, &networks[n], &outputs);
        float *of_bf16 = outputs_of(bf16, &networks[n], &outputs);
        double largest = 0;
        for (size_t i = 0; i < outputs; i++)
            largest = largest_of(largest, fabs((double)of_int8[i] - (double)whole[i]));
        assert_true(largest > 1e-5 && largest < 0.05);
        copy_rounded(plain, plain);
        float *expected = outputs_of(plain, &networks[n], &outputs);
        double bound = rnni_narrow_kernels()->rounds_rows ? 0.02 : 2e-6; /* of the rows, not only of the matrices */
        for (size_t i = 0; i < outputs; i++)
            assert_true(fabs((double)of_bf16[i] - (double)expected[i]) < bound * (1 + fabs((double)expected[i])));
        assert_false(same_bits(of_bf16, whole, outputs));
        free(whole);
        free(of_int8);
        free(of_bf16);
        free(expected);
        rnn_destroy(plain);
        rnn_destroy(bf16);
        rnn_destroy(int8);
    }
}

static void check_same(const struct network *network, rnn_model *model)
{
    rnn_session *session = session_of(model);
    int pools = is_pooled(network);
    size_t width = width_of(model), rows = pools ? 1 : T, count;
    float *whole = outputs_of(model, network, &count), *again = new_floats(count), *one = new_floats(T * width);
    for (size_t b = 0; b < B; b++) {
        forward(session, one, b, 1, T, width, pools);
        for (size_t t = 0; t < rows; t++)
            assert_true(same_bits(one + t * width, whole + (t * B + b) * width, width));
    }
    for (size_t most = 1; most <= 4 && !reads_whole_sequences(network); most += 3) {
        forward(session, again, 0, B, most, width, 0);
        assert_true(same_bits(again, whole, count));
        forward(session, one, 2, 1, most, width, 0);
        for (size_t t = 0; t < T; t++)
            assert_true(same_bits(one + t * width, whole + (t * B + 2) * width, width));
    }
    assert_ok(rnn_session_set_threads(session, THREADS(2)));
    forward(session, again, 0, B, T, width, pools);
    assert_true(same_bits(again, whole, count));
    if (!reads_whole_sequences(network)) {
        forward(session, again, 0, B, 1, width, 0);
        assert_true(same_bits(again, whole, count));
    }
    rnn_session_destroy(session);
    free(whole);
    free(again);
    free(one);
}

static void test_batches_steps_and_threads(void **state)
{
    (void)state;
    uint64_t seed = 4;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = 0; n < NETWORKS; n++)
        for (int64_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
            rnn_model *model = model_of(&networks[n], precision);
            fill_parameters(model, &seed);
            check_same(&networks[n], model);
            rnn_destroy(model);
        }
}

enum { STEPS = 6 };

/* What a model makes of tokens, in one piece; rnn_step makes the same of them, to the bit.  The caller frees it. */
static float *outputs_of_tokens(rnn_model *model)
{
    static const int32_t tokens[STEPS] = {0, 5, 2, 2, 1, 4};
    float *y = new_floats(STEPS * H), step[H];
    rnn_session *session = session_of(model);
    assert_ok(rnn_reset_state(session, 1));
    assert_ok(rnn_forward_tokens(session, y, STEPS * H, tokens, STEPS, NULL, 0, STEPS));
    assert_ok(rnn_reset_state(session, 1));
    for (size_t t = 0; t < STEPS; t++) {
        assert_ok(rnn_step_tokens(session, step, H, tokens + t, 1));
        assert_memory_equal(step, y + t * H, sizeof step);
    }
    rnn_session_destroy(session);
    return y;
}

/* One-hot tokens; an embedding of three features; the same in a list of layers. */
static rnn_model *model_of_tokens(int kind, int64_t precision)
{
    static const int32_t layers[] = {RNN_KIND_EMBEDDING, RNN_KIND_RECURRENT};
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, V));
    assert_ok(rnn_config_set_int(config, RNN_PRECISION, precision));
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN)); /* as bf16 and int8 have */
    if (kind < 2) {
        assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
        assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, kind ? 3 : 0));
    }
    for (size_t i = 0; kind == 2 && i < 2; i++) {
        size_t layer;
        assert_ok(rnn_config_add_layer(config, &layer, layers[i]));
        assert_ok(rnn_config_set_layer_int(config, layer, i ? RNN_HIDDEN_SIZE : RNN_OUTPUT_SIZE, i ? H : 3));
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* bf16: the tables are rounded too; int8: near. */
static void test_tokens(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        rnn_model *plain = model_of_tokens(kind, RNN_PRECISION_FLOAT32);
        rnn_model *bf16 = model_of_tokens(kind, RNN_PRECISION_BF16), *int8 = model_of_tokens(kind, RNN_PRECISION_INT8);
        float *whole = outputs_of_tokens(plain), *of_bf16 = outputs_of_tokens(bf16), *of_int8 = outputs_of_tokens(int8);
        copy_rounded(plain, plain);
        float *rounded_whole = outputs_of_tokens(plain);
        double bound = rnni_narrow_kernels()->rounds_rows ? 0.02 : 2e-6, largest = 0;
        for (size_t i = 0; i < STEPS * H; i++) {
            assert_true(fabs((double)of_bf16[i] - (double)rounded_whole[i]) < bound);
            largest = largest_of(largest, fabs((double)of_int8[i] - (double)whole[i]));
        }
        assert_true(largest > 1e-5 && largest < 0.02);
        assert_false(same_bits(of_bf16, whole, STEPS * H));
        free(whole);
        free(of_bf16);
        free(of_int8);
        free(rounded_whole);
        rnn_destroy(plain);
        rnn_destroy(bf16);
        rnn_destroy(int8);
    }
}

/* With int8, convolutions over several steps are bf16, to the bit; those of one step are bytes. */
static void test_convolutions(void **state)
{
    (void)state;
    uint64_t seed = 12;
    fill_uniform(x, T * B * I, &seed);
    for (int64_t kernel = 1; kernel <= 4; kernel++) {
        float *y[3];
        for (int64_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
            rnn_config *config;
            rnn_model *model;
            assert_ok(rnn_config_create(&config));
            assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
            assert_ok(rnn_config_set_int(config, RNN_PRECISION, precision));
            assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN)); /* as bf16 and int8 have */
            add_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, H, RNN_KERNEL_SIZE, kernel);
            assert_ok(rnn_create(&model, config));
            rnn_session *session = session_of(model);
            y[precision] = new_floats(T * B * H);
            assert_ok(rnn_reset_state(session, B));
            assert_ok(rnn_forward(session, y[precision], T * B * H, x, T * B * I, NULL, 0, T));
            rnn_session_destroy(session);
            rnn_destroy(model);
            rnn_config_destroy(config);
        }
        assert_false(same_bits(y[RNN_PRECISION_FLOAT32], y[RNN_PRECISION_BF16], T * B * H));
        assert_int_equal(same_bits(y[RNN_PRECISION_BF16], y[RNN_PRECISION_INT8], T * B * H), kernel > 1);
        for (size_t i = 0; i < 3; i++)
            free(y[i]);
    }
}

/* Files have the parameters of float32, and no precision. */
static void test_files(void **state)
{
    (void)state;
    const float *values, *back;
    size_t count, again;
    int64_t precision;
    rnn_model *model = model_of(&networks[3], RNN_PRECISION_INT8), *loaded;
    void *bytes = NULL;
    size_t size;
    assert_ok(rnn_save_memory(model, NULL, 0, &size));
    bytes = malloc(size);
    assert_non_null(bytes);
    assert_ok(rnn_save_memory(model, bytes, size, &size));
    assert_ok(rnn_load_memory(&loaded, bytes, size));
    assert_ok(rnn_model_get_int(model, RNN_PRECISION, &precision));
    assert_int_equal(precision, RNN_PRECISION_INT8);
    assert_ok(rnn_model_get_int(loaded, RNN_PRECISION, &precision));
    assert_int_equal(precision, RNN_PRECISION_FLOAT32);
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_model_parameters(loaded, &back, &again));
    assert_int_equal(count, again);
    assert_memory_equal(values, back, count * sizeof *values);
    rnn_destroy(model);
    rnn_destroy(loaded);
    free(bytes);
}

/* A file in bf16 has the rounded matrices; a model that is loaded from it gives the bits of bf16. */
static void test_files_of_bf16(void **state)
{
    (void)state;
    uint64_t seed = 8;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_model *model = model_of(&networks[n], RNN_PRECISION_FLOAT32), *loaded;
        size_t size, whole, count;
        const float *values, *back;
        fill_parameters(model, &seed);
        assert_ok(rnn_save_memory(model, NULL, 0, &whole));
        assert_ok(rnn_save_memory_as(model, NULL, 0, &size, RNN_PRECISION_BF16));
        assert_true(size < whole);
        void *bytes = malloc(whole), *again = malloc(whole);
        assert_true(bytes && again);
        assert_ok(rnn_save_memory_as(model, bytes, size, &size, RNN_PRECISION_BF16));
        assert_ok(rnn_load_memory(&loaded, bytes, size));
        assert_ok(rnn_model_set_precision(loaded, RNN_PRECISION_BF16));
        assert_ok(rnn_model_set_precision(model, RNN_PRECISION_BF16));
        float *found = outputs_of(loaded, &networks[n], &count), *expected = outputs_of(model, &networks[n], &count);
        assert_true(same_bits(found, expected, count));
        copy_rounded(model, model);
        assert_ok(rnn_model_parameters(model, &values, &count));
        assert_ok(rnn_model_parameters(loaded, &back, &count));
        assert_memory_equal(values, back, count * sizeof *values);
        assert_ok(rnn_save_memory(loaded, NULL, 0, &size));
        assert_int_equal(size, whole);
        assert_ok(rnn_save_memory_as(loaded, bytes, whole, &size, RNN_PRECISION_FLOAT32));
        assert_ok(rnn_save_memory(loaded, again, whole, &size));
        assert_memory_equal(bytes, again, whole);
        assert_fails(rnn_save_memory_as(model, NULL, 0, &size, RNN_PRECISION_INT8), RNN_E_VALUE);
        assert_message("rnn_save_memory_as: precision is 2, expected RNN_PRECISION_FLOAT32 or RNN_PRECISION_BF16");
        assert_fails(rnn_save_as(model, "nowhere", -1), RNN_E_VALUE);
        free(found);
        free(expected);
        free(bytes);
        free(again);
        rnn_destroy(loaded);
        rnn_destroy(model);
    }
}

/* The transitions of a CRF, which RNN_PRECISION does not round, are not rounded in a file either. */
static void test_files_of_transitions(void **state)
{
    (void)state;
    struct network network = {{RNN_CELL, RNN_CELL_GRU, RNN_CLASSES, 3, RNN_CRF, 1}, 0};
    uint64_t seed = 15;
    rnn_model *model = model_of(&network, RNN_PRECISION_FLOAT32), *loaded;
    float expected[9], found[9];
    size_t size;
    fill_parameters(model, &seed);
    assert_ok(rnn_save_memory_as(model, NULL, 0, &size, RNN_PRECISION_BF16));
    void *bytes = malloc(size);
    assert_true(bytes);
    assert_ok(rnn_save_memory_as(model, bytes, size, &size, RNN_PRECISION_BF16));
    assert_ok(rnn_load_memory(&loaded, bytes, size));
    static const struct {
        const char *name;
        size_t count;
    } tensors[] = {{"crf.start_transitions", 3}, {"crf.end_transitions", 3}, {"crf.transitions", 9}};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(rnn_model_get_parameter(model, tensors[i].name, expected, tensors[i].count));
        assert_ok(rnn_model_get_parameter(loaded, tensors[i].name, found, tensors[i].count));
        assert_memory_equal(found, expected, tensors[i].count * sizeof *found);
    }
    free(bytes);
    rnn_destroy(loaded);
    rnn_destroy(model);
}

/* Every function that reads or changes parameters. */
static void check_released(rnn_model *model)
{
    const float *values;
    float value;
    size_t count, shape[3], rank, size = 1;
    const char *name;
    assert_fails(rnn_model_parameters(model, &values, &count), RNN_E_STATE);
    assert_message("rnn_model_parameters: rnn_model_release_parameters has released the model's parameters");
    assert_fails(rnn_save_memory(model, NULL, 0, &count), RNN_E_STATE);
    assert_fails(rnn_save_memory_as(model, NULL, 0, &count, RNN_PRECISION_BF16), RNN_E_STATE);
    assert_fails(rnn_save(model, "nowhere"), RNN_E_STATE);
    assert_fails(rnn_save_as(model, "nowhere", RNN_PRECISION_BF16), RNN_E_STATE);
    assert_fails(rnn_model_load_parameters(model, "nowhere"), RNN_E_STATE);
    assert_fails(rnn_model_load_parameters_memory(model, "", 1), RNN_E_STATE);
    assert_fails(rnn_model_set_precision(model, RNN_PRECISION_FLOAT32), RNN_E_STATE);
    assert_fails(rnn_model_import_onnx(model, 0, RNN_ONNX_W, &value, 1), RNN_E_STATE);
    assert_fails(rnn_model_export_onnx(model, 0, RNN_ONNX_W, &value, 1), RNN_E_STATE);
    assert_ok(rnn_model_tensor_count(model, &count));
    for (size_t i = 0; i < count; i++) {
        assert_ok(rnn_model_tensor_info(model, i, &name, &rank, shape, 3, NULL));
        size = 1;
        for (size_t d = 0; d < rank; d++)
            size *= shape[d];
        float *tensor = new_floats(size);
        assert_fails(rnn_model_get_parameter(model, name, tensor, size), RNN_E_STATE);
        assert_fails(rnn_model_set_parameter(model, name, tensor, size), RNN_E_STATE);
        free(tensor);
    }
    float *all = new_floats(MOST);
    assert_fails(rnn_model_set_parameters(model, all, 1), RNN_E_STATE);
    free(all);
}

/* The bits of the outputs stay; so do steps, pieces and threads. */
static void test_released(void **state)
{
    (void)state;
    uint64_t seed = 11;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = 0; n < NETWORKS; n++)
        for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
            rnn_model *model = model_of(&networks[n], precision);
            size_t count;
            fill_parameters(model, &seed);
            float *expected = outputs_of(model, &networks[n], &count);
            for (size_t refused = 1; refused <= 2; refused++) {
                takes = 0;
                no_memory_at = refused;
                assert_fails(rnn_model_release_parameters(model), RNN_E_MEMORY);
                no_memory_at = 0;
            }
            float *before = outputs_of(model, &networks[n], &count);
            assert_true(same_bits(before, expected, count));
            assert_ok(rnn_model_release_parameters(model));
            assert_ok(rnn_model_release_parameters(model));
            float *found = outputs_of(model, &networks[n], &count);
            assert_true(same_bits(found, expected, count));
            check_same(&networks[n], model);
            check_released(model);
            free(expected);
            free(before);
            free(found);
            rnn_destroy(model);
        }
}

/* Tables of tokens are kept in fewer bits alone. */
static void test_released_tables(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
            rnn_model *model = model_of_tokens(kind, precision);
            float *expected = outputs_of_tokens(model);
            assert_ok(rnn_model_release_parameters(model));
            float *found = outputs_of_tokens(model);
            assert_true(same_bits(found, expected, STEPS * H));
            free(expected);
            free(found);
            rnn_destroy(model);
        }
}

static void test_release_is_refused(void **state)
{
    (void)state;
    rnn_model *model = model_of(&networks[AN_LSTM], RNN_PRECISION_FLOAT32);
    assert_fails(rnn_model_release_parameters(model), RNN_E_UNSUPPORTED);
    assert_message("rnn_model_release_parameters: the model's RNN_PRECISION is RNN_PRECISION_FLOAT32, expected "
                   "RNN_PRECISION_BF16 or RNN_PRECISION_INT8");
    assert_ok(rnn_model_set_precision(model, RNN_PRECISION_INT8));
    assert_ok(rnn_retain(model));
    assert_fails(rnn_model_release_parameters(model), RNN_E_STATE);
    rnn_destroy(model);
    assert_fails(rnn_model_release_parameters(NULL), RNN_E_NULL);
    rnn_destroy(model);
}

/* Bytes of a model, against float32. */
static void test_bytes(void **state)
{
    (void)state;
    double bytes[3];
    for (int64_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
        rnn_config *config;
        rnn_model *model;
        assert_ok(rnn_config_create(&config));
        assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 128));
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 128));
        assert_ok(rnn_config_set_int(config, RNN_PRECISION, precision));
        assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN)); /* as bf16 and int8 have */
        assert_ok(rnn_create(&model, config));
        if (precision)
            assert_ok(rnn_model_release_parameters(model));
        bytes[precision] = (double)rnni_model_bytes(model);
        rnn_destroy(model);
        rnn_config_destroy(config);
    }
    assert_true(bytes[RNN_PRECISION_BF16] <= 0.3 * bytes[RNN_PRECISION_FLOAT32]);
    assert_true(bytes[RNN_PRECISION_INT8] <= 0.17 * bytes[RNN_PRECISION_FLOAT32]);
}

/* A model whose precision changes is as one that was made so, each time. */
static void test_changes(void **state)
{
    (void)state;
    static const int64_t order[] = {RNN_PRECISION_INT8, RNN_PRECISION_BF16, RNN_PRECISION_FLOAT32, RNN_PRECISION_BF16};
    uint64_t seed = 5;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_model *model = model_of(&networks[n], RNN_PRECISION_FLOAT32);
        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
            rnn_model *made = model_of(&networks[n], order[i]);
            int64_t precision;
            size_t count;
            assert_ok(rnn_model_set_precision(model, (int32_t)order[i]));
            assert_ok(rnn_model_get_int(model, RNN_PRECISION, &precision));
            assert_int_equal(precision, order[i]);
            float *found = outputs_of(model, &networks[n], &count), *expected = outputs_of(made, &networks[n], &count);
            assert_true(same_bits(found, expected, count));
            free(found);
            free(expected);
            rnn_destroy(made);
        }
        rnn_destroy(model);
    }
}

/* Whatever block is refused, the model stays as it was. */
static void test_memory(void **state)
{
    (void)state;
    uint64_t seed = 6;
    fill_uniform(x, T * B * I, &seed);
    for (size_t n = AN_LSTM; n < NETWORKS; n += THE_LIST - AN_LSTM) {
        rnn_model *model = model_of(&networks[n], RNN_PRECISION_FLOAT32);
        size_t count;
        float *before = outputs_of(model, &networks[n], &count);
        int32_t status = RNN_E_MEMORY;
        size_t refused = 0;
        while (status) {
            takes = 0;
            no_memory_at = ++refused;
            status = rnn_model_set_precision(model, RNN_PRECISION_INT8);
            no_memory_at = 0;
            if (!status)
                break;
            assert_int_equal(status, RNN_E_MEMORY);
            float *after = outputs_of(model, &networks[n], &count);
            assert_true(same_bits(before, after, count));
            free(after);
        }
        assert_int_equal(refused, networks[n].is_list ? 3 : 2); /* a block for each network, and then none */
        free(before);
        rnn_destroy(model);
    }
}

static void test_description(void **state)
{
    (void)state;
    static const char *const parts[] = {")\n", "), weights in bf16\n", "), weights in int8\n"};
    for (size_t n = AN_LSTM; n < NETWORKS; n += THE_LIST - AN_LSTM)
        for (int64_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
            rnn_model *model = model_of(&networks[n], precision);
            char text[8192], *line;
            size_t size;
            assert_ok(rnn_describe(model, text, sizeof text, &size, 1, 1));
            line = strstr(text, "products: own kernels (");
            assert_non_null(line);
            assert_non_null(strstr(line, parts[precision]));
            rnn_destroy(model);
        }
}

static void test_refusals(void **state)
{
    (void)state;
    rnn_model *model = model_of(&networks[AN_LSTM], RNN_PRECISION_BF16), *none = NULL;
    rnn_session *session = NULL;
    assert_fails(rnn_session_create(&session, model, RNN_TRAINING), RNN_E_UNSUPPORTED);
    assert_message(
        "rnn_session_create: the model's RNN_PRECISION is RNN_PRECISION_BF16, expected RNN_PRECISION_FLOAT32 to train");
    assert_null(session);
    assert_fails(rnn_model_set_precision(NULL, RNN_PRECISION_INT8), RNN_E_NULL);
    assert_fails(rnn_model_set_precision(model, 3), RNN_E_VALUE);
    assert_message("rnn_model_set_precision: precision is 3, expected one of RNN_PRECISION_...");
    assert_fails(rnn_model_set_precision(model, -1), RNN_E_VALUE);
    rnn_optimizer *optimizer;
    rnn_loss *loss;
    rnn_trainer *trainer = NULL;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_SQUARED_ERROR));
    assert_fails(rnn_trainer_create(&trainer, model, optimizer, loss), RNN_E_UNSUPPORTED);
    assert_message(
        "rnn_trainer_create: the model's RNN_PRECISION is RNN_PRECISION_BF16, expected RNN_PRECISION_FLOAT32 to train");
    assert_null(trainer);
    rnn_optimizer_destroy(optimizer);
    rnn_loss_destroy(loss);
    session = session_of(model);
    assert_fails(rnn_model_set_precision(model, RNN_PRECISION_INT8), RNN_E_STATE);
    assert_message("rnn_model_set_precision: the model has 2 references, such as sessions and trainers, expected 1");
    rnn_session_destroy(session);
    assert_ok(rnn_model_set_precision(model, RNN_PRECISION_FLOAT32));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    rnn_session_destroy(session);
    rnn_config *config = config_of(&networks[AN_LSTM], RNN_PRECISION_INT8);
    assert_fails(rnn_config_set_int(config, RNN_PRECISION, 3), RNN_E_VALUE);
    assert_message("RNN_PRECISION");
    assert_fails(rnn_config_set_int(config, RNN_PRECISION, -1), RNN_E_VALUE);
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS));
    assert_fails(rnn_create(&none, config), RNN_E_VALUE);
    assert_message("RNN_PRODUCTS is RNN_PRODUCTS_CBLAS and RNN_PRECISION is RNN_PRECISION_INT8");
    assert_null(none);
    rnn_config_destroy(config);
    rnn_destroy(model);
    config = config_of(&networks[THE_LIST], RNN_PRECISION_INT8);
    assert_fails(rnn_config_set_layer_int(config, 2, RNN_PRECISION, RNN_PRECISION_INT8), RNN_E_VALUE);
    rnn_config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_batches_steps_and_threads),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_files_of_bf16),
        cmocka_unit_test(test_files_of_transitions),
        cmocka_unit_test(test_released),
        cmocka_unit_test(test_released_tables),
        cmocka_unit_test(test_release_is_refused),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
