#include "support/calls.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { I = 3, V = 5, H = 18, C = 4, T = 5, B = 3, L = 2, MOST_NAMES = 512, MOST = 4096 };

static const char *names[MOST_NAMES];
static size_t names_count;

int calls_has(const char *function)
{
    for (size_t i = 0; i < names_count; i++)
        if (!strcmp(names[i], function))
            return 1;
    return 0;
}

void calls_record(const char *function)
{
    if (calls_has(function))
        return;
    assert_true(names_count < MOST_NAMES);
    names[names_count++] = function;
}

/* The arguments are static because the stack may be small. */
static float a[MOST], b[MOST], c[MOST], d[MOST];

/* ---- calls that fail --------------------------------------------------------------------------------------------- */

const struct calls_disturbance *calls_disturbance;

void calls_begin(void)
{
    if (calls_disturbance)
        calls_disturbance->begins();
}

int calls_end(int32_t status, const char *function, const char *file, int line)
{
    if (calls_disturbance && calls_disturbance->again(&status, function))
        return 1;
    check_status(status, RNN_OK, function, file, line);
    return 0;
}

void calls_check_message(const char *message)
{
    if (!calls_disturbance)
        assert_string_equal(message, "");
}

uint64_t calls_add_hash(uint64_t hash, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word = 0;
        memcpy(&word, (const unsigned char *)data + i, bytes - i < 8 ? bytes - i : 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

uint64_t calls_hash(void)
{
    const float *const arrays[] = {a, b, c, d};
    uint64_t hash = calls_layers_hash();
    for (size_t i = 0; i < 4; i++)
        hash = calls_add_hash(hash, arrays[i], MOST * sizeof *a);
    return hash;
}

static const float *filled(float *array, size_t count)
{
    uint64_t seed = 7;
    assert_true(count <= MOST);
    fill_uniform(array, count, &seed);
    return array;
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

#define BOTH                                                                                                           \
    {                                                                                                                  \
        RNN_DIRECTION, RNN_DIRECTION_BOTH                                                                              \
    }
#define MASKS                                                                                                          \
    {RNN_DROPOUT, 0.3}, {RNN_RECURRENT_DROPOUT, 0.2},                                                                  \
    {                                                                                                                  \
        RNN_ZONEOUT, 0.2                                                                                               \
    }
#define CELL(name)                                                                                                     \
    {                                                                                                                  \
        RNN_CELL, RNN_CELL_##name                                                                                      \
    }

const struct calls_network calls_networks[] = {
    {"tanh", 0, {CELL(TANH)}},
    {"tanh of tokens, both ways, summed", 1, {CELL(TANH), BOTH, {RNN_MERGE, RNN_MERGE_SUM}}},
    {"relu, reverse", 0, {CELL(RELU), {RNN_DIRECTION, RNN_DIRECTION_REVERSE}, {RNN_RESIDUAL, 1}}},
    {"lstm", 0, {CELL(LSTM), {RNN_FORGET_BIAS, 1}}},
    {"lstm, masks", 0, {CELL(LSTM), MASKS, {RNN_ZONEOUT_CELL, 0.1}}},
    {"lstm of embedded tokens, both ways", 1, {CELL(LSTM), BOTH, {RNN_EMBEDDING_SIZE, 4}}},
    {"lstm, projection, peepholes, layer normalisation, clips",
     0,
     {CELL(LSTM),
      {RNN_PROJECTION_SIZE, 5},
      {RNN_PEEPHOLES, 1},
      {RNN_LAYER_NORM, 1},
      {RNN_CLIP, 3},
      {RNN_CELL_CLIP, 2}}},
    {"lstm, coupled, both ways, last step",
     0,
     {CELL(LSTM), BOTH, {RNN_COUPLE, RNN_COUPLE_FORGET}, {RNN_OUTPUT, RNN_OUTPUT_LAST_STEP}}},
    {"gru, orthogonal", 0, {CELL(GRU), {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL}, MASKS}},
    {"gru, reset before, both ways, mean",
     0,
     {CELL(GRU), BOTH, {RNN_RESET, RNN_RESET_BEFORE}, {RNN_OUTPUT, RNN_OUTPUT_MEAN}}},
    {"gru, layer normalisation, no bias", 1, {CELL(GRU), {RNN_LAYER_NORM, 1}, {RNN_BIAS, 0}}},
    {"mingru", 0, {CELL(MINGRU), {RNN_DROPOUT, 0.3}, {RNN_ZONEOUT, 0.2}}},
    {"slstm, both ways", 0, {CELL(SLSTM), BOTH}},
    {"tanh with activations",
     0,
     {CELL(TANH), {RNN_ACTIVATION_F, RNN_ACTIVATION_SCALED_TANH}, {RNN_ALPHA_F, 1.5}, {RNN_BETA_F, 0.5}}},
    {"gru with activations",
     0,
     {CELL(GRU), {RNN_ACTIVATION_F, RNN_ACTIVATION_HARD_SIGMOID}, {RNN_ACTIVATION_G, RNN_ACTIVATION_SOFTPLUS}}},
    {"lstm with activations",
     0,
     {CELL(LSTM),
      {RNN_ACTIVATION_F, RNN_ACTIVATION_SIGMOID},
      {RNN_ACTIVATION_G, RNN_ACTIVATION_SOFTSIGN},
      {RNN_ACTIVATION_H, RNN_ACTIVATION_ELU}}},
};
const size_t calls_networks_count = sizeof calls_networks / sizeof *calls_networks;

static void set(rnn_config *config, const struct calls_option *option)
{
    if (option->key < RNN_INIT_RANGE)
        CALL(rnn_config_set_int, config, option->key, (int64_t)option->value);
    else
        CALL(rnn_config_set_real, config, option->key, option->value);
}

static rnn_config *config_of(const struct calls_network *network)
{
    rnn_config *config;
    CALL(rnn_config_create, &config);
    CALL(rnn_config_set_int, config, network->tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, network->tokens ? V : I);
    CALL(rnn_config_set_int, config, RNN_HIDDEN_SIZE, H);
    CALL(rnn_config_set_int, config, RNN_LAYERS, L);
    CALL(rnn_config_set_int, config, RNN_CLASSES, C);
    CALL(rnn_config_set_text, config, RNN_PREFIX, "net.");
    for (const struct calls_option *option = network->options; option->key; option++)
        set(config, option);
    return config;
}

rnn_model *calls_model(const struct calls_network *network)
{
    rnn_config *config = config_of(network);
    rnn_model *model;
    int64_t hidden;
    double dropout;
    const char *prefix;
    CALL(rnn_config_get_int, config, RNN_HIDDEN_SIZE, &hidden);
    CALL(rnn_config_get_real, config, RNN_DROPOUT, &dropout);
    CALL(rnn_config_get_text, config, RNN_PREFIX, &prefix);
    assert_true(hidden == H && dropout >= 0 && !strcmp(prefix, "net."));
    CALL(rnn_create, &model, config);
    calls_check_message(VALUE(rnn_config_last_error, (config)));
    NO_VALUE(rnn_config_destroy, config);
    return model;
}

static size_t count_of(rnn_model *model)
{
    const float *values;
    size_t count;
    CALL(rnn_model_parameters, model, &values, &count);
    assert_non_null(values);
    return count;
}

static int64_t option_of(const rnn_model *model, int32_t key)
{
    int64_t value;
    CALL(rnn_model_get_int, model, key, &value);
    return value;
}

/* ---- the library, and what a model tells ------------------------------------------------------------------------- */

void calls_on_library(void)
{
    assert_int_equal(VALUE(rnn_version, ()), RNN_VERSION_NUMBER);
    assert_true(VALUE(rnn_version_string, ())[0] != 0 && VALUE(rnn_build_info, ())[0] != 0);
    assert_true(!strncmp(VALUE(rnn_status_string, (RNN_E_SIZE)), "RNN_E_SIZE: ", 12));
    assert_fails(rnn_config_create(NULL), RNN_E_NULL);
    assert_non_null(strstr(VALUE(rnn_last_error, ()), "rnn_config_create"));
}

static void calls_on_model(rnn_model *model)
{
    static char text[8192];
    const char *name, *value;
    double real;
    size_t count, rank, shape[2], offset, size, elements = count_of(model);
    float *values = malloc(elements * sizeof *values);
    assert_non_null(values);
    CALL(rnn_retain, model);
    NO_VALUE(rnn_destroy, model); /* the reference just taken */
    CALL(rnn_model_get_real, model, RNN_DROPOUT, &real);
    CALL(rnn_model_get_text, model, RNN_PREFIX, &value);
    CALL(rnn_describe, model, text, sizeof text, &size, T, B);
    CALL(rnn_model_tensor_count, model, &count);
    CALL(rnn_model_tensor_info, model, count - 1, &name, &rank, shape, 2, &offset);
    assert_true(!strcmp(name, "head.bias") && shape[0] == C && offset == elements - C);
    CALL(rnn_model_get_parameter, model, name, values, C);
    values[1] = 0.25f;
    CALL(rnn_model_set_parameter, model, name, values, C);
    const float *all;
    CALL(rnn_model_parameters, model, &all, &elements);
    assert_true(all[offset + 1] == 0.25f);
    memcpy(values, all, elements * sizeof *values);
    CALL(rnn_model_set_parameters, model, values, elements);
    CALL(rnn_model_set_precision, model, RNN_PRECISION_FLOAT32);
    CALL(rnn_model_set_metadata, model, "alphabet", "abc");
    CALL(rnn_model_get_metadata, model, "alphabet", &value);
    assert_string_equal(value, "abc");
    free(values);
}

/* ---- running and training ---------------------------------------------------------------------------------------- */

struct run {
    rnn_session *session;
    int tokens;
    size_t outputs; /* elements of y */
};

static const int32_t tokens[T * B] = {0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 4, 4, 0, 1, 2};
static const int32_t lengths[B] = {T, 0, T - 2};

static void forward(const struct run *run)
{
    CALL(rnn_reset_state, run->session, B);
    if (run->tokens)
        CALL(rnn_forward_tokens, run->session, c, run->outputs, tokens, T * B, lengths, B, T);
    else
        CALL(rnn_forward, run->session, c, run->outputs, filled(a, T * B * I), T * B * I, lengths, B, T);
    for (size_t i = 0; i < run->outputs; i++)
        assert_true(isfinite(c[i]));
}

/* A loss takes its batch from the session. */
static void check_batch_of(const rnn_session *session, size_t outputs)
{
    const int32_t *ends;
    size_t steps, batch, classes;
    rnn_loss *loss;
    CALL(rnn_loss_create, &loss, RNN_LOSS_SQUARED_ERROR);
    CALL(rnn_loss_set_batch_of_session, loss, session);
    CALL(rnn_loss_get_batch, loss, &ends, &steps, &batch, &classes);
    assert_true(ends && ends[1] == 0 && batch == B && steps * batch * classes == outputs);
    rnn_loss_destroy(loss);
}

static void train(const struct run *run, rnn_model *model)
{
    size_t states = L * B * (size_t)(option_of(model, RNN_DIRECTION) == RNN_DIRECTION_BOTH ? 2 : 1);
    int64_t projection = option_of(model, RNN_PROJECTION_SIZE);
    size_t count, state = states * (size_t)(projection ? projection : H);
    float *gradients;
    double norm;
    CALL(rnn_session_reserve, run->session, T, B);
    CALL(rnn_session_seed_dropout, run->session, 3);
    forward(run);
    check_batch_of(run->session, run->outputs);
    CALL(rnn_session_get_state, run->session, RNN_STATE_H, b, state);
    CALL(rnn_session_set_state, run->session, RNN_STATE_H, b, state);
    CALL(rnn_session_set_state_gradient, run->session, RNN_STATE_H, filled(b, state), state);
    CALL(rnn_zero_gradients, run->session);
    CALL(rnn_backward, run->session, run->tokens ? NULL : d, run->tokens ? 0 : T * B * I, filled(b, run->outputs),
         run->outputs);
    CALL(rnn_session_get_state_gradient, run->session, RNN_STATE_H, b, state);
    CALL(rnn_session_gradients, run->session, &gradients, &count);
    CALL(rnn_session_get_gradient, run->session, "head.bias", b, C);
    assert_memory_equal(b, gradients + count - C, C * sizeof *b);
    float *more = calloc(count, sizeof *more);
    assert_non_null(more);
    more[count - 1] = 2;
    CALL(rnn_session_add_gradients, run->session, more, count);
    free(more);
    assert_true(gradients[count - 1] == (float)(b[C - 1] + 2)); /* some systems add floats as doubles */
    CALL(rnn_session_clip_gradient_norm, run->session, &norm, 0.5);
    assert_true(norm > 0.5);
    CALL(rnn_session_clip_gradient_value, run->session, 0.01);
    for (size_t i = 0; i < count; i++)
        assert_true(fabsf(gradients[i]) <= 0.01f);
    CALL(rnn_sgd_step, run->session, 0.1);
}

static void stream(const struct run *run)
{
    const int32_t rows[B] = {2, 2, 0};
    if (run->tokens) {
        CALL(rnn_step_tokens, run->session, c, B * C, tokens, B);
        CALL(rnn_session_next, run->session, c, B * C, tokens, rows, B);
    } else {
        CALL(rnn_step, run->session, c, B * C, filled(a, B * I), B * I);
    }
    CALL(rnn_session_select_state, run->session, rows, B);
}

static void in_turn(void *user, size_t count, rnn_task task, void *context)
{
    *(size_t *)user += count;
    for (size_t i = 0; i < count; i++)
        task(context, i);
}

void calls_on_network(const struct calls_network *network)
{
    rnn_model *model = calls_model(network);
    calls_on_model(model);
    int pools = option_of(model, RNN_OUTPUT) != RNN_OUTPUT_EVERY_STEP;
    int forwards = option_of(model, RNN_DIRECTION) == RNN_DIRECTION_FORWARD;
    struct run run = {NULL, network->tokens, (size_t)((pools ? 1 : T) * B * C)};
    size_t lent = 0;
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        CALL(rnn_session_create, &run.session, model, mode);
        forward(&run);
        if (mode == RNN_TRAINING)
            train(&run, model);
        if (forwards)
            stream(&run);
        CALL(rnn_session_set_parallel_for, run.session, 2, in_turn, &lent);
        forward(&run);
        CALL(rnn_session_set_threads, run.session, 2);
        forward(&run);
        CALL(rnn_session_set_threads, run.session, 1);
        if (mode == RNN_TRAINING && forwards && !pools) {
            CALL(rnn_session_set_recompute, run.session, 2);
            train(&run, model);
        }
        calls_check_message(VALUE(rnn_session_last_error, (run.session)));
        NO_VALUE(rnn_session_destroy, run.session);
    }
    rnn_destroy(model);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

void calls_on_files(const struct calls_network *network)
{
    rnn_model *model = calls_model(network), *loaded;
    rnn_config *config;
    int64_t hidden = 0;
    size_t size, again;
    char unused[8];
    CALL(rnn_save_memory, model, NULL, 0, &size);
    void *bytes = malloc(size);
    assert_non_null(bytes);
    CALL(rnn_save_memory, model, bytes, size, &again);
    assert_int_equal(again, size);
    CALL(rnn_save_memory_as, model, bytes, size, &again, RNN_PRECISION_BF16);
    assert_true(again < size);
    CALL(rnn_save_as, model, "model.safetensors", RNN_PRECISION_BF16);
    CALL(rnn_load, &loaded, "model.safetensors");
    CALL(rnn_model_set_precision, loaded, RNN_PRECISION_BF16);
    CALL(rnn_model_release_parameters, loaded);
    rnn_destroy(loaded);
    CALL(rnn_save_memory, model, bytes, size, &again);
    CALL(rnn_save, model, "model.safetensors");
    CALL(rnn_load, &loaded, "model.safetensors");
    CALL(rnn_model_load_parameters, loaded, "model.safetensors");
    rnn_destroy(loaded);
    CALL(rnn_load_memory, &loaded, bytes, size);
    CALL(rnn_model_load_parameters_memory, loaded, bytes, size);
    CALL(rnn_model_unused_tensors, loaded, "model.safetensors", unused, sizeof unused, &again);
    assert_int_equal(again, 1);
    CALL(rnn_model_unused_tensors_memory, loaded, bytes, size, unused, sizeof unused, &again);
    assert_string_equal(unused, "");
    assert_int_equal(count_of(loaded), count_of(model));
    rnn_destroy(loaded);
    CALL(rnn_config_create, &config);
    CALL(rnn_config_infer, config, "model.safetensors");
    CALL(rnn_config_infer_memory, config, bytes, size);
    CALL(rnn_config_get_int, config, RNN_HIDDEN_SIZE, &hidden);
    assert_int_equal(hidden, H);
    rnn_config_destroy(config);
    rnn_destroy(model);
    remove("model.safetensors");
    free(bytes);
}

void calls_on_layouts(void)
{
    const struct calls_network lstm = {"lstm", 0, {CELL(LSTM)}};
    rnn_model *model = calls_model(&lstm);
    CALL(rnn_model_export_onnx, model, 0, RNN_ONNX_W, a, 4 * H * I);
    CALL(rnn_model_import_onnx, model, 0, RNN_ONNX_W, a, 4 * H * I);
    CALL(rnn_model_export_keras, model, 0, 0, RNN_KERAS_BIAS, c, 4 * H);
    CALL(rnn_model_import_keras, model, 0, 0, RNN_KERAS_BIAS, c, 4 * H);
    CALL(rnn_model_import_tf1_lstm, model, 0, 0, b, 4 * H * (I + H), c, 4 * H, 1.0);
    rnn_destroy(model);
}

/* ---- losses and decoding ----------------------------------------------------------------------------------------- */

/* A custom loss: half the squares of y. */
static int32_t half_squares(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                            size_t y_count)
{
    const int32_t *classes, *ends, *counted;
    const float *mask, *weights, *values;
    size_t count, steps, batch, width;
    CALL(rnn_loss_get_batch, loss, &ends, &steps, &batch, &width);
    CALL(rnn_loss_get_mask, loss, &mask, &count);
    CALL(rnn_loss_get_step_mask, loss, &counted, &count);
    assert_true(counted && count == steps * batch);
    CALL(rnn_loss_get_sequence_weights, loss, &weights, &count);
    if (*(int *)user)
        CALL(rnn_loss_get_values, loss, &values, &count);
    else
        CALL(rnn_loss_get_classes, loss, &classes, &count);
    assert_true(ends && steps * batch * width == y_count && *weight > 0);
    for (size_t i = 0; i < y_count; i++) {
        *value += (double)y[i] * (double)y[i] / 2;
        dy[i] = y[i];
    }
    return RNN_OK;
}

/* All functions that apply to a loss of that kind. */
static void calls_on_loss(int32_t kind, const float *y, const int32_t *targets)
{
    const int32_t labels[B] = {1, 2, 3}, counts[B] = {1, 0, 1};
    int32_t all[T * B];
    const float weights[C] = {1, 2, 0.5f, 1}, mask[T * B] = {1, 0.5f, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1};
    int has_values = kind != RNN_LOSS_CROSS_ENTROPY && kind != RNN_LOSS_CTC, is_custom = kind == RNN_LOSS_CUSTOM;
    size_t n = T * B * C;
    rnn_loss *loss;
    double value = 0, real, losses[B];
    int64_t integer;
    CALL(rnn_loss_create, &loss, kind);
    CALL(rnn_loss_set_int, loss, RNN_REDUCTION, RNN_MEAN);
    CALL(rnn_loss_get_int, loss, RNN_REDUCTION, &integer);
    CALL(rnn_loss_get_real, loss, RNN_DELTA, &real);
    CALL(rnn_loss_set_threads, loss, 2);
    if (kind == RNN_LOSS_HUBER)
        CALL(rnn_loss_set_real, loss, RNN_DELTA, 0.5);
    if (kind == RNN_LOSS_CROSS_ENTROPY)
        CALL(rnn_loss_set_class_weights, loss, weights, C);
    if (is_custom)
        CALL(rnn_loss_set_callback, loss, half_squares, &has_values);
    CALL(rnn_loss_set_batch, loss, lengths, B, T, B, C);
    if (kind == RNN_LOSS_CTC)
        CALL(rnn_loss_set_label_lengths, loss, counts, B);
    else
        CALL(rnn_loss_set_mask, loss, mask, T * B);
    for (size_t i = 0; i < T * B; i++)
        all[i] = 1;
    CALL(rnn_loss_set_step_mask, loss, all, T * B);
    CALL(rnn_loss_set_sequence_weights, loss, weights, B);
    if (has_values)
        CALL(rnn_loss_of_values, loss, &value, d, n, y, n, b, n);
    has_values = 0;
    if (is_custom || kind == RNN_LOSS_CROSS_ENTROPY)
        CALL(rnn_loss_of_classes, loss, &value, d, n, y, n, targets, T * B);
    if (kind == RNN_LOSS_CTC)
        CALL(rnn_loss_of_classes, loss, &value, d, n, y, n, labels, B);
    assert_true(value > 0);
    if (!is_custom)
        CALL(rnn_loss_get_sequence_losses, loss, losses, B);
    calls_check_message(VALUE(rnn_loss_last_error, (loss)));
    NO_VALUE(rnn_loss_destroy, loss);
}

static void calls_on_quantiles(const float *y)
{
    const float levels[2] = {0.25f, 0.75f};
    size_t n = T * B * C;
    double value;
    rnn_loss *loss;
    CALL(rnn_loss_create, &loss, RNN_LOSS_QUANTILE);
    CALL(rnn_loss_set_quantiles, loss, levels, 2);
    CALL(rnn_loss_set_batch, loss, lengths, B, T, B, C);
    CALL(rnn_loss_of_values, loss, &value, d, n, y, n, b, n / 2);
    assert_true(value > 0);
    rnn_loss_destroy(loss);
}

/* The head of a network with a CRF, and scores of one's own. */
static void calls_on_crf(const float *y, const int32_t *targets)
{
    const float start[C] = {0, 1, -1, 0.5f}, scores[C * C] = {1, 0, -1, 2};
    float dstart[C], dend[C], dscores[C * C];
    size_t n = T * B * C;
    double value;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    rnn_loss *loss;
    rnn_decoder *decoder;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_int(config, RNN_CRF, 1));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    CALL(rnn_loss_create, &loss, RNN_LOSS_CRF);
    CALL(rnn_loss_set_transitions, loss, start, C, start, C, scores, C * C);
    CALL(rnn_loss_set_transitions_of_model, loss, model);
    CALL(rnn_loss_set_batch, loss, lengths, B, T, B, C);
    CALL(rnn_loss_of_classes, loss, &value, d, n, y, n, targets, T * B);
    CALL(rnn_loss_get_transition_gradients, loss, dstart, C, dend, C, dscores, C * C);
    CALL(rnn_session_add_transition_gradients, session, loss);
    CALL(rnn_decoder_create, &decoder, RNN_DECODER_CRF);
    CALL(rnn_decoder_set_transitions, decoder, start, C, start, C, scores, C * C);
    CALL(rnn_decoder_set_transitions_of_model, decoder, model);
    CALL(rnn_decoder_decode, decoder, y, n, lengths, B, T, B, C);
    CALL(rnn_decoder_get_marginals, decoder, d, n);
    assert_close((double)(d[0] + d[1] + d[2] + d[3]), 1, 1e-6);
    assert_true(value > 0);
    rnn_decoder_destroy(decoder);
    rnn_loss_destroy(loss);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

void calls_on_losses(void)
{
    const int32_t targets[T * B] = {0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 1, 1, 1};
    const float *y = filled(a, T * B * C);
    double loss;
    size_t n = T * B * C;
    for (size_t i = 0; i < n; i++)
        b[i] = i % 3 ? 1.0f : 0.25f;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CUSTOM; kind++)
        calls_on_loss(kind, y, targets);
    calls_on_loss(RNN_LOSS_ERROR_TO_SIGNAL, y, targets);
    calls_on_quantiles(y);
    calls_on_crf(y, targets);
    CALL(rnn_softmax_cross_entropy, &loss, d, n, y, n, targets, T * B, C);
    CALL(rnn_softmax, d, n, y, n, C);
    assert_close((double)(d[0] + d[1] + d[2] + d[3]), 1, 1e-6);
}

/* A generator: the same logits at every step. */
static int32_t next(void *user, float *logits, size_t logits_count, const int32_t *read, const int32_t *parents,
                    size_t rows)
{
    (void)read;
    (void)parents;
    for (size_t i = 0; i < logits_count; i++)
        logits[i] = ((const float *)user)[i % (logits_count / rows)];
    return 0;
}

static int32_t score_zero(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *read,
                          const int32_t *parents, size_t rows)
{
    (void)slots;
    (void)read;
    (void)parents;
    for (size_t i = 0; i < scores_count; i++)
        scores[i] = rows ? 0 : *(const float *)user;
    return 0;
}

static void decode_sequences(void)
{
    for (int32_t kind = RNN_DECODER_CTC_GREEDY; kind <= RNN_DECODER_CTC_BEAM; kind++) {
        rnn_decoder *decoder;
        const int32_t *labels, *steps;
        const int32_t mask[T * B] = {1, 1, 0, 1, 1, 0, 1, 1, 1, 1};
        const float *scores;
        size_t results, count;
        double score;
        CALL(rnn_decoder_create, &decoder, kind);
        CALL(rnn_decoder_set_int, decoder, RNN_BLANK, 1);
        CALL(rnn_decoder_set_step_mask, decoder, mask, T * B);
        CALL(rnn_decoder_decode, decoder, filled(a, T * B * C), T * B * C, lengths, B, T, B, C);
        CALL(rnn_decoder_get_result_count, decoder, 0, &results);
        CALL(rnn_decoder_get_result, decoder, 0, 0, &labels, &steps, &scores, &count, &score);
        assert_true(results == 1 && count > 0 && labels[0] != 1 && steps[0] >= 0 && scores[0] <= 0 && score <= 0);
        if (kind == RNN_DECODER_CTC_BEAM)
            CALL(rnn_decoder_set_scorer, decoder, score_zero, a);
        CALL(rnn_decoder_begin, decoder, B, C);
        CALL(rnn_decoder_feed, decoder, filled(a, T * B * C), T * B * C, lengths, B, T);
        CALL(rnn_decoder_get_stable_count, decoder, 0, &results);
        CALL(rnn_decoder_get_result, decoder, 0, 0, &labels, &steps, &scores, &count, &score);
        assert_true(results <= count && labels[0] != 1 && steps[0] >= 0 && scores[0] <= 0);
        NO_VALUE(rnn_decoder_destroy, decoder);
    }
}

void calls_on_decoding(void)
{
    rnn_decoder *decoder;
    int32_t found[B];
    int64_t random;
    double temperature, score;
    decode_sequences();
    CALL(rnn_decoder_create, &decoder, RNN_DECODER_BEAM);
    CALL(rnn_decoder_set_int, decoder, RNN_MAXIMUM_LENGTH, T);
    CALL(rnn_decoder_search, decoder, C, next, a);
    CALL(rnn_decoder_get_result, decoder, 0, 0, NULL, NULL, NULL, NULL, &score);
    assert_true(score <= 0);
    NO_VALUE(rnn_decoder_destroy, decoder);
    CALL(rnn_decoder_create, &decoder, RNN_DECODER_SAMPLING);
    CALL(rnn_decoder_set_real, decoder, RNN_TEMPERATURE, 0.8);
    CALL(rnn_decoder_get_real, decoder, RNN_TEMPERATURE, &temperature);
    CALL(rnn_decoder_sample, decoder, found, B, filled(a, B * C), B * C, C);
    CALL(rnn_decoder_get_int, decoder, RNN_RANDOM_STATE, &random);
    assert_true(random != 0 && found[0] >= 0 && found[0] < C && temperature == 0.8);
    calls_check_message(VALUE(rnn_decoder_last_error, (decoder)));
    NO_VALUE(rnn_decoder_destroy, decoder);
}

/* ---- optimisers -------------------------------------------------------------------------------------------------- */

void calls_on_optimizer(int32_t kind, const struct calls_network *network)
{
    rnn_model *model = calls_model(network);
    rnn_optimizer *optimizer, *loaded;
    struct run run = {NULL, network->tokens, T * B * C};
    size_t size, count = count_of(model);
    int64_t updates;
    double rate;
    CALL(rnn_session_create, &run.session, model, RNN_TRAINING);
    CALL(rnn_optimizer_create, &optimizer, kind, count);
    CALL(rnn_optimizer_set_real, optimizer, RNN_RATE, 0.01);
    CALL(rnn_optimizer_set_real, optimizer, RNN_MAX_NORM, 1);
    CALL(rnn_optimizer_set_int, optimizer, RNN_WARMUP, 2);
    forward(&run);
    CALL(rnn_backward, run.session, NULL, 0, filled(b, run.outputs), run.outputs);
    CALL(rnn_optimizer_step, optimizer, run.session);
    CALL(rnn_optimizer_report, optimizer, 0.5);
    CALL(rnn_optimizer_get_int, optimizer, RNN_UPDATES, &updates);
    CALL(rnn_optimizer_get_real, optimizer, RNN_CURRENT_RATE, &rate);
    assert_true(updates == 1 && rate == 0.01);
    CALL(rnn_optimizer_save_memory, optimizer, NULL, 0, &size);
    void *bytes = malloc(size);
    assert_non_null(bytes);
    CALL(rnn_optimizer_save_memory, optimizer, bytes, size, &size);
    CALL(rnn_optimizer_load_memory, &loaded, bytes, size);
    NO_VALUE(rnn_optimizer_destroy, loaded);
    free(bytes);
    CALL(rnn_optimizer_save, optimizer, "optimizer.safetensors");
    CALL(rnn_optimizer_load, &loaded, "optimizer.safetensors");
    remove("optimizer.safetensors");
    float *parameters = calloc(count, sizeof *parameters), *gradients;
    assert_non_null(parameters);
    CALL(rnn_session_gradients, run.session, &gradients, &count);
    CALL(rnn_optimizer_set_threads, loaded, 2);
    CALL(rnn_optimizer_step_arrays, loaded, parameters, count, gradients, count);
    free(parameters);
    calls_check_message(VALUE(rnn_optimizer_last_error, (loaded)));
    rnn_optimizer_destroy(loaded);
    rnn_optimizer_destroy(optimizer);
    CALL(rnn_optimizer_create_for_model, &optimizer, kind, model);
    CALL(rnn_optimizer_set_tensors_int, optimizer, "net.weight_", RNN_FROZEN, 1);
    CALL(rnn_optimizer_set_tensors_real, optimizer, "head.", RNN_RATE_FACTOR, 0.5);
    CALL(rnn_optimizer_exempt_biases, optimizer);
    CALL(rnn_optimizer_get_tensor_int, optimizer, "head.bias", RNN_FROZEN, &updates);
    CALL(rnn_optimizer_get_tensor_real, optimizer, "head.bias", RNN_RATE_FACTOR, &rate);
    assert_true(updates == 0 && rate == 0.5);
    CALL(rnn_optimizer_step, optimizer, run.session);
    rnn_optimizer_destroy(optimizer);
    rnn_session_destroy(run.session);
    rnn_destroy(model);
}

/* ---- attention --------------------------------------------------------------------------------------------------- */

void calls_on_attention(int32_t score)
{
    enum { Q = 6, S = 7, A = 5 };
    rnn_attention *attention;
    rnn_optimizer *optimizer;
    const float *parameters;
    float *gradients;
    size_t count;
    CALL(rnn_attention_create, &attention, score, Q, Q, score == RNN_ATTENTION_ADDITIVE ? A : 0, 1);
    int64_t products;
    CALL(rnn_attention_set_int, attention, RNN_PRODUCTS, RNN_PRODUCTS_OWN);
    CALL(rnn_attention_get_int, attention, RNN_PRODUCTS, &products);
    CALL(rnn_attention_parameters, attention, &parameters, &count);
    CALL(rnn_attention_set_parameters, attention, parameters, count);
    CALL(rnn_attention_set_memory, attention, filled(a, S * B * Q), S * B * Q, lengths, B, S, B);
    CALL(rnn_attention_forward, attention, b, T * B * Q, c, T * B * S, filled(a, T * B * Q), T * B * Q);
    CALL(rnn_attention_backward, attention, d, T * B * Q, b, T * B * Q, a, T * B * Q, c, T * B * S);
    CALL(rnn_attention_backward_memory, attention, d, S * B * Q);
    CALL(rnn_attention_gradients, attention, &gradients, &count);
    if (count) {
        CALL(rnn_optimizer_create, &optimizer, RNN_OPTIMIZER_ADAM, count);
        CALL(rnn_attention_step, attention, optimizer);
        rnn_optimizer_destroy(optimizer);
    }
    CALL(rnn_attention_zero_gradients, attention);
    calls_check_message(VALUE(rnn_attention_last_error, (attention)));
    NO_VALUE(rnn_attention_destroy, attention);
}

/* ---- the training loop ------------------------------------------------------------------------------------------- */

static int32_t told(void *user, rnn_trainer *trainer, int32_t event)
{
    double loss;
    *(size_t *)user += event == RNN_EVENT_BATCH;
    CALL(rnn_trainer_get_real, trainer, RNN_BATCH_LOSS, &loss);
    return 0;
}

static rnn_dataset *dataset(int32_t loss)
{
    const int32_t classes[T] = {1, 2, 3, 2, 1};
    const int is_real = loss != RNN_LOSS_CROSS_ENTROPY && loss != RNN_LOSS_CTC;
    const float mask[T] = {1, 0.5f, 0, 1, 1};
    const int32_t holes[T] = {0, 1, 1, 0, 1};
    size_t count, index, targets = loss == RNN_LOSS_CTC ? 2 : T;
    rnn_dataset *made;
    CALL(rnn_dataset_create, &made);
    for (size_t i = 0; i < T * C; i++)
        b[i] = i % 2 ? 0.0f : 1.0f;
    for (size_t i = 0; i < 4; i++) {
        CALL(rnn_dataset_add, made, &index, filled(a, T * I), T * I, T);
        if (is_real)
            CALL(rnn_dataset_set_values, made, index, b, T * C);
        else
            CALL(rnn_dataset_set_classes, made, index, classes, targets);
        if (loss != RNN_LOSS_CTC)
            CALL(rnn_dataset_set_mask, made, index, mask, T);
        CALL(rnn_dataset_set_step_mask, made, index, holes, T);
        CALL(rnn_dataset_set_weight, made, index, (double)i + 0.5);
        assert_int_equal(index, i);
    }
    CALL(rnn_dataset_count, made, &count);
    assert_int_equal(count, 4);
    rnn_dataset *of_tokens;
    CALL(rnn_dataset_create, &of_tokens);
    CALL(rnn_dataset_add_tokens, of_tokens, NULL, classes, T);
    rnn_dataset_destroy(of_tokens);
    return made;
}

void calls_on_fit(int32_t loss)
{
    rnn_model *model = calls_model(&calls_networks[3]);
    rnn_dataset *data = dataset(loss), *validation = dataset(loss);
    rnn_optimizer *optimizer;
    rnn_loss *handle;
    rnn_trainer *trainer;
    int64_t epoch;
    double value, accuracy;
    size_t batches = 0, parameters = count_of(model);
    CALL(rnn_optimizer_create, &optimizer, RNN_OPTIMIZER_ADAM, parameters);
    CALL(rnn_loss_create, &handle, loss);
    CALL(rnn_trainer_create, &trainer, model, optimizer, handle);
    CALL(rnn_trainer_set_int, trainer, RNN_EPOCHS, 2);
    CALL(rnn_trainer_set_int, trainer, RNN_BATCH_SIZE, 3);
    CALL(rnn_trainer_set_int, trainer, RNN_KEEP_BEST, 1);
    CALL(rnn_trainer_set_real, trainer, RNN_MIN_DELTA, 1e-6);
    CALL(rnn_trainer_set_checkpoint, trainer, "fit.safetensors");
    CALL(rnn_trainer_set_callback, trainer, told, &batches);
    CALL(rnn_fit, trainer, data, validation);
    assert_int_equal(batches, 4);
    CALL(rnn_evaluate, trainer, &value, &accuracy, validation);
    CALL(rnn_trainer_get_int, trainer, RNN_EPOCH, &epoch);
    assert_true(epoch == 2 && value >= 0);
    d[0] = (float)value;
    CALL(rnn_model_get_parameter, model, "head.bias", d + 1, C);
    CALL(rnn_trainer_save, trainer, "fit.safetensors");
    CALL(rnn_trainer_load, trainer, "fit.safetensors");
    remove("fit.safetensors");
    calls_check_message(VALUE(rnn_trainer_last_error, (trainer)));
    NO_VALUE(rnn_trainer_destroy, trainer);
    rnn_loss_destroy(handle);
    NO_VALUE(rnn_dataset_destroy, data);
    rnn_dataset_destroy(validation);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
}
