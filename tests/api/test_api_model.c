/* The model: its table of tensors, its initial weights, its parameters read and written. */
#include "support/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rnn_model *create(enum input input, int64_t layers, int64_t classes, int64_t seed)
{
    rnn_config *config = fixture_config(input);
    rnn_model *model;
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, layers));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, classes));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- the table of tensors --------------------------------------------------------------------------------------- */

/* What rnn.h says that comes next. */
struct place {
    const rnn_model *model;
    size_t index, offset;
};

/* The next tensor has this name and shape and begins where the last one ended; layer -1: not of a layer; columns
 * 0: a vector. */
static void next_is(struct place *place, const char *name_or_stem, int layer, size_t rows, size_t columns)
{
    char expected[32];
    const char *name;
    size_t rank, shape[3] = {77, 77, 77}, offset;
    if (layer < 0)
        snprintf(expected, sizeof expected, "%s", name_or_stem);
    else
        snprintf(expected, sizeof expected, "%s%d", name_or_stem, layer);
    assert_ok(rnn_model_tensor_info(place->model, place->index++, &name, &rank, shape, 3, &offset));
    assert_string_equal(name, expected);
    assert_int_equal(rank, columns ? 2 : 1);
    assert_int_equal(shape[0], rows);
    assert_int_equal(shape[1], columns ? columns : 77); /* past the rank left alone */
    assert_int_equal(shape[2], 77);
    assert_int_equal(offset, place->offset);
    place->offset += rows * (columns ? columns : 1);
}

static void check_table(enum input input, int layers, size_t classes)
{
    const size_t inputs[] = {I, V, E};
    rnn_model *model = create(input, layers, (int64_t)classes, 0);
    struct place place = {model, 0, 0};
    const float *values;
    size_t count;
    if (input == EMBEDDING)
        next_is(&place, "embedding.weight", -1, V, E);
    for (int k = 0; k < layers; k++) {
        next_is(&place, "weight_ih_l", k, H, k ? H : inputs[input]);
        next_is(&place, "weight_hh_l", k, H, H);
        next_is(&place, "bias_ih_l", k, H, 0);
        next_is(&place, "bias_hh_l", k, H, 0);
    }
    if (classes) {
        next_is(&place, "head.weight", -1, classes, H);
        next_is(&place, "head.bias", -1, classes, 0);
    }
    assert_ok(rnn_model_tensor_count(model, &count));
    assert_int_equal(count, place.index);
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_int_equal(count, place.offset);
    rnn_destroy(model);
}

static void test_table_of_tensors(void **state)
{
    (void)state;
    for (enum input input = REAL; input <= EMBEDDING; input++)
        for (int layers = 1; layers <= 12; layers += layers < 3 ? 1 : 9) {
            check_table(input, layers, 0);
            check_table(input, layers, C);
        }
}

/* ---- initial weights -------------------------------------------------------------------------------------------- */

static void check_first_weights(enum input input, int64_t seed, double range, const char *name, const float expected[4])
{
    rnn_config *config = fixture_config(input);
    rnn_model *model;
    float values[V * E];
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, range));
    assert_ok(rnn_create(&model, config));
    size_t count = input == REAL ? H * I : *name == 'e' ? V * E : H * E;
    assert_ok(rnn_model_get_parameter(model, name, values, count));
    for (size_t i = 0; i < 4; i++)
        assert_true(values[i] == expected[i]);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

/* Computed apart, by the definition of SplitMix64: no machine, compiler or later version may draw others. */
static void test_weights_by_seed(void **state)
{
    (void)state;
    const float zero[] = {0x1.407bb8p-2f, -0x1.c9fdcep-5f, -0x1.8bf1f6p-2f, 0x1.89b36ep-2f};
    const float year[] = {0x1.5b8414p-2f, 0x1.fa63dcp-4f, 0x1.82243ap-2f, -0x1.0c27eep-3f};
    const float minus_1[] = {0x1.9365c6p-3f, 0x1.a67fe2p-3f, -0x1.1f401ep-3f, -0x1.2e24cap-5f};
    const float table[] = {0x1.1ecc3p+0f, 0x1.c77f72p-1f, 0x1.f87c6ap-1f, 0x1.7857c2p-2f};
    const float behind_table[] = {0x1.affa7p-3f, 0x1.7e39p-2f, 0x1.1a4d68p-3f, 0x1.8e891p-2f};
    check_first_weights(REAL, 0, 0, "weight_ih_l0", zero);
    check_first_weights(REAL, 2016, 0, "weight_ih_l0", year);
    check_first_weights(REAL, -1, 0.25, "weight_ih_l0", minus_1);
    check_first_weights(EMBEDDING, 2016, 0, "embedding.weight", table);
    check_first_weights(EMBEDDING, 2016, 0, "weight_ih_l0", behind_table);
}

