/* Options: keys, kinds, ranges and contradictions, and the networks made of them. */
#include "support/fixture.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The integer options by the text of rnn.h. */
static const struct {
    int32_t key;
    const char *name;
    int64_t standard, least, most;
} integers[] = {
    {RNN_CELL, "RNN_CELL", RNN_CELL_TANH, RNN_CELL_TANH, LAST_CELL},
    {RNN_INPUT_SIZE, "RNN_INPUT_SIZE", 0, 0, INT32_MAX},
    {RNN_VOCABULARY, "RNN_VOCABULARY", 0, 0, INT32_MAX},
    {RNN_EMBEDDING_SIZE, "RNN_EMBEDDING_SIZE", 0, 0, INT32_MAX},
    {RNN_HIDDEN_SIZE, "RNN_HIDDEN_SIZE", 0, 1, INT32_MAX},
    {RNN_LAYERS, "RNN_LAYERS", 1, 1, 1024},
    {RNN_CLASSES, "RNN_CLASSES", 0, 0, INT32_MAX},
    {RNN_SEED, "RNN_SEED", 0, INT64_MIN, INT64_MAX},
    {RNN_DIRECTION, "RNN_DIRECTION", RNN_DIRECTION_FORWARD, RNN_DIRECTION_FORWARD, RNN_DIRECTION_BOTH},
    {RNN_MERGE, "RNN_MERGE", RNN_MERGE_CONCATENATE, RNN_MERGE_CONCATENATE, RNN_MERGE_SUM},
    {RNN_BIAS, "RNN_BIAS", 1, 0, 1},
    {RNN_PROJECTION_SIZE, "RNN_PROJECTION_SIZE", 0, 0, INT32_MAX},
    {RNN_RESIDUAL, "RNN_RESIDUAL", 0, 0, 1},
    {RNN_OUTPUT, "RNN_OUTPUT", RNN_OUTPUT_EVERY_STEP, RNN_OUTPUT_EVERY_STEP, RNN_OUTPUT_MEAN},
    {RNN_RESET, "RNN_RESET", RNN_RESET_AFTER, RNN_RESET_AFTER, RNN_RESET_BEFORE},
    {RNN_PEEPHOLES, "RNN_PEEPHOLES", 0, 0, 1},
    {RNN_COUPLE, "RNN_COUPLE", 0, 0, RNN_COUPLE_INPUT},
    {RNN_LAYER_NORM, "RNN_LAYER_NORM", 0, 0, 1},
    {RNN_ACTIVATION_F, "RNN_ACTIVATION_F", 0, 0, RNN_ACTIVATION_AFFINE},
    {RNN_ACTIVATION_G, "RNN_ACTIVATION_G", 0, 0, RNN_ACTIVATION_AFFINE},
    {RNN_ACTIVATION_H, "RNN_ACTIVATION_H", 0, 0, RNN_ACTIVATION_AFFINE},
    {RNN_INIT_INPUT, "RNN_INIT_INPUT", RNN_INIT_UNIFORM, RNN_INIT_UNIFORM, RNN_INIT_XAVIER},
    {RNN_INIT_RECURRENT, "RNN_INIT_RECURRENT", RNN_INIT_UNIFORM, RNN_INIT_UNIFORM, RNN_INIT_ORTHOGONAL},
    {RNN_INIT_BIAS, "RNN_INIT_BIAS", RNN_INIT_UNIFORM, RNN_INIT_UNIFORM, RNN_INIT_ZERO},
    {RNN_PRODUCTS, "RNN_PRODUCTS", RNN_PRODUCTS_AUTOMATIC, RNN_PRODUCTS_AUTOMATIC, RNN_PRODUCTS_CBLAS},
};
#define INTEGERS (sizeof integers / sizeof *integers)

