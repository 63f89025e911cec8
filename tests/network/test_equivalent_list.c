/* The list of layers that a common network tells: a network made of it, with the same parameters, is the same bit by
 * bit. */
#include "oracle/network_pair.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

/* ---- a copy ------------------------------------------------------------------------------------------------------ */

enum { FIRST_REAL = 101, FIRST_TEXT = 201, PAST_TEXTS = 205, PAST_REALS = 117, PAST_INTEGERS = 37 };

/* Every option that the layer has. */
static void copy_layer(rnn_config *config, const rnn_model *model, size_t layer)
{
    int64_t integer;
    double real;
    const char *text;
    int32_t kind, keys = 0;
    assert_ok(rnn_model_layer_kind(model, layer, &kind));
    assert_ok(rnn_config_add_layer(config, NULL, kind));
    for (int32_t key = 1; key < PAST_INTEGERS; key++)
        if (!rnn_model_get_layer_int(model, layer, key, &integer)) {
            if (key != RNN_HIDDEN_SIZE || integer)
                assert_ok(rnn_config_set_layer_int(config, layer, key, integer));
            keys++;
        }
    for (int32_t key = FIRST_REAL; key < PAST_REALS; key++)
        if (!rnn_model_get_layer_real(model, layer, key, &real) && !isnan(real)) {
            assert_ok(rnn_config_set_layer_real(config, layer, key, real));
            keys++;
        }
    for (int32_t key = FIRST_TEXT; key < PAST_TEXTS; key++)
        if (!rnn_model_get_layer_text(model, layer, key, &text)) {
            assert_ok(rnn_config_set_layer_text(config, layer, key, text));
            keys++;
        }
    assert_int_equal(kind == RNN_KIND_POOLING ? keys == 1 : keys > 1, 1);
}

static rnn_model *copy_of(const rnn_model *model)
{
    static const int32_t keys[] = {RNN_INPUT_SIZE, RNN_VOCABULARY, RNN_SEED, RNN_PRODUCTS};
    rnn_config *config;
    rnn_model *copy;
    size_t layers, again;
    int64_t hidden;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int64_t value;
        assert_ok(rnn_model_get_int(model, keys[i], &value));
        assert_ok(rnn_config_set_int(config, keys[i], value));
    }
    assert_ok(rnn_model_layer_count(model, &layers));
    for (size_t i = 0; i < layers; i++)
        copy_layer(config, model, i);
    assert_ok(rnn_create(&copy, config));
    assert_ok(rnn_model_layer_count(copy, &again));
    assert_int_equal(again, layers);
    assert_ok(rnn_model_get_int(copy, RNN_HIDDEN_SIZE, &hidden));
    assert_int_equal(hidden, 0);
    rnn_config_destroy(config);
    return copy;
}

