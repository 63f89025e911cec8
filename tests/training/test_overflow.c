/* Updates whose result is infinite: refused, and nothing has changed then; what only comes near is made.  Held to the
 * equations of rnn.h in double. */
#include "support/folder.h"
#include "support/optimizer_bytes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"
#include "training/overflow.h"

enum { COUNT = 3, UNITS = 2, ROUNDS = 3000 };

static const int32_t kinds[] = {RNN_OPTIMIZER_SGD, RNN_OPTIMIZER_RMSPROP, RNN_OPTIMIZER_ADAGRAD, RNN_OPTIMIZER_ADAM,
                                RNN_OPTIMIZER_ADAMW};

/* ---- the equations in double ------------------------------------------------------------------------------------- */

struct options {
    int32_t kind;
    double rate, momentum, beta_1, beta_2, epsilon, decay, max_abs;
    int nesterov;
};

struct element {
    double p, m, v;
    double product; /* that a float update makes on its way may be as large */
};

/* Whether something is beyond what a float holds. */
static int is_beyond(double value)
{
    return !(fabs(value) <= (double)FLT_MAX);
}

/* The n-th update.  Gives whether a float overflows on the way or in the end. */
static int update(const struct options *o, struct element *e, double g, int n)
{
    double clipped = o->max_abs > 0 ? fmin(fmax(g, -o->max_abs), o->max_abs) : g, beyond = 0;
    double d = o->kind == RNN_OPTIMIZER_ADAMW ? clipped : clipped + o->decay * e->p, step = d;
    e->product = o->rate * (fabs(e->m) + fabs(d)) / (1 - o->beta_1);
    if (o->kind != RNN_OPTIMIZER_SGD)
        beyond += is_beyond(d * d);
    if (o->kind == RNN_OPTIMIZER_ADAMW)
        e->p -= o->rate * o->decay * e->p;
    if (o->kind == RNN_OPTIMIZER_ADAGRAD)
        e->v += d * d;
    else if (o->kind != RNN_OPTIMIZER_SGD)
        e->v = o->beta_2 * e->v + (1 - o->beta_2) * d * d;
    if (o->kind == RNN_OPTIMIZER_ADAM || o->kind == RNN_OPTIMIZER_ADAMW) {
        e->m = o->beta_1 * e->m + (1 - o->beta_1) * d;
        step = e->m / (1 - pow(o->beta_1, n)) / (sqrt(e->v) / sqrt(1 - pow(o->beta_2, n)) + o->epsilon);
    } else {
        step = o->kind == RNN_OPTIMIZER_SGD ? d : d / (sqrt(e->v) + o->epsilon);
        if (o->momentum > 0) {
            e->m = o->momentum * e->m + step;
            step = o->nesterov ? step + o->momentum * e->m : e->m;
        }
    }
    e->p -= o->rate * step;
    return beyond > 0 || is_beyond(e->m) || is_beyond(e->v) || is_beyond(e->p) || is_beyond(d);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static rnn_optimizer *create(int32_t kind, size_t count, double rate)
{
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, kind, count));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, rate));
    return optimizer;
}

static void set(rnn_optimizer *optimizer, int32_t key, double value)
{
    assert_ok(rnn_optimizer_set_real(optimizer, key, value));
}

/* All elements are `p`, their gradients 1 but the last, which is g. */
static int32_t step(rnn_optimizer *optimizer, float p[COUNT], float g)
{
    const float gradients[COUNT] = {1, 1, g};
    return rnn_optimizer_step_arrays(optimizer, p, COUNT, gradients, COUNT);
}

/* The step is refused with a message that holds `why` and says where; nothing has changed. */
static void assert_refused(rnn_optimizer *optimizer, float p[COUNT], float g, const char *why)
{
    float before[COUNT];
    struct optimizer_bytes bytes = optimizer_bytes_of(optimizer);
    memcpy(before, p, sizeof before);
    assert_fails(step(optimizer, p, g), RNN_E_NONFINITE);
    assert_non_null(strstr(rnn_optimizer_last_error(optimizer), why));
    assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "[2]"));
    assert_memory_equal(before, p, sizeof before);
    assert_optimizer_unchanged(optimizer, &bytes);
}

static void assert_finite(const float *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite(p[i]));
}

/* ---- squares ----------------------------------------------------------------------------------------------------- */

