/* rnn_describe: what it says, and that the memory it speaks of is what is taken.  Linked with --wrap=rnni_memory_take.
 */
#include "support/support.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t taken, last; /* bytes that the library asked for, and asked for last */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    last = count * size;
    taken += last;
    return __real_rnni_memory_take(count, size);
}

static rnn_model *create(void)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 40));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 5));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, 0.25));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "encoder."));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static char *describe(const rnn_model *model, size_t steps, size_t batch)
{
    size_t size = 0, again = 0;
    assert_ok(rnn_describe(model, NULL, 0, &size, steps, batch));
    char *text = malloc(size);
    assert_non_null(text);
    assert_ok(rnn_describe(model, text, size, &again, steps, batch));
    assert_int_equal(again, size);
    assert_int_equal(strlen(text) + 1, size);
    return text;
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void test_words(void **state)
{
    (void)state;
    rnn_model *model = create();
    char *text = describe(model, 100, 32), count[64];
    const float *values;
    size_t parameters;
    assert_ok(rnn_model_parameters(model, &values, &parameters));
    snprintf(count, sizeof count, "%zu parameters\n", parameters);
    assert_says(text, "LSTM, both directions, 2 layers of 40 units, 3 features, 5 outputs\n");
    assert_says(text, "  dropout 0.25\n");
    assert_says(text, "  prefix \"encoder.\"\n");
    assert_says(text, "  encoder.weight_ih_l0 [160,3]\n");
    assert_says(text, "  encoder.bias_hh_l1_reverse [160]\n");
    assert_says(text, "  head.weight [5,80]\n");
    assert_says(text, count);
    assert_says(text, "session for 100 steps of 32 sequences: inference ");
    assert_null(strstr(text, "zoneout")); /* at its default */
    free(text);
    rnn_destroy(model);
}

/* The number before a unit, in bytes. */
static double bytes_after(const char *text, const char *word)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    char unit[8] = "";
    unsigned whole = 0, tenth = 0;
    const char *at = strstr(text, word);
    assert_non_null(at);
    at += strlen(word);
    if (sscanf(at, "%u.%u %7[a-zA-Z]", &whole, &tenth, unit) != 3)
        assert_int_equal(sscanf(at, "%u %7[a-zA-Z]", &whole, unit), 2);
    double scale = 1;
    for (size_t i = 0; i < 4; i++, scale *= 1024)
        if (!strcmp(unit, units[i]))
            return (whole + tenth / 10.0) * scale;
    fail_msg("no unit in \"%s\"", at);
    return 0;
}

/* To 1 percent, as a tenth of a unit tells. */
static void assert_about(double told, size_t bytes)
{
    assert_true(told > 0.99 * (double)bytes - 64 && told < 1.01 * (double)bytes + 64);
}

static void test_memory(void **state)
{
    (void)state;
    taken = 0;
    rnn_model *model = create();
    size_t of_model = taken;
    char *text = describe(model, 100, 32);
    rnn_session *session;
    assert_true(bytes_after(text, "memory: model ") > 0.9 * (double)of_model - 4096);
    assert_true(bytes_after(text, "memory: model ") < 1.01 * (double)of_model);
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        taken = 0;
        assert_ok(rnn_session_create(&session, model, mode));
        taken -= last; /* the workspace, which the next call replaces */
        assert_ok(rnn_session_reserve(session, 100, 32));
        assert_about(bytes_after(text, mode == RNN_TRAINING ? "training " : "inference "), taken);
        rnn_session_destroy(session);
    }
    free(text);
    rnn_destroy(model);
}

/* Bytes per step, sequence, unit and layer of a training without a head, 128 inputs and units. */
static double training_bytes(int64_t cell, int64_t layers)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 128));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 128));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, layers));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    char *text = describe(model, 1024, 16);
    double bytes = bytes_after(text, "training ");
    free(text);
    rnn_destroy(model);
    return bytes / (1024.0 * 16 * 128 * (double)layers);
}

/* An LSTM keeps its input, h, c, 4 gates and a gradient for each step and unit: 8 floats; a GRU its input, h, 3 gates,
 * the recurrent part of n and a gradient: 7.  The rest is the gradients and packed weights. */
static void test_training_memory(void **state)
{
    (void)state;
    assert_true(training_bytes(RNN_CELL_LSTM, 1) <= 33);
    assert_true(training_bytes(RNN_CELL_LSTM, 2) <= 29);
    assert_true(training_bytes(RNN_CELL_GRU, 1) <= 29);
    assert_true(training_bytes(RNN_CELL_GRU, 2) <= 25);
}

static void test_sizes(void **state)
{
    (void)state;
    rnn_model *model = create();
    char text[16] = "untouched";
    size_t size = 0, whole = 0;
    assert_ok(rnn_describe(model, NULL, 0, &whole, 1, 1));
    assert_fails(rnn_describe(model, text, sizeof text, &size, 1, 1), RNN_E_SIZE);
    assert_int_equal(size, whole);
    assert_string_equal(text, "untouched");
    assert_fails(rnn_describe(model, text, 0, &size, 1, 1), RNN_E_SIZE);
    assert_fails(rnn_describe(NULL, NULL, 0, &size, 1, 1), RNN_E_NULL);
    assert_fails(rnn_describe(model, NULL, 0, NULL, 1, 1), RNN_E_NULL);
    assert_fails(rnn_describe(model, NULL, 16, &size, 1, 1), RNN_E_NULL);
    size = 77;
    assert_fails(rnn_describe(model, NULL, 0, &size, 0, 1), RNN_E_VALUE);
    assert_fails(rnn_describe(model, NULL, 0, &size, 1, 0), RNN_E_VALUE);
    assert_fails(rnn_describe(model, NULL, 0, &size, (size_t)1 << 20, (size_t)1 << 12), RNN_E_VALUE);
    assert_int_equal(size, 77);
    rnn_destroy(model);
}

/* Activations over so many features, without weights. */
static rnn_model *create_activations(int64_t features, size_t layers)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, features));
    for (size_t i = 0; i < layers; i++) {
        assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_ACTIVATION));
        assert_ok(rnn_config_set_layer_int(config, i, RNN_ACTIVATION, RNN_ACTIVATION_TANH));
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* Training over the most steps of 2^16 features, with some matrices of 2^49 bytes; and memory without bounds. */
static void test_very_much_memory(void **state)
{
    (void)state;
    if (SIZE_MAX == UINT32_MAX)
        skip();
    rnn_model *model = create_activations(1 << 16, 4);
    char *text = describe(model, INT32_MAX, 1);
    unsigned whole = 0, tenth = 0;
    assert_non_null(strstr(text, ", training "));
    assert_int_equal(sscanf(strstr(text, ", training "), ", training %u.%u TiB", &whole, &tenth), 2);
    assert_true(whole >= 1024 && whole < 8192);
    assert_says(text, "  3 activation, 65536 to 65536 features");
    free(text);
    rnn_destroy(model);
    model = create_activations(INT32_MAX, 20);
    text = describe(model, INT32_MAX, 1);
    assert_says(text, ", training beyond the address space\n");
    free(text);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_very_much_memory), cmocka_unit_test(test_words), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_training_memory),  cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
