/* Learned initial states, against a network without them whose state is set; tied heads, against a head with the same
 * weight; and the state of single rows, against sequences that run alone. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { I = 6, H = 6, C = 5, V = 5, L = 2, T = 7, B = 3, MOST = 2 * L * B * H, PARAMETERS = 4096 };

static const int32_t lengths[B] = {T, 0, T - 3};
static float x[T * B * I], dy[T * B * C];

struct network {
    int64_t cell, direction, projection, initial;
};

static rnn_model *model_of(const struct network *network)
{
    const int64_t options[][2] = {
        {RNN_CELL, network->cell},
        {RNN_INPUT_SIZE, I},
        {RNN_HIDDEN_SIZE, H},
        {RNN_LAYERS, L},
        {RNN_CLASSES, C},
        {RNN_DIRECTION, network->direction},
        {RNN_MERGE, network->direction == RNN_DIRECTION_BOTH ? RNN_MERGE_SUM : RNN_MERGE_CONCATENATE},
        {RNN_PROJECTION_SIZE, network->projection},
        {RNN_INITIAL_STATE, network->initial}};
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* Values for the initial states, and the other parameters from `model` to `plain`, which has no initial states. */
static void share_parameters(rnn_model *model, rnn_model *plain)
{
    size_t count, rank, shape[3], offset;
    const char *name;
    static float values[PARAMETERS];
    uint64_t seed = 11;
    assert_ok(rnn_model_tensor_count(model, &count));
    for (size_t i = 0; i < count; i++) {
        assert_ok(rnn_model_tensor_info(model, i, &name, &rank, shape, 3, &offset));
        size_t elements = rank == 2 ? shape[0] * shape[1] : shape[0];
        if (!strncmp(name, "initial_", 8)) {
            fill_uniform(values, elements, &seed);
            assert_ok(rnn_model_set_parameter(model, name, values, elements));
        } else {
            assert_ok(rnn_model_get_parameter(model, name, values, elements));
            assert_ok(rnn_model_set_parameter(plain, name, values, elements));
        }
    }
}

static size_t width_of(const struct network *network, int32_t kind)
{
    return kind == RNN_STATE_H && network->projection ? (size_t)network->projection : H;
}

/* The name of the initial state of a kind in run r of the L*D: "initial_h_l1_reverse". */
static void name_of(char name[64], const struct network *network, int32_t kind, size_t r)
{
    size_t directions = network->direction == RNN_DIRECTION_BOTH ? 2 : 1;
    int reverse = network->direction == RNN_DIRECTION_REVERSE || r % directions == 1;
    snprintf(name, 64, "initial_%c_l%zu%s", kind == RNN_STATE_H ? 'h' : 'c', r / directions, reverse ? "_reverse" : "");
}

static int has_tensor(rnn_model *model, const char *name, size_t elements)
{
    static float values[PARAMETERS];
    return rnn_model_get_parameter(model, name, values, elements) == RNN_OK;
}

/* Sets the state of `plain` to what `model` has learned, the same for every row. */
static void set_states(rnn_session *plain, rnn_model *model, const struct network *network, size_t runs, int32_t kinds)
{
    for (int32_t kind = RNN_STATE_H; kind <= kinds; kind++) {
        static float state[MOST];
        size_t width = width_of(network, kind);
        memset(state, 0, sizeof state);
        for (size_t r = 0; r < runs; r++) {
            char name[64];
            name_of(name, network, kind, r);
            for (size_t b = 0; b < B && has_tensor(model, name, width); b++)
                assert_ok(rnn_model_get_parameter(model, name, state + (r * B + b) * width, width));
        }
        assert_ok(rnn_session_set_state(plain, kind, state, runs * B * width));
    }
}

