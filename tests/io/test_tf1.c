/* rnn_model_import_tf1_lstm against TensorFlow 1's BasicLSTMCell, written down from its documentation in double. */
#include "support/built_file.h"

#include <math.h>
#include <string.h>

enum { STEPS = 6, INPUTS = 3, HIDDEN = 4, ROWS = INPUTS + HIDDEN, GATES = 4 * HIDDEN };

static float kernel[ROWS * GATES], bias[GATES], x[STEPS * INPUTS];

static double sigmoid(double value)
{
    return 1 / (1 + exp(-value));
}

/* i, j, f, o = split([x, h] kernel + bias, 4); c = c * sigmoid(f + forget_bias) + sigmoid(i) * tanh(j);
 * h = tanh(c) * sigmoid(o).  y [STEPS,HIDDEN], the steps in reverse order for `reverse`. */
static void basic_lstm_cell(double *y, double forget_bias, int reverse)
{
    double h[HIDDEN] = {0}, c[HIDDEN] = {0}, sums[GATES];
    for (int n = 0; n < STEPS; n++) {
        int t = reverse ? STEPS - 1 - n : n;
        for (int k = 0; k < GATES; k++) {
            sums[k] = bias[k];
            for (int i = 0; i < INPUTS; i++)
                sums[k] += (double)x[t * INPUTS + i] * kernel[i * GATES + k];
            for (int j = 0; j < HIDDEN; j++)
                sums[k] += h[j] * kernel[(INPUTS + j) * GATES + k];
        }
        const double *in = sums, *candidate = in + HIDDEN, *forget = candidate + HIDDEN, *out = forget + HIDDEN;
        for (int j = 0; j < HIDDEN; j++) {
            c[j] = c[j] * sigmoid(forget[j] + forget_bias) + sigmoid(in[j]) * tanh(candidate[j]);
            y[t * HIDDEN + j] = h[j] = tanh(c[j]) * sigmoid(out[j]);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    uint64_t seed = 5;
    fill_uniform(kernel, ROWS * GATES, &seed);
    fill_uniform(bias, GATES, &seed);
    fill_uniform(x, STEPS * INPUTS, &seed);
    return 0;
}

static rnn_model *create(int32_t key, int64_t value)
{
    rnn_config *config = new_config();
    rnn_model *model;
    set(config, RNN_INPUT_SIZE, INPUTS);
    set(config, RNN_HIDDEN_SIZE, HIDDEN);
    set(config, RNN_CELL, RNN_CELL_LSTM);
    set(config, key, value);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static int32_t import(rnn_model *model, size_t direction, double forget_bias)
{
    return rnn_model_import_tf1_lstm(model, 0, direction, kernel, ROWS * GATES, bias, GATES, forget_bias);
}

static void run(float *y, size_t count, const rnn_model *model)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, (rnn_model *)(uintptr_t)model, RNN_INFERENCE));
    assert_ok(rnn_forward(session, y, count, x, STEPS * INPUTS, NULL, 0, STEPS));
    rnn_session_destroy(session);
}

static void test_outputs(void **state)
{
    (void)state;
    static const double biases[] = {1, 0, -0.5};
    for (size_t i = 0; i < sizeof biases / sizeof *biases; i++) {
        rnn_model *model = create(RNN_LAYERS, 1);
        float y[STEPS * HIDDEN];
        double expected[STEPS * HIDDEN];
        assert_ok(import(model, 0, biases[i]));
        run(y, STEPS * HIDDEN, model);
        basic_lstm_cell(expected, biases[i], 0);
        assert_all_close(y, expected, STEPS * HIDDEN, 2e-6);
        rnn_destroy(model);
    }
}

/* bidirectional_dynamic_rnn, of one cell for both directions */
static void test_both_directions(void **state)
{
    (void)state;
    rnn_model *model = create(RNN_DIRECTION, RNN_DIRECTION_BOTH);
    float y[STEPS * 2 * HIDDEN];
    double forward[STEPS * HIDDEN], reverse[STEPS * HIDDEN];
    assert_ok(import(model, 0, 1));
    assert_ok(import(model, 1, 0.25));
    run(y, STEPS * 2 * HIDDEN, model);
    basic_lstm_cell(forward, 1, 0);
    basic_lstm_cell(reverse, 0.25, 1);
    for (int t = 0; t < STEPS; t++) {
        assert_all_close(y + t * 2 * HIDDEN, forward + t * HIDDEN, HIDDEN, 2e-6);
        assert_all_close(y + (t * 2 + 1) * HIDDEN, reverse + t * HIDDEN, HIDDEN, 2e-6);
    }
    rnn_destroy(model);
}