/* The real ones; those whose default is not a number are unset. */
static const struct {
    int32_t key;
    const char *name;
    double standard, least, most;
} reals[] = {
    {RNN_INIT_RANGE, "RNN_INIT_RANGE", 0, 0, 1e30},
    {RNN_FORGET_BIAS, "RNN_FORGET_BIAS", (double)NAN, -1e30, 1e30},
    {RNN_DROPOUT, "RNN_DROPOUT", 0, 0, 0.99},
    {RNN_RECURRENT_DROPOUT, "RNN_RECURRENT_DROPOUT", 0, 0, 0.99},
    {RNN_ZONEOUT, "RNN_ZONEOUT", 0, 0, 0.99},
    {RNN_ZONEOUT_CELL, "RNN_ZONEOUT_CELL", 0, 0, 0.99},
    {RNN_CLIP, "RNN_CLIP", 0, 0, 1e30},
    {RNN_CELL_CLIP, "RNN_CELL_CLIP", 0, 0, 1e30},
    {RNN_ALPHA_F, "RNN_ALPHA_F", (double)NAN, -1e30, 1e30},
    {RNN_BETA_F, "RNN_BETA_F", (double)NAN, -1e30, 1e30},
    {RNN_ALPHA_G, "RNN_ALPHA_G", (double)NAN, -1e30, 1e30},
    {RNN_BETA_G, "RNN_BETA_G", (double)NAN, -1e30, 1e30},
    {RNN_ALPHA_H, "RNN_ALPHA_H", (double)NAN, -1e30, 1e30},
    {RNN_BETA_H, "RNN_BETA_H", (double)NAN, -1e30, 1e30},
};
#define REALS (sizeof reals / sizeof *reals)

static const struct {
    int32_t key;
    const char *name, *standard;
} texts[] = {
    {RNN_PREFIX, "RNN_PREFIX", ""},
    {RNN_EMBEDDING_NAME, "RNN_EMBEDDING_NAME", "embedding."},
    {RNN_HEAD_NAME, "RNN_HEAD_NAME", "head."},
};
#define TEXTS (sizeof texts / sizeof *texts)

static const int32_t no_keys[] = {0, 26, -1, -101, 99, 100, 115, 200, 205, INT32_MIN, INT32_MAX};
#define NO_KEYS (sizeof no_keys / sizeof *no_keys)

static void assert_integer(rnn_config *config, int32_t key, int64_t expected)
{
    int64_t value = ~expected;
    assert_ok(rnn_config_get_int(config, key, &value));
    assert_true(value == expected);
}

static void assert_real(rnn_config *config, int32_t key, double expected)
{
    double value = expected + 1;
    assert_ok(rnn_config_get_real(config, key, &value));
    assert_true(value == expected || (isnan(value) && isnan(expected)));
}

static void assert_text(rnn_config *config, int32_t key, const char *expected)
{
    const char *value = NULL;
    assert_ok(rnn_config_get_text(config, key, &value));
    assert_string_equal(value, expected);
}

static void test_defaults(void **state)
{
    (void)state;
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_string_equal(rnn_config_last_error(config), "");
    for (size_t i = 0; i < INTEGERS; i++)
        assert_integer(config, integers[i].key, integers[i].standard);
    for (size_t i = 0; i < REALS; i++)
        assert_real(config, reals[i].key, reals[i].standard);
    for (size_t i = 0; i < TEXTS; i++)
        assert_text(config, texts[i].key, texts[i].standard);
    rnn_config_destroy(config);
}

static void test_ranges_of_integers(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < INTEGERS; i++) {
        int32_t key = integers[i].key;
        int64_t least = integers[i].least, most = integers[i].most;
        const int64_t below[] = {least - (least > INT64_MIN), INT64_MIN};
        const int64_t above[] = {most + (most < INT64_MAX), INT64_MAX};
        assert_ok(rnn_config_set_int(f.config, key, least));
        assert_integer(f.config, key, least);
        assert_ok(rnn_config_set_int(f.config, key, most));
        for (size_t j = 0; j < 2 && key != RNN_SEED; j++) {
            assert_refused_by_config(&f, rnn_config_set_int(f.config, key, below[j]), RNN_E_VALUE, integers[i].name);
            assert_refused_by_config(&f, rnn_config_set_int(f.config, key, above[j]), RNN_E_VALUE, integers[i].name);
        }
        assert_integer(f.config, key, most);
    }
    fixture_close(&f);
}

