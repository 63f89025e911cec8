/* Initial weights: the rules of RNN_INIT_..., the forget bias, and the same numbers on every machine. */
#include "support/support.h"

#include <math.h>
#include <string.h>

struct setting {
    int32_t key; /* 0: no more */
    double value;
};

static rnn_model *create(const struct setting *settings)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    for (; settings->key; settings++)
        if (settings->key < RNN_INIT_RANGE)
            assert_ok(rnn_config_set_int(config, settings->key, (int64_t)settings->value));
        else
            assert_ok(rnn_config_set_real(config, settings->key, settings->value));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

#define MOST 4096
struct tensor {
    float values[MOST];
    size_t rows, columns;
};

static void read_tensor(struct tensor *tensor, const rnn_model *model, const char *wanted)
{
    const float *values;
    size_t count, all;
    assert_ok(rnn_model_parameters(model, &values, &all));
    assert_ok(rnn_model_tensor_count(model, &count));
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t shape[2] = {0, 1}, offset, rank;
        assert_ok(rnn_model_tensor_info(model, i, &name, &rank, shape, 2, &offset));
        if (strcmp(name, wanted) != 0)
            continue;
        tensor->rows = shape[0];
        tensor->columns = rank == 2 ? shape[1] : 1;
        assert_true(tensor->rows * tensor->columns <= MOST);
        memcpy(tensor->values, values + offset, tensor->rows * tensor->columns * sizeof *values);
        return;
    }
    fail_msg("no tensor %s", wanted);
}

/* The numbers are uniform in [-range, range]: none beyond, some near both ends, mean near 0. */
static void assert_uniform(const struct tensor *t, double range)
{
    double least = 0, most = 0, sum = 0;
    size_t count = t->rows * t->columns;
    for (size_t i = 0; i < count; i++) {
        double value = (double)t->values[i];
        least = value < least ? value : least;
        most = value > most ? value : most;
        sum += value;
    }
    assert_true(least >= -range - 1e-7 && least < -0.9 * range);
    assert_true(most <= range + 1e-7 && most > 0.9 * range);
    assert_true(fabs(sum / (double)count) < 4 * range / sqrt(3 * (double)count));
}

/* Each of `gates` blocks of rows has orthonormal rows, or columns where there are fewer of these. */
static void assert_orthogonal(const struct tensor *t, size_t gates)
{
    size_t rows = t->rows / gates, columns = t->columns;
    int wide = rows <= columns;
    size_t vectors = wide ? rows : columns, length = wide ? columns : rows;
    for (size_t gate = 0; gate < gates; gate++)
        for (size_t i = 0; i < vectors; i++)
            for (size_t j = 0; j <= i; j++) {
                const float *block = t->values + gate * rows * columns;
                double sum = 0;
                for (size_t q = 0; q < length; q++)
                    sum += wide ? (double)block[i * columns + q] * (double)block[j * columns + q]
                                : (double)block[q * columns + i] * (double)block[q * columns + j];
                assert_close(sum, i == j, 1e-6);
            }
}

static void pytorchs_rule(void **state)
{
    (void)state;
    rnn_model *model = create((const struct setting[]){
        {RNN_CELL, RNN_CELL_LSTM}, {RNN_INPUT_SIZE, 20}, {RNN_HIDDEN_SIZE, 16}, {RNN_CLASSES, 30}, {0, 0}});
    static const char *const names[] = {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "head.weight"};
    struct tensor t;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        read_tensor(&t, model, names[i]);
        assert_uniform(&t, 0.25);
    }
    rnn_destroy(model);
}

