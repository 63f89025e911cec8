/* The layouts of others: every call of rnn_model_import_onnx, rnn_model_export_onnx, rnn_model_import_keras and
 * rnn_model_export_keras that must fail, with its message, and that it leaves no trace. */
#include "support/layouts.h"

#include <stdlib.h>
#include <string.h>

/* ---- a model that is watched ------------------------------------------------------------------------------------ */

/* A model with a session that has a run to go back over, the arrays of calls, and all as it was. */
struct watch {
    const struct network *network;
    rnn_model *model;
    rnn_session *session;
    struct onnx onnx, onnx_before;
    struct keras keras, keras_before; /* of layer 1 and its last direction, where Keras has the form */
    float parameters[MOST_PARAMETERS];
};

static void save_a_run(struct watch *w)
{
    float x[INPUTS];
    uint64_t seed = 3;
    fill_uniform(x, INPUTS, &seed);
    assert_ok(rnn_session_create(&w->session, w->model, RNN_TRAINING));
    assert_ok(rnn_reset_state(w->session, B));
    assert_ok(rnn_forward(w->session, NULL, 0, x, INPUTS, NULL, 0, T));
}

static struct watch *watch(const struct network *n)
{
    struct watch *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->network = n;
    w->model = create(n, 1);
    copy_parameters(w->parameters, w->model);
    save_a_run(w);
    onnx_arrays(&w->onnx, n, 1, 7);
    if (n->form->keras)
        keras_arrays(&w->keras, n, 1, 8);
    w->onnx_before = w->onnx;
    w->keras_before = w->keras;
    return w;
}

/* The run that was saved before all failures is still there. */
static void unwatch(struct watch *w)
{
    assert_ok(rnn_backward(w->session, NULL, 0, NULL, 0));
    rnn_session_destroy(w->session);
    rnn_destroy(w->model);
    free(w);
}

static int changed(const struct watch *w)
{
    float parameters[MOST_PARAMETERS];
    size_t count = copy_parameters(parameters, w->model);
    if (memcmp(parameters, w->parameters, count * sizeof *parameters) != 0)
        return 1;
    for (size_t i = 0; i < 4; i++)
        if (memcmp(w->onnx.all[i].values, w->onnx_before.all[i].values, sizeof w->onnx.w.values) != 0)
            return 1;
    for (size_t i = 0; i < 3; i++)
        if (memcmp(w->keras.all[i].values, w->keras_before.all[i].values, sizeof w->onnx.w.values) != 0)
            return 1;
    return 0;
}

/* The call has failed with this status, its message begins with the function and has `part` in it, and nothing that is
 * watched is another. */
static void check_refused(const struct watch *w, int32_t actual, int32_t expected, const char *function,
                          const char *part, int line)
{
    size_t length = strlen(function);
    const char *message = rnn_last_error();
    check_status(actual, expected, function, __FILE__, line);
    if (strncmp(message, function, length) != 0 || strncmp(message + length, ": ", 2) != 0 ||
        !strstr(message + length, part)) {
        print_error("\"%s\" does not begin with \"%s: \", or has not \"%s\" in it\n", message, function, part);
        _fail(__FILE__, line);
    }
    if (w && changed(w)) {
        print_error("%s failed, but not without a trace\n", function);
        _fail(__FILE__, line);
    }
}

static const char *const functions[2][2] = {{"rnn_model_import_onnx", "rnn_model_export_onnx"},
                                            {"rnn_model_import_keras", "rnn_model_export_keras"}};

/* One of the four functions, called for one array. */
static void check_call(struct watch *w, const struct convert_call *call, int32_t which, struct array *a, int32_t status,
                       const char *part, int line)
{
    check_refused(w, convert_one(call, which, a), status, functions[call->keras][call->exports], part, line);
}

static void check_onnx(struct watch *w, size_t layer, int32_t input, int32_t status, const char *part, int line)
{
    struct array *a = &w->onnx.all[input - 1];
    check_call(w, &(struct convert_call){.to = w->model, .layer = layer}, input, a, status, part, line);
    check_call(w, &(struct convert_call){.from = w->model, .layer = layer, .exports = 1}, input, a, status, part, line);
}