static void test_squares_that_are_not_finite(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        float p[COUNT] = {1, 2, 3};
        rnn_optimizer *optimizer = create(kinds[i], COUNT, 1e-3);
        if (kinds[i] == RNN_OPTIMIZER_SGD) { /* has none */
            assert_ok(step(optimizer, p, 1e30f));
            assert_close((double)p[2], 3 - 1e27, 1e-6);
        } else {
            assert_refused(optimizer, p, 1e20f, "square");
            assert_refused(optimizer, p, -1.85e19f, "square");
            assert_ok(step(optimizer, p, 1.84e19f)); /* 3.39e38 */
            assert_true(p[2] != 3);
        }
        assert_finite(p, COUNT);
        rnn_optimizer_destroy(optimizer);
    }
}

/* Clipping comes first, and may make it finite. */
static void test_squares_after_clipping(void **state)
{
    (void)state;
    const int32_t keys[] = {RNN_MAX_NORM, RNN_MAX_ABS};
    for (size_t i = 0; i < 10; i++) {
        float p[COUNT] = {1, 2, 3};
        rnn_optimizer *optimizer = create(kinds[i / 2], COUNT, 1e-3);
        set(optimizer, keys[i % 2], 2);
        for (size_t n = 0; n < 3; n++) {
            float before = p[2];
            assert_ok(step(optimizer, p, 3e38f));
            assert_true(isfinite(p[2]) && p[2] < before);
        }
        rnn_optimizer_destroy(optimizer);
    }
}

/* A parameter that got a refused gradient learns on. */
static void test_a_parameter_is_not_frozen(void **state)
{
    (void)state;
    for (size_t i = 1; i < 5; i++) {
        float p[COUNT] = {1, 2, 3}, expected[COUNT] = {1, 2, 3};
        rnn_optimizer *optimizer = create(kinds[i], COUNT, 1e-3), *other = create(kinds[i], COUNT, 1e-3);
        for (size_t n = 0; n < 10; n++) {
            assert_refused(optimizer, p, 1e21f, "square");
            assert_ok(step(optimizer, p, 0.5f));
            assert_ok(step(other, expected, 0.5f));
        }
        assert_memory_equal(p, expected, sizeof p);
        assert_true(p[2] < 2.995f);
        rnn_optimizer_destroy(optimizer);
        rnn_optimizer_destroy(other);
    }
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static void test_moments_that_sum_up(void **state)
{
    (void)state;
    float p[COUNT] = {1, 2, 3};
    rnn_optimizer *adagrad = create(RNN_OPTIMIZER_ADAGRAD, COUNT, 1e-3);
    assert_ok(step(adagrad, p, 1.8e19f)); /* 3.2e38 */
    assert_refused(adagrad, p, 1.8e19f, "moment v");
    assert_ok(step(adagrad, p, 1e18f));
    rnn_optimizer_destroy(adagrad);
    rnn_optimizer *sgd = create(RNN_OPTIMIZER_SGD, COUNT, 1e-20);
    set(sgd, RNN_MOMENTUM, 0.9);
    assert_ok(step(sgd, p, 3e38f));
    assert_refused(sgd, p, 3e38f, "moment m");
    assert_ok(step(sgd, p, -3e38f));
    rnn_optimizer_destroy(sgd);
}

/* A file may hold moments that are not finite; an update by them is refused. */
static void test_moments_of_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 2; k++) {
            const float bad = k ? NAN : INFINITY;
            const int32_t kind = i < 5 ? kinds[i] : i < 6 ? RNN_OPTIMIZER_ADAM : RNN_OPTIMIZER_ADAMW;
            float p[COUNT] = {1, 2, 3};
            rnn_optimizer *optimizer = create(kind, COUNT, 1e-3), *loaded;
            if (i >= 5)
                assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 1));
            assert_ok(step(optimizer, p, 1));
            struct optimizer_bytes bytes = optimizer_bytes_of(optimizer);
            drop_checksums(&bytes);
            memcpy(bytes.at + bytes.count - sizeof bad, &bad, sizeof bad); /* the last element of v_max, v, or m */
            assert_ok(rnn_optimizer_load_memory(&loaded, bytes.at, bytes.count));
            assert_refused(loaded, p, 1,
                           i >= 5                      ? "moment v_max"
                           : kind == RNN_OPTIMIZER_SGD ? "moment m"
                                                       : "moment v ");
            rnn_optimizer_destroy(loaded);
            rnn_optimizer_destroy(optimizer);
        }
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static void test_parameters_that_would_be_infinite(void **state)
{
    (void)state;
    float p[COUNT] = {1, 2, 3};
    rnn_optimizer *sgd = create(RNN_OPTIMIZER_SGD, COUNT, 1e30);
    assert_refused(sgd, p, 1e9f, "parameter");
    assert_ok(step(sgd, p, 3e8f));
    assert_close((double)p[2], -3e38, 1e-6);
    assert_refused(sgd, p, 1e8f, "parameter"); /* -4e38 */
    assert_ok(step(sgd, p, -3e8f));
    p[2] = -FLT_MAX; /* and half of what lies between it and the float beside it is 1e31 */
    assert_refused(sgd, p, 11, "parameter");
    assert_ok(step(sgd, p, 9));
    assert_true(p[2] == -FLT_MAX);
    rnn_optimizer_destroy(sgd);
    for (size_t i = 1; i < 5; i++) {
        float q[COUNT] = {1, 2, 3};
        rnn_optimizer *optimizer = create(kinds[i], COUNT, 1e30);
        set(optimizer, RNN_EPSILON, 1e-30);
        set(optimizer, RNN_WEIGHT_DECAY, 0);
        assert_ok(step(optimizer, q, 1));
        if (kinds[i] != RNN_OPTIMIZER_ADAGRAD) { /* whose v never becomes 0 */
            rnn_optimizer_destroy(optimizer);
            optimizer = create(kinds[i], COUNT, 1e30);
            set(optimizer, RNN_EPSILON, 1e-30);
            set(optimizer, RNN_WEIGHT_DECAY, 0);
            assert_refused(optimizer, q, 1e-20f, "parameter"); /* v is 0 as a float */
        }
        rnn_optimizer_destroy(optimizer);
    }
}

