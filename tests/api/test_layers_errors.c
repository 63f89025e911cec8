/* Every refusal of lists of layers: the status, and a message that names the layer and what was wrong. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

/* A configuration with `count` layers of these kinds over four features. */
static rnn_config *config_of(const int32_t *kinds, size_t count)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 4));
    for (size_t i = 0; i < count; i++)
        assert_ok(rnn_config_add_layer(config, NULL, kinds[i]));
    return config;
}

#define CONFIG(...) config_of((const int32_t[]){__VA_ARGS__}, sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static void set(rnn_config *config, size_t layer, int32_t key, int64_t value)
{
    assert_ok(rnn_config_set_layer_int(config, layer, key, value));
}

/* rnn_create refuses the configuration, which ends, with a message that has these words. */
static void refused(rnn_config *config, const char *words, const char *more)
{
    rnn_model *model = NULL;
    assert_fails(rnn_create(&model, config), RNN_E_VALUE);
    assert_null(model);
    if (!strstr(rnn_config_last_error(config), words) || !strstr(rnn_config_last_error(config), more))
        fail_msg("\"%s\" has not \"%s\" and \"%s\"", rnn_config_last_error(config), words, more);
    rnn_config_destroy(config);
}

static rnn_model *created(rnn_config *config)
{
    rnn_model *model;
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

static void null_and_missing_layers_are_refused(void **state)
{
    (void)state;
    rnn_config *config = CONFIG(RNN_KIND_DENSE);
    int64_t integer;
    double real;
    const char *text;
    size_t count;
    int32_t kind;
    assert_fails(rnn_config_add_layer(NULL, NULL, RNN_KIND_DENSE), RNN_E_NULL);
    assert_fails(rnn_config_add_layer(config, NULL, 0), RNN_E_VALUE);
    assert_fails(rnn_config_add_layer(config, NULL, RNN_KIND_MAGNITUDE + 1), RNN_E_VALUE);
    assert_fails(rnn_config_layer_count(NULL, &count), RNN_E_NULL);
    assert_fails(rnn_config_layer_count(config, NULL), RNN_E_NULL);
    assert_fails(rnn_config_set_layer_int(NULL, 0, RNN_BIAS, 1), RNN_E_NULL);
    assert_fails(rnn_config_set_layer_int(config, 1, RNN_BIAS, 1), RNN_E_VALUE);
    assert_non_null(strstr(rnn_config_last_error(config), "layer is 1, but the list has 1 layers"));
    assert_fails(rnn_config_set_layer_real(config, 1, RNN_ALPHA, 1), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_text(config, 1, RNN_PREFIX, "a."), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_text(config, 0, RNN_PREFIX, NULL), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_int(config, 0, RNN_BIAS, NULL), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_int(config, 1, RNN_BIAS, &integer), RNN_E_VALUE);
    assert_fails(rnn_config_get_layer_real(config, 0, RNN_ALPHA, NULL), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_real(config, 1, RNN_ALPHA, &real), RNN_E_VALUE);
    assert_fails(rnn_config_get_layer_text(config, 0, RNN_PREFIX, NULL), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_text(config, 1, RNN_PREFIX, &text), RNN_E_VALUE);
    set(config, 0, RNN_OUTPUT_SIZE, 2);
    rnn_model *model = created(config);
    assert_fails(rnn_model_output_size(NULL, &count), RNN_E_NULL);
    assert_fails(rnn_model_output_size(model, NULL), RNN_E_NULL);
    assert_fails(rnn_model_layer_count(NULL, &count), RNN_E_NULL);
    assert_fails(rnn_model_layer_count(model, NULL), RNN_E_NULL);
    assert_fails(rnn_model_layer_kind(model, 0, NULL), RNN_E_NULL);
    assert_fails(rnn_model_layer_kind(model, 1, &kind), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_int(model, 1, RNN_BIAS, &integer), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_int(model, 0, RNN_STRIDE, &integer), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_real(model, 1, RNN_ALPHA, &real), RNN_E_VALUE);
    assert_fails(rnn_model_get_layer_text(model, 1, RNN_PREFIX, &text), RNN_E_VALUE);
    rnn_destroy(model);
}

static void keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    rnn_config *config = CONFIG(RNN_KIND_DENSE, RNN_KIND_RECURRENT, RNN_KIND_CONV1D);
    int64_t stride;
    assert_fails(rnn_config_set_layer_int(config, 0, RNN_STRIDE, 2), RNN_E_VALUE);
    assert_non_null(strstr(rnn_config_last_error(config), "RNN_STRIDE is not an option of RNN_KIND_DENSE"));
    assert_fails(rnn_config_set_layer_int(config, 0, RNN_HIDDEN_SIZE, 2), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, 1, RNN_OUTPUT_SIZE, 2), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, 1, RNN_CLASSES, 2), RNN_E_VALUE);
    assert_non_null(strstr(rnn_config_last_error(config), "RNN_CLASSES is not an option of RNN_KIND_RECURRENT"));
    assert_fails(rnn_config_set_layer_int(config, 2, RNN_INIT_BIAS, RNN_INIT_ORTHOGONAL), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, 2, RNN_STRIDE, 0), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, 2, RNN_PADDING, RNN_PADDING_NONE + 1), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, 2, 9999, 1), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_real(config, 2, RNN_STRIDE, 1), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_real(config, 0, RNN_DROPOUT, 0.5), RNN_E_VALUE);
    assert_ok(rnn_config_get_layer_int(config, 2, RNN_STRIDE, &stride));
    assert_int_equal(stride, 1); /* nothing has changed */
    rnn_config_destroy(config);
}