static void check_keras(struct watch *w, size_t layer, size_t direction, int32_t weight, int32_t status,
                        const char *part, int line)
{
    struct array *a = &w->keras.all[weight - 1];
    check_call(w, &(struct convert_call){w->model, NULL, layer, direction, 1, 0}, weight, a, status, part, line);
    check_call(w, &(struct convert_call){NULL, w->model, layer, direction, 1, 1}, weight, a, status, part, line);
}

/* Both functions of a pair must refuse the same call. */
#define assert_onnx_refused(w, layer, input, status, part) check_onnx((w), (layer), (input), (status), (part), __LINE__)
#define assert_keras_refused(w, layer, direction, weight, status, part)                                                \
    check_keras((w), (layer), (direction), (weight), (status), (part), __LINE__)

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void test_no_model(void **state)
{
    (void)state;
    struct onnx *onnx = calloc(1, sizeof *onnx);
    struct keras *keras = calloc(1, sizeof *keras);
    assert_true(onnx && keras);
    onnx_arrays(onnx, &lstm_with_all, 0, 7);
    keras_arrays(keras, &gru_after, 0, 7);
    for (int exports = 0; exports < 2; exports++) {
        check_call(NULL, &(struct convert_call){.exports = exports}, RNN_ONNX_W, &onnx->w, RNN_E_NULL, "model is NULL",
                   __LINE__);
        check_call(NULL, &(struct convert_call){.keras = 1, .exports = exports}, RNN_KERAS_KERNEL, &keras->kernel,
                   RNN_E_NULL, "model is NULL", __LINE__);
    }
    free(onnx);
    free(keras);
}

static void test_no_such_layer_or_direction(void **state)
{
    (void)state;
    struct network one_direction = gru_after;
    one_direction.direction = RNN_DIRECTION_REVERSE;
    struct watch *w = watch(&gru_after), *one = watch(&one_direction);
    const size_t layers[] = {L, L + 1, SIZE_MAX}, wrong[] = {2, 3, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        for (int32_t input = RNN_ONNX_W; input <= RNN_ONNX_B; input++) {
            assert_onnx_refused(w, layers[i], input, RNN_E_VALUE, "layer");
            assert_keras_refused(w, layers[i], 0, input, RNN_E_VALUE, "layer");
            assert_keras_refused(w, 1, wrong[i], input, RNN_E_VALUE, "direction");
            assert_keras_refused(one, 1, wrong[i] - 1, input, RNN_E_VALUE, "direction");
        }
    }
    unwatch(w);
    unwatch(one);
}

static void test_no_such_input_or_weight(void **state)
{
    (void)state;
    struct watch *w = watch(&gru_after);
    static const int32_t inputs[] = {0, 5, -1, INT32_MIN, INT32_MAX}, weights[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < 5; i++)
        for (int exports = 0; exports < 2; exports++) {
            struct convert_call call = {w->model, w->model, 1, 1, 0, exports};
            check_call(w, &call, inputs[i], &w->onnx.w, RNN_E_VALUE, "input is", __LINE__);
            call.keras = 1;
            check_call(w, &call, weights[i], &w->keras.kernel, RNN_E_VALUE, "weight is", __LINE__);
        }
    unwatch(w);
}

/* Every array of every function: other counts. */
static void test_counts_of_onnx(void **state)
{
    (void)state;
    struct watch *w = watch(&lstm_with_all);
    const char *parts[] = {"RNN_ONNX_W: D*GH*K", "RNN_ONNX_R: D*GH*H", "RNN_ONNX_B: D*2GH", "RNN_ONNX_P: D*3H"};
    for (int32_t i = 0; i < 4; i++)
        for (int which = 0; which < WRONG_COUNTS; which++) {
            struct array *a = &w->onnx.all[i];
            size_t count = wrong_count(a->count, which);
            check_refused(w, rnn_model_import_onnx(w->model, 1, RNN_ONNX_W + i, a->values, count), RNN_E_SIZE,
                          functions[0][0], parts[i], __LINE__);
            check_refused(w, rnn_model_export_onnx(w->model, 1, RNN_ONNX_W + i, a->values, count), RNN_E_SIZE,
                          functions[0][1], parts[i], __LINE__);
            assert_non_null(strstr(rnn_last_error(), "values_count is "));
        }
    unwatch(w);
}