static void test_a_layer_of_a_list(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    rnn_model *model;
    float y[STEPS * HIDDEN];
    double expected[STEPS * HIDDEN];
    set(config, RNN_INPUT_SIZE, INPUTS);
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_RECURRENT));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_HIDDEN_SIZE, HIDDEN));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_create(&model, config));
    assert_ok(import(model, 0, 1));
    run(y, STEPS * HIDDEN, model);
    basic_lstm_cell(expected, 1, 0);
    assert_all_close(y, expected, STEPS * HIDDEN, 2e-6);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

static void refuse(rnn_model *model, int32_t status, int32_t expected, const char *part)
{
    assert_fails(status, expected);
    assert_message("rnn_model_import_tf1_lstm: ", part);
    rnn_destroy(model);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    rnn_model *model = create(RNN_BIAS, 0);
    refuse(model, import(model, 0, 1), RNN_E_UNSUPPORTED, "RNN_BIAS");
    model = create(RNN_CELL, RNN_CELL_GRU);
    refuse(model, import(model, 0, 1), RNN_E_UNSUPPORTED, "RNN_CELL_GRU");
    model = create(RNN_PEEPHOLES, 1);
    refuse(model, import(model, 0, 1), RNN_E_UNSUPPORTED, "RNN_PEEPHOLES");
    model = create(RNN_COUPLE, RNN_COUPLE_FORGET);
    refuse(model, import(model, 0, 1), RNN_E_UNSUPPORTED, "RNN_COUPLE");
    model = create(RNN_LAYERS, 1);
    refuse(model, import(model, 1, 1), RNN_E_VALUE, "direction is 1");
    model = create(RNN_LAYERS, 1);
    refuse(model, import(model, 0, NAN), RNN_E_VALUE, "forget_bias");
    model = create(RNN_LAYERS, 1);
    refuse(model, rnn_model_import_tf1_lstm(model, 1, 0, kernel, ROWS * GATES, bias, GATES, 1), RNN_E_VALUE,
           "layer is 1");
    model = create(RNN_LAYERS, 1);
    refuse(model, rnn_model_import_tf1_lstm(model, 0, 0, kernel, ROWS * GATES - 1, bias, GATES, 1), RNN_E_SIZE,
           "kernel_count");
    model = create(RNN_LAYERS, 1);
    refuse(model, rnn_model_import_tf1_lstm(model, 0, 0, kernel, ROWS * GATES, bias, GATES + 1, 1), RNN_E_SIZE,
           "bias_count");
    model = create(RNN_LAYERS, 1);
    refuse(model, rnn_model_import_tf1_lstm(model, 0, 0, kernel, ROWS * GATES, NULL, 0, 1), RNN_E_NULL, "bias");
    /* arrays within the parameters that they would change */
    const float *parameters;
    size_t count;
    model = create(RNN_LAYERS, 1);
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_true(count >= ROWS * GATES);
    refuse(model, rnn_model_import_tf1_lstm(model, 0, 0, parameters, ROWS * GATES, bias, GATES, 1), RNN_E_VALUE,
           "kernel");
    model = create(RNN_LAYERS, 1);
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    refuse(model, rnn_model_import_tf1_lstm(model, 0, 0, kernel, ROWS * GATES, parameters, GATES, 1), RNN_E_VALUE,
           "bias");
    rnn_config *config = new_config();
    set(config, RNN_INPUT_SIZE, INPUTS);
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_AFFINE));
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_RECURRENT));
    assert_ok(rnn_config_set_layer_int(config, 1, RNN_HIDDEN_SIZE, HIDDEN));
    assert_ok(rnn_config_set_layer_int(config, 1, RNN_LAYERS, 2));
    assert_ok(rnn_create(&model, config));
    assert_fails(rnn_model_import_tf1_lstm(model, 0, 0, kernel, ROWS * GATES, bias, GATES, 1), RNN_E_UNSUPPORTED);
    assert_message("rnn_model_import_tf1_lstm: ",
                   "layer 0 of the list is RNN_KIND_AFFINE, expected RNN_KIND_RECURRENT with RNN_LAYERS 1");
    refuse(model, rnn_model_import_tf1_lstm(model, 1, 0, kernel, ROWS * GATES, bias, GATES, 1), RNN_E_UNSUPPORTED,
           "layer 1 of the list is of several, expected RNN_KIND_RECURRENT with RNN_LAYERS 1");
    rnn_config_destroy(config);
    model = create(RNN_LAYERS, 1);
    refuse(NULL, rnn_model_import_tf1_lstm(NULL, 0, 0, kernel, ROWS * GATES, bias, GATES, 1), RNN_E_NULL, "model");
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_both_directions),
        cmocka_unit_test(test_a_layer_of_a_list),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
