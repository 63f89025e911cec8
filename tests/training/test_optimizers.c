/* Optimisers held to torch.optim by the vectors in golden/torch_optimizers.h: updates, rates and
 * plateaus; clipping, and gradients that are not finite. */
#include "support/learning_task.h"
#include "support/optimizer_bytes.h"
#include "support/vectors.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* |actual - expected| / (1 + |expected|): float32 against double. PyTorch's own float32 differs by 1.7e-6 for SGD,
 * where the parameters and gradients of up to 128 add up, by 2e-7 else, as generate_optimizers.py prints it. */
#define TOLERANCE_SGD   4e-6
#define TOLERANCE_OTHER 1e-6

static rnn_optimizer *create(int32_t kind, size_t count)
{
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, kind, count));
    return optimizer;
}

/* ---- updates ----------------------------------------------------------------------------------------------------- */

/* results [UPDATE_COUNT,UPDATED] as the library has them. */
static void run_updates(double *results, const struct golden_updates *g)
{
    float p[UPDATED], gradients[UPDATED];
    rnn_optimizer *optimizer = learning_optimizer(g->kind, g->nesterov, g->reals, UPDATED);
    vector_floats(p, UPDATED, updates_initial, UPDATED);
    for (size_t n = 0; n < UPDATE_COUNT; n++) {
        vector_floats(gradients, UPDATED, updates_gradients + n * UPDATED, UPDATED);
        assert_int_equal(learning_integer_of(optimizer, RNN_UPDATES), n);
        assert_ok(rnn_optimizer_step_arrays(optimizer, p, UPDATED, gradients, UPDATED));
        vector_doubles(results + n * UPDATED, p, UPDATED);
        for (size_t i = 0; i < UPDATED; i++)
            assert_true(gradients[i] == (float)updates_gradients[n * UPDATED + i]);
    }
    rnn_optimizer_destroy(optimizer);
}

static struct comparison comparison_of(const struct golden_updates *g, const double *results)
{
    double tolerance = g->kind == RNN_OPTIMIZER_SGD ? TOLERANCE_SGD : TOLERANCE_OTHER;
    return (struct comparison){"parameters", results, g->results, UPDATE_COUNT * UPDATED, tolerance};
}

static void test_updates_equal_pytorch(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < LENGTH(golden_updates); i++) {
        double results[UPDATE_COUNT * UPDATED];
        run_updates(results, &golden_updates[i]);
        struct comparison c = comparison_of(&golden_updates[i], results);
        found += vector_differences(&c, 1, golden_updates[i].name, "step by step");
        vector_check_rejected(c);
    }
    assert_int_equal(found, 0);
}

/* No vector could pass for another one, so every option is heeded. */
static void test_vectors_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(golden_updates); i++)
        for (size_t k = 0; k < LENGTH(golden_updates); k++) {
            struct comparison c = comparison_of(&golden_updates[i], golden_updates[k].results);
            assert_int_equal(vector_first_difference(&c) == c.count, i == k);
        }
}

/* A model's step is that of its arrays, on one thread and two. */
static void test_a_model_is_an_array(void **state)
{
    (void)state;
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (size_t threads = 1; threads <= THREADS(2); threads++) {
            struct learning_task task;
            rnn_session *session;
            const float *view;
            float p[4096], *gradients;
            size_t count;
            learning_open(&task);
            rnn_optimizer *one = learning_optimizer_of(&golden_curves[i], task.parameters);
            rnn_optimizer *two = learning_optimizer_of(&golden_curves[i], task.parameters);
            assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
            assert_ok(rnn_session_set_threads(session, threads));
            assert_ok(rnn_model_parameters(task.model, &view, &count));
            assert_ok(rnn_session_gradients(session, &gradients, &count));
            memcpy(p, view, count * sizeof *p);
            for (size_t n = 0; n < 5; n++) {
                learning_update(&task, session, one, n);
                assert_ok(rnn_optimizer_step_arrays(two, p, count, gradients, count));
                assert_memory_equal(p, view, count * sizeof *p);
            }
            rnn_session_destroy(session);
            rnn_optimizer_destroy(one);
            rnn_optimizer_destroy(two);
            learning_close(&task);
        }
}