static void check_counts_of_keras(const struct network *n)
{
    struct watch *w = watch(n);
    const char *parts[] = {"RNN_KERAS_KERNEL: K*GH", "RNN_KERAS_RECURRENT: H*GH", "RNN_KERAS_BIAS: "};
    for (int32_t i = 0; i < 3; i++)
        for (int which = 0; which < WRONG_COUNTS; which++) {
            struct array *a = &w->keras.all[i];
            size_t count = wrong_count(a->count, which);
            check_refused(w, rnn_model_import_keras(w->model, 1, 1, RNN_KERAS_KERNEL + i, a->values, count), RNN_E_SIZE,
                          functions[1][0], parts[i], __LINE__);
            check_refused(w, rnn_model_export_keras(w->model, 1, 1, RNN_KERAS_KERNEL + i, a->values, count), RNN_E_SIZE,
                          functions[1][1], parts[i], __LINE__);
            assert_non_null(strstr(rnn_last_error(), "values_count is "));
        }
    unwatch(w);
}

static void test_counts_of_keras(void **state)
{
    (void)state;
    check_counts_of_keras(&gru_after);
    check_counts_of_keras(&gru_before);
}

/* The other layer's w, the bias of the other GRU, the arrays of one direction. */
static void test_counts_of_others(void **state)
{
    (void)state;
    struct watch *w = watch(&gru_after), *before = watch(&gru_before);
    assert_onnx_refused(w, 0, RNN_ONNX_W, RNN_E_SIZE, "RNN_ONNX_W: D*GH*K");
    assert_keras_refused(w, 0, 0, RNN_KERAS_KERNEL, RNN_E_SIZE, "RNN_KERAS_KERNEL: K*GH");
    w->keras.bias.count = before->keras.bias.count;
    before->keras.bias.count *= 2;
    assert_keras_refused(w, 1, 0, RNN_KERAS_BIAS, RNN_E_SIZE, "RNN_KERAS_BIAS: 2*GH");
    assert_keras_refused(before, 1, 0, RNN_KERAS_BIAS, RNN_E_SIZE, "RNN_KERAS_BIAS: 1*GH");
    w->onnx.b.count /= 2;
    assert_onnx_refused(w, 1, RNN_ONNX_B, RNN_E_SIZE, "RNN_ONNX_B: D*2GH");
    unwatch(w);
    unwatch(before);
}

/* An array that must be given is not, with its count and without it. */
static void test_arrays_that_are_missing(void **state)
{
    (void)state;
    struct watch *w = watch(&lstm_with_all), *k = watch(&gru_after);
    for (int32_t i = 0; i < 4; i++) {
        size_t count = w->onnx.all[i].count;
        check_refused(w, rnn_model_import_onnx(w->model, 1, RNN_ONNX_W + i, NULL, count), RNN_E_NULL, functions[0][0],
                      "values is NULL", __LINE__);
        if (i < 2)
            check_refused(w, rnn_model_import_onnx(w->model, 1, RNN_ONNX_W + i, NULL, 0), RNN_E_NULL, functions[0][0],
                          "values is NULL", __LINE__);
        for (int with_count = 0; with_count < 2; with_count++)
            check_refused(w, rnn_model_export_onnx(w->model, 1, RNN_ONNX_W + i, NULL, with_count ? count : 0),
                          RNN_E_NULL, functions[0][1], "values is NULL", __LINE__);
    }
    for (int32_t i = 0; i < 3; i++)
        for (int with_count = 0; with_count < 2; with_count++) {
            size_t count = with_count ? k->keras.all[i].count : 0;
            check_refused(k, rnn_model_import_keras(k->model, 1, 1, RNN_KERAS_KERNEL + i, NULL, count), RNN_E_NULL,
                          functions[1][0], "values is NULL", __LINE__);
            check_refused(k, rnn_model_export_keras(k->model, 1, 1, RNN_KERAS_KERNEL + i, NULL, count), RNN_E_NULL,
                          functions[1][1], "values is NULL", __LINE__);
        }
    unwatch(w);
    unwatch(k);
}

