/* Custom losses: what the callback reads, computes and may do. */
#include "support/loss_call.h"

#include <math.h>
#include <string.h>

enum { T = 4, B = 3, C = 2, ROWS = T * B, COUNT = ROWS * C };

static const int32_t lengths[B] = {4, 0, 3}, classes[ROWS] = {0, 1, 1, 0, 1, -100, 1, 1, 1, 0, 0, 9};
static const float mask[ROWS] = {1, 1, 2, 0.5f, 1, 1, 0, 1, 1, 1.5f, 1, 1}, weights[B] = {2, 1, 0.5f};
static float y[COUNT], values[COUNT];

/* Numbers of few bits, so that differences and their products with these weights are exact. */
static void fill(void)
{
    uint64_t seed = 8;
    for (size_t i = 0; i < COUNT; i++) {
        y[i] = (float)floor(uniform(&seed) * 64) / 32;
        values[i] = (float)floor(uniform(&seed) * 64) / 32;
    }
}

/* What a batch weighs a step by, read through the loss as a callback does. */
static double u(rnn_loss *loss, size_t t, size_t b)
{
    const int32_t *ends;
    const float *m, *w;
    size_t count, steps, batch, width;
    assert_ok(rnn_loss_get_batch(loss, &ends, &steps, &batch, &width));
    assert_ok(rnn_loss_get_mask(loss, &m, &count));
    assert_int_equal(count, m ? steps * batch : 0);
    assert_ok(rnn_loss_get_sequence_weights(loss, &w, &count));
    assert_int_equal(count, w ? batch : 0);
    if (ends && t >= (size_t)ends[b])
        return 0;
    return (m ? (double)m[t * batch + b] : 1) * (w ? (double)w[b] : 1);
}

static rnn_loss *open_loss(rnn_loss_function callback, void *user, int has_all)
{
    rnn_loss *loss;
    fill();
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, callback, user));
    assert_ok(rnn_loss_set_batch(loss, has_all ? lengths : NULL, has_all ? B : 0, T, B, C));
    if (has_all) {
        assert_ok(rnn_loss_set_mask(loss, mask, ROWS));
        assert_ok(rnn_loss_set_sequence_weights(loss, weights, B));
    }
    return loss;
}

/* ---- the squared error ------------------------------------------------------------------------------------------- */

static int32_t squared_error(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *from,
                             size_t count)
{
    const float *targets;
    size_t targets_count;
    (void)weight;
    ++*(int *)user;
    assert_ok(rnn_loss_get_values(loss, &targets, &targets_count));
    assert_true(targets == values && targets_count == count && count == COUNT);
    for (size_t i = 0; i < count; i++) {
        double d = (double)from[i] - (double)targets[i], share = u(loss, i / C / B, i / C % B);
        *value += share * (d * d);
        if (dy) {
            assert_true(dy[i] == 0);
            dy[i] = (float)(share * (2 * d));
        }
    }
    return RNN_OK;
}

static void test_squared_error_to_the_bit(void **state)
{
    (void)state;
    for (int has_all = 0; has_all < 2; has_all++)
        for (int32_t reduction = RNN_SUM; reduction <= RNN_MEAN; reduction++) {
            int calls = 0;
            double expected, value, alone;
            float right[COUNT], dy[COUNT];
            rnn_loss *loss = open_loss(squared_error, &calls, has_all);
            assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, reduction));
            struct loss_call own = {.kind = RNN_LOSS_SQUARED_ERROR,
                                    .reduction = reduction,
                                    .value = &expected,
                                    .dy = right,
                                    .dy_count = COUNT,
                                    .y = y,
                                    .y_count = COUNT,
                                    .values = values,
                                    .values_count = COUNT,
                                    .T = T,
                                    .B = B,
                                    .C = C,
                                    .lengths = has_all ? lengths : NULL,
                                    .lengths_count = has_all ? B : 0,
                                    .mask = has_all ? mask : NULL,
                                    .mask_count = has_all ? ROWS : 0,
                                    .weights = has_all ? weights : NULL,
                                    .weights_count = has_all ? B : 0};
            assert_ok(loss_call_run(&own));
            memset(dy, 0x5a, sizeof dy);
            assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT));
            assert_memory_equal(&value, &expected, sizeof value);
            assert_memory_equal(dy, right, sizeof dy);
            assert_ok(rnn_loss_of_values(loss, &alone, NULL, 0, y, COUNT, values, COUNT));
            assert_memory_equal(&alone, &expected, sizeof alone);
            assert_ok(rnn_loss_of_values(loss, &value, y, COUNT, y, COUNT, values, COUNT)); /* in place */
            assert_memory_equal(y, right, sizeof right);
            assert_int_equal(calls, 3);
            rnn_loss_destroy(loss);
        }
}

