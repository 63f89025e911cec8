/* Options: keys, kinds, ranges and contradictions, and the networks made of them. */
#include "witness.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The integer options by the text of rnn.h. */
static const struct {
    int32_t key;
    const char *name;
    int64_t standard, least, most;
} integers[] = {
    {RNN_CELL, "RNN_CELL", RNN_CELL_TANH, RNN_CELL_TANH, RNN_CELL_TANH},
    {RNN_INPUT_SIZE, "RNN_INPUT_SIZE", 0, 0, INT32_MAX},
    {RNN_VOCABULARY, "RNN_VOCABULARY", 0, 0, INT32_MAX},
    {RNN_EMBEDDING_SIZE, "RNN_EMBEDDING_SIZE", 0, 0, INT32_MAX},
    {RNN_HIDDEN_SIZE, "RNN_HIDDEN_SIZE", 0, 1, INT32_MAX},
    {RNN_LAYERS, "RNN_LAYERS", 1, 1, 1024},
    {RNN_CLASSES, "RNN_CLASSES", 0, 0, INT32_MAX},
    {RNN_SEED, "RNN_SEED", 0, INT64_MIN, INT64_MAX},
};
#define INTEGERS (sizeof integers / sizeof *integers)

static const int32_t no_keys[] = {0, 9, -1, -101, 99, 100, 102, 103, INT32_MIN, INT32_MAX};
#define NO_KEYS (sizeof no_keys / sizeof *no_keys)

static void assert_integer(rnn_config *config, int32_t key, int64_t expected)
{
    int64_t value = ~expected;
    assert_ok(rnn_config_get_int(config, &value, key));
    assert_true(value == expected);
}

static void test_defaults(void **state)
{
    (void)state;
    rnn_config *config;
    double range = -1;
    assert_ok(rnn_config_create(&config));
    assert_string_equal(rnn_config_last_error(config), "");
    for (size_t i = 0; i < INTEGERS; i++)
        assert_integer(config, integers[i].key, integers[i].standard);
    assert_ok(rnn_config_get_real(config, &range, RNN_INIT_RANGE));
    assert_true(range == 0);
    rnn_config_destroy(config);
}

static void test_ranges_of_integers(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < INTEGERS; i++) {
        int32_t key = integers[i].key;
        int64_t least = integers[i].least, most = integers[i].most;
        const int64_t below[] = {least - (least > INT64_MIN), INT64_MIN};
        const int64_t above[] = {most + (most < INT64_MAX), INT64_MAX};
        assert_ok(rnn_config_set_int(w.config, key, least));
        assert_integer(w.config, key, least);
        assert_ok(rnn_config_set_int(w.config, key, most));
        for (size_t j = 0; j < 2 && key != RNN_SEED; j++) {
            assert_refused_by_config(&w, rnn_config_set_int(w.config, key, below[j]), RNN_E_VALUE, integers[i].name);
            assert_refused_by_config(&w, rnn_config_set_int(w.config, key, above[j]), RNN_E_VALUE, integers[i].name);
        }
        assert_integer(w.config, key, most);
    }
    witness_close(&w);
}

static void test_range_of_the_real(void **state)
{
    (void)state;
    const double wrong[] = {-1, -DBL_TRUE_MIN, (double)NAN, (double)INFINITY, -(double)INFINITY};
    struct witness w = witness_open(REAL, RNN_TRAINING);
    double value = 0;
    assert_ok(rnn_config_set_real(w.config, RNN_INIT_RANGE, 0.0625));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused_by_config(&w, rnn_config_set_real(w.config, RNN_INIT_RANGE, wrong[i]), RNN_E_VALUE,
                                 "RNN_INIT_RANGE");
    assert_ok(rnn_config_get_real(w.config, &value, RNN_INIT_RANGE));
    assert_true(value == 0.0625);
    witness_close(&w);
}

static void test_unknown_keys(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    struct outputs *o = &w.out;
    for (size_t i = 0; i < NO_KEYS; i++) {
        int32_t key = no_keys[i];
        assert_refused_by_config(&w, rnn_config_set_int(w.config, key, 1), RNN_E_VALUE, "key is");
        assert_refused_by_config(&w, rnn_config_set_real(w.config, key, 1), RNN_E_VALUE, "key is");
        assert_refused_by_config(&w, rnn_config_get_int(w.config, &o->integer, key), RNN_E_VALUE, "key is");
        assert_refused_by_config(&w, rnn_config_get_real(w.config, &o->real, key), RNN_E_VALUE, "key is");
        assert_refused(&w, rnn_get_int(w.model, &o->integer, key), RNN_E_VALUE, "key is");
        assert_refused(&w, rnn_get_real(w.model, &o->real, key), RNN_E_VALUE, "key is");
    }
    assert_undisturbed(&w);
    witness_close(&w);
}