static void a_list_has_at_most_1024_layers(void **state)
{
    (void)state;
    rnn_config *config = CONFIG(RNN_KIND_AFFINE);
    size_t index = 77;
    for (size_t i = 1; i < 1024; i++)
        assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_AFFINE));
    assert_fails(rnn_config_add_layer(config, &index, RNN_KIND_AFFINE), RNN_E_VALUE);
    assert_int_equal(index, 77);
    rnn_destroy(created(config));
}

/* ---- creating ---------------------------------------------------------------------------------------------------- */

static void what_does_not_fit_together_is_named(void **state)
{
    (void)state;
    refused(CONFIG(RNN_KIND_AFFINE, RNN_KIND_DENSE), "layer 1 (RNN_KIND_DENSE)", "RNN_OUTPUT_SIZE is not set");
    refused(CONFIG(RNN_KIND_CONV1D), "layer 0", "RNN_OUTPUT_SIZE is not set");
    refused(CONFIG(RNN_KIND_RECURRENT), "layer 0 (RNN_KIND_RECURRENT)", "RNN_HIDDEN_SIZE is not set");
    refused(CONFIG(RNN_KIND_ACTIVATION), "layer 0", "RNN_ACTIVATION is not set");
    refused(CONFIG(RNN_KIND_DROPOUT), "layer 0", "RNN_DROPOUT is not set");
    refused(CONFIG(RNN_KIND_EMBEDDING), "layer 0", "RNN_OUTPUT_SIZE");
    rnn_config *config = CONFIG(RNN_KIND_EMBEDDING);
    set(config, 0, RNN_OUTPUT_SIZE, 3);
    refused(config, "an embedding must be the first layer", "RNN_VOCABULARY");
    config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 6);
    set(config, 0, RNN_GROUPS, 3);
    refused(config, "RNN_GROUPS is 3", "4 inputs");
    config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 6);
    set(config, 0, RNN_KERNEL_SIZE, INT32_MAX);
    set(config, 0, RNN_DILATION, INT32_MAX);
    refused(config, "layer 0", "RNN_KERNEL_SIZE");
    config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 5);
    set(config, 0, RNN_GROUPS, 2);
    refused(config, "RNN_GROUPS is 2, which does not divide 4 inputs and RNN_OUTPUT_SIZE 5", "layer 0");
    config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 4);
    set(config, 0, RNN_KERNEL_SIZE, 1 << 29); /* times 4 inputs */
    refused(config, "RNN_KERNEL_SIZE is 536870912, too large for RNN_DILATION 1 and 4 inputs", "layer 0");
    config = CONFIG(RNN_KIND_DENSE);
    set(config, 0, RNN_OUTPUT_SIZE, 2);
    assert_ok(rnn_config_set_layer_real(config, 0, RNN_ALPHA, 1));
    refused(config, "RNN_ALPHA is set", "needs RNN_ACTIVATION");
    config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 2);
    assert_ok(rnn_config_set_layer_real(config, 0, RNN_BETA, 1));
    refused(config, "RNN_BETA is set", "needs RNN_ACTIVATION");
    config = CONFIG(RNN_KIND_ACTIVATION);
    set(config, 0, RNN_ACTIVATION, RNN_ACTIVATION_TANH);
    assert_ok(rnn_config_set_layer_real(config, 0, RNN_BETA, 1));
    refused(config, "layer 0", "tanh needs no beta");
    config = CONFIG(RNN_KIND_DENSE);
    set(config, 0, RNN_OUTPUT_SIZE, 2);
    set(config, 0, RNN_TIED, 1);
    refused(config, "RNN_TIED is set", "expected an embedding of 2 tokens and 4 features");
    for (int64_t wrong = 0; wrong < 2; wrong++) { /* a table of other tokens, or of other features */
        config = CONFIG(RNN_KIND_EMBEDDING, RNN_KIND_DENSE, RNN_KIND_DENSE);
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 0));
        assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 5));
        set(config, 0, RNN_OUTPUT_SIZE, 3);
        set(config, 1, RNN_OUTPUT_SIZE, 3 + wrong);
        set(config, 2, RNN_OUTPUT_SIZE, 6 - wrong);
        set(config, 2, RNN_TIED, 1);
        refused(config, "layer 2 (RNN_KIND_DENSE): RNN_TIED is set",
                wrong ? "5 tokens and 4 features" : "6 tokens and 3 features");
    }
    config = CONFIG(RNN_KIND_DENSE, RNN_KIND_MAGNITUDE);
    set(config, 0, RNN_OUTPUT_SIZE, 3);
    refused(config, "layer 1 (RNN_KIND_MAGNITUDE)", "3 features enter");
}