/* ---- rates ------------------------------------------------------------------------------------------------------- */

/* One update by a gradient of 1; gives how far the parameter went. */
static double step_by_one(rnn_optimizer *optimizer)
{
    float p = 0, one = 1;
    assert_ok(rnn_optimizer_step_arrays(optimizer, &p, 1, &one, 1));
    return -(double)p;
}

static void check_schedule(const struct golden_schedule *g, int64_t warmup)
{
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_SGD, 1);
    learning_set_reals(optimizer, g->reals);
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, g->schedule));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PERIOD, g->period));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_WARMUP, warmup));
    double rate = learning_real_of(optimizer, RNN_RATE);
    for (int64_t n = 1; n <= RATE_COUNT; n++) {
        double expected = n <= warmup ? rate * (double)n / (double)warmup : g->rates[n - 1 - warmup];
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), expected, 1e-10);
        assert_close(step_by_one(optimizer), expected, 1e-6);
    }
    rnn_optimizer_destroy(optimizer);
}

static void test_rates_equal_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(golden_schedules); i++)
        for (int64_t warmup = 0; warmup < 12; warmup += 5)
            check_schedule(&golden_schedules[i], warmup);
}

static void test_plateaus_equal_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(golden_plateaus); i++) {
        const struct golden_plateau *g = &golden_plateaus[i];
        rnn_optimizer *optimizer = create(RNN_OPTIMIZER_ADAM, 1);
        learning_set_reals(optimizer, g->reals);
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, g->patience));
        assert_true(g->rates[REPORT_COUNT - 1] < g->rates[0]);
        for (size_t n = 0; n < REPORT_COUNT; n++) {
            assert_ok(rnn_optimizer_report(optimizer, g->losses[n]));
            assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), g->rates[n], 1e-10);
        }
        rnn_optimizer_destroy(optimizer);
    }
}

/* Reports with a patience of 0 and a threshold of 0.1: whether each cuts the rate by half. */
static void check_reports(const double *losses, const char *cuts)
{
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_SGD, 1);
    double rate = 1;
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 1));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 0));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_PLATEAU_FACTOR, 0.5));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_PLATEAU_THRESHOLD, 0.1));
    for (size_t i = 0; cuts[i]; i++) {
        assert_ok(rnn_optimizer_report(optimizer, losses[i]));
        rate *= cuts[i] == '1' ? 0.5 : 1;
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), rate, 1e-12);
    }
    rnn_optimizer_destroy(optimizer);
}

static void test_unusual_reports(void **state)
{
    (void)state;
    const double nan = (double)NAN, infinity = (double)INFINITY;
    check_reports((double[]){-1, -1.05, -1.1001, -1.2, -1.3}, "01010"); /* below 0: 1.1 times the best */
    check_reports((double[]){1, 0.95, 0.8999, -1, -0.5}, "01001");
    check_reports((double[]){nan, nan, 1, nan, 0.5}, "11010");
    check_reports((double[]){infinity, 1, infinity, -infinity, -infinity}, "00101");
}

/* Unless RNN_PLATEAU is set a report changes nothing, not what is counted either; once the rate is reduced it stays. */
static void test_reports_without_plateaus(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        rnn_optimizer *optimizer = create(kind, 1);
        double rate = learning_real_of(optimizer, RNN_RATE);
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 0));
        for (int i = 0; i < 50; i++)
            assert_ok(rnn_optimizer_report(optimizer, i));
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), rate, 0);
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
        assert_ok(rnn_optimizer_report(optimizer, 100)); /* the first that counts */
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), rate, 0);
        assert_ok(rnn_optimizer_report(optimizer, 100));
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), 0.1 * rate, 1e-12);
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 0));
        assert_ok(rnn_optimizer_report(optimizer, 100));
        assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), 0.1 * rate, 1e-12);
        rnn_optimizer_destroy(optimizer);
    }
}