/* The gradient of a learned state is the sum over rows of that of the state. */
static void check_gradients(rnn_session *session, rnn_session *plain, rnn_model *model, const struct network *network,
                            size_t runs, int32_t kinds)
{
    size_t found = 0;
    for (int32_t kind = RNN_STATE_H; kind <= kinds; kind++) {
        static float d[MOST], gradient[H];
        size_t width = width_of(network, kind);
        assert_ok(rnn_session_get_state_gradient(plain, kind, d, runs * B * width));
        for (size_t r = 0; r < runs; r++) {
            char name[64];
            name_of(name, network, kind, r);
            if (!has_tensor(model, name, width))
                continue;
            found++;
            assert_ok(rnn_session_get_gradient(session, name, gradient, width));
            for (size_t j = 0; j < width; j++) {
                double sum = 0;
                for (size_t b = 0; b < B; b++)
                    sum += (double)d[(r * B + b) * width + j];
                assert_close(gradient[j], sum, 1e-6);
            }
        }
    }
    assert_true(found == runs * (network->cell == RNN_CELL_LSTM ? 2 : 1));
}

static void check_initial_states(const struct network *network)
{
    struct network without = *network;
    without.initial = 0;
    rnn_model *model = model_of(network), *other = model_of(&without);
    rnn_session *session, *plain;
    static float y[T * B * C], expected[T * B * C], dx[T * B * I], dx_expected[T * B * I];
    size_t runs = L * (network->direction == RNN_DIRECTION_BOTH ? 2u : 1u);
    int32_t kinds =
        network->cell == RNN_CELL_LSTM || network->cell == RNN_CELL_MINGRU_HIGHWAY ? RNN_STATE_C : RNN_STATE_H;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_session_create(&plain, other, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, B));
    share_parameters(model, other); /* behind the reset: a run begins with what the parameters are then */
    assert_ok(rnn_reset_state(plain, B));
    set_states(plain, model, network, runs, kinds);
    assert_ok(rnn_forward(session, y, T * B * C, x, T * B * I, lengths, B, T));
    assert_ok(rnn_forward(plain, expected, T * B * C, x, T * B * I, lengths, B, T));
    assert_memory_equal(y, expected, sizeof y);
    assert_ok(rnn_backward(session, dx, T * B * I, dy, T * B * C));
    assert_ok(rnn_backward(plain, dx_expected, T * B * I, dy, T * B * C));
    assert_memory_equal(dx, dx_expected, sizeof dx);
    check_gradients(session, plain, model, network, runs, kinds);
    /* A run that carries the state on adds nothing. */
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_forward(session, y, T * B * C, x, T * B * I, lengths, B, T));
    assert_ok(rnn_backward(session, NULL, 0, dy, T * B * C));
    float *gradients, sum = 0;
    size_t count, offset = 0, rank, shape[3];
    const char *name;
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    assert_ok(rnn_model_tensor_count(model, &count));
    for (size_t i = 0; i < count; i++) {
        assert_ok(rnn_model_tensor_info(model, i, &name, &rank, shape, 3, &offset));
        for (size_t j = 0; !strncmp(name, "initial_", 8) && j < shape[0]; j++)
            assert_true(gradients[offset + j] == 0);
        sum += gradients[offset];
    }
    assert_true(sum != 0);
    rnn_session_destroy(session);
    rnn_session_destroy(plain);
    rnn_destroy(model);
    rnn_destroy(other);
}

static void initial_states_are_learned(void **state)
{
    (void)state;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        for (int64_t direction = RNN_DIRECTION_FORWARD; direction <= RNN_DIRECTION_BOTH; direction++)
            if (cell != RNN_CELL_SLSTM)
                check_initial_states(&(struct network){cell, direction, 0, 1});
    check_initial_states(&(struct network){RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 4, 1});
}

static void slstm_has_no_initial_state(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_SLSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_INITIAL_STATE, 1));
    assert_fails(rnn_create(&model, config), RNN_E_VALUE);
    assert_non_null(strstr(rnn_config_last_error(config), "RNN_INITIAL_STATE"));
    rnn_config_destroy(config);
}