/* (NULL, 0) for an array that the options exclude does nothing: saved runs remain, too. */
static void test_arrays_that_are_excluded(void **state)
{
    (void)state;
    struct network no_bias = gru_after;
    no_bias.bias = 0;
    struct watch *w = watch(&no_bias);
    for (int32_t input = RNN_ONNX_B; input <= RNN_ONNX_P; input++) {
        assert_ok(rnn_model_import_onnx(w->model, 1, input, NULL, 0));
        assert_ok(rnn_model_export_onnx(w->model, 1, input, NULL, 0));
    }
    assert_ok(rnn_model_import_keras(w->model, 1, 1, RNN_KERAS_BIAS, NULL, 0));
    assert_ok(rnn_model_export_keras(w->model, 1, 1, RNN_KERAS_BIAS, NULL, 0));
    assert_false(changed(w));
    unwatch(w);
}

/* Biases and peepholes for a model that has none. */
static void test_arrays_that_have_no_place(void **state)
{
    (void)state;
    struct network no_bias = lstm_with_all, no_keras_bias = gru_after;
    no_bias.bias = no_keras_bias.bias = 0;
    struct watch *w = watch(&no_bias), *g = watch(&gru_after), *k = watch(&no_keras_bias);
    w->onnx.b.count = 2 * 2 * 4 * H;
    assert_onnx_refused(w, 1, RNN_ONNX_B, RNN_E_SIZE, "there is no RNN_ONNX_B");
    g->onnx.p.count = 2 * 3 * H;
    assert_onnx_refused(g, 1, RNN_ONNX_P, RNN_E_SIZE, "there is no RNN_ONNX_P");
    k->keras.bias.count = g->keras.bias.count;
    assert_keras_refused(k, 1, 1, RNN_KERAS_BIAS, RNN_E_SIZE, "there is no RNN_KERAS_BIAS");
    unwatch(w);
    unwatch(g);
    unwatch(k);
}

/* A model of other options than those of the forms; the arrays are as for an LSTM, whose sizes are not looked at. */
static struct watch *watch_other(int32_t cell, int32_t key, int64_t value)
{
    const struct network base = {lstm_with_all.form, RNN_DIRECTION_BOTH, 1};
    struct watch *w = watch(&lstm_with_all);
    rnn_config *config = network_config(&base);
    assert_ok(rnn_config_set_int(config, RNN_PEEPHOLES, 0));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    if (key)
        assert_ok(rnn_config_set_int(config, key, value));
    rnn_session_destroy(w->session);
    rnn_destroy(w->model);
    w->model = create_from(config, 1);
    copy_parameters(w->parameters, w->model);
    save_a_run(w);
    keras_arrays(&w->keras, &gru_after, 1, 8);
    w->keras_before = w->keras;
    return w;
}

static void test_cells_that_others_do_not_have(void **state)
{
    (void)state;
    const struct {
        int32_t cell, key;
        int64_t value;
        const char *part;
        int onnx_too;
    } others[] = {
        {RNN_CELL_MINGRU, 0, 0, "RNN_CELL_MINGRU", 1},
        {RNN_CELL_SLSTM, 0, 0, "RNN_CELL_SLSTM", 1},
        {RNN_CELL_INDRNN, 0, 0, "RNN_CELL_INDRNN", 1},
        {RNN_CELL_LSTM, RNN_LAYER_NORM, 1, "RNN_LAYER_NORM", 1},
        {RNN_CELL_GRU, RNN_LAYER_NORM, 1, "RNN_LAYER_NORM", 1},
        {RNN_CELL_LSTM, RNN_PROJECTION_SIZE, 2, "RNN_PROJECTION_SIZE", 1},
        {RNN_CELL_LSTM, RNN_PEEPHOLES, 1, "RNN_PEEPHOLES", 0},
        {RNN_CELL_LSTM, RNN_COUPLE, RNN_COUPLE_FORGET, "RNN_COUPLE", 0},
        {RNN_CELL_LSTM, RNN_COUPLE, RNN_COUPLE_INPUT, "RNN_COUPLE", 1},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct watch *w = watch_other(others[i].cell, others[i].key, others[i].value);
        for (int32_t which = 1; which <= 3; which++) {
            assert_keras_refused(w, 1, 1, which, RNN_E_UNSUPPORTED, others[i].part);
            if (others[i].onnx_too)
                assert_onnx_refused(w, 1, which, RNN_E_UNSUPPORTED, others[i].part);
        }
        unwatch(w);
    }
}