static void test_values_of_init_bias(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_ok(rnn_config_set_int(f.config, RNN_INIT_BIAS, RNN_INIT_ZERO));
    for (int64_t value = RNN_INIT_XAVIER; value <= RNN_INIT_ORTHOGONAL; value++)
        assert_refused_by_config(&f, rnn_config_set_int(f.config, RNN_INIT_BIAS, value), RNN_E_VALUE, "RNN_INIT_BIAS");
    assert_integer(f.config, RNN_INIT_BIAS, RNN_INIT_ZERO);
    fixture_close(&f);
}

static void test_ranges_of_reals(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < REALS; i++) {
        const double wrong[] = {nextafter(reals[i].least, -DBL_MAX), nextafter(reals[i].most, DBL_MAX), (double)NAN,
                                (double)INFINITY, -(double)INFINITY};
        int32_t key = reals[i].key;
        assert_ok(rnn_config_set_real(f.config, key, reals[i].least));
        assert_real(f.config, key, reals[i].least);
        assert_ok(rnn_config_set_real(f.config, key, reals[i].most));
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++)
            assert_refused_by_config(&f, rnn_config_set_real(f.config, key, wrong[j]), RNN_E_VALUE, reals[i].name);
        assert_real(f.config, key, reals[i].most);
    }
    fixture_close(&f);
}

static void test_ranges_of_texts(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    char longest[128], longer[129];
    memset(longest, 'x', 127);
    memset(longer, 'x', 128);
    longest[127] = longer[128] = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        int32_t key = texts[i].key;
        assert_ok(rnn_config_set_text(f.config, key, ""));
        assert_text(f.config, key, "");
        assert_ok(rnn_config_set_text(f.config, key, longest));
        assert_refused_by_config(&f, rnn_config_set_text(f.config, key, longer), RNN_E_VALUE, texts[i].name);
        assert_refused_by_config(&f, rnn_config_set_text(f.config, key, "\xFF"), RNN_E_VALUE, texts[i].name);
        assert_refused_by_config(&f, rnn_config_set_text(f.config, key, "a\n"), RNN_E_VALUE, texts[i].name);
        assert_refused_by_config(&f, rnn_config_set_text(f.config, key, "\x1B[31m"), RNN_E_VALUE, texts[i].name);
        assert_text(f.config, key, longest);
    }
    fixture_close(&f);
}