/* ---- the likelihood of a normal distribution --------------------------------------------------------------------- */

/* y is (mean, log of the deviation), K = 1; the mean is over steps. */
static double likelihood(const double *o, double target)
{
    double z = (target - o[0]) / exp(o[1]);
    return o[1] + z * z / 2;
}

static int32_t normal(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *from,
                      size_t count)
{
    const float *targets;
    size_t targets_count;
    (void)user;
    assert_ok(rnn_loss_get_values(loss, &targets, &targets_count));
    assert_int_equal(targets_count, count / 2);
    *weight = 0;
    for (size_t row = 0; row < targets_count; row++) {
        const double o[2] = {(double)from[2 * row], (double)from[2 * row + 1]};
        double share = u(loss, row / B, row % B), variance = exp(2 * o[1]), d = o[0] - (double)targets[row];
        *weight += share;
        *value += share * likelihood(o, (double)targets[row]);
        if (dy) {
            dy[2 * row] = (float)(share * d / variance);
            dy[2 * row + 1] = (float)(share * (1 - d * d / variance));
        }
    }
    return RNN_OK;
}

static double naive_normal(const double *from, int32_t reduction)
{
    double sum = 0, weight = 0;
    for (size_t row = 0; row < ROWS; row++) {
        size_t t = row / B, b = row % B;
        double share = t < (size_t)lengths[b] ? (double)mask[row] * (double)weights[b] : 0;
        weight += share;
        sum += share * likelihood(from + 2 * row, (double)values[row]);
    }
    return reduction == RNN_MEAN ? sum / weight : sum;
}

static void test_targets_of_another_width(void **state)
{
    (void)state;
    for (int32_t reduction = RNN_SUM; reduction <= RNN_MEAN; reduction++) {
        rnn_loss *loss = open_loss(normal, NULL, 1);
        const double step = 1e-5;
        double value, from[COUNT];
        float dy[COUNT];
        assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, reduction));
        assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, ROWS));
        for (size_t i = 0; i < COUNT; i++)
            from[i] = (double)y[i];
        assert_close(value, naive_normal(from, reduction), 1e-12);
        for (size_t i = 0; i < COUNT; i++) {
            from[i] = (double)y[i] + step;
            double above = naive_normal(from, reduction);
            from[i] = (double)y[i] - step;
            assert_close((double)dy[i], (above - naive_normal(from, reduction)) / (2 * step), 1e-6);
            from[i] = (double)y[i];
        }
        rnn_loss_destroy(loss);
    }
}

/* ---- what the library does around the callback ------------------------------------------------------------------- */

struct script {
    int32_t status;
    double weight, entry; /* what the callback sets, and what it found */
    int has_dy, sets_weight;
};

/* Writes everywhere, also past the ends. */
static int32_t scripted(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *from,
                        size_t count)
{
    struct script *script = user;
    (void)loss;
    (void)from;
    *value = 6;
    script->entry = *weight;
    script->has_dy = dy != NULL;
    if (script->sets_weight)
        *weight = script->weight;
    for (size_t i = 0; dy && i < count; i++)
        dy[i] = 3;
    return script->status;
}

static void test_weight_and_ends(void **state)
{
    (void)state;
    struct script script = {0};
    rnn_loss *loss = open_loss(scripted, &script, 1);
    double value;
    float dy[COUNT];
    assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, NULL, 0)); /* K = 0 */
    /* 2 * (1 + 0.5 + 0 + 1.5) + 0.5 * (2 + 1 + 1), C times */
    assert_close(script.entry, 2 * (6 + 2), 0);
    assert_close(value, 6 / script.entry, 1e-15);
    for (size_t i = 0; i < COUNT; i++)
        assert_close((double)dy[i], i / C / B < (size_t)lengths[i / C % B] ? 3 / script.entry : 0, 1e-7);
    script.sets_weight = script.has_dy = 1;
    assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, NULL, 0));
    assert_true(!script.has_dy && value == 0); /* a weight of 0 */
    assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, NULL, 0));
    for (size_t i = 0; i < COUNT; i++)
        assert_true(dy[i] == 0);
    script.weight = 0.5;
    assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, NULL, 0));
    assert_true(value == 12);
    rnn_loss_destroy(loss);
}