static void test_seeds_differ(void **state)
{
    (void)state;
    static const int64_t seeds[] = {0, 1, 2, -1, INT64_MAX, INT64_MIN, (int64_t)1 << 32};
    enum { SEEDS = sizeof seeds / sizeof *seeds };
    rnn_model *models[SEEDS], *again;
    const float *a, *b;
    size_t count;
    for (size_t i = 0; i < SEEDS; i++) {
        models[i] = create(EMBEDDING, L, C, seeds[i]);
        again = create(EMBEDDING, L, C, seeds[i]);
        assert_ok(rnn_model_parameters(models[i], &a, &count));
        assert_ok(rnn_model_parameters(again, &b, &count));
        assert_memory_equal(a, b, count * sizeof *a);
        rnn_destroy(again);
        for (size_t j = 0; j < i; j++) {
            size_t same = 0;
            assert_ok(rnn_model_parameters(models[j], &b, &count));
            for (size_t k = 0; k < count; k++)
                same += a[k] == b[k];
            assert_true(same < count / 20);
        }
    }
    for (size_t i = 0; i < SEEDS; i++)
        rnn_destroy(models[i]);
}

struct moments {
    double mean, variance, largest;
};

static struct moments moments_of(const float *values, size_t count)
{
    struct moments m = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        double value = (double)values[i];
        m.mean += value / (double)count;
        m.variance += value * value / (double)count;
        m.largest = fabs(value) > m.largest ? fabs(value) : m.largest;
    }
    m.variance -= m.mean * m.mean;
    return m;
}

static rnn_model *create_large(double range)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 500));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, 100));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 100));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 300));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, range));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void check_tensor_uniform(const rnn_model *model, const char *name, size_t count, double range)
{
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    assert_ok(rnn_model_get_parameter(model, name, values, count));
    struct moments m = moments_of(values, count);
    double deviation = range / sqrt(3), error = 4 / sqrt((double)count); /* four standard errors */
    assert_true(m.largest <= range && m.largest > range * (1 - 20 / (double)count));
    assert_true(fabs(m.mean) < deviation * error);
    assert_true(fabs(m.variance / (deviation * deviation) - 1) < error);
    free(values);
}

static void test_distribution_of_weights(void **state)
{
    (void)state;
    enum { TABLE = 500 * 100 };
    static float tables[3][TABLE];
    const double ranges[] = {0, 0.01, 3}, expected[] = {0.1, 0.01, 3}; /* 1/sqrt(H) is 0.1 */
    for (size_t i = 0; i < 3; i++) {
        rnn_model *model = create_large(ranges[i]);
        check_tensor_uniform(model, "weight_ih_l0", 100 * 100, expected[i]);
        check_tensor_uniform(model, "weight_hh_l0", 100 * 100, expected[i]);
        check_tensor_uniform(model, "bias_ih_l0", 100, expected[i]);
        check_tensor_uniform(model, "bias_hh_l0", 100, expected[i]);
        check_tensor_uniform(model, "head.weight", 300 * 100, expected[i]);
        check_tensor_uniform(model, "head.bias", 300, expected[i]);
        assert_ok(rnn_model_get_parameter(model, "embedding.weight", tables[i], TABLE));
        rnn_destroy(model);
    }
    struct moments m = moments_of(tables[0], TABLE);
    assert_true(fabs(m.mean) < 0.02 && fabs(m.variance - 1) < 0.03 && m.largest > 3.5 && m.largest < 6.0);
    assert_memory_equal(tables[0], tables[1], sizeof tables[0]); /* whatever the range is */
    assert_memory_equal(tables[0], tables[2], sizeof tables[0]);
}

/* ---- parameters read and written -------------------------------------------------------------------------------- */

/* What the session gives for the fixture's data, by a run and then by a step. */
struct answer {
    float run[OUTPUTS], step[B * C];
};