static void skips_must_fit(void **state)
{
    (void)state;
    rnn_config *config = CONFIG(RNN_KIND_AFFINE, RNN_KIND_SKIP);
    set(config, 1, RNN_SOURCE, 1);
    refused(config, "RNN_SOURCE is 1", "layer 1");
    config = CONFIG(RNN_KIND_AFFINE, RNN_KIND_SKIP);
    set(config, 1, RNN_SOURCE, 2);
    refused(config, "RNN_SOURCE is 2", "layer 1");
    config = CONFIG(RNN_KIND_DENSE, RNN_KIND_SKIP);
    set(config, 0, RNN_OUTPUT_SIZE, 3);
    set(config, 1, RNN_MERGE, RNN_MERGE_SUM);
    refused(config, "RNN_SOURCE has 4 features", "has 3");
    config = CONFIG(RNN_KIND_CONV1D, RNN_KIND_SKIP);
    set(config, 0, RNN_OUTPUT_SIZE, 4);
    set(config, 0, RNN_STRIDE, 2);
    refused(config, "layer 1", "change the length of sequences");
    config = CONFIG(RNN_KIND_EMBEDDING, RNN_KIND_SKIP);
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 0));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 5));
    set(config, 0, RNN_OUTPUT_SIZE, 4);
    refused(config, "RNN_SOURCE_INPUT", "tokens");
}

static void networks_and_lists_do_not_mix(void **state)
{
    (void)state;
    rnn_config *config = CONFIG(RNN_KIND_AFFINE);
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3));
    refused(config, "RNN_HIDDEN_SIZE is set for the network", "rnn_config_set_layer_int");
    config = CONFIG(RNN_KIND_AFFINE);
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 3));
    refused(config, "RNN_INPUT_SIZE is 4 and RNN_VOCABULARY is 3", "exactly one");
    config = CONFIG(RNN_KIND_DENSE);
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 0));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 3));
    set(config, 0, RNN_OUTPUT_SIZE, 3);
    refused(config, "layer 0", "tokens enter an embedding");
    config = CONFIG(RNN_KIND_AFFINE, RNN_KIND_LAYER_NORM);
    assert_ok(rnn_config_set_layer_text(config, 1, RNN_PREFIX, "0."));
    refused(config, "RNN_PREFIX of layers 0 and 1 is \"0.\"", "");
    /* Tensors of a recurrent layer have other names than those of the others. */
    config = CONFIG(RNN_KIND_AFFINE, RNN_KIND_RECURRENT);
    set(config, 1, RNN_HIDDEN_SIZE, 2);
    assert_ok(rnn_config_set_layer_text(config, 1, RNN_PREFIX, "0."));
    rnn_destroy(created(config));
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static rnn_session *session_of(rnn_config *config, int32_t mode, size_t batch)
{
    rnn_session *session;
    rnn_model *model = created(config);
    assert_ok(rnn_session_create(&session, model, mode));
    rnn_destroy(model);
    assert_ok(rnn_reset_state(session, batch));
    return session;
}