/* The tensors of the copy are those of the network, in order, but for a CRF at its end; so are their first values. */
static void check_tensors(const rnn_model *model, const rnn_model *copy)
{
    size_t count, of_copy, parameters, of_model;
    const float *values, *own;
    assert_ok(rnn_model_tensor_count(model, &of_model));
    assert_ok(rnn_model_tensor_count(copy, &of_copy));
    assert_ok(rnn_model_parameters(model, &own, &count));
    assert_ok(rnn_model_parameters(copy, &values, &parameters));
    assert_true(of_copy == of_model || of_copy + 3 == of_model);
    assert_true(parameters <= count && (parameters == count) == (of_copy == of_model));
    for (size_t i = 0; i < of_copy; i++) {
        const char *names[2];
        size_t ranks[2], shapes[2][3], offsets[2];
        assert_ok(rnn_model_tensor_info(model, i, &names[0], &ranks[0], shapes[0], 3, &offsets[0]));
        assert_ok(rnn_model_tensor_info(copy, i, &names[1], &ranks[1], shapes[1], 3, &offsets[1]));
        assert_string_equal(names[0], names[1]);
        assert_int_equal(ranks[0], ranks[1]);
        assert_memory_equal(shapes[0], shapes[1], ranks[0] * sizeof shapes[0][0]);
        assert_int_equal(offsets[0], offsets[1]);
    }
    assert_memory_equal(values, own, parameters * sizeof *values);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* What a run of the pair leaves. */
struct results {
    float y[4096], dx[4096], states[STATE_KINDS][4096], dstates[STATE_KINDS][4096];
};

static void run(struct network_pair *pair, struct results *results)
{
    memset(results, 0, sizeof *results);
    pair_run_library(pair);
    assert_true(pair_outputs(pair) <= 4096 && pair_rows(pair) * pair->r.inputs <= 4096);
    memcpy(results->y, pair->y, pair_outputs(pair) * sizeof *pair->y);
    if (pair->r.inputs)
        memcpy(results->dx, pair->dx, pair_rows(pair) * pair->r.inputs * sizeof *pair->dx);
    for (size_t k = 0; k < STATE_KINDS; k++) {
        size_t count = pair_states(pair, k);
        assert_true(count <= 4096);
        memcpy(results->states[k], pair->final[k], count * sizeof(float));
        memcpy(results->dstates[k], pair->dinitial[k], count * sizeof(float));
    }
}

/* The same run with a session of the copy, whose recurrent layer draws the masks of the other session's seed. */
static void check_run(struct network_pair *pair, rnn_model *copy, size_t recurrent)
{
    static struct results expected, actual;
    rnn_session *own = pair->session, *other;
    float *values, *gradients;
    size_t count;
    int64_t seed = 77;
    uint64_t of_layer = rnni_random_mix((uint64_t)seed ^ rnni_random_mix(recurrent + 1));
    assert_ok(rnn_session_create(&other, copy, RNN_TRAINING));
    assert_ok(rnn_session_seed_dropout(own, (int64_t)of_layer));
    assert_ok(rnn_session_seed_dropout(other, seed));
    for (int i = 0; i < 2; i++) { /* the second run has other masks */
        assert_ok(rnn_zero_gradients(own));
        assert_ok(rnn_zero_gradients(other));
        run(pair, &expected);
        pair->session = other;
        run(pair, &actual);
        pair->session = own;
        assert_memory_equal(&actual, &expected, sizeof expected);
        assert_ok(rnn_session_gradients(other, &values, &count));
        assert_ok(rnn_session_gradients(own, &gradients, &count));
        assert_memory_equal(values, gradients, count * sizeof *values);
    }
    rnn_session_destroy(other);
}

static void check_steps(struct network_pair *pair, rnn_model *copy)
{
    rnn_session *sessions[2];
    size_t outputs, inputs = pair->r.inputs, batch = pair->r.batch;
    float y[2][512];
    assert_ok(rnn_model_output_size(copy, &outputs));
    assert_ok(rnn_session_create(&sessions[0], pair->model, RNN_INFERENCE));
    assert_ok(rnn_session_create(&sessions[1], copy, RNN_INFERENCE));
    for (size_t t = 0; t < 3; t++)
        for (size_t k = 0; k < 2; k++) {
            static int32_t tokens[64];
            float x[512];
            size_t count = batch * outputs;
            assert_true(count <= 512 && batch * inputs <= 512 && batch <= 64);
            uint64_t seed = t;
            fill_uniform(x, 512, &seed);
            if (!t)
                assert_ok(rnn_reset_state(sessions[k], batch));
            if (inputs)
                assert_ok(rnn_step(sessions[k], y[k], count, x, batch * inputs));
            else
                assert_ok(rnn_step_tokens(sessions[k], y[k], count, tokens, batch));
            if (k)
                assert_memory_equal(y[1], y[0], count * sizeof(float));
        }
    rnn_session_destroy(sessions[0]);
    rnn_session_destroy(sessions[1]);
}

static void check_network(struct reference network, uint64_t seed)
{
    struct network_pair pair = pair_open(network, seed);
    size_t layers;
    if (network.output == RNN_OUTPUT_LAST_STEP && network.direction > RNN_DIRECTION_FORWARD) {
        assert_fails(rnn_model_layer_count(pair.model, &layers), RNN_E_UNSUPPORTED);
        pair_close(&pair);
        return;
    }
    rnn_model *copy = copy_of(pair.model);
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(pair.model, &values, &count));
    assert_ok(rnn_model_set_parameters(copy, values, count));
    check_tensors(pair.model, copy);
    for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++) {
        pair_data(&pair, 5, 3, lengths);
        check_run(&pair, copy, network.embedding ? 1 : 0);
    }
    if (pair_goes_forward(&pair.r) && network.output <= RNN_OUTPUT_EVERY_STEP)
        check_steps(&pair, copy);
    rnn_destroy(copy);
    pair_close(&pair);
}

static void test_random_networks(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 150; i++)
        check_network(reference_random(20, &seed), seed);
}

/* ---- all options ------------------------------------------------------------------------------------------------- */

enum { T = 4, B = 3 };

static int64_t draw(int64_t least, int64_t most, uint64_t *seed)
{
    return least + (int64_t)((uniform(seed) + 1) / 2 * (double)(most - least + 1));
}