static void xavier(void **state)
{
    (void)state;
    rnn_model *model = create((const struct setting[]){{RNN_CELL, RNN_CELL_LSTM},
                                                       {RNN_INPUT_SIZE, 20},
                                                       {RNN_HIDDEN_SIZE, 16},
                                                       {RNN_PROJECTION_SIZE, 12},
                                                       {RNN_CLASSES, 30},
                                                       {RNN_INIT_INPUT, RNN_INIT_XAVIER},
                                                       {RNN_INIT_RECURRENT, RNN_INIT_XAVIER},
                                                       {RNN_INIT_BIAS, RNN_INIT_ZERO},
                                                       {0, 0}});
    struct tensor t;
    read_tensor(&t, model, "weight_ih_l0");
    assert_uniform(&t, sqrt(6.0 / (16 + 20)));
    read_tensor(&t, model, "weight_hh_l0");
    assert_uniform(&t, sqrt(6.0 / (16 + 12)));
    read_tensor(&t, model, "weight_hr_l0");
    assert_uniform(&t, sqrt(6.0 / (12 + 16)));
    read_tensor(&t, model, "head.weight");
    assert_uniform(&t, sqrt(6.0 / (30 + 12)));
    static const char *const biases[] = {"bias_ih_l0", "bias_hh_l0", "head.bias"};
    for (size_t b = 0; b < 3; b++) {
        read_tensor(&t, model, biases[b]);
        for (size_t i = 0; i < t.rows; i++)
            assert_true(t.values[i] == 0 && !signbit(t.values[i]));
    }
    rnn_destroy(model);
}

static void orthogonal(void **state)
{
    (void)state;
    for (double projection = 0; projection <= 21; projection += 7) {
        rnn_model *model = create((const struct setting[]){{RNN_CELL, RNN_CELL_LSTM},
                                                           {RNN_INPUT_SIZE, 5},
                                                           {RNN_HIDDEN_SIZE, 16},
                                                           {RNN_PROJECTION_SIZE, projection},
                                                           {RNN_DIRECTION, RNN_DIRECTION_BOTH},
                                                           {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL},
                                                           {0, 0}});
        struct tensor t;
        read_tensor(&t, model, "weight_hh_l0");
        assert_orthogonal(&t, 4);
        read_tensor(&t, model, "weight_hh_l0_reverse");
        assert_orthogonal(&t, 4);
        read_tensor(&t, model, "weight_ih_l0_reverse");
        assert_uniform(&t, 0.25);
        rnn_destroy(model);
    }
    rnn_model *large = create((const struct setting[]){
        {RNN_INPUT_SIZE, 1}, {RNN_HIDDEN_SIZE, 64}, {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL}, {0, 0}});
    struct tensor t;
    read_tensor(&t, large, "weight_hh_l0");
    assert_orthogonal(&t, 1);
    rnn_destroy(large);
}

/* The rows [begin,begin+H) of bias_ih are `value` and those of bias_hh 0; the others are drawn. */
static void check_forget_bias(const struct setting *settings, size_t begin)
{
    enum { H = 6 };
    rnn_model *model = create(settings);
    struct tensor ih, hh;
    read_tensor(&ih, model, "bias_ih_l1");
    read_tensor(&hh, model, "bias_hh_l1");
    for (size_t i = 0; i < ih.rows; i++) {
        int forgets = i >= begin && i < begin + H;
        assert_int_equal(ih.values[i] == 1.5f, forgets);
        assert_int_equal(hh.values[i] == 0, forgets);
    }
    rnn_destroy(model);
}

static void forget_bias(void **state)
{
    (void)state;
#define COMMON {RNN_INPUT_SIZE, 3}, {RNN_HIDDEN_SIZE, 6}, {RNN_LAYERS, 2}, {RNN_FORGET_BIAS, 1.5}
    check_forget_bias((const struct setting[]){{RNN_CELL, RNN_CELL_LSTM}, COMMON, {0, 0}}, 6);
    check_forget_bias((const struct setting[]){{RNN_CELL, RNN_CELL_SLSTM}, COMMON, {0, 0}}, 6);
    check_forget_bias(
        (const struct setting[]){{RNN_CELL, RNN_CELL_LSTM}, {RNN_COUPLE, RNN_COUPLE_INPUT}, COMMON, {0, 0}}, 0);
}