static void test_unknown_keys(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    for (size_t i = 0; i < NO_KEYS; i++) {
        int32_t key = no_keys[i];
        assert_refused_by_config(&f, rnn_config_set_int(f.config, key, 1), RNN_E_VALUE, "key is");
        assert_refused_by_config(&f, rnn_config_set_real(f.config, key, 1), RNN_E_VALUE, "key is");
        assert_refused_by_config(&f, rnn_config_set_text(f.config, key, ""), RNN_E_VALUE, "key is");
        assert_refused_by_config(&f, rnn_config_get_text(f.config, key, &o->text), RNN_E_VALUE, "key is");
        assert_refused(&f, rnn_model_get_text(f.model, key, &o->text), RNN_E_VALUE, "key is");
        assert_refused_by_config(&f, rnn_config_get_int(f.config, key, &o->integer), RNN_E_VALUE, "key is");
        assert_refused_by_config(&f, rnn_config_get_real(f.config, key, &o->real), RNN_E_VALUE, "key is");
        assert_refused(&f, rnn_model_get_int(f.model, key, &o->integer), RNN_E_VALUE, "key is");
        assert_refused(&f, rnn_model_get_real(f.model, key, &o->real), RNN_E_VALUE, "key is");
    }
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void refuse_integer(struct fixture *f, int32_t key, const char *name)
{
    assert_refused_by_config(f, rnn_config_set_int(f->config, key, 1), RNN_E_VALUE, name);
    assert_refused_by_config(f, rnn_config_get_int(f->config, key, &f->out.integer), RNN_E_VALUE, name);
    assert_refused(f, rnn_model_get_int(f->model, key, &f->out.integer), RNN_E_VALUE, name);
}

static void refuse_real(struct fixture *f, int32_t key, const char *name)
{
    assert_refused_by_config(f, rnn_config_set_real(f->config, key, 0.5), RNN_E_VALUE, name);
    assert_refused_by_config(f, rnn_config_get_real(f->config, key, &f->out.real), RNN_E_VALUE, name);
    assert_refused(f, rnn_model_get_real(f->model, key, &f->out.real), RNN_E_VALUE, name);
}

static void refuse_text(struct fixture *f, int32_t key, const char *name)
{
    assert_refused_by_config(f, rnn_config_set_text(f->config, key, "a"), RNN_E_VALUE, name);
    assert_refused_by_config(f, rnn_config_get_text(f->config, key, &f->out.text), RNN_E_VALUE, name);
    assert_refused(f, rnn_model_get_text(f->model, key, &f->out.text), RNN_E_VALUE, name);
}

static void test_keys_of_another_kind(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < INTEGERS; i++) {
        refuse_real(&f, integers[i].key, integers[i].name);
        refuse_text(&f, integers[i].key, integers[i].name);
    }
    for (size_t i = 0; i < REALS; i++) {
        refuse_integer(&f, reals[i].key, reals[i].name);
        refuse_text(&f, reals[i].key, reals[i].name);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        refuse_integer(&f, texts[i].key, texts[i].name);
        refuse_real(&f, texts[i].key, texts[i].name);
    }
    assert_undisturbed(&f);
    fixture_close(&f);
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
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_config_destroy(f.config);
        assert_ok(rnn_config_create(&f.config));
        assert_ok(rnn_config_set_int(f.config, RNN_INPUT_SIZE, cases[i].inputs));
        assert_ok(rnn_config_set_int(f.config, RNN_VOCABULARY, cases[i].vocabulary));
        assert_ok(rnn_config_set_int(f.config, RNN_EMBEDDING_SIZE, cases[i].embedding));
        if (cases[i].hidden)
            assert_ok(rnn_config_set_int(f.config, RNN_HIDDEN_SIZE, cases[i].hidden));
        assert_refused_by_config(&f, rnn_create(&f.out.model, f.config), RNN_E_VALUE, cases[i].part);
    }
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* ---- what goes together ------------------------------------------------------------------------------------------ */

enum { SIMPLE = 1 << RNN_CELL_TANH | 1 << RNN_CELL_RELU };
#define CELL(name) (1 << RNN_CELL_##name)

/* Options that only some cells have, with a value that is not the default, by the text of rnn.h. */
static const struct {
    int32_t key;
    double value;
    int cells;
} owned[] = {
    {RNN_PROJECTION_SIZE, 2, CELL(LSTM)},
    {RNN_RESET, RNN_RESET_BEFORE, CELL(GRU)},
    {RNN_PEEPHOLES, 1, CELL(LSTM)},
    {RNN_COUPLE, RNN_COUPLE_INPUT, CELL(LSTM)},
    {RNN_LAYER_NORM, 1, CELL(LSTM) | CELL(GRU)},
    {RNN_ACTIVATION_F, RNN_ACTIVATION_SOFTSIGN, SIMPLE | CELL(LSTM) | CELL(GRU) | CELL(MINGRU) | CELL(INDRNN)},
    {RNN_ACTIVATION_G, RNN_ACTIVATION_SOFTSIGN, CELL(LSTM) | CELL(GRU) | CELL(MINGRU)},
    {RNN_ACTIVATION_H, RNN_ACTIVATION_SOFTSIGN, CELL(LSTM)},
    {RNN_INIT_RECURRENT, RNN_INIT_XAVIER, SIMPLE | CELL(LSTM) | CELL(GRU) | CELL(SLSTM)},
    {RNN_FORGET_BIAS, 1, CELL(LSTM) | CELL(SLSTM)},
    {RNN_RECURRENT_DROPOUT, 0.5, SIMPLE | CELL(LSTM) | CELL(GRU) | CELL(SLSTM) | CELL(INDRNN)},
    {RNN_ZONEOUT_CELL, 0.5, CELL(LSTM)},
    {RNN_CLIP, 1, SIMPLE | CELL(LSTM) | CELL(GRU) | CELL(INDRNN)},
    {RNN_CELL_CLIP, 1, CELL(LSTM)},
};