/* One that has not the sizes of the network above. */
static void test_mingru_with_highway_gate(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model;
    float values[3 * H * H] = {0};
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_MINGRU_HIGHWAY));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_create(&model, config));
    assert_fails(rnn_model_import_onnx(model, 0, RNN_ONNX_W, values, 3 * H * H), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_last_error(), "RNN_CELL_MINGRU_HIGHWAY"));
    assert_fails(rnn_model_import_keras(model, 0, 0, RNN_KERAS_KERNEL, values, 3 * H * H), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_last_error(), "RNN_CELL_MINGRU_HIGHWAY"));
    rnn_destroy(model);
    rnn_config_destroy(config);
}

/* Gates are read in another order than they are written, so an array within the model would be mixed up. */
static void test_arrays_within_the_model(void **state)
{
    (void)state;
    struct watch *w = watch(&gru_after);
    const float *inside;
    size_t count;
    assert_ok(rnn_model_parameters(w->model, &inside, &count));
    for (int32_t i = 0; i < 3; i++) {
        size_t n = w->onnx.all[i].count, k = w->keras.all[i].count;
        assert_fails(rnn_model_import_onnx(w->model, 1, RNN_ONNX_W + i, inside, n), RNN_E_VALUE);
        assert_fails(rnn_model_import_onnx(w->model, 1, RNN_ONNX_W + i, inside + count - n, n), RNN_E_VALUE);
        assert_non_null(strstr(rnn_last_error(), "rnn_model_import_onnx: values overlaps the model"));
        assert_fails(rnn_model_import_keras(w->model, 1, 1, RNN_KERAS_KERNEL + i, inside, k), RNN_E_VALUE);
        assert_fails(rnn_model_import_keras(w->model, 1, 1, RNN_KERAS_KERNEL + i, inside + 1, k), RNN_E_VALUE);
        assert_non_null(strstr(rnn_last_error(), "rnn_model_import_keras: values overlaps the model"));
    }
    assert_false(changed(w));
    unwatch(w);
}

/* The watch itself must see what it is there to see. */
static void test_the_watch_sees_changes(void **state)
{
    (void)state;
    struct watch *w = watch(&gru_after);
    assert_false(changed(w));
    w->onnx.p.values[MOST - 1] += 1;
    assert_true(changed(w));
    w->onnx.p.values[MOST - 1] = w->onnx_before.p.values[MOST - 1];
    w->keras.bias.values[0] += 1;
    assert_true(changed(w));
    w->keras.bias.values[0] = w->keras_before.bias.values[0];
    assert_false(changed(w));
    assert_ok(import_keras(w->model, 1, 1, &w->keras));
    assert_true(changed(w));
    assert_fails(rnn_backward(w->session, NULL, 0, NULL, 0), RNN_E_STATE);
    rnn_session_destroy(w->session);
    rnn_destroy(w->model);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_model),
        cmocka_unit_test(test_no_such_layer_or_direction),
        cmocka_unit_test(test_no_such_input_or_weight),
        cmocka_unit_test(test_counts_of_onnx),
        cmocka_unit_test(test_counts_of_keras),
        cmocka_unit_test(test_counts_of_others),
        cmocka_unit_test(test_arrays_that_are_missing),
        cmocka_unit_test(test_arrays_that_are_excluded),
        cmocka_unit_test(test_arrays_that_have_no_place),
        cmocka_unit_test(test_cells_that_others_do_not_have),
        cmocka_unit_test(test_mingru_with_highway_gate),
        cmocka_unit_test(test_arrays_within_the_model),
        cmocka_unit_test(test_the_watch_sees_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