static rnn_config *strided(void)
{
    rnn_config *config = CONFIG(RNN_KIND_CONV1D);
    set(config, 0, RNN_OUTPUT_SIZE, 2);
    set(config, 0, RNN_STRIDE, 3);
    return config;
}

static void steps_need_layers_that_can(void **state)
{
    (void)state;
    static const float x[8];
    float y[8];
    rnn_session *session = session_of(CONFIG(RNN_KIND_POOLING), RNN_INFERENCE, 2);
    assert_fails(rnn_step(session, y, 8, x, 8), RNN_E_STATE);
    assert_non_null(strstr(rnn_session_last_error(session), "whole sequences"));
    rnn_session_destroy(session);
    rnn_config *config = strided();
    set(config, 0, RNN_KERNEL_SIZE, 3);
    set(config, 0, RNN_PADDING, RNN_PADDING_CENTRED);
    session = session_of(config, RNN_INFERENCE, 2);
    assert_fails(rnn_step(session, y, 4, x, 8), RNN_E_STATE);
    rnn_session_destroy(session);
}

/* Sequences that have left a stride at different places have outputs at different steps. */
static void steps_need_sequences_in_step(void **state)
{
    (void)state;
    static const float x[32];
    static const int32_t lengths[] = {4, 2};
    float y[8];
    size_t steps;
    rnn_session *session = session_of(strided(), RNN_INFERENCE, 2);
    assert_ok(rnn_session_output_steps(session, 4, &steps));
    assert_int_equal(steps, 2);
    assert_fails(rnn_forward(session, y, 16, x, 32, lengths, 2, 4), RNN_E_SIZE);
    assert_non_null(strstr(rnn_session_last_error(session), "T'*B*Y"));
    assert_ok(rnn_forward(session, y, 8, x, 32, lengths, 2, 4));
    assert_fails(rnn_step(session, y, 4, x, 8), RNN_E_STATE);
    assert_non_null(strstr(rnn_session_last_error(session), "different places"));
    assert_ok(rnn_reset_state(session, 2));
    assert_ok(rnn_step(session, y, 4, x, 8));
    rnn_session_destroy(session);
}

static void outputs_of_other_lengths_are_checked(void **state)
{
    (void)state;
    static const float x[16], dy[16];
    float y[16];
    int32_t lengths[2], has;
    size_t steps;
    rnn_session *session = session_of(strided(), RNN_TRAINING, 1);
    assert_fails(rnn_session_output_lengths(session, lengths, 1), RNN_E_STATE);
    assert_fails(rnn_session_output_steps(session, 0, &steps), RNN_E_VALUE);
    assert_fails(rnn_session_output_steps(session, 1, NULL), RNN_E_NULL);
    assert_fails(rnn_session_has_output(session, NULL), RNN_E_NULL);
    assert_fails(rnn_session_has_output(NULL, &has), RNN_E_NULL);
    assert_ok(rnn_forward(session, y, 4, x, 16, NULL, 0, 4));
    assert_fails(rnn_session_output_lengths(session, lengths, 2), RNN_E_SIZE);
    assert_fails(rnn_backward(session, NULL, 0, dy, 8), RNN_E_SIZE);
    assert_ok(rnn_backward(session, NULL, 0, dy, 4));
    assert_fails(rnn_session_set_recompute(session, 2), RNN_E_UNSUPPORTED);
    rnn_session_destroy(session);
}

/* An affine layer is not trained, whatever the decay. */
static void affine_layers_are_frozen(void **state)
{
    (void)state;
    static const float x[4] = {1, 2, 3, 4}, dy[2] = {1, 1};
    rnn_config *config = CONFIG(RNN_KIND_AFFINE, RNN_KIND_DENSE);
    rnn_optimizer *optimizer;
    float y[2], w[4];
    set(config, 1, RNN_OUTPUT_SIZE, 2);
    rnn_model *model = created(config);
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_forward(session, y, 2, x, 4, NULL, 0, 1));
    assert_ok(rnn_backward(session, NULL, 0, dy, 2));
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAMW, model));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, 0.5));
    assert_ok(rnn_optimizer_step(optimizer, session));
    assert_ok(rnn_model_get_parameter(model, "0.weight", w, 4));
    for (size_t i = 0; i < 4; i++)
        assert_true(w[i] == 1);
    rnn_optimizer_destroy(optimizer);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* A checkpoint with these notes and one tensor that fits an affine layer of one feature. */