static struct answer ask(struct fixture *f, rnn_session *session)
{
    struct answer a;
    int64_t vocabulary;
    assert_ok(rnn_model_get_int(f->model, RNN_VOCABULARY, &vocabulary));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, f->initial, STATES));
    assert_ok(fixture_forward(f, session, a.run, NULL));
    if (vocabulary)
        assert_ok(rnn_step_tokens(session, a.step, B * C, f->tokens, B));
    else
        assert_ok(rnn_step(session, a.step, B * C, f->x, B * I));
    return a;
}

/* The answer of another model that is given the same flat block. */
static struct answer ask_copy(struct fixture *f, enum input input)
{
    rnn_model *copy = create(input, L, C, 99);
    rnn_session *session;
    const float *parameters;
    size_t count;
    assert_ok(rnn_session_create(&session, copy, RNN_INFERENCE));
    assert_ok(rnn_model_parameters(f->model, &parameters, &count));
    assert_ok(rnn_model_set_parameters(copy, parameters, count));
    struct answer a = ask(f, session);
    rnn_session_destroy(session);
    rnn_destroy(copy);
    return a;
}

enum { LARGEST = C * H }; /* elements of a tensor */

/* Every tensor in turn, changed by name under sessions that exist: both kinds of run must notice. */
static void check_changes(enum input input, rnn_session *session, struct fixture *f)
{
    size_t tensors, rank, shape[2] = {0}, offset;
    const char *name;
    assert_ok(rnn_model_tensor_count(f->model, &tensors));
    for (size_t i = 0; i < tensors; i++) {
        struct answer before = ask(f, session);
        float values[LARGEST];
        assert_ok(rnn_model_tensor_info(f->model, i, &name, &rank, shape, 2, &offset));
        size_t count = shape[0] * (rank == 2 ? shape[1] : 1);
        assert_ok(rnn_model_get_parameter(f->model, name, values, count));
        for (size_t j = 0; j < count; j++)
            values[j] += 0.0625f * (float)(j % 3 + 1);
        assert_ok(rnn_model_set_parameter(f->model, name, values, count));
        struct answer after = ask(f, session), copy = ask_copy(f, input);
        assert_memory_not_equal(after.run, before.run, sizeof after.run);
        assert_memory_not_equal(after.step, before.step, sizeof after.step);
        assert_memory_equal(&after, &copy, sizeof copy);
    }
}

static void test_changes_take_effect(void **state)
{
    (void)state;
    for (enum input input = REAL; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        check_changes(input, f.session, &f);
        assert_ok(rnn_sgd_step(f.session, 0.5));
        struct answer trained = ask(&f, f.control), copy = ask_copy(&f, input);
        assert_memory_equal(&trained, &copy, sizeof copy);
        assert_ok(rnn_model_set_parameters(f.model, f.parameters, f.parameter_count));
        struct answer restored = ask(&f, f.session);
        copy = ask_copy(&f, input);
        assert_memory_equal(&restored, &copy, sizeof copy);
        assert_memory_not_equal(&restored, &trained, sizeof trained);
        fixture_close(&f);
    }
}

/* The view of the flat block stays where it is; a tensor by name is its piece of the block. */
static void test_view_of_parameters(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    const float *view, *later;
    float bias[H], other[H] = {1, 2, 3, 4, 5, 6};
    size_t count, offset;
    assert_ok(rnn_model_parameters(f.model, &view, &count));
    assert_ok(rnn_model_tensor_info(f.model, 3, NULL, NULL, NULL, 0, &offset));
    assert_ok(rnn_model_get_parameter(f.model, "bias_hh_l0", bias, H));
    assert_memory_equal(bias, view + offset, sizeof bias);
    assert_ok(rnn_model_set_parameter(f.model, "bias_hh_l0", other, H));
    assert_memory_equal(other, view + offset, sizeof other);
    assert_memory_equal(f.parameters, view, offset * sizeof *view);
    assert_memory_equal(f.parameters + offset + H, view + offset + H, (count - offset - H) * sizeof *view);
    assert_ok(rnn_model_set_parameters(f.model, f.parameters, count));
    assert_memory_equal(f.parameters, view, count * sizeof *view);
    assert_ok(rnn_sgd_step(f.session, 1));
    assert_ok(rnn_model_parameters(f.model, &later, &count));
    assert_ptr_equal(later, view);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_of_tensors),    cmocka_unit_test(test_weights_by_seed),
        cmocka_unit_test(test_seeds_differ),        cmocka_unit_test(test_distribution_of_weights),
        cmocka_unit_test(test_changes_take_effect), cmocka_unit_test(test_view_of_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
