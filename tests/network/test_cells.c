/* What the cells and topologies owe their callers beside the right numbers: kinds of state, counts of pooled outputs,
 * streams that are refused, silence that does not become slow, names and shapes of tensors. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { I = 3, H = 6, P = 2, L = 2, C = 4, T = 5, B = 3 };

struct setting {
    int32_t key; /* 0: no more */
    int64_t value;
};

#define NONE                                                                                                           \
    (const struct setting[])                                                                                           \
    {                                                                                                                  \
        {                                                                                                              \
            0, 0                                                                                                       \
        }                                                                                                              \
    }

/* A cell that mixes its input into its output has H of them. */
static size_t inputs_of(int64_t cell)
{
    return cell == RNN_CELL_MINGRU_HIGHWAY ? H : I;
}

static rnn_model *create(int64_t cell, int64_t classes, const struct setting *settings)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)inputs_of(cell)));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, classes));
    for (; settings->key; settings++)
        assert_ok(rnn_config_set_int(config, settings->key, settings->value));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

struct expected {
    const char *name;
    size_t rows, columns;
};

static void check_table(rnn_model *model, const struct expected *expected)
{
    size_t count, place = 0, index = 0;
    for (; expected->name; expected++, index++) {
        const char *name;
        size_t rank, shape[2] = {0, 0}, offset;
        assert_ok(rnn_model_tensor_info(model, index, &name, &rank, shape, 2, &offset));
        assert_string_equal(name, expected->name);
        assert_int_equal(rank, expected->columns ? 2 : 1);
        assert_int_equal(shape[0], expected->rows);
        assert_int_equal(shape[1], expected->columns);
        assert_int_equal(offset, place);
        place += expected->rows * (expected->columns ? expected->columns : 1);
    }
    assert_ok(rnn_model_tensor_count(model, &count));
    assert_int_equal(count, index);
    rnn_destroy(model);
}

static void test_tensors_of_an_lstm_with_everything(void **state)
{
    (void)state;
    const struct setting settings[] = {{RNN_LAYERS, 1},
                                       {RNN_PROJECTION_SIZE, P},
                                       {RNN_PEEPHOLES, 1},
                                       {RNN_LAYER_NORM, 1},
                                       {RNN_DIRECTION, RNN_DIRECTION_BOTH},
                                       {0, 0}};
    const struct expected expected[] = {{"weight_ih_l0", 4 * H, I},
                                        {"weight_hh_l0", 4 * H, P},
                                        {"bias_ih_l0", 4 * H, 0},
                                        {"bias_hh_l0", 4 * H, 0},
                                        {"weight_hr_l0", P, H},
                                        {"peephole_l0", 3 * H, 0},
                                        {"norm_ih_l0", 4 * H, 0},
                                        {"norm_hh_l0", 4 * H, 0},
                                        {"norm_c_l0", H, 0},
                                        {"norm_c_bias_l0", H, 0},
                                        {"weight_ih_l0_reverse", 4 * H, I},
                                        {"weight_hh_l0_reverse", 4 * H, P},
                                        {"bias_ih_l0_reverse", 4 * H, 0},
                                        {"bias_hh_l0_reverse", 4 * H, 0},
                                        {"weight_hr_l0_reverse", P, H},
                                        {"peephole_l0_reverse", 3 * H, 0},
                                        {"norm_ih_l0_reverse", 4 * H, 0},
                                        {"norm_hh_l0_reverse", 4 * H, 0},
                                        {"norm_c_l0_reverse", H, 0},
                                        {"norm_c_bias_l0_reverse", H, 0},
                                        {"head.weight", C, 2 * P},
                                        {"head.bias", C, 0},
                                        {NULL, 0, 0}};
    check_table(create(RNN_CELL_LSTM, C, settings), expected);
}