static int32_t load(const char *notes)
{
    static char bytes[4096];
    rnn_model *model = NULL;
    char header[2048];
    int length =
        snprintf(header, sizeof header,
                 "{\"__metadata__\":{%s},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                 "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                 notes);
    memset(bytes, 0, sizeof bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = i < 4 ? (char)(length >> (8 * i) & 255) : 0;
    memcpy(bytes + 8, header, (size_t)length);
    int32_t status = rnn_load_memory(&model, bytes, 8 + (size_t)length + 8);
    rnn_destroy(model);
    return status;
}

static void hostile_lists_are_refused(void **state)
{
    (void)state;
    assert_ok(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"5\""));
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"0\""), RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"13\""), RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"99999999999999999999\""), RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"5\",\"rnn.layer.2.kind\":\"5\""),
                     RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"5\",\"rnn.layer.0.stride\":\"2\""),
                     RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"5\",\"rnn.layer.99999999999.bias\":\"1\""),
                     RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"5\",\"rnn.layer..bias\":\"1\""),
                     RNN_E_UNSUPPORTED);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"2\",\"rnn.layer.0.output_size\":\"-1\""),
                     RNN_E_FORMAT);
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"2\""), RNN_E_FORMAT); /* no output size */
    assert_int_equal(load("\"rnn.layer.0.kind\":\"5\""), RNN_E_FORMAT);                          /* no input */
    assert_int_equal(load("\"rnn.input_size\":\"2\",\"rnn.layer.0.kind\":\"5\""), RNN_E_FORMAT); /* another shape */
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.hidden_size\":\"3\",\"rnn.layer.0.kind\":\"5\""),
                     RNN_E_FORMAT); /* an option of a network */
    assert_int_equal(load("\"rnn.input_size\":\"1\",\"rnn.layer.0.kind\":\"1\",\"rnn.layer.0.hidden_size\":\"1\","
                          "\"rnn.layer.0.layers\":\"1024\""),
                     RNN_E_FORMAT); /* which it has no tensors for */
}

/* A state cannot begin anew where a layer looks ahead. */
static void resets_need_layers_that_do_not_look_ahead(void **state)
{
    (void)state;
    static const int32_t resets[2] = {0, 1};
    for (int64_t padding = RNN_PADDING_CAUSAL; padding <= RNN_PADDING_CENTRED;
         padding += RNN_PADDING_CENTRED - RNN_PADDING_CAUSAL) {
        rnn_config *config = CONFIG(RNN_KIND_CONV1D);
        rnn_session *session;
        set(config, 0, RNN_OUTPUT_SIZE, 2);
        set(config, 0, RNN_KERNEL_SIZE, 3);
        set(config, 0, RNN_PADDING, padding);
        rnn_model *model = created(config);
        assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
        if (padding == RNN_PADDING_CENTRED) {
            assert_fails(rnn_session_set_resets(session, resets, 2), RNN_E_UNSUPPORTED);
            assert_non_null(strstr(rnn_session_last_error(session), "a layer that needs whole sequences"));
        } else {
            assert_ok(rnn_session_set_resets(session, resets, 2));
        }
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_and_missing_layers_are_refused),
        cmocka_unit_test(keys_of_other_kinds_are_refused),
        cmocka_unit_test(a_list_has_at_most_1024_layers),
        cmocka_unit_test(what_does_not_fit_together_is_named),
        cmocka_unit_test(skips_must_fit),
        cmocka_unit_test(networks_and_lists_do_not_mix),
        cmocka_unit_test(steps_need_layers_that_can),
        cmocka_unit_test(steps_need_sequences_in_step),
        cmocka_unit_test(outputs_of_other_lengths_are_checked),
        cmocka_unit_test(affine_layers_are_frozen),
        cmocka_unit_test(resets_need_layers_that_do_not_look_ahead),
        cmocka_unit_test(hostile_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