static void test_keys_of_the_other_kind(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    struct outputs *o = &w.out;
    for (size_t i = 0; i < INTEGERS; i++) {
        int32_t key = integers[i].key;
        assert_refused_by_config(&w, rnn_config_set_real(w.config, key, 1), RNN_E_VALUE, integers[i].name);
        assert_refused_by_config(&w, rnn_config_get_real(w.config, &o->real, key), RNN_E_VALUE, integers[i].name);
        assert_refused(&w, rnn_get_real(w.model, &o->real, key), RNN_E_VALUE, integers[i].name);
    }
    assert_refused_by_config(&w, rnn_config_set_int(w.config, RNN_INIT_RANGE, 1), RNN_E_VALUE, "RNN_INIT_RANGE");
    assert_refused_by_config(&w, rnn_config_get_int(w.config, &o->integer, RNN_INIT_RANGE), RNN_E_VALUE,
                             "RNN_INIT_RANGE");
    assert_refused(&w, rnn_get_int(w.model, &o->integer, RNN_INIT_RANGE), RNN_E_VALUE, "RNN_INIT_RANGE");
    assert_undisturbed(&w);
    witness_close(&w);
}

static void test_contradictions(void **state)
{
    (void)state;
    static const struct {
        int64_t inputs, vocabulary, embedding, hidden;
        const char *part;
    } cases[] = {
        {0, 0, 0, 0, "RNN_HIDDEN_SIZE"}, {4, 0, 0, 0, "RNN_HIDDEN_SIZE"},         {0, 0, 0, 6, "RNN_INPUT_SIZE"},
        {0, 0, 0, 6, "RNN_VOCABULARY"},  {4, 7, 0, 6, "RNN_INPUT_SIZE is 4"},     {4, 7, 0, 6, "RNN_VOCABULARY is 7"},
        {4, 7, 5, 6, "RNN_INPUT_SIZE"},  {4, 0, 5, 6, "RNN_EMBEDDING_SIZE is 5"}, {0, 0, 5, 6, "RNN_VOCABULARY"},
    };
    struct witness w = witness_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_config_destroy(w.config);
        assert_ok(rnn_config_create(&w.config));
        assert_ok(rnn_config_set_int(w.config, RNN_INPUT_SIZE, cases[i].inputs));
        assert_ok(rnn_config_set_int(w.config, RNN_VOCABULARY, cases[i].vocabulary));
        assert_ok(rnn_config_set_int(w.config, RNN_EMBEDDING_SIZE, cases[i].embedding));
        if (cases[i].hidden)
            assert_ok(rnn_config_set_int(w.config, RNN_HIDDEN_SIZE, cases[i].hidden));
        assert_refused_by_config(&w, rnn_create(&w.out.model, w.config), RNN_E_VALUE, cases[i].part);
    }
    assert_undisturbed(&w);
    witness_close(&w);
}

/* A model keeps the options that it was created with, whatever becomes of the configuration. */
static void test_configuration_used_again(void **state)
{
    (void)state;
    static const int64_t values[] = {RNN_CELL_TANH, 0, V, E, H, L, C, -5};
    rnn_config *config = witness_config(EMBEDDING);
    rnn_model *first, *second;
    int64_t value;
    double range;
    assert_ok(rnn_config_set_int(config, RNN_SEED, -5));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 0.1));
    assert_ok(rnn_create(&first, config));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 9));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 0.2));
    assert_ok(rnn_create(&second, config));
    rnn_config_destroy(config);
    for (size_t i = 0; i < INTEGERS; i++) {
        assert_ok(rnn_get_int(first, &value, integers[i].key));
        assert_true(value == values[i]);
        assert_ok(rnn_get_int(second, &value, integers[i].key));
        assert_true(value == (integers[i].key == RNN_HIDDEN_SIZE ? 9 : values[i]));
    }
    assert_ok(rnn_get_real(first, &range, RNN_INIT_RANGE));
    assert_true(range == 0.1);
    assert_ok(rnn_get_real(second, &range, RNN_INIT_RANGE));
    assert_true(range == 0.2);
    rnn_destroy(first);
    rnn_destroy(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_ranges_of_integers),
        cmocka_unit_test(test_range_of_the_real),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_keys_of_the_other_kind),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_configuration_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
