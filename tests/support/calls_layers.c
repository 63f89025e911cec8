/* The calls on a list of layers: every kind of layer, in two networks. */
#include "support/calls.h"

#include <math.h>
#include <string.h>

enum { I = 4, O = 6, T = 7, B = 3, MOST = 512 };

/* The arguments are static because the stack may be small. */
static float x[T * B * I], y[MOST], dy[MOST], dx[T * B * I], again[MOST];
static const int32_t lengths[B] = {T, 0, T - 3};
static int32_t all[T * B]; /* every step counts */

static void add(rnn_config *config, int32_t kind, size_t expected)
{
    size_t index;
    CALL(rnn_config_add_layer, config, &index, kind);
    assert_true(index == expected);
}

/* 0 conv1d, 1 layer norm, 2 recurrent, 3 skip, 4 dropout, 5 affine, 6 activation, 7 RMS norm, 8 dense. */
static rnn_config *config_of_stream(void)
{
    static const int32_t kinds[] = {RNN_KIND_CONV1D,     RNN_KIND_LAYER_NORM, RNN_KIND_RECURRENT,
                                    RNN_KIND_SKIP,       RNN_KIND_DROPOUT,    RNN_KIND_AFFINE,
                                    RNN_KIND_ACTIVATION, RNN_KIND_RMS_NORM,   RNN_KIND_DENSE};
    rnn_config *config;
    size_t count;
    int64_t kernel;
    double epsilon;
    const char *prefix;
    CALL(rnn_config_create, &config);
    CALL(rnn_config_set_int, config, RNN_INPUT_SIZE, I);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add(config, kinds[i], i);
    CALL(rnn_config_set_layer_int, config, 0, RNN_OUTPUT_SIZE, 5);
    CALL(rnn_config_set_layer_int, config, 0, RNN_KERNEL_SIZE, 3);
    CALL(rnn_config_set_layer_real, config, 1, RNN_EPSILON, 1e-3);
    CALL(rnn_config_set_layer_int, config, 2, RNN_CELL, RNN_CELL_GRU);
    CALL(rnn_config_set_layer_int, config, 2, RNN_HIDDEN_SIZE, 5);
    CALL(rnn_config_set_layer_int, config, 3, RNN_SOURCE, 0);
    CALL(rnn_config_set_layer_int, config, 3, RNN_MERGE, RNN_MERGE_SUM);
    CALL(rnn_config_set_layer_real, config, 4, RNN_DROPOUT, 0.25);
    CALL(rnn_config_set_layer_int, config, 6, RNN_ACTIVATION, RNN_ACTIVATION_TANH);
    CALL(rnn_config_set_layer_int, config, 8, RNN_OUTPUT_SIZE, O);
    CALL(rnn_config_set_layer_text, config, 8, RNN_PREFIX, "head.");
    CALL(rnn_config_layer_count, config, &count);
    CALL(rnn_config_get_layer_int, config, 0, RNN_KERNEL_SIZE, &kernel);
    CALL(rnn_config_get_layer_real, config, 1, RNN_EPSILON, &epsilon);
    CALL(rnn_config_get_layer_text, config, 8, RNN_PREFIX, &prefix);
    assert_true(count == 9 && kernel == 3 && epsilon == 1e-3 && !strcmp(prefix, "head."));
    return config;
}

/* 0 embedding, 1 conv1d with a stride, 2 recurrent, both ways, 3 pooling, 4 dense. */
static rnn_config *config_of_tokens(void)
{
    static const int32_t kinds[] = {RNN_KIND_EMBEDDING, RNN_KIND_CONV1D, RNN_KIND_RECURRENT, RNN_KIND_POOLING,
                                    RNN_KIND_DENSE};
    rnn_config *config;
    CALL(rnn_config_create, &config);
    CALL(rnn_config_set_int, config, RNN_VOCABULARY, I);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add(config, kinds[i], i);
    CALL(rnn_config_set_layer_int, config, 0, RNN_OUTPUT_SIZE, 4);
    CALL(rnn_config_set_layer_int, config, 1, RNN_OUTPUT_SIZE, 6);
    CALL(rnn_config_set_layer_int, config, 1, RNN_KERNEL_SIZE, 3);
    CALL(rnn_config_set_layer_int, config, 1, RNN_STRIDE, 2);
    CALL(rnn_config_set_layer_int, config, 1, RNN_GROUPS, 2);
    CALL(rnn_config_set_layer_int, config, 2, RNN_CELL, RNN_CELL_LSTM);
    CALL(rnn_config_set_layer_int, config, 2, RNN_HIDDEN_SIZE, 5);
    CALL(rnn_config_set_layer_int, config, 2, RNN_DIRECTION, RNN_DIRECTION_BOTH);
    CALL(rnn_config_set_layer_int, config, 3, RNN_OUTPUT, RNN_OUTPUT_MAXIMUM);
    CALL(rnn_config_set_layer_int, config, 4, RNN_OUTPUT_SIZE, O);
    return config;
}

static rnn_model *model_of(rnn_config *config)
{
    rnn_model *model;
    size_t outputs;
    CALL(rnn_create, &model, config);
    CALL(rnn_model_output_size, model, &outputs);
    assert_true(outputs == O);
    NO_VALUE(rnn_config_destroy, config);
    return model;
}