static void test_decay_that_overflows(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        int apart = kinds[i] == RNN_OPTIMIZER_ADAMW, is_sgd = kinds[i] == RNN_OPTIMIZER_SGD;
        float p[COUNT] = {1e-30f, 1e-30f, 3e30f};
        rnn_optimizer *optimizer = create(kinds[i], COUNT, 1);
        set(optimizer, RNN_WEIGHT_DECAY, 1e10);
        assert_refused(optimizer, p, 1, apart || is_sgd ? "parameter" : "square");
        set(optimizer, RNN_WEIGHT_DECAY, 0.5);
        p[2] = 3e18f;
        assert_ok(step(optimizer, p, 1));
        assert_finite(p, COUNT);
        rnn_optimizer_destroy(optimizer);
    }
}

/* A parameter that is not finite already is not the update's. */
static void test_parameters_that_are_infinite_already(void **state)
{
    (void)state;
    float p[COUNT] = {1, INFINITY, 3};
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_ADAM, COUNT, 1e-3);
    assert_ok(step(optimizer, p, 1));
    assert_true(isinf(p[1]) && p[2] < 3);
    rnn_optimizer_destroy(optimizer);
}

/* ---- any numbers ------------------------------------------------------------------------------------------------- */

/* 10^x, for x uniform in [least, most]. */
static double power(double least, double most, uint64_t *seed)
{
    return pow(10, least + (most - least) * (uniform(seed) + 1) / 2);
}

static struct options draw(uint64_t *seed)
{
    struct options o = {.kind = kinds[(size_t)((uniform(seed) + 1) * 2.5)],
                        .rate = power(-10, 30, seed),
                        .epsilon = power(-30, 2, seed),
                        .beta_1 = uniform(seed) > 0 ? 0.9 : 0,
                        .beta_2 = uniform(seed) > 0 ? 0.999 : 0.5,
                        .momentum = uniform(seed) > 0 ? 0.9 : 0,
                        .nesterov = uniform(seed) > 0,
                        .decay = uniform(seed) > 0.5 ? power(-8, 5, seed) : 0,
                        .max_abs = uniform(seed) > 0.7 ? power(-5, 25, seed) : 0};
    o.rate = uniform(seed) > 0 ? 0.01 : o.rate;
    o.nesterov = o.nesterov && o.kind == RNN_OPTIMIZER_SGD;
    if (o.kind != RNN_OPTIMIZER_SGD && o.kind != RNN_OPTIMIZER_RMSPROP)
        o.momentum = 0;
    return o;
}

static rnn_optimizer *create_of(const struct options *o)
{
    rnn_optimizer *optimizer = create(o->kind, 1, o->rate);
    int adam = o->kind == RNN_OPTIMIZER_ADAM || o->kind == RNN_OPTIMIZER_ADAMW;
    set(optimizer, RNN_WEIGHT_DECAY, o->decay);
    set(optimizer, RNN_MAX_ABS, o->max_abs);
    if (o->nesterov)
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_NESTEROV, 1));
    if (o->momentum > 0)
        set(optimizer, RNN_MOMENTUM, o->momentum);
    if (o->kind != RNN_OPTIMIZER_SGD)
        set(optimizer, RNN_EPSILON, o->epsilon);
    if (adam)
        set(optimizer, RNN_BETA_1, o->beta_1);
    if (adam || o->kind == RNN_OPTIMIZER_RMSPROP)
        set(optimizer, RNN_BETA_2, o->beta_2);
    return optimizer;
}