static void test_tensors_of_the_others(void **state)
{
    (void)state;
    const struct expected gru[] = {{"weight_ih_l0_reverse", 3 * H, I},
                                   {"weight_hh_l0_reverse", 3 * H, H},
                                   {"norm_ih_l0_reverse", 3 * H, 0},
                                   {"norm_hh_l0_reverse", 3 * H, 0},
                                   {NULL, 0, 0}};
    const struct expected mingru[] = {{"weight_ih_l0", 2 * H, I}, {"bias_ih_l0", 2 * H, 0}, {NULL, 0, 0}};
    const struct expected indrnn[] = {
        {"weight_ih_l0", H, I}, {"weight_hh_l0", H, 0}, {"bias_ih_l0", H, 0}, {NULL, 0, 0}};
    const struct expected highway[] = {{"weight_ih_l0", 3 * H, H}, {"bias_ih_l0", 3 * H, 0}, {NULL, 0, 0}};
    const struct expected coupled[] = {{"weight_ih_l0", 3 * H, I}, {"weight_hh_l0", 3 * H, H}, {"bias_ih_l0", 3 * H, 0},
                                       {"bias_hh_l0", 3 * H, 0},   {"peephole_l0", 2 * H, 0},  {NULL, 0, 0}};
    const struct expected summed[] = {
        {"weight_ih_l0", H, I},         {"weight_hh_l0", H, H},         {"weight_ih_l0_reverse", H, I},
        {"weight_hh_l0_reverse", H, H}, {"weight_ih_l1", H, H},         {"weight_hh_l1", H, H},
        {"weight_ih_l1_reverse", H, H}, {"weight_hh_l1_reverse", H, H}, {NULL, 0, 0}};
    check_table(
        create(
            RNN_CELL_GRU, 0,
            (const struct setting[]){
                {RNN_LAYERS, 1}, {RNN_BIAS, 0}, {RNN_LAYER_NORM, 1}, {RNN_DIRECTION, RNN_DIRECTION_REVERSE}, {0, 0}}),
        gru);
    check_table(create(RNN_CELL_MINGRU, 0, (const struct setting[]){{RNN_LAYERS, 1}, {0, 0}}), mingru);
    check_table(create(RNN_CELL_MINGRU_HIGHWAY, 0, (const struct setting[]){{RNN_LAYERS, 1}, {0, 0}}), highway);
    check_table(create(RNN_CELL_INDRNN, 0, (const struct setting[]){{RNN_LAYERS, 1}, {0, 0}}), indrnn);
    check_table(
        create(RNN_CELL_LSTM, 0,
               (const struct setting[]){{RNN_LAYERS, 1}, {RNN_PEEPHOLES, 1}, {RNN_COUPLE, RNN_COUPLE_FORGET}, {0, 0}}),
        coupled);
    check_table(create(RNN_CELL_RELU, 0,
                       (const struct setting[]){
                           {RNN_BIAS, 0}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}, {RNN_MERGE, RNN_MERGE_SUM}, {0, 0}}),
                summed);
}

static void test_names_as_the_options_say(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model;
    float values[C];
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 9));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "encoder.rnn."));
    assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, "emb."));
    assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, "fc."));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_get_parameter(model, "fc.bias", values, C));
    assert_fails(rnn_model_get_parameter(model, "head.bias", values, C), RNN_E_NAME);
    check_table(model, (const struct expected[]){{"emb.weight", 9, I},
                                                 {"encoder.rnn.weight_ih_l0", H, I},
                                                 {"encoder.rnn.weight_hh_l0", H, H},
                                                 {"encoder.rnn.bias_ih_l0", H, 0},
                                                 {"encoder.rnn.bias_hh_l0", H, 0},
                                                 {"fc.weight", C, H},
                                                 {"fc.bias", C, 0},
                                                 {NULL, 0, 0}});
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static const int32_t kinds_of[] = {
    [RNN_CELL_TANH] = 1,   [RNN_CELL_RELU] = 1,  [RNN_CELL_LSTM] = 2,   [RNN_CELL_GRU] = 1,
    [RNN_CELL_MINGRU] = 1, [RNN_CELL_SLSTM] = 4, [RNN_CELL_INDRNN] = 1, [RNN_CELL_MINGRU_HIGHWAY] = 2};

static void test_kinds_of_state(void **state)
{
    (void)state;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++) {
        rnn_model *model = create(cell, 0, NONE);
        rnn_session *s;
        float values[L * B * H] = {0}, y[B * H], x[B * H] = {0};
        assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
        assert_ok(rnn_reset_state(s, B));
        assert_ok(rnn_forward(s, y, B * H, x, B * inputs_of(cell), NULL, 0, 1));
        for (int32_t kind = RNN_STATE_H - 1; kind <= RNN_STATE_M + 1; kind++) {
            int32_t status = kind >= RNN_STATE_H && kind <= kinds_of[cell] ? RNN_OK : RNN_E_VALUE;
            check_status(rnn_session_get_state(s, kind, values, L * B * H), status, "get_state", __FILE__, __LINE__);
            check_status(rnn_session_set_state(s, kind, values, L * B * H), status, "set_state", __FILE__, __LINE__);
            check_status(rnn_session_set_state_gradient(s, kind, values, L * B * H), status, "gradient", __FILE__,
                         __LINE__);
            if (status == RNN_OK)
                assert_fails(rnn_session_get_state(s, kind, values, L * B * H - 1), RNN_E_SIZE);
        }
        rnn_session_destroy(s);
        rnn_destroy(model);
    }
}