static void set_number(rnn_config *config, int32_t key, double value)
{
    if (key < RNN_INIT_RANGE)
        assert_ok(rnn_config_set_int(config, key, (int64_t)value));
    else
        assert_ok(rnn_config_set_real(config, key, value));
}

static void test_options_that_a_cell_has_not(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++) {
            rnn_model *model;
            rnn_config_destroy(f.config);
            f.config = fixture_config(REAL);
            assert_ok(rnn_config_set_int(f.config, RNN_CELL, cell));
            if (cell == RNN_CELL_MINGRU_HIGHWAY)
                assert_ok(rnn_config_set_int(f.config, RNN_INPUT_SIZE, H));
            set_number(f.config, owned[i].key, owned[i].value);
            if (owned[i].cells >> cell & 1) {
                assert_ok(rnn_create(&model, f.config));
                rnn_destroy(model);
            } else {
                assert_refused_by_config(&f, rnn_create(&f.out.model, f.config), RNN_E_VALUE, "RNN_CELL_");
            }
        }
    fixture_close(&f);
}

/* Pairs of options that nothing defines, and what the message says. */
static const struct {
    int64_t cell;
    struct {
        int32_t key;
        double value;
    } set[5];
    const char *part;
} pairs[] = {
    {RNN_CELL_LSTM, {{RNN_MERGE, RNN_MERGE_SUM}}, "RNN_DIRECTION_BOTH"},
    {RNN_CELL_LSTM, {{RNN_MERGE, RNN_MERGE_SUM}, {RNN_DIRECTION, RNN_DIRECTION_REVERSE}}, "RNN_DIRECTION_BOTH"},
    {RNN_CELL_GRU, {{RNN_LAYER_NORM, 1}, {RNN_RESET, RNN_RESET_BEFORE}}, "RNN_RESET_AFTER"},
    {RNN_CELL_LSTM, {{RNN_FORGET_BIAS, 1}, {RNN_BIAS, 0}}, "RNN_BIAS"},
    {RNN_CELL_MINGRU_HIGHWAY,
     {{RNN_INPUT_SIZE, H + 1}},
     "RNN_INPUT_SIZE is 7 and RNN_HIDDEN_SIZE is 6, expected the same: RNN_CELL_MINGRU_HIGHWAY mixes"},
    {RNN_CELL_MINGRU_HIGHWAY,
     {{RNN_INPUT_SIZE, 0}, {RNN_VOCABULARY, H}},
     "RNN_EMBEDDING_SIZE is 0 and RNN_HIDDEN_SIZE is 6"},
    {RNN_CELL_MINGRU_HIGHWAY,
     {{RNN_INPUT_SIZE, H}, {RNN_LAYERS, 2}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}},
     "need RNN_MERGE_SUM"},
    {RNN_CELL_LSTM, {{RNN_FORGET_BIAS, 1}, {RNN_COUPLE, RNN_COUPLE_FORGET}}, "RNN_COUPLE_FORGET"},
    {RNN_CELL_LSTM, {{RNN_INIT_BIAS, RNN_INIT_ZERO}, {RNN_BIAS, 0}, {RNN_CLASSES, 0}}, "RNN_INIT_BIAS"},
    {RNN_CELL_LSTM, {{RNN_DROPOUT, 0.1}, {RNN_LAYERS, 1}}, "RNN_DROPOUT is set, but acts only between layers"},
    {RNN_CELL_MINGRU, {{RNN_RESIDUAL, 1}, {RNN_LAYERS, 1}}, "RNN_RESIDUAL is set, but acts from the second layer"},
    {RNN_CELL_LSTM,
     {{RNN_INIT_RANGE, 0.1},
      {RNN_INIT_INPUT, RNN_INIT_XAVIER},
      {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL},
      {RNN_INIT_BIAS, RNN_INIT_ZERO}},
     "RNN_INIT_RANGE"},
    {RNN_CELL_MINGRU,
     {{RNN_INIT_RANGE, 0.1}, {RNN_INIT_INPUT, RNN_INIT_XAVIER}, {RNN_INIT_BIAS, RNN_INIT_ZERO}},
     "RNN_INIT_RANGE"},
    {RNN_CELL_GRU,
     {{RNN_INIT_RANGE, 0.1},
      {RNN_INIT_INPUT, RNN_INIT_XAVIER},
      {RNN_INIT_RECURRENT, RNN_INIT_XAVIER},
      {RNN_BIAS, 0},
      {RNN_CLASSES, 0}},
     "RNN_INIT_RANGE"},
    {RNN_CELL_LSTM, {{RNN_CLIP, 1e-50}}, "RNN_CLIP"},
    {RNN_CELL_LSTM, {{RNN_CELL_CLIP, 1e-39}}, "RNN_CELL_CLIP"},
    {RNN_CELL_MINGRU, {{RNN_HIDDEN_SIZE, 1 << 30}}, "2 gates"},
    {RNN_CELL_LSTM,
     {{RNN_HIDDEN_SIZE, 1 << 20}, {RNN_PROJECTION_SIZE, 1 << 30}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}},
     "two directions"},
    {RNN_CELL_LSTM, {{RNN_ALPHA_G, 1}}, "RNN_ACTIVATION_G"},
    {RNN_CELL_LSTM, {{RNN_BETA_H, 1}}, "RNN_ACTIVATION_H"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_TANH}, {RNN_ALPHA_F, 1}}, "tanh needs no alpha"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_ELU}, {RNN_BETA_F, 1}}, "elu needs no beta"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_ELU}, {RNN_ALPHA_F, -1}}, "alpha of at least 0"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_LEAKY_RELU}, {RNN_ALPHA_F, -1e-9}}, "alpha of at least 0"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_THRESHOLDED_RELU}, {RNN_ALPHA_F, -1}}, "alpha of at least 0"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_HARD_SIGMOID}, {RNN_ALPHA_F, 0}}, "alpha above 0"},
    {RNN_CELL_TANH, {{RNN_ACTIVATION_F, RNN_ACTIVATION_SCALED_TANH}, {RNN_ALPHA_F, 1e-300}}, "alpha other than 0"},
};