/* What is made is finite; what is refused has changed nothing and, by the equations, is beyond a float or within a
 * millionth of that, as are the products on the way, which are at most max(1, rate) / min(1, epsilon) times as large.
 */
static void test_any_updates(void **state)
{
    (void)state;
    uint64_t seed = 11;
    size_t refused = 0, made = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct options o = draw(&seed);
        rnn_optimizer *optimizer = create_of(&o);
        float p = (float)(power(-30, i % 3 ? 5 : 38.4, &seed) * (uniform(&seed) > 0 ? 1 : -1));
        p = isfinite(p) ? p : FLT_MAX;
        struct element e = {.p = (double)p};
        for (int n = 1; n < 5; n++) {
            float g = (float)(power(i % 2 ? -20 : 15, i % 2 ? 15 : 38, &seed) * (uniform(&seed) > 0 ? 1 : -1)), old = p;
            struct optimizer_bytes bytes = optimizer_bytes_of(optimizer);
            int beyond = update(&o, &e, (double)g, n);
            int32_t status = rnn_optimizer_step_arrays(optimizer, &p, 1, &g, 1);
            if (status == RNN_OK) {
                assert_finite(&p, 1);
                made++;
                continue;
            }
            assert_int_equal(status, RNN_E_NONFINITE);
            assert_memory_equal(&p, &old, sizeof p);
            assert_optimizer_unchanged(optimizer, &bytes);
            double largest = fmax(fmax(fabs(e.p), fabs(e.m)), fabs(e.v));
            int near =
                largest > 3.4e38 || e.product > 3e38 || (o.kind != RNN_OPTIMIZER_SGD && e.v < 1e-30); /* v may be 0 */
            assert_true(beyond || near);
            refused++;
            break;
        }
        rnn_optimizer_destroy(optimizer);
    }
    assert_true(refused > ROUNDS / 10 && made > ROUNDS / 10);
}

/* Bounds alone exclude an overflow of ordinary updates: neither parameters nor gradients are looked at. */
static void test_ordinary_updates_cost_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        rnn_optimizer *optimizer = create(kinds[i], COUNT, 0.1);
        if (kinds[i] == RNN_OPTIMIZER_SGD || kinds[i] == RNN_OPTIMIZER_RMSPROP)
            set(optimizer, RNN_MOMENTUM, 0.99);
        struct rnni_rule rule = rnni_optimizer_rule(optimizer, 0);
        struct rnni_trial trial = {.optimizer = optimizer, .rule = &rule, .largest_g = 1e5};
        assert_false(rnni_overflow_depends_on_parameters(optimizer, &rule));
        for (size_t n = 0; n < 100000; n++) {
            struct rnni_bounds after;
            size_t index;
            assert_int_equal(rnni_overflow_of(&trial, &after, &index), RNNI_OVERFLOW_NONE);
            rnni_optimizer_advance(optimizer, after);
        }
        rnn_optimizer_destroy(optimizer);
    }
    assert_int_equal(rnni_overflow_of_descent(NULL, NULL, 1, 1e20, 7), 7);
}

/* ---- models and modules ------------------------------------------------------------------------------------------ */

static rnn_session *session_of_ones(size_t *count)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    const float *view;
    float values[64], *gradients;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, UNITS));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 2));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_parameters(model, &view, count));
    assert_true(*count <= 64);
    for (size_t i = 0; i < *count; i++)
        values[i] = 1;
    assert_ok(rnn_model_set_parameters(model, values, *count));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_session_gradients(session, &gradients, count));
    memcpy(gradients, values, *count * sizeof *values);
    rnn_destroy(model);
    rnn_config_destroy(config);
    return session;
}

static float parameter(rnn_session *session, size_t index)
{
    return session->model->parameters[index];
}