/* With a projection h is narrower than c. */
static void test_widths_of_states(void **state)
{
    (void)state;
    rnn_model *model =
        create(RNN_CELL_LSTM, 0,
               (const struct setting[]){{RNN_PROJECTION_SIZE, P}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}, {0, 0}});
    rnn_session *s;
    float values[2 * L * B * H];
    assert_ok(rnn_session_create(&s, model, RNN_INFERENCE));
    assert_ok(rnn_reset_state(s, B));
    assert_ok(rnn_session_get_state(s, RNN_STATE_H, values, 2 * L * B * P));
    assert_ok(rnn_session_get_state(s, RNN_STATE_C, values, 2 * L * B * H));
    assert_fails(rnn_session_get_state(s, RNN_STATE_H, values, 2 * L * B * H), RNN_E_SIZE);
    assert_non_null(strstr(rnn_last_error(), "expected 24 (L*D*B*R = 4*3*2"));
    assert_fails(rnn_session_get_state(s, RNN_STATE_C, values, 2 * L * B * P), RNN_E_SIZE);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

static void test_counts_of_outputs(void **state)
{
    (void)state;
    for (int64_t output = RNN_OUTPUT_EVERY_STEP; output <= RNN_OUTPUT_MEAN; output++)
        for (int64_t merge = RNN_MERGE_CONCATENATE; merge <= RNN_MERGE_SUM; merge++)
            for (int64_t classes = 0; classes <= C; classes += C) {
                rnn_model *model =
                    create(RNN_CELL_GRU, classes,
                           (const struct setting[]){
                               {RNN_OUTPUT, output}, {RNN_MERGE, merge}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}, {0, 0}});
                size_t width = classes ? C : merge == RNN_MERGE_SUM ? H : 2 * H;
                size_t count = B * width * (output == RNN_OUTPUT_EVERY_STEP ? T : 1);
                rnn_session *s;
                float x[T * B * I] = {0}, y[T * B * 2 * H];
                assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
                assert_ok(rnn_reset_state(s, B));
                assert_fails(rnn_forward(s, y, count - 1, x, T * B * I, NULL, 0, T), RNN_E_SIZE);
                assert_non_null(strstr(rnn_last_error(), output == RNN_OUTPUT_EVERY_STEP ? "T*B*Y" : "(B*Y"));
                assert_ok(rnn_forward(s, y, count, x, T * B * I, NULL, 0, T));
                assert_fails(rnn_backward(s, NULL, 0, y, count + 1), RNN_E_SIZE);
                assert_ok(rnn_backward(s, NULL, 0, y, count));
                rnn_session_destroy(s);
                rnn_destroy(model);
            }
}