/* The rate stops at RNN_MINIMUM_RATE, and one that is below it stays where it is. */
static void test_least_rate(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_SGD, 1);
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 0));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MINIMUM_RATE, 0.05));
    for (int i = 0; i < 3; i++)
        assert_ok(rnn_optimizer_report(optimizer, 1));
    assert_close(learning_real_of(optimizer, RNN_CURRENT_RATE), 0.01, 1e-12);
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PERIOD, 4));
    for (int n = 0; n < 6; n++)
        assert_close(step_by_one(optimizer), 0.01, 1e-6);
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 1)); /* holds from the next update on */
    assert_close(step_by_one(optimizer), 0.05, 1e-6);
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_CONSTANT));
    assert_close(step_by_one(optimizer), 0.05, 1e-6);
    rnn_optimizer_destroy(optimizer);
}

/* ---- clipping ---------------------------------------------------------------------------------------------------- */

/* Five updates: clipped by the optimiser, or by the functions for it, which change the gradients. */
static void run_clipped(float *p, const struct golden_curve *curve, double norm, double most, int by_optimizer)
{
    struct learning_task task;
    rnn_session *session;
    const float *view;
    float before[4096], *gradients;
    size_t count;
    learning_open(&task);
    rnn_optimizer *optimizer = learning_optimizer_of(curve, task.parameters);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, by_optimizer ? norm : 0));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_ABS, by_optimizer ? most : 0));
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    for (size_t n = 0; n < 5; n++) {
        learning_gradients(&task, session, n, 0, TASK_BATCH, RNN_SUM);
        if (!by_optimizer && norm > 0)
            assert_ok(rnn_session_clip_gradient_norm(session, NULL, norm));
        if (!by_optimizer && most > 0)
            assert_ok(rnn_session_clip_gradient_value(session, most));
        memcpy(before, gradients, count * sizeof *before);
        assert_ok(rnn_optimizer_step(optimizer, session));
        assert_memory_equal(before, gradients, count * sizeof *before);
    }
    assert_ok(rnn_model_parameters(task.model, &view, &count));
    memcpy(p, view, count * sizeof *p);
    rnn_session_destroy(session);
    rnn_optimizer_destroy(optimizer);
    learning_close(&task);
}

static void test_clipping_is_that_of_the_functions(void **state)
{
    (void)state;
    const struct {
        double norm, most;
    } clips[] = {{0.5, 0}, {0, 0.02}, {0.5, 0.02}, {1e9, 1e9}, {1e-42, 0}};
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (size_t k = 0; k < LENGTH(clips); k++) {
            float one[4096] = {0}, two[4096] = {0};
            run_clipped(one, &golden_curves[i], clips[k].norm, clips[k].most, 1);
            run_clipped(two, &golden_curves[i], clips[k].norm, clips[k].most, 0);
            for (size_t j = 0; j < LENGTH(one); j++)
                assert_close((double)one[j], (double)two[j], 1e-6);
        }
}

/* A factor of 2e-51 is none that a float holds: 3e20, 4e20 become 6e-31, 8e-31, and a rate of 1e30 shows it. */
static void test_clipping_by_a_tiny_factor(void **state)
{
    (void)state;
    const float gradients[2] = {3e20f, 4e20f};
    float p[2] = {0, 0};
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_SGD, 2));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 1e-30));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 1e30));
    assert_ok(rnn_optimizer_step_arrays(optimizer, p, 2, gradients, 2));
    assert_close((double)p[0], -0.6, 1e-6);
    assert_close((double)p[1], -0.8, 1e-6);
    rnn_optimizer_destroy(optimizer);
}

/* The same in a session: by an optimiser, of each kind that shows a factor, and by rnn_session_clip_gradient_norm. */
static void test_clipping_a_session_by_a_tiny_factor(void **state)
{
    (void)state;
    struct learning_task task;
    learning_open(&task);
    for (int way = 0; way < 3; way++) { /* plain; momentum, whose m is 0 below 1e-30; apart */
        const double norm = way == 1 ? 1e-28 : 1e-30, rate = 1 / norm;
        rnn_session *session;
        rnn_optimizer *optimizer;
        const float *p;
        float *gradients, before[4096];
        size_t count;
        assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
        assert_ok(rnn_session_gradients(session, &gradients, &count));
        assert_ok(rnn_model_parameters(task.model, &p, &count));
        memcpy(before, p, count * sizeof *p);
        gradients[0] = 3e20f;
        gradients[count - 1] = 4e20f;
        assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_SGD, count));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, way == 1 ? 0.5 : 0));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, norm));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, rate));
        if (way == 2) {
            assert_ok(rnn_session_clip_gradient_norm(session, NULL, norm));
            assert_ok(rnn_sgd_step(session, rate));
        } else {
            assert_ok(rnn_optimizer_step(optimizer, session));
        }
        assert_close((double)(p[0] - before[0]), -0.6, 1e-6);
        assert_close((double)(p[count - 1] - before[count - 1]), -0.8, 1e-6);
        assert_memory_equal(p + 1, before + 1, (count - 2) * sizeof *p);
        rnn_optimizer_destroy(optimizer);
        rnn_session_destroy(session);
    }
    learning_close(&task);
}