static void test_failures(void **state)
{
    (void)state;
    const double bad[] = {-1e-300, (double)NAN, (double)INFINITY};
    struct script script = {.status = 5};
    rnn_loss *loss = open_loss(scripted, &script, 1);
    double value = 7;
    float dy[COUNT], untouched[COUNT];
    memset(dy, 0x5a, sizeof dy);
    memset(untouched, 0x5a, sizeof untouched);
    assert_int_equal(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT), 5);
    script.status = RNN_E_NONFINITE;
    assert_int_equal(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT), RNN_E_NONFINITE);
    assert_string_equal(rnn_loss_last_error(loss), "");
    script.status = 0;
    script.sets_weight = 1;
    for (size_t i = 0; i < 3; i++) {
        script.weight = bad[i];
        assert_fails(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT), RNN_E_VALUE);
        assert_non_null(strstr(rnn_loss_last_error(loss), "rnn_loss_of_values: the callback set weight"));
    }
    assert_true(value == 7);
    assert_memory_equal(dy, untouched, sizeof dy);
    script.weight = 1;
    assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT));
    assert_true(value == 6);
    assert_ok(rnn_loss_set_callback(loss, NULL, NULL));
    assert_fails(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT), RNN_E_STATE);
    assert_fails(rnn_loss_of_classes(loss, &value, dy, COUNT, y, COUNT, classes, ROWS), RNN_E_STATE);
    assert_non_null(strstr(rnn_loss_last_error(loss), "no callback"));
    rnn_loss_destroy(loss);
}

/* ---- what is allowed in the callback ----------------------------------------------------------------------------- */

static void check_reading(rnn_loss *loss, int has_values)
{
    const int32_t *integers;
    const float *floats;
    size_t steps, batch, width, count;
    int64_t option;
    double real;
    assert_ok(rnn_loss_get_batch(loss, &integers, &steps, &batch, &width));
    assert_true(steps == T && batch == B && width == C && integers != lengths);
    assert_memory_equal(integers, lengths, sizeof lengths);
    assert_ok(rnn_loss_get_mask(loss, &floats, &count));
    assert_memory_equal(floats, mask, count * sizeof *mask);
    assert_ok(rnn_loss_get_sequence_weights(loss, &floats, &count));
    assert_memory_equal(floats, weights, count * sizeof *weights);
    assert_ok(rnn_loss_get_int(loss, RNN_REDUCTION, &option));
    assert_ok(rnn_loss_get_real(loss, RNN_DELTA, &real));
    if (has_values) {
        assert_ok(rnn_loss_get_values(loss, &floats, &count));
        assert_true(floats == values && count == COUNT);
        assert_fails(rnn_loss_get_classes(loss, &integers, &count), RNN_E_STATE);
    } else {
        assert_ok(rnn_loss_get_classes(loss, &integers, &count));
        assert_true(integers == classes && count == ROWS);
        assert_fails(rnn_loss_get_values(loss, &floats, &count), RNN_E_STATE);
    }
    assert_fails(rnn_loss_get_values(loss, NULL, &count), RNN_E_NULL);
    assert_fails(rnn_loss_get_values(loss, &floats, NULL), RNN_E_NULL);
    assert_fails(rnn_loss_get_classes(loss, NULL, &count), RNN_E_NULL);
    assert_fails(rnn_loss_get_classes(loss, &integers, NULL), RNN_E_NULL);
    assert_fails(rnn_loss_get_mask(loss, NULL, &count), RNN_E_NULL);
    assert_fails(rnn_loss_get_mask(loss, &floats, NULL), RNN_E_NULL);
    assert_fails(rnn_loss_get_sequence_weights(loss, NULL, &count), RNN_E_NULL);
    assert_fails(rnn_loss_get_sequence_weights(loss, &floats, NULL), RNN_E_NULL);
    assert_fails(rnn_loss_get_batch(loss, NULL, &steps, &batch, &width), RNN_E_NULL);
    assert_fails(rnn_loss_get_batch(loss, &integers, NULL, &batch, &width), RNN_E_NULL);
    assert_fails(rnn_loss_get_batch(loss, &integers, &steps, NULL, &width), RNN_E_NULL);
    assert_fails(rnn_loss_get_batch(loss, &integers, &steps, &batch, NULL), RNN_E_NULL);
}

