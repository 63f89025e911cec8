/* Every option of every kind of layer: who has it, its default and its range; and that every function refuses NULL. */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define KINDS        RNN_KIND_MAGNITUDE
#define OF(kind)     (1U << RNN_KIND_##kind)
#define RECURRENT    OF(RECURRENT)
#define WEIGHTS      (OF(DENSE) | OF(CONV1D))
#define WITH_TENSORS (RECURRENT | WEIGHTS | OF(EMBEDDING) | OF(AFFINE) | OF(LAYER_NORM) | OF(RMS_NORM))
#define SIZE_MOST    INT32_MAX
#define UNSET        ((double)NAN)

enum type { INTEGER, REAL, TEXT };

/* An option of the layers `kinds`; a bit for each kind. */
struct option {
    int32_t key;
    const char *name;
    enum type type;
    unsigned kinds;
    double standard, least, most;
};

#define INTEGER(key, ...)                                                                                              \
    {                                                                                                                  \
        key, #key, INTEGER, __VA_ARGS__                                                                                \
    }
#define REAL(key, ...)                                                                                                 \
    {                                                                                                                  \
        key, #key, REAL, __VA_ARGS__                                                                                   \
    }

static const struct option options[] = {
    INTEGER(RNN_CELL, RECURRENT, RNN_CELL_TANH, 1, LAST_CELL),
    INTEGER(RNN_HIDDEN_SIZE, RECURRENT, 0, 1, SIZE_MOST),
    INTEGER(RNN_LAYERS, RECURRENT, 1, 1, 1024),
    INTEGER(RNN_DIRECTION, RECURRENT, RNN_DIRECTION_FORWARD, 1, 3),
    INTEGER(RNN_MERGE, RECURRENT | OF(SKIP), RNN_MERGE_CONCATENATE, 1, 2),
    INTEGER(RNN_BIAS, RECURRENT | WEIGHTS | OF(LAYER_NORM), 1, 0, 1),
    INTEGER(RNN_PROJECTION_SIZE, RECURRENT, 0, 0, SIZE_MOST),
    INTEGER(RNN_RESIDUAL, RECURRENT, 0, 0, 1),
    INTEGER(RNN_OUTPUT, OF(POOLING), RNN_OUTPUT_LAST_STEP, RNN_OUTPUT_LAST_STEP, RNN_OUTPUT_MAXIMUM),
    INTEGER(RNN_RESET, RECURRENT, RNN_RESET_AFTER, 1, 2),
    INTEGER(RNN_PEEPHOLES, RECURRENT, 0, 0, 1),
    INTEGER(RNN_COUPLE, RECURRENT, 0, 0, 2),
    INTEGER(RNN_LAYER_NORM, RECURRENT, 0, 0, 1),
    INTEGER(RNN_ACTIVATION_F, RECURRENT, 0, 0, 11),
    INTEGER(RNN_ACTIVATION_G, RECURRENT, 0, 0, 11),
    INTEGER(RNN_ACTIVATION_H, RECURRENT, 0, 0, 11),
    INTEGER(RNN_INIT_INPUT, RECURRENT | WEIGHTS, RNN_INIT_UNIFORM, 1, 2),
    INTEGER(RNN_INIT_RECURRENT, RECURRENT, RNN_INIT_UNIFORM, 1, 3),
    INTEGER(RNN_INIT_BIAS, RECURRENT | WEIGHTS, RNN_INIT_UNIFORM, 1, 4),
    INTEGER(RNN_OUTPUT_SIZE, WEIGHTS | OF(EMBEDDING), 0, 0, SIZE_MOST),
    INTEGER(RNN_KERNEL_SIZE, OF(CONV1D), 1, 1, SIZE_MOST),
    INTEGER(RNN_STRIDE, OF(CONV1D), 1, 1, SIZE_MOST),
    INTEGER(RNN_DILATION, OF(CONV1D), 1, 1, SIZE_MOST),
    INTEGER(RNN_GROUPS, OF(CONV1D), 1, 1, SIZE_MOST),
    INTEGER(RNN_PADDING, OF(CONV1D), RNN_PADDING_CAUSAL, 1, 3),
    INTEGER(RNN_ACTIVATION, WEIGHTS | OF(ACTIVATION), 0, 0, 11),
    INTEGER(RNN_SOURCE, OF(SKIP), RNN_SOURCE_INPUT, -1, SIZE_MOST),
    INTEGER(RNN_INITIAL_STATE, RECURRENT, 0, 0, 1),
    INTEGER(RNN_TIED, OF(DENSE), 0, 0, 1),
    INTEGER(RNN_INPUT_SIZE, 0, 0, 0, 0),
    INTEGER(RNN_VOCABULARY, 0, 0, 0, 0),
    INTEGER(RNN_EMBEDDING_SIZE, 0, 0, 0, 0),
    INTEGER(RNN_CLASSES, 0, 0, 0, 0),
    INTEGER(RNN_SEED, 0, 0, 0, 0),
    INTEGER(RNN_PRODUCTS, 0, 0, 0, 0),
    REAL(RNN_INIT_RANGE, RECURRENT | WEIGHTS, 0, 0, 1e30),
    REAL(RNN_FORGET_BIAS, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_DROPOUT, RECURRENT | OF(DROPOUT), 0, 0, 0.99),
    REAL(RNN_RECURRENT_DROPOUT, RECURRENT, 0, 0, 0.99),
    REAL(RNN_ZONEOUT, RECURRENT, 0, 0, 0.99),
    REAL(RNN_ZONEOUT_CELL, RECURRENT, 0, 0, 0.99),
    REAL(RNN_CLIP, RECURRENT, 0, 0, 1e30),
    REAL(RNN_CELL_CLIP, RECURRENT, 0, 0, 1e30),
    REAL(RNN_ALPHA_F, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_BETA_F, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_ALPHA_G, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_BETA_G, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_ALPHA_H, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_BETA_H, RECURRENT, UNSET, -1e30, 1e30),
    REAL(RNN_ALPHA, WEIGHTS | OF(ACTIVATION), UNSET, -1e30, 1e30),
    REAL(RNN_BETA, WEIGHTS | OF(ACTIVATION), UNSET, -1e30, 1e30),
    {RNN_EPSILON, "RNN_EPSILON", REAL, OF(LAYER_NORM), 1e-5, 0, 1e30},
    {RNN_PREFIX, "RNN_PREFIX", TEXT, WITH_TENSORS, 0, 0, 0},
    {RNN_EMBEDDING_NAME, "RNN_EMBEDDING_NAME", TEXT, 0, 0, 0, 0},
    {RNN_HEAD_NAME, "RNN_HEAD_NAME", TEXT, 0, 0, 0, 0},
};
#define OPTIONS (sizeof options / sizeof *options)