/* ---- gradients that are not finite ------------------------------------------------------------------------------- */

static void test_nonfinite_arrays_are_refused(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < LENGTH(golden_updates); i++)
        for (size_t at = 0; at < UPDATED; at++) {
            const struct golden_updates *g = &golden_updates[i];
            float p[UPDATED], gradients[UPDATED], before[UPDATED];
            char index[32];
            rnn_optimizer *optimizer = learning_optimizer(g->kind, g->nesterov, g->reals, UPDATED);
            vector_floats(p, UPDATED, updates_initial, UPDATED);
            vector_floats(gradients, UPDATED, updates_gradients, UPDATED);
            assert_ok(rnn_optimizer_step_arrays(optimizer, p, UPDATED, gradients, UPDATED));
            struct optimizer_bytes bytes = optimizer_bytes_of(optimizer);
            memcpy(before, p, sizeof p);
            gradients[at] = bad[at % 3];
            snprintf(index, sizeof index, "[%zu]", at);
            assert_fails(rnn_optimizer_step_arrays(optimizer, p, UPDATED, gradients, UPDATED), RNN_E_NONFINITE);
            assert_non_null(strstr(rnn_optimizer_last_error(optimizer), index));
            assert_memory_equal(before, p, sizeof p);
            assert_optimizer_unchanged(optimizer, &bytes);
            rnn_optimizer_destroy(optimizer);
        }
}

static void test_nonfinite_sessions_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TASK_CURVES; i++) {
        struct learning_task task;
        rnn_session *session;
        const float *view;
        float before[4096], *gradients;
        size_t count, size, same;
        learning_open(&task);
        rnn_optimizer *optimizer = learning_optimizer_of(&golden_curves[i], task.parameters);
        assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
        learning_update(&task, session, optimizer, 0);
        assert_ok(rnn_optimizer_save_memory(optimizer, NULL, 0, &size));
        unsigned char *one = malloc(size), *two = malloc(size);
        assert_true(one && two);
        assert_ok(rnn_optimizer_save_memory(optimizer, one, size, &same));
        assert_ok(rnn_model_parameters(task.model, &view, &count));
        memcpy(before, view, count * sizeof *before);
        assert_ok(rnn_session_gradients(session, &gradients, &count));
        gradients[count - 1] = i % 2 ? NAN : INFINITY;
        assert_fails(rnn_optimizer_step(optimizer, session), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "head.bias"));
        assert_memory_equal(before, view, count * sizeof *before);
        assert_ok(rnn_optimizer_save_memory(optimizer, two, size, &same));
        assert_memory_equal(one, two, size);
        free(one);
        free(two);
        rnn_session_destroy(session);
        rnn_optimizer_destroy(optimizer);
        learning_close(&task);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates_equal_pytorch),
        cmocka_unit_test(test_vectors_are_told_apart),
        cmocka_unit_test(test_a_model_is_an_array),
        cmocka_unit_test(test_rates_equal_pytorch),
        cmocka_unit_test(test_plateaus_equal_pytorch),
        cmocka_unit_test(test_unusual_reports),
        cmocka_unit_test(test_reports_without_plateaus),
        cmocka_unit_test(test_least_rate),
        cmocka_unit_test(test_clipping_is_that_of_the_functions),
        cmocka_unit_test(test_clipping_by_a_tiny_factor),
        cmocka_unit_test(test_clipping_a_session_by_a_tiny_factor),
        cmocka_unit_test(test_nonfinite_arrays_are_refused),
        cmocka_unit_test(test_nonfinite_sessions_are_refused),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
