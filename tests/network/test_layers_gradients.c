/* Gradients of lists of layers against differences of their outputs: what PyTorch does not have or masks at random.
 * L is the sum of dy * y.  All elements of one array are moved by +step or -step at once, in a random pattern s; then
 * (L(+) - L(-)) / (2 step) must be the sum of s * dL/d(element). */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { I = 4, O = 3, T = 6, B = 3, LAYERS = 5, OPTIONS = 6, MOST = 1024, REAL_KEYS = 100 };
#define STEP      (1.0f / 256)
#define TOLERANCE 2e-3 /* y has errors of 1e-7, which are divided by the step; what the step leaves out is as large */

struct option {
    size_t layer;
    int32_t key;
    double value;
};

/* Layers up to the first kind of 0, and options up to the first key of 0; the dense layer on top has O outputs. */
struct network {
    const char *name;
    int32_t kinds[LAYERS];
    struct option options[OPTIONS];
};

#define CONV1D    RNN_KIND_CONV1D
#define DENSE     RNN_KIND_DENSE
#define RECURRENT RNN_KIND_RECURRENT
#define SKIP      RNN_KIND_SKIP

/* Functions with a kink are replaced by smooth ones. */
static const struct network networks[] = {
    {"tanh", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_TANH}}},
    {"relu", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_RELU}, {1, RNN_ACTIVATION_F, RNN_ACTIVATION_TANH}}},
    {"lstm", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_LSTM}}},
    {"gru", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_GRU}, {1, RNN_RESET, RNN_RESET_BEFORE}}},
    {"mingru", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_MINGRU}, {1, RNN_LAYERS, 2}}},
    {"slstm", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_SLSTM}}},
    {"indrnn",
     {CONV1D, RECURRENT, DENSE},
     {{1, RNN_CELL, RNN_CELL_INDRNN}, {1, RNN_ACTIVATION_F, RNN_ACTIVATION_TANH}}},
    {"mingru with highway", {CONV1D, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_MINGRU_HIGHWAY}}},
    {"peepholes", {RECURRENT, DENSE}, {{0, RNN_CELL, RNN_CELL_LSTM}, {0, RNN_PEEPHOLES, 1}, {0, RNN_COUPLE, 1}}},
    {"normalised lstm", {DENSE, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_LSTM}, {1, RNN_LAYER_NORM, 1}}},
    {"normalised gru", {DENSE, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_GRU}, {1, RNN_LAYER_NORM, 1}}},
    {"projection", {DENSE, RECURRENT, DENSE}, {{1, RNN_CELL, RNN_CELL_LSTM}, {1, RNN_PROJECTION_SIZE, 2}}},
    {"both directions, summed, residual",
     {CONV1D, RECURRENT, DENSE},
     {{0, RNN_PADDING, RNN_PADDING_CENTRED},
      {1, RNN_CELL, RNN_CELL_GRU},
      {1, RNN_DIRECTION, RNN_DIRECTION_BOTH},
      {1, RNN_MERGE, RNN_MERGE_SUM},
      {1, RNN_LAYERS, 2},
      {1, RNN_RESIDUAL, 1}}},
    {"learned initial state above a stride",
     {CONV1D, RECURRENT, DENSE},
     {{0, RNN_STRIDE, 2}, {1, RNN_CELL, RNN_CELL_LSTM}, {1, RNN_INITIAL_STATE, 1}}},
    {"masks of a cell",
     {CONV1D, RECURRENT, RECURRENT, DENSE},
     {{1, RNN_LAYERS, 2},
      {1, RNN_DROPOUT, 0.4},
      {1, RNN_RECURRENT_DROPOUT, 0.3},
      {2, RNN_CELL, RNN_CELL_LSTM},
      {2, RNN_ZONEOUT, 0.3},
      {2, RNN_ZONEOUT_CELL, 0.2}}},
    {"dropout",
     {DENSE, RNN_KIND_DROPOUT, RECURRENT, RNN_KIND_DROPOUT, DENSE},
     {{1, RNN_DROPOUT, 0.3}, {3, RNN_DROPOUT, 0.5}}},
    {"magnitude", {CONV1D, RNN_KIND_MAGNITUDE, DENSE}, {{0, RNN_KERNEL_SIZE, 3}}},
    {"parameters of an activation",
     {DENSE, RNN_KIND_ACTIVATION, RNN_KIND_RMS_NORM, DENSE},
     {{0, RNN_ACTIVATION, RNN_ACTIVATION_SCALED_TANH},
      {0, RNN_ALPHA, 1.5},
      {0, RNN_BETA, 0.7},
      {1, RNN_ACTIVATION, RNN_ACTIVATION_SOFTSIGN},
      {2, RNN_EPSILON, 0.25}}},
    {"sources that are used twice",
     {CONV1D, SKIP, SKIP, RNN_KIND_LAYER_NORM, DENSE},
     {{1, RNN_MERGE, RNN_MERGE_SUM}, {2, RNN_SOURCE, 0}, {3, RNN_EPSILON, 0.1}}},
    {"pooling between layers", {RECURRENT, RNN_KIND_POOLING, RECURRENT, DENSE}, {{1, RNN_OUTPUT, RNN_OUTPUT_MEAN}}},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static const int32_t lengths[B] = {T, 0, T - 2};