/* One layer of each kind; that of kind k is layer k - 1. */
static rnn_config *all_kinds(void)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    for (int32_t kind = 1; kind <= KINDS; kind++)
        assert_ok(rnn_config_add_layer(config, NULL, kind));
    return config;
}

/* The message of a failure on the handle names the option. */
static void assert_names(const rnn_config *config, const struct option *o)
{
    if (!strstr(rnn_config_last_error(config), o->name))
        fail_msg("\"%s\" does not name %s", rnn_config_last_error(config), o->name);
}

static void check_integer(rnn_config *config, size_t layer, const struct option *o)
{
    int64_t value = 77, least = (int64_t)o->least, most = (int64_t)o->most;
    assert_ok(rnn_config_get_layer_int(config, layer, o->key, &value));
    assert_true(value == (int64_t)o->standard);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, least - 1), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, most + 1), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, INT64_MIN), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, INT64_MAX), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, o->most), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_text(config, layer, o->key, "1"), RNN_E_VALUE);
    assert_ok(rnn_config_get_layer_int(config, layer, o->key, &value));
    assert_true(value == (int64_t)o->standard); /* nothing has changed */
    assert_ok(rnn_config_set_layer_int(config, layer, o->key, least));
    assert_ok(rnn_config_set_layer_int(config, layer, o->key, most));
    assert_ok(rnn_config_get_layer_int(config, layer, o->key, &value));
    assert_true(value == most);
}

static void check_real(rnn_config *config, size_t layer, const struct option *o)
{
    double value = 77;
    assert_ok(rnn_config_get_layer_real(config, layer, o->key, &value));
    assert_true(isnan(o->standard) ? isnan(value) : value == o->standard);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, o->least - fabs(o->least) - DBL_MIN), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, o->most * (1 + DBL_EPSILON)), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, (double)NAN), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, (double)INFINITY), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, 0), RNN_E_VALUE);
    assert_ok(rnn_config_get_layer_real(config, layer, o->key, &value));
    assert_true(isnan(o->standard) ? isnan(value) : value == o->standard);
    assert_ok(rnn_config_set_layer_real(config, layer, o->key, o->least));
    assert_ok(rnn_config_set_layer_real(config, layer, o->key, o->most));
    assert_ok(rnn_config_get_layer_real(config, layer, o->key, &value));
    assert_true(value == o->most);
}

static void check_text(rnn_config *config, size_t layer, const struct option *o)
{
    char longest[129], standard[32];
    const char *value;
    memset(longest, 'a', 128);
    longest[128] = 0;
    snprintf(standard, sizeof standard, "%zu.", layer);
    assert_ok(rnn_config_get_layer_text(config, layer, o->key, &value));
    assert_string_equal(value, standard);
    assert_fails(rnn_config_set_layer_text(config, layer, o->key, longest), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_text(config, layer, o->key, "a\n"), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_text(config, layer, o->key, "\xff"), RNN_E_VALUE);
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, 0), RNN_E_VALUE);
    assert_ok(rnn_config_get_layer_text(config, layer, o->key, &value));
    assert_string_equal(value, standard);
    assert_ok(rnn_config_set_layer_text(config, layer, o->key, longest + 1));
    assert_ok(rnn_config_get_layer_text(config, layer, o->key, &value));
    assert_string_equal(value, longest + 1);
}