static void test_gradient_descent_of_a_session(void **state)
{
    (void)state;
    size_t count;
    float *gradients, ones[64], largest[64];
    rnn_session *session = session_of_ones(&count);
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    memcpy(ones, gradients, count * sizeof *ones);
    for (int sign = -1; sign <= 1; sign += 2) {
        gradients[count - 1] = 4;
        assert_fails(rnn_sgd_step(session, sign * 1e38), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_session_last_error(session), "head.bias"));
        assert_non_null(strstr(rnn_session_last_error(session), "rnn_sgd_step"));
        for (size_t i = 0; i < count; i++)
            assert_true(parameter(session, i) == 1);
        gradients[count - 1] = 3;
        assert_ok(rnn_sgd_step(session, sign * 1e38));
        assert_close((double)parameter(session, count - 1), -sign * 3e38, 1e-6);
        gradients[0] = FLT_MAX;
        assert_fails(rnn_sgd_step(session, sign * (double)FLT_MAX), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_session_last_error(session), "weight_ih_l0"));
        gradients[0] = 1;
        memcpy(largest, ones, sizeof largest);
        largest[1] = -FLT_MAX;
        assert_ok(rnn_model_set_parameters(session->model, largest, count));
        assert_fails(rnn_sgd_step(session, 1.1e31), RNN_E_NONFINITE);
        assert_ok(rnn_sgd_step(session, 0.9e31));
        assert_true(parameter(session, 1) == -FLT_MAX);
        assert_ok(rnn_model_set_parameters(session->model, ones, count));
    }
    rnn_session_destroy(session);
}

static void test_optimizers_of_a_session(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        size_t count;
        float *gradients;
        rnn_session *session = session_of_ones(&count);
        rnn_optimizer *optimizer = create(kinds[i], count, kinds[i] == RNN_OPTIMIZER_SGD ? 1e20 : 1e-3);
        struct optimizer_bytes bytes = optimizer_bytes_of(optimizer);
        assert_ok(rnn_session_gradients(session, &gradients, &count));
        gradients[1] = 1e20f;
        assert_fails(rnn_optimizer_step(optimizer, session), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "weight_ih_l0"));
        for (size_t j = 0; j < count; j++)
            assert_true(parameter(session, j) == 1);
        assert_optimizer_unchanged(optimizer, &bytes);
        set(optimizer, RNN_MAX_NORM, 1e-3);
        set(optimizer, RNN_WEIGHT_DECAY, 1e-3);
        assert_ok(rnn_optimizer_step(optimizer, session));
        for (size_t j = 0; j < count; j++)
            assert_true(isfinite(parameter(session, j)));
        assert_true(parameter(session, 1) < 1);
        rnn_optimizer_destroy(optimizer);
        rnn_session_destroy(session);
    }
}

/* What a trainer loads into an optimiser is looked at, too. */
static void test_moments_of_a_trainer(void **state)
{
    (void)state;
    char folder[] = "/tmp/rnn-test-XXXXXX", path[64];
    size_t count;
    float *gradients;
    rnn_trainer *trainers[2];
    rnn_optimizer *optimizers[2];
    rnn_session *session = session_of_ones(&count);
    assert_non_null(make_folder(folder));
    snprintf(path, sizeof path, "%s/trainer", folder);
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    gradients[3] = 1.8446e19f; /* its square is 3.4026e38 */
    for (size_t i = 0; i < 2; i++) {
        optimizers[i] = create(RNN_OPTIMIZER_ADAGRAD, count, 1e-3);
        open_trainer(&trainers[i], session->model, optimizers[i], RNN_LOSS_CROSS_ENTROPY);
    }
    assert_ok(rnn_optimizer_step(optimizers[0], session));
    assert_ok(rnn_trainer_save(trainers[0], path));
    assert_ok(rnn_trainer_load(trainers[1], path));
    gradients[3] = 9e17f; /* and this one's would fit, were v 0 */
    for (size_t i = 0; i < 2; i++) {
        assert_fails(rnn_optimizer_step(optimizers[i], session), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizers[i]), "moment v"));
        rnn_trainer_destroy(trainers[i]);
        rnn_optimizer_destroy(optimizers[i]);
    }
    rnn_session_destroy(session);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_squares_that_are_not_finite),
        cmocka_unit_test(test_squares_after_clipping),
        cmocka_unit_test(test_a_parameter_is_not_frozen),
        cmocka_unit_test(test_moments_that_sum_up),
        cmocka_unit_test(test_moments_of_a_file),
        cmocka_unit_test(test_parameters_that_would_be_infinite),
        cmocka_unit_test(test_decay_that_overflows),
        cmocka_unit_test(test_parameters_that_are_infinite_already),
        cmocka_unit_test(test_any_updates),
        cmocka_unit_test(test_ordinary_updates_cost_nothing),
        cmocka_unit_test(test_gradient_descent_of_a_session),
        cmocka_unit_test(test_optimizers_of_a_session),
        cmocka_unit_test(test_moments_of_a_trainer),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