static void normalisation_begins_at_nothing(void **state)
{
    (void)state;
    rnn_model *model = create((const struct setting[]){
        {RNN_CELL, RNN_CELL_LSTM}, {RNN_INPUT_SIZE, 3}, {RNN_HIDDEN_SIZE, 6}, {RNN_LAYER_NORM, 1}, {0, 0}});
    static const char *const names[] = {"norm_ih_l0", "norm_hh_l0", "norm_c_l0", "norm_c_bias_l0"};
    struct tensor t;
    for (size_t n = 0; n < 4; n++) {
        read_tensor(&t, model, names[n]);
        for (size_t i = 0; i < t.rows; i++)
            assert_true(t.values[i] == (n < 3 ? 1 : 0));
    }
    rnn_destroy(model);
}

/* FNV-1a of the bits of all parameters. */
static uint64_t print_of(const struct setting *settings)
{
    rnn_model *model = create(settings);
    const float *values;
    size_t count;
    uint64_t hash = 14695981039346656037u;
    assert_ok(rnn_model_parameters(model, &values, &count));
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (int byte = 0; byte < 4; byte++)
            hash = (hash ^ (bits >> 8 * byte & 255)) * 1099511628211u;
    }
    rnn_destroy(model);
    return hash;
}

/* Found on x86-64; any compiler, machine and option of the build must find the same. */
static void one_seed_gives_the_same_everywhere(void **state)
{
    (void)state;
    assert_true(print_of((const struct setting[]){{RNN_CELL, RNN_CELL_LSTM},
                                                  {RNN_VOCABULARY, 20},
                                                  {RNN_EMBEDDING_SIZE, 7},
                                                  {RNN_HIDDEN_SIZE, 33},
                                                  {RNN_LAYERS, 2},
                                                  {RNN_DIRECTION, RNN_DIRECTION_BOTH},
                                                  {RNN_CLASSES, 5},
                                                  {RNN_SEED, 7},
                                                  {0, 0}}) == 0x65fafddd2207a003);
    assert_true(print_of((const struct setting[]){{RNN_CELL, RNN_CELL_GRU},
                                                  {RNN_INPUT_SIZE, 20},
                                                  {RNN_HIDDEN_SIZE, 48},
                                                  {RNN_INIT_INPUT, RNN_INIT_XAVIER},
                                                  {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL},
                                                  {RNN_SEED, -7},
                                                  {0, 0}}) == 0x1d4beeb67afdc2ff);
    assert_true(print_of((const struct setting[]){{RNN_CELL, RNN_CELL_LSTM},
                                                  {RNN_INPUT_SIZE, 9},
                                                  {RNN_HIDDEN_SIZE, 31},
                                                  {RNN_PROJECTION_SIZE, 12},
                                                  {RNN_PEEPHOLES, 1},
                                                  {RNN_CLASSES, 6},
                                                  {RNN_INIT_RECURRENT, RNN_INIT_ORTHOGONAL},
                                                  {RNN_INIT_BIAS, RNN_INIT_ZERO},
                                                  {RNN_INIT_RANGE, 0.3},
                                                  {RNN_FORGET_BIAS, 1.7},
                                                  {RNN_SEED, 123456789},
                                                  {0, 0}}) == 0x12478d29425b682a);
    assert_true(print_of((const struct setting[]){{RNN_CELL, RNN_CELL_SLSTM},
                                                  {RNN_VOCABULARY, 11},
                                                  {RNN_HIDDEN_SIZE, 17},
                                                  {RNN_LAYERS, 3},
                                                  {RNN_INIT_RECURRENT, RNN_INIT_XAVIER},
                                                  {0, 0}}) == 0x62e6b8844bf718c2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pytorchs_rule),
        cmocka_unit_test(xavier),
        cmocka_unit_test(orthogonal),
        cmocka_unit_test(forget_bias),
        cmocka_unit_test(normalisation_begins_at_nothing),
        cmocka_unit_test(one_seed_gives_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