static float x[T * B * I], y[T * B * O], dy[T * B * O], dx[T * B * I], gradient[MOST], values[MOST], moved[MOST];
static float signs[MOST];

static void set(rnn_config *config, size_t layer, int32_t key, double value)
{
    if (key < REAL_KEYS)
        assert_ok(rnn_config_set_layer_int(config, layer, key, (int64_t)value));
    else
        assert_ok(rnn_config_set_layer_real(config, layer, key, value));
}

/* Four features everywhere but on top, and random parameters. */
static rnn_model *model_of(const struct network *network)
{
    rnn_config *config;
    rnn_model *model;
    const float *parameters;
    size_t count;
    uint64_t state = 5;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    for (size_t i = 0; i < LAYERS && network->kinds[i]; i++) {
        int32_t kind = network->kinds[i];
        int is_top = i + 1 == LAYERS || !network->kinds[i + 1];
        assert_ok(rnn_config_add_layer(config, NULL, kind));
        if (kind == CONV1D)
            set(config, i, RNN_KERNEL_SIZE, 2);
        if (kind == CONV1D || kind == DENSE)
            set(config, i, RNN_OUTPUT_SIZE, is_top ? O : 4);
        if (kind == RECURRENT)
            set(config, i, RNN_HIDDEN_SIZE, 4);
    }
    for (const struct option *o = network->options; o < network->options + OPTIONS && o->key; o++)
        set(config, o->layer, o->key, o->value);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_true(count <= MOST);
    fill_uniform(values, count, &state);
    assert_ok(rnn_model_set_parameters(model, values, count));
    return model;
}

/* A new session draws the same masks again. */
static rnn_session *forward(rnn_model *model, size_t *y_count)
{
    rnn_session *session;
    size_t steps;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_output_steps(session, T, &steps));
    *y_count = steps * B * O;
    assert_ok(rnn_forward(session, y, *y_count, x, T * B * I, lengths, B, T));
    return session;
}

static double loss_of(rnn_model *model)
{
    size_t count;
    double sum = 0;
    rnn_session_destroy(forward(model, &count));
    for (size_t i = 0; i < count; i++)
        sum += (double)dy[i] * (double)y[i];
    return sum;
}

/* from + factor * STEP * signs */
static void move(float *to, const float *from, float factor, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i] + factor * STEP * signs[i];
}

static void draw_signs(size_t count, uint64_t *state)
{
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++)
        signs[i] = uniform(state) < 0 ? -1 : 1;
}

static void compare(double above, double below, const float *gradients, size_t count, const char *network,
                    const char *array)
{
    double expected = (above - below) / (2 * (double)STEP), actual = 0;
    for (size_t i = 0; i < count; i++)
        actual += (double)signs[i] * (double)gradients[i];
    if (!close_enough(actual, expected, TOLERANCE))
        fail_msg("%s, %s: the gradient says %g, the difference %g", network, array, actual, expected);
}