static void test_pairs_that_nothing_defines(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        rnn_config_destroy(f.config);
        f.config = fixture_config(REAL);
        assert_ok(rnn_config_set_int(f.config, RNN_CELL, pairs[i].cell));
        for (size_t j = 0; j < 5 && pairs[i].set[j].key; j++)
            set_number(f.config, pairs[i].set[j].key, pairs[i].set[j].value);
        assert_refused_by_config(&f, rnn_create(&f.out.model, f.config), RNN_E_VALUE, pairs[i].part);
    }
    fixture_close(&f);
}

/* What is left of RNN_INIT_RANGE is enough; and names wait for files. */
static void test_options_with_little_effect(void **state)
{
    (void)state;
    static const struct {
        int64_t cell;
        double input, recurrent, bias, biases, peepholes, classes;
    } sets[] = {
        {RNN_CELL_LSTM, RNN_INIT_UNIFORM, RNN_INIT_XAVIER, RNN_INIT_ZERO, 1, 0, C},
        {RNN_CELL_LSTM, RNN_INIT_XAVIER, RNN_INIT_UNIFORM, RNN_INIT_ZERO, 1, 0, C},
        {RNN_CELL_LSTM, RNN_INIT_XAVIER, RNN_INIT_XAVIER, RNN_INIT_UNIFORM, 1, 0, 0},
        {RNN_CELL_LSTM, RNN_INIT_XAVIER, RNN_INIT_XAVIER, RNN_INIT_UNIFORM, 0, 1, 0},
        {RNN_CELL_TANH, RNN_INIT_XAVIER, RNN_INIT_XAVIER, RNN_INIT_UNIFORM, 0, 0, C},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        rnn_config *config = fixture_config(REAL);
        rnn_model *models[2];
        const float *values[2];
        size_t count;
        set_number(config, RNN_CELL, (double)sets[i].cell);
        set_number(config, RNN_INIT_INPUT, sets[i].input);
        set_number(config, RNN_INIT_RECURRENT, sets[i].recurrent);
        set_number(config, RNN_INIT_BIAS, sets[i].bias);
        set_number(config, RNN_BIAS, sets[i].biases);
        set_number(config, RNN_PEEPHOLES, sets[i].peepholes);
        set_number(config, RNN_CLASSES, sets[i].classes);
        assert_ok(rnn_config_set_text(config, RNN_EMBEDDING_NAME, "table."));
        assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, "fc."));
        for (size_t j = 0; j < 2; j++) {
            set_number(config, RNN_INIT_RANGE, j ? 0.125 : 0.25);
            assert_ok(rnn_create(&models[j], config));
            assert_ok(rnn_model_parameters(models[j], &values[j], &count));
        }
        assert_memory_not_equal(values[0], values[1], count * sizeof(float));
        rnn_destroy(models[0]);
        rnn_destroy(models[1]);
        rnn_config_destroy(config);
    }
}