/* Segments of a run go back to the same gradients. */
static void recomputation_reaches_the_initial_state(void **state)
{
    (void)state;
    static float y[T * B * C], whole[2 * H], part[2 * H];
    rnn_model *model = model_of(&(struct network){RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 0, 1});
    for (size_t segment = 0; segment < 4; segment += 3) {
        rnn_session *session;
        float *to = segment ? part : whole;
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        assert_ok(rnn_session_set_recompute(session, segment));
        assert_ok(rnn_reset_state(session, B));
        assert_ok(rnn_forward(session, y, T * B * C, x, T * B * I, lengths, B, T));
        assert_ok(rnn_backward(session, NULL, 0, dy, T * B * C));
        assert_ok(rnn_session_get_gradient(session, "initial_h_l0", to, H));
        assert_ok(rnn_session_get_gradient(session, "initial_c_l1", to + H, H));
        rnn_session_destroy(session);
    }
    assert_memory_equal(whole, part, sizeof whole);
    assert_true(whole[0] != 0 && whole[H] != 0);
    rnn_destroy(model);
}

/* ---- tied heads -------------------------------------------------------------------------------------------------- */

static rnn_config *config_of_tokens(int64_t tied)
{
    const int64_t options[][2] = {{RNN_CELL, RNN_CELL_GRU}, {RNN_VOCABULARY, V}, {RNN_EMBEDDING_SIZE, H},
                                  {RNN_HIDDEN_SIZE, H},     {RNN_CLASSES, V},    {RNN_TIED, tied}};
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
    return config;
}

static void train_on_tokens(rnn_model *model, float y[T * B * V], rnn_session **session)
{
    static const int32_t tokens[T * B] = {0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 3, 0, 1, 1, 2, 4, 0, 2, 2, 1, 0};
    assert_ok(rnn_session_create(session, model, RNN_TRAINING));
    assert_ok(rnn_reset_state(*session, B));
    assert_ok(rnn_forward_tokens(*session, y, T * B * V, tokens, T * B, lengths, B, T));
    assert_ok(rnn_backward(*session, NULL, 0, dy, T * B * V));
}

static void a_tied_head_has_the_table(void **state)
{
    (void)state;
    rnn_config *config = config_of_tokens(1), *other = config_of_tokens(0);
    rnn_model *tied, *plain;
    rnn_session *session, *reference;
    static float table[V * H], bias[V], y[T * B * V], expected[T * B * V], d[V * H], dtable[V * H], dhead[V * H];
    static const char *const same[] = {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"};
    static const size_t sizes[] = {3 * H * H, 3 * H * H, 3 * H, 3 * H};
    size_t count, more;
    assert_ok(rnn_create(&tied, config));
    assert_ok(rnn_create(&plain, other));
    assert_ok(rnn_model_tensor_count(tied, &count));
    assert_ok(rnn_model_tensor_count(plain, &more));
    assert_true(count + 1 == more);
    for (size_t i = 0; i < 4; i++) {
        static float values[3 * H * H];
        assert_ok(rnn_model_get_parameter(tied, same[i], values, sizes[i]));
        assert_ok(rnn_model_set_parameter(plain, same[i], values, sizes[i]));
    }
    assert_ok(rnn_model_get_parameter(tied, "embedding.weight", table, V * H));
    assert_ok(rnn_model_set_parameter(plain, "embedding.weight", table, V * H));
    assert_ok(rnn_model_set_parameter(plain, "head.weight", table, V * H));
    assert_ok(rnn_model_get_parameter(tied, "head.bias", bias, V));
    assert_ok(rnn_model_set_parameter(plain, "head.bias", bias, V));
    assert_fails(rnn_model_get_parameter(tied, "head.weight", table, V * H), RNN_E_NAME);
    train_on_tokens(tied, y, &session);
    train_on_tokens(plain, expected, &reference);
    assert_memory_equal(y, expected, sizeof y);
    assert_ok(rnn_session_get_gradient(session, "embedding.weight", d, V * H));
    assert_ok(rnn_session_get_gradient(reference, "embedding.weight", dtable, V * H));
    assert_ok(rnn_session_get_gradient(reference, "head.weight", dhead, V * H));
    for (size_t i = 0; i < V * H; i++)
        assert_close(d[i], (double)dtable[i] + (double)dhead[i], 1e-6);
    rnn_session_destroy(session);
    rnn_session_destroy(reference);
    rnn_destroy(tied);
    rnn_destroy(plain);
    /* What does not fit. */
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, V + 1));
    assert_fails(rnn_create(&tied, config), RNN_E_VALUE);
    assert_non_null(strstr(rnn_config_last_error(config), "RNN_TIED"));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, H + 1));
    assert_fails(rnn_create(&tied, config), RNN_E_VALUE);
    rnn_config_destroy(config);
    rnn_config_destroy(other);
}