static void check_input(rnn_model *model, const char *name, uint64_t *state)
{
    static float kept[T * B * I];
    memcpy(kept, x, sizeof x);
    draw_signs(T * B * I, state);
    move(x, kept, 1, T * B * I);
    double above = loss_of(model);
    move(x, kept, -1, T * B * I);
    double below = loss_of(model);
    memcpy(x, kept, sizeof x);
    compare(above, below, dx, T * B * I, name, "x");
}

static void check_tensor(rnn_model *model, rnn_session *session, size_t index, const char *name, uint64_t *state)
{
    const char *tensor;
    size_t rank, shape[3], count = 1;
    assert_ok(rnn_model_tensor_info(model, index, &tensor, &rank, shape, 3, NULL));
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    draw_signs(count, state);
    assert_ok(rnn_session_get_gradient(session, tensor, gradient, count));
    assert_ok(rnn_model_get_parameter(model, tensor, values, count));
    move(moved, values, 1, count);
    assert_ok(rnn_model_set_parameter(model, tensor, moved, count));
    double above = loss_of(model);
    move(moved, values, -1, count);
    assert_ok(rnn_model_set_parameter(model, tensor, moved, count));
    double below = loss_of(model);
    assert_ok(rnn_model_set_parameter(model, tensor, values, count));
    compare(above, below, gradient, count, name, tensor);
}

static void gradients_equal_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < NETWORKS; i++) {
        uint64_t random = i + 1;
        size_t tensors, count;
        rnn_model *model = model_of(&networks[i]);
        fill_uniform(x, T * B * I, &random);
        fill_uniform(dy, T * B * O, &random);
        rnn_session *session = forward(model, &count);
        assert_ok(rnn_zero_gradients(session));
        assert_ok(rnn_backward(session, dx, T * B * I, dy, count));
        check_input(model, networks[i].name, &random);
        assert_ok(rnn_model_tensor_count(model, &tensors));
        for (size_t k = 0; k < tensors; k++)
            check_tensor(model, session, k, networks[i].name, &random);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* Layers without weights that nothing is below of: the gradient of a dense layer on top is its input. */
static void lowest_layers_without_weights(void **state)
{
    (void)state;
    static const float steps[4] = {1, 2, 3, 6}, ones[2] = {1, 1};
    static const float expected[2][4] = {{2, 4}, {4, 8, 4, 8}}; /* the mean of both steps; their sum, twice */
    for (int skips = 0; skips <= 1; skips++) {
        rnn_config *config;
        rnn_model *model;
        rnn_session *session;
        float *gradients;
        size_t count;
        assert_ok(rnn_config_create(&config));
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 2));
        assert_ok(rnn_config_add_layer(config, NULL, skips ? RNN_KIND_SKIP : RNN_KIND_POOLING));
        assert_ok(skips ? rnn_config_set_layer_int(config, 0, RNN_SOURCE, RNN_SOURCE_INPUT)
                        : rnn_config_set_layer_int(config, 0, RNN_OUTPUT, RNN_OUTPUT_MEAN));
        assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_DENSE));
        assert_ok(rnn_config_set_layer_int(config, 1, RNN_OUTPUT_SIZE, 1));
        assert_ok(rnn_create(&model, config));
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        assert_ok(rnn_forward(session, NULL, 0, steps, 4, NULL, 0, 2));
        assert_ok(rnn_zero_gradients(session));
        assert_ok(rnn_backward(session, NULL, 0, ones, skips ? 2 : 1));
        assert_ok(rnn_session_gradients(session, &gradients, &count));
        assert_int_equal(count, skips ? 5 : 3);
        for (size_t i = 0; i + 1 < count; i++)
            assert_true(gradients[i] == expected[skips][i]);
        assert_true(gradients[count - 1] == (skips ? 2 : 1));
        rnn_session_destroy(session);
        rnn_destroy(model);
        rnn_config_destroy(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_equal_differences),
        cmocka_unit_test(lowest_layers_without_weights),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