static void test_names_must_differ(void **state)
{
    (void)state;
    struct fixture f = fixture_open(EMBEDDING, RNN_TRAINING);
    assert_ok(rnn_config_set_text(f.config, RNN_HEAD_NAME, "a."));
    assert_ok(rnn_config_set_text(f.config, RNN_EMBEDDING_NAME, "a."));
    assert_refused_by_config(&f, rnn_create(&f.out.model, f.config), RNN_E_VALUE, "RNN_HEAD_NAME");
    fixture_close(&f);
}

/* A model keeps the options that it was created with, whatever becomes of the configuration. */
static void test_configuration_used_again(void **state)
{
    (void)state;
    static const int64_t values[] = {RNN_CELL_TANH, 0, V, E, H, L, C, -5};
    const char *prefix;
    rnn_config *config = fixture_config(EMBEDDING);
    rnn_model *first, *second;
    int64_t value;
    double range;
    assert_ok(rnn_config_set_int(config, RNN_SEED, -5));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 0.1));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "first."));
    assert_ok(rnn_create(&first, config));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "second."));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 9));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 0.2));
    assert_ok(rnn_create(&second, config));
    rnn_config_destroy(config);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_ok(rnn_model_get_int(first, integers[i].key, &value));
        assert_true(value == values[i]);
        assert_ok(rnn_model_get_int(second, integers[i].key, &value));
        assert_true(value == (integers[i].key == RNN_HIDDEN_SIZE ? 9 : values[i]));
    }
    assert_ok(rnn_model_get_real(first, RNN_INIT_RANGE, &range));
    assert_true(range == 0.1);
    assert_ok(rnn_model_get_real(second, RNN_INIT_RANGE, &range));
    assert_true(range == 0.2);
    assert_ok(rnn_model_get_text(first, RNN_PREFIX, &prefix));
    assert_string_equal(prefix, "first.");
    assert_ok(rnn_model_get_text(second, RNN_PREFIX, &prefix));
    assert_string_equal(prefix, "second.");
    rnn_destroy(first);
    rnn_destroy(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_ranges_of_integers),
        cmocka_unit_test(test_values_of_init_bias),
        cmocka_unit_test(test_ranges_of_reals),
        cmocka_unit_test(test_ranges_of_texts),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_keys_of_another_kind),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_options_that_a_cell_has_not),
        cmocka_unit_test(test_pairs_that_nothing_defines),
        cmocka_unit_test(test_options_with_little_effect),
        cmocka_unit_test(test_names_must_differ),
        cmocka_unit_test(test_configuration_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