/* A layer that does not have the option says so, and with which function one asks does not matter. */
static void check_absent(rnn_config *config, size_t layer, const struct option *o)
{
    int64_t integer = 77;
    double real = 77;
    const char *text = "77";
    assert_fails(rnn_config_set_layer_int(config, layer, o->key, 1), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_real(config, layer, o->key, 0.5), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_set_layer_text(config, layer, o->key, "a."), RNN_E_VALUE);
    assert_names(config, o);
    assert_fails(rnn_config_get_layer_int(config, layer, o->key, &integer), RNN_E_VALUE);
    assert_fails(rnn_config_get_layer_real(config, layer, o->key, &real), RNN_E_VALUE);
    assert_fails(rnn_config_get_layer_text(config, layer, o->key, &text), RNN_E_VALUE);
    assert_names(config, o);
    assert_true(integer == 77 && real == 77);
    assert_string_equal(text, "77");
}

static void kinds_have_their_options(void **state)
{
    (void)state;
    rnn_config *config = all_kinds();
    for (size_t i = 0; i < OPTIONS; i++)
        for (size_t layer = 0; layer < KINDS; layer++) {
            const struct option *o = &options[i];
            if (!(o->kinds >> (layer + 1) & 1)) {
                if (o->key != RNN_EPSILON || layer + 1 != RNN_KIND_RMS_NORM)
                    check_absent(config, layer, o);
            } else if (o->type == INTEGER) {
                check_integer(config, layer, o);
            } else if (o->type == REAL) {
                check_real(config, layer, o);
            } else {
                check_text(config, layer, o);
            }
        }
    rnn_config_destroy(config);
}

/* The one default that depends on the kind. */
static void epsilon_of_rms_norm_is_pytorchs(void **state)
{
    (void)state;
    static const struct option epsilon = {RNN_EPSILON, "RNN_EPSILON", REAL, 0, 0x1p-23, 0, 1e30};
    rnn_config *config = all_kinds();
    check_real(config, RNN_KIND_RMS_NORM - 1, &epsilon);
    rnn_config_destroy(config);
}

/* A key that the library may get without the table above getting it is found here. */
static void there_are_no_other_options(void **state)
{
    (void)state;
    rnn_config *config = all_kinds();
    for (int32_t key = -1; key < 1000; key++) {
        size_t i = 0;
        while (i < OPTIONS && options[i].key != key)
            i++;
        for (size_t layer = 0; layer < KINDS && i == OPTIONS; layer++) {
            int64_t integer;
            double real;
            const char *text;
            assert_fails(rnn_config_get_layer_int(config, layer, key, &integer), RNN_E_VALUE);
            assert_fails(rnn_config_get_layer_real(config, layer, key, &real), RNN_E_VALUE);
            assert_fails(rnn_config_get_layer_text(config, layer, key, &text), RNN_E_VALUE);
        }
    }
    rnn_config_destroy(config);
}

/* Behind an argument that is NULL nothing is looked at. */
static void null_handles_are_refused(void **state)
{
    (void)state;
    size_t count = 77;
    int32_t kind = 77;
    int64_t integer = 77;
    double real = 77;
    const char *text = NULL;
    assert_fails(rnn_config_add_layer(NULL, &count, RNN_KIND_DENSE), RNN_E_NULL);
    assert_fails(rnn_config_set_layer_real(NULL, 0, RNN_ALPHA, 1), RNN_E_NULL);
    assert_fails(rnn_config_set_layer_text(NULL, 0, RNN_PREFIX, "a."), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_int(NULL, 0, RNN_BIAS, &integer), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_real(NULL, 0, RNN_ALPHA, &real), RNN_E_NULL);
    assert_fails(rnn_config_get_layer_text(NULL, 0, RNN_PREFIX, &text), RNN_E_NULL);
    assert_fails(rnn_model_layer_kind(NULL, 0, &kind), RNN_E_NULL);
    assert_fails(rnn_model_get_layer_int(NULL, 0, RNN_BIAS, &integer), RNN_E_NULL);
    assert_fails(rnn_model_get_layer_real(NULL, 0, RNN_ALPHA, &real), RNN_E_NULL);
    assert_fails(rnn_model_get_layer_text(NULL, 0, RNN_PREFIX, &text), RNN_E_NULL);
    assert_fails(rnn_session_output_steps(NULL, 1, &count), RNN_E_NULL);
    assert_fails(rnn_session_output_lengths(NULL, &kind, 1), RNN_E_NULL);
    assert_true(count == 77 && kind == 77 && integer == 77 && real == 77 && !text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_their_options),
        cmocka_unit_test(epsilon_of_rms_norm_is_pytorchs),
        cmocka_unit_test(there_are_no_other_options),
        cmocka_unit_test(null_handles_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