/* What a model tells of its layers. */
static void check_layers(const rnn_model *model)
{
    size_t count;
    int32_t kind;
    int64_t kernel;
    double epsilon;
    const char *prefix;
    CALL(rnn_model_layer_count, model, &count);
    CALL(rnn_model_layer_kind, model, 2, &kind);
    CALL(rnn_model_get_layer_int, model, 0, RNN_KERNEL_SIZE, &kernel);
    CALL(rnn_model_get_layer_real, model, 1, RNN_EPSILON, &epsilon);
    CALL(rnn_model_get_layer_text, model, 0, RNN_PREFIX, &prefix);
    assert_true(count == 9 && kind == RNN_KIND_RECURRENT && kernel == 3 && epsilon == 1e-3 && !strcmp(prefix, "0."));
}

static void train(rnn_model *model, const int32_t *tokens, size_t expected)
{
    rnn_session *session;
    rnn_optimizer *optimizer;
    size_t steps;
    int32_t ends[B];
    CALL(rnn_session_create, &session, model, RNN_TRAINING);
    CALL(rnn_reset_state, session, B);
    CALL(rnn_session_output_steps, session, T, &steps);
    assert_true(steps == expected);
    for (size_t i = 0; i < T * B; i++)
        all[i] = 1;
    CALL(rnn_session_set_step_mask, session, all, T * B);
    if (tokens)
        CALL(rnn_forward_tokens, session, y, steps * B * O, tokens, T * B, lengths, B, T);
    else
        CALL(rnn_forward, session, y, steps * B * O, x, T * B * I, lengths, B, T);
    CALL(rnn_session_output_lengths, session, ends, B);
    assert_true((size_t)ends[0] == expected && ends[1] == 0);
    for (size_t i = 0; i < steps * B * O; i++)
        dy[i] = y[i];
    CALL(rnn_backward, session, tokens ? NULL : dx, tokens ? 0 : T * B * I, dy, steps * B * O);
    CALL(rnn_optimizer_create_for_model, &optimizer, RNN_OPTIMIZER_ADAM, model);
    CALL(rnn_optimizer_step, optimizer, session);
    rnn_optimizer_destroy(optimizer);
    rnn_session_destroy(session);
}

/* A state that begins anew at a step. */
static void reset_within(rnn_session *session)
{
    static const int32_t resets[B] = {1};
    CALL(rnn_session_set_resets, session, resets, B);
    assert_int_equal(rnn_step(session, y, 0, x, 0), RNN_E_STATE);
    assert_ok(rnn_session_set_resets(session, NULL, 0));
}

/* A row of a batch goes on in another session. */
static void move_row(rnn_session *from, rnn_session *to)
{
    size_t count;
    CALL(rnn_session_row_state_count, from, &count);
    assert_true(count > 0 && count < MOST);
    CALL(rnn_session_get_row_state, from, 1, again, count);
    CALL(rnn_session_set_row_state, to, 0, again, count);
    CALL(rnn_session_get_row_state, to, 0, dy, count);
    assert_memory_equal(again, dy, count * sizeof *dy);
    CALL(rnn_session_reset_row, to, 0);
    CALL(rnn_session_get_row_state, to, 0, dy, count);
    for (size_t i = 0; i < count; i++)
        assert_true(dy[i] == 0);
}

/* Steps give what a run gives, also of the model that a file holds. */
static void stream(rnn_model *model)
{
    static unsigned char file[32768];
    rnn_model *copy;
    rnn_session *session;
    size_t size;
    int32_t has;
    CALL(rnn_save_memory, model, file, sizeof file, &size);
    CALL(rnn_load_memory, &copy, file, size);
    CALL(rnn_session_create, &session, model, RNN_INFERENCE);
    CALL(rnn_reset_state, session, B);
    CALL(rnn_forward, session, y, T * B * O, x, T * B * I, NULL, 0, T);
    rnn_session *other;
    CALL(rnn_session_create, &other, copy, RNN_INFERENCE);
    move_row(session, other);
    rnn_session_destroy(other);
    rnn_session_destroy(session);
    CALL(rnn_session_create, &session, copy, RNN_INFERENCE);
    CALL(rnn_reset_state, session, B);
    reset_within(session);
    for (size_t t = 0; t < T; t++) {
        CALL(rnn_step, session, again, B * O, x + t * B * I, B * I);
        CALL(rnn_session_has_output, session, &has);
        assert_true(has == 1);
        assert_memory_equal(again, y + t * B * O, B * O * sizeof *y);
    }
    rnn_session_destroy(session);
    rnn_destroy(copy);
}

uint64_t calls_layers_hash(void)
{
    uint64_t hash = calls_add_hash(1, y, sizeof y);
    hash = calls_add_hash(hash, dy, sizeof dy);
    hash = calls_add_hash(hash, dx, sizeof dx);
    return calls_add_hash(hash, again, sizeof again);
}

void calls_on_layers(void)
{
    static const int32_t tokens[T * B] = {0, 1, 2, 3, 3, 0, 2, 1, 1, 3, 0, 0, 0, 1, 2, 3, 1, 0, 2, 2, 1};
    static char text[4096];
    size_t size;
    uint64_t seed = 5;
    fill_uniform(x, T * B * I, &seed);
    rnn_model *model = model_of(config_of_stream());
    check_layers(model);
    CALL(rnn_describe, model, text, sizeof text, &size, T, B);
    assert_non_null(strstr(text, "0 conv1d, 4 to 5 features, kernel_size 3"));
    train(model, NULL, T);
    stream(model);
    rnn_destroy(model);
    model = model_of(config_of_tokens());
    train(model, tokens, 1);
    rnn_destroy(model);
}