/* Gradients of the head do not depend on whether the outputs were wanted, nor on what the session did before. */
static void check_backward_without_outputs(int64_t output)
{
    rnn_model *model = create(RNN_CELL_GRU, C, (const struct setting[]){{RNN_OUTPUT, output}, {0, 0}});
    size_t count = B * C * (output == RNN_OUTPUT_EVERY_STEP ? T : 1);
    float x[T * B * I], y[T * B * C], dy[T * B * C], gradient[2][C * H], other[T * B * I];
    uint64_t seed = 3;
    rnn_session *s;
    fill_uniform(x, T * B * I, &seed);
    fill_uniform(other, T * B * I, &seed);
    fill_uniform(dy, T * B * C, &seed);
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    for (int without = 0; without < 2; without++) {
        assert_ok(rnn_reset_state(s, B));
        assert_ok(rnn_forward(s, y, count, other, T * B * I, NULL, 0, T)); /* another run in between */
        assert_ok(rnn_reset_state(s, B));
        assert_ok(rnn_zero_gradients(s));
        assert_ok(rnn_forward(s, without ? NULL : y, without ? 0 : count, x, T * B * I, NULL, 0, T));
        assert_ok(rnn_backward(s, NULL, 0, dy, count));
        assert_ok(rnn_session_get_gradient(s, "head.weight", gradient[without], C * H));
    }
    assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

static void test_backward_without_outputs(void **state)
{
    (void)state;
    for (int64_t output = RNN_OUTPUT_EVERY_STEP; output <= RNN_OUTPUT_MEAN; output++)
        check_backward_without_outputs(output);
}

static void test_a_reverse_direction_does_not_stream(void **state)
{
    (void)state;
    for (int64_t direction = RNN_DIRECTION_REVERSE; direction <= RNN_DIRECTION_BOTH; direction++) {
        rnn_model *model = create(RNN_CELL_LSTM, C, (const struct setting[]){{RNN_DIRECTION, direction}, {0, 0}});
        rnn_session *s;
        float x[T * I] = {1}, y[T * C], before[T * C];
        assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
        assert_ok(rnn_forward(s, y, T * C, x, T * I, NULL, 0, T));
        memcpy(before, y, sizeof y);
        assert_fails(rnn_step(s, y, C, x, I), RNN_E_STATE);
        assert_non_null(strstr(rnn_session_last_error(s), "rnn_step: the network has a reverse direction"));
        assert_memory_equal(y, before, sizeof y);
        assert_ok(rnn_backward(s, NULL, 0, y, T * C)); /* the run is still there */
        rnn_session_destroy(s);
        rnn_destroy(model);
    }
}

/* ---- silence ----------------------------------------------------------------------------------------------------- */

static size_t subnormals(const float *values, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += fpclassify(values[i]) == FP_SUBNORMAL;
    return found;
}

/* A network without biases that hears nothing: its states fade from 1, and its gradients on their way back, but not
 * into the numbers on which a processor is slow. */
static void check_silence(int64_t cell)
{
    enum { STEPS = 3000 };
    rnn_model *model = create(cell, 0, (const struct setting[]){{RNN_BIAS, 0}, {0, 0}});
    static float x[STEPS * H], dx[STEPS * H], y[STEPS * H], dy[STEPS * H];
    float states[4][L * H];
    const float *parameters;
    float faded[2048];
    size_t count;
    rnn_session *s;
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_true(count <= 2048);
    for (size_t i = 0; i < count; i++)
        faded[i] = 0.3f * parameters[i];
    assert_ok(rnn_model_set_parameters(model, faded, count));
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    for (int32_t kind = 1; kind <= kinds_of[cell]; kind++) {
        for (size_t i = 0; i < L * H; i++)
            states[kind - 1][i] = kind == RNN_STATE_M ? 0 : 1;
        assert_ok(rnn_session_set_state(s, kind, states[kind - 1], L * H));
    }
    assert_ok(rnn_forward(s, y, STEPS * H, x, STEPS * inputs_of(cell), NULL, 0, STEPS));
    for (int32_t kind = 1; kind <= kinds_of[cell]; kind++) {
        assert_ok(rnn_session_get_state(s, kind, states[0], L * H));
        assert_int_equal(subnormals(states[0], L * H), 0);
    }
    assert_int_equal(subnormals(y, STEPS * H), 0);
    dy[(STEPS - 1) * H] = 1;
    assert_ok(rnn_backward(s, dx, STEPS * inputs_of(cell), dy, STEPS * H));
    for (int32_t kind = 1; kind <= kinds_of[cell]; kind++) {
        assert_ok(rnn_session_get_state_gradient(s, kind, states[0], L * H));
        assert_int_equal(subnormals(states[0], L * H), 0);
    }
    rnn_session_destroy(s);
    rnn_destroy(model);
}

static void test_silence_stays_fast(void **state)
{
    (void)state;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        check_silence(cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_of_an_lstm_with_everything),
        cmocka_unit_test(test_tensors_of_the_others),
        cmocka_unit_test(test_names_as_the_options_say),
        cmocka_unit_test(test_kinds_of_state),
        cmocka_unit_test(test_widths_of_states),
        cmocka_unit_test(test_counts_of_outputs),
        cmocka_unit_test(test_backward_without_outputs),
        cmocka_unit_test(test_a_reverse_direction_does_not_stream),
        cmocka_unit_test(test_silence_stays_fast),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