/* ---- rows of a batch --------------------------------------------------------------------------------------------- */

/* Steps of sequence b alone, from step `from` on, beginning with `row`, or anew for NULL. */
static void check_alone(rnn_model *model, const float *row, size_t count, size_t b, size_t from, const float *expected)
{
    rnn_session *session;
    float y[C];
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    if (row)
        assert_ok(rnn_session_set_row_state(session, 0, row, count));
    for (size_t t = from; t < T; t++) {
        assert_ok(rnn_step(session, y, C, x + (t * B + b) * I, I));
        assert_memory_equal(y, expected + (t * B + b) * C, sizeof y);
    }
    rnn_session_destroy(session);
}

static void check_rows(int64_t cell, int64_t initial)
{
    rnn_model *model = model_of(&(struct network){cell, RNN_DIRECTION_FORWARD, 0, initial});
    rnn_session *session;
    static float y[T * B * C], row[MOST], again[MOST];
    size_t count, middle = 3;
    if (initial)
        assert_ok(rnn_model_set_parameter(model, "initial_h_l0", x, H));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_session_row_state_count(session, &count));
    assert_true(count <= MOST && count % (L * H) == 0);
    assert_ok(rnn_reset_state(session, B));
    for (size_t t = 0; t < middle; t++)
        assert_ok(rnn_step(session, y + t * B * C, B * C, x + t * B * I, B * I));
    assert_ok(rnn_session_get_row_state(session, 1, row, count));
    assert_ok(rnn_session_reset_row(session, 2)); /* and the others go on */
    for (size_t t = middle; t < T; t++)
        assert_ok(rnn_step(session, y + t * B * C, B * C, x + t * B * I, B * I));
    check_alone(model, NULL, 0, 0, 0, y);
    check_alone(model, row, count, 1, middle, y);
    check_alone(model, NULL, 0, 2, middle, y);
    assert_fails(rnn_session_reset_row(session, B), RNN_E_VALUE);
    assert_fails(rnn_session_get_row_state(session, B, row, count), RNN_E_VALUE);
    assert_fails(rnn_session_set_row_state(session, 0, row, count + 1), RNN_E_SIZE);
    assert_ok(rnn_session_set_row_state(session, 2, row, count));
    assert_ok(rnn_session_get_row_state(session, 2, again, count));
    assert_memory_equal(row, again, count * sizeof *row);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

static void rows_have_states_of_their_own(void **state)
{
    (void)state;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        check_rows(cell, 0);
    check_rows(RNN_CELL_GRU, 1);
    check_rows(RNN_CELL_LSTM, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_states_are_learned),
        cmocka_unit_test(slstm_has_no_initial_state),
        cmocka_unit_test(recomputation_reaches_the_initial_state),
        cmocka_unit_test(a_tied_head_has_the_table),
        cmocka_unit_test(rows_have_states_of_their_own),
    };
    uint64_t seed = 3;
    fill_uniform(x, sizeof x / sizeof *x, &seed);
    fill_uniform(dy, sizeof dy / sizeof *dy, &seed);
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