/* Options that rnn_create may refuse together. */
static rnn_config *random_config(uint64_t *seed)
{
    static const struct {
        int32_t key;
        int64_t least, most;
    } options[] = {{RNN_CELL, 1, LAST_CELL},  {RNN_LAYERS, 1, 3},     {RNN_CLASSES, 1, 9},
                   {RNN_DIRECTION, 1, 3},     {RNN_MERGE, 1, 2},      {RNN_BIAS, 0, 1},
                   {RNN_OUTPUT, 1, 3},        {RNN_RESIDUAL, 0, 1},   {RNN_PROJECTION_SIZE, 1, 5},
                   {RNN_RESET, 1, 2},         {RNN_PEEPHOLES, 0, 1},  {RNN_COUPLE, 0, 2},
                   {RNN_LAYER_NORM, 0, 1},    {RNN_INIT_INPUT, 1, 2}, {RNN_INIT_RECURRENT, 1, 3},
                   {RNN_INITIAL_STATE, 0, 1}, {RNN_CRF, 0, 1}};
    rnn_config *config;
    int64_t hidden = draw(1, 12, seed), inputs = draw(1, 9, seed), kind = draw(0, 3, seed);
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (draw(0, 2, seed) == 0)
            assert_ok(rnn_config_set_int(config, options[i].key, draw(options[i].least, options[i].most, seed)));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, hidden));
    assert_ok(rnn_config_set_int(config, RNN_SEED, draw(0, 1000, seed)));
    assert_ok(rnn_config_set_int(config, kind ? RNN_VOCABULARY : RNN_INPUT_SIZE, inputs));
    if (kind > 1)
        assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, hidden));
    if (kind == 3) {
        assert_ok(rnn_config_set_int(config, RNN_TIED, 1));
        assert_ok(rnn_config_set_int(config, RNN_CLASSES, inputs));
    }
    if (draw(0, 2, seed) == 0)
        assert_ok(rnn_config_set_int(config, RNN_INIT_BIAS, RNN_INIT_ZERO));
    if (draw(0, 3, seed) == 0)
        assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 0.3));
    if (draw(0, 3, seed) == 0)
        assert_ok(rnn_config_set_real(config, RNN_FORGET_BIAS, 1));
    if (draw(0, 1, seed) == 0) {
        assert_ok(rnn_config_set_text(config, RNN_PREFIX, "layers."));
        assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, "table."));
        assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, ""));
    }
    return config;
}

static void run_model(float *y, size_t count, rnn_model *model)
{
    static const int32_t tokens[T * B], lengths[B] = {2, 0, T};
    float x[T * B * 9];
    uint64_t seed = 1;
    int64_t inputs;
    rnn_session *session;
    fill_uniform(x, T * B * 9, &seed);
    assert_ok(rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_reset_state(session, B));
    if (inputs)
        assert_ok(rnn_forward(session, y, count, x, T * B * (size_t)inputs, lengths, B, T));
    else
        assert_ok(rnn_forward_tokens(session, y, count, tokens, T * B, lengths, B, T));
    rnn_session_destroy(session);
}

/* A copy with the same seed has the same initial weights too. */
static int check_config(rnn_config *config)
{
    float y[2][T * B * 32];
    rnn_model *model;
    size_t outputs, layers;
    int64_t output;
    char text[4096];
    if (rnn_create(&model, config))
        return 0;
    if (rnn_model_layer_count(model, &layers)) {
        rnn_destroy(model);
        return 0;
    }
    rnn_model *copy = copy_of(model);
    check_tensors(model, copy);
    assert_ok(rnn_model_output_size(model, &outputs));
    assert_ok(rnn_model_get_int(model, RNN_OUTPUT, &output));
    size_t count = (output == RNN_OUTPUT_EVERY_STEP ? T * B : B) * outputs;
    assert_true(count <= sizeof y[0] / sizeof *y[0]);
    run_model(y[0], count, model);
    run_model(y[1], count, copy);
    assert_memory_equal(y[1], y[0], count * sizeof *y[0]);
    assert_ok(rnn_describe(model, text, sizeof text, &(size_t){0}, 1, 1));
    assert_non_null(strstr(text, "\nas a list of layers:\n  0 "));
    rnn_destroy(model);
    rnn_destroy(copy);
    return 1;
}