static void check_changing(rnn_loss *loss, const rnn_session *session)
{
    double value;
    const int32_t status[] = {
        rnn_loss_set_int(loss, RNN_REDUCTION, RNN_SUM),
        rnn_loss_set_real(loss, RNN_DELTA, 1),
        rnn_loss_set_class_weights(loss, weights, B),
        rnn_loss_set_batch(loss, NULL, 0, 1, 1, 1),
        rnn_loss_set_batch_of_session(loss, session),
        rnn_loss_set_mask(loss, NULL, 0),
        rnn_loss_set_sequence_weights(loss, NULL, 0),
        rnn_loss_set_label_lengths(loss, NULL, 0),
        rnn_loss_of_classes(loss, &value, NULL, 0, y, COUNT, classes, ROWS),
        rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, values, COUNT),
        rnn_loss_set_callback(loss, NULL, NULL),
    };
    for (size_t i = 0; i < sizeof status / sizeof *status; i++)
        assert_int_equal(status[i], RNN_E_STATE);
    assert_string_equal(rnn_loss_last_error(loss), "rnn_loss_set_callback: not allowed in the callback of this loss");
}

struct visit {
    const rnn_session *session;
    int has_values, destroys;
};

static int32_t visitor(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *from,
                       size_t count)
{
    const struct visit *visit = user;
    (void)weight;
    (void)dy;
    (void)from;
    (void)count;
    check_changing(loss, visit->session);
    check_reading(loss, visit->has_values);
    if (visit->destroys)
        rnn_loss_destroy(loss);
    *value = 1;
    return RNN_OK;
}

static rnn_session *open_session(void)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 1));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    rnn_config_destroy(config);
    rnn_destroy(model);
    return session;
}

static void test_in_the_callback_and_outside(void **state)
{
    (void)state;
    struct visit visit = {open_session(), 0, 0};
    rnn_loss *loss = open_loss(visitor, &visit, 1);
    const int32_t *integers;
    const float *floats;
    size_t count;
    double value;
    float dy[COUNT];
    assert_ok(rnn_loss_of_classes(loss, &value, dy, COUNT, y, COUNT, classes, ROWS));
    visit.has_values = 1;
    assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT));
    assert_fails(rnn_loss_get_classes(loss, &integers, &count), RNN_E_STATE);
    assert_fails(rnn_loss_get_values(loss, &floats, &count), RNN_E_STATE);
    assert_non_null(strstr(rnn_loss_last_error(loss), "only allowed in the callback"));
    visit.destroys = 1;
    value = 0;
    assert_ok(rnn_loss_of_values(loss, &value, dy, COUNT, y, COUNT, values, COUNT));
    assert_close(value, 1.0 / 16, 0);
    rnn_session_destroy((rnn_session *)(uintptr_t)visit.session);
}

/* A class that is no class passes as RNN_IGNORED. */
static void test_ignored_classes(void **state)
{
    (void)state;
    struct script script = {0};
    rnn_loss *loss = open_loss(scripted, &script, 0);
    int32_t some[ROWS] = {0, 1, 1, 0, 1, 7, 1, 1, 1, 0, 0, 1};
    double value;
    assert_fails(rnn_loss_of_classes(loss, &value, NULL, 0, y, COUNT, some, ROWS), RNN_E_VALUE);
    assert_ok(rnn_loss_set_int(loss, RNN_IGNORED, 7));
    assert_ok(rnn_loss_of_classes(loss, &value, NULL, 0, y, COUNT, some, ROWS));
    rnn_loss_destroy(loss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_squared_error_to_the_bit),
        cmocka_unit_test(test_targets_of_another_width),
        cmocka_unit_test(test_weight_and_ends),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_in_the_callback_and_outside),
        cmocka_unit_test(test_ignored_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