static void test_all_options(void **state)
{
    (void)state;
    uint64_t seed = 8;
    int found = 0;
    for (int i = 0; i < 1500; i++) {
        rnn_config *config = random_config(&seed);
        found += check_config(config);
        rnn_config_destroy(config);
    }
    assert_true(found > 150);
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static rnn_model *common(int64_t output, int64_t direction)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 9));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, 4));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 3));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, output));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, direction));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, 0.25));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void test_what_is_told(void **state)
{
    (void)state;
    static const int32_t kinds[] = {RNN_KIND_EMBEDDING, RNN_KIND_RECURRENT, RNN_KIND_POOLING, RNN_KIND_DENSE};
    rnn_model *model = common(RNN_OUTPUT_MEAN, RNN_DIRECTION_BOTH);
    size_t count, size;
    int32_t kind;
    int64_t value;
    double real;
    const char *text, *again;
    char about[4096];
    assert_ok(rnn_model_layer_count(model, &count));
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(rnn_model_layer_kind(model, i, &kind));
        assert_int_equal(kind, kinds[i]);
    }
    assert_ok(rnn_model_get_layer_int(model, 0, RNN_OUTPUT_SIZE, &value));
    assert_int_equal(value, 4);
    assert_ok(rnn_model_get_layer_text(model, 0, RNN_PREFIX, &text));
    assert_string_equal(text, "embedding.");
    assert_ok(rnn_model_get_layer_text(model, 0, RNN_PREFIX, &again));
    assert_ptr_equal(text, again);
    assert_ok(rnn_model_get_layer_int(model, 1, RNN_LAYERS, &value));
    assert_int_equal(value, 2);
    assert_ok(rnn_model_get_layer_real(model, 1, RNN_DROPOUT, &real));
    assert_true(real == 0.25);
    assert_ok(rnn_model_get_layer_text(model, 1, RNN_PREFIX, &text));
    assert_string_equal(text, "");
    assert_ok(rnn_model_get_layer_int(model, 2, RNN_OUTPUT, &value));
    assert_int_equal(value, RNN_OUTPUT_MEAN);
    assert_ok(rnn_model_get_layer_text(model, 3, RNN_PREFIX, &text));
    assert_string_equal(text, "head.");
    assert_fails(rnn_model_layer_kind(model, 4, &kind), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_int(model, 1, RNN_CLASSES, &value), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_text(model, 2, RNN_PREFIX, &text), RNN_E_VALUE);
    assert_string_equal(text, "head."); /* unchanged */
    assert_ok(rnn_model_get_int(model, RNN_HIDDEN_SIZE, &value));
    assert_int_equal(value, 5);
    assert_ok(rnn_describe(model, about, sizeof about, &size, 1, 1));
    assert_non_null(strstr(about, "as a list of layers:\n  0 embedding, 9 to 4 features, prefix \"embedding.\"\n"
                                  "  1 LSTM, 4 to 10 features, hidden_size 5, layers 2, direction 3, dropout 0.25, "
                                  "prefix \"\"\n  2 pooling, 10 to 10 features, output 3\n"
                                  "  3 dense, 10 to 3 features"));
    rnn_destroy(model);
}

/* No list takes the last step of each direction. */
static void test_no_list(void **state)
{
    (void)state;
    for (int64_t direction = RNN_DIRECTION_FORWARD; direction <= RNN_DIRECTION_BOTH; direction++) {
        rnn_model *model = common(RNN_OUTPUT_LAST_STEP, direction);
        size_t count = 77, size;
        int32_t kind = 77;
        int64_t value = 77;
        double real = 77;
        const char *text = "";
        char about[4096];
        assert_ok(rnn_describe(model, about, sizeof about, &size, 1, 1));
        if (direction == RNN_DIRECTION_FORWARD) {
            assert_ok(rnn_model_layer_count(model, &count));
            assert_int_equal(count, 4);
        } else {
            assert_fails(rnn_model_layer_count(model, &count), RNN_E_UNSUPPORTED);
            assert_non_null(strstr(rnn_last_error(), "rnn_model_layer_count: no list of layers computes this network: "
                                                     "RNN_OUTPUT_LAST_STEP of a reverse direction is the step t = 0"));
            assert_fails(rnn_model_layer_kind(model, 0, &kind), RNN_E_UNSUPPORTED);
            assert_fails(rnn_model_get_layer_int(model, 0, RNN_OUTPUT_SIZE, &value), RNN_E_UNSUPPORTED);
            assert_fails(rnn_model_get_layer_real(model, 1, RNN_DROPOUT, &real), RNN_E_UNSUPPORTED);
            assert_fails(rnn_model_get_layer_text(model, 0, RNN_PREFIX, &text), RNN_E_UNSUPPORTED);
            assert_true(count == 77 && kind == 77 && value == 77 && real == 77 && !*text);
            assert_non_null(strstr(about, "\nno list of layers computes the same: RNN_OUTPUT_LAST_STEP of"));
        }
        rnn_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests_of_lists[] = {
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_all_options),
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_no_list),
    };
    return run_with_all_kernels(tests_of_lists, sizeof tests_of_lists / sizeof *tests_of_lists);
}
