/* Quantiles, Gaussian losses and error-to-signal ratios: held to PyTorch by golden/torch_series_losses.h, to finite
 * differences, and what vectors do not show: errors, threads, memory, the training loop.  Linked with
 * --wrap=rnni_memory_take. */
#include "oracle/golden/torch_series_losses.h"

#include "base/memory.h"
#include "support/vectors.h"
#include "training/loss_handle.h"

#include <float.h>
#include <math.h>
#include <string.h>

static size_t allocations, fails_at; /* fails_at 0: none fails */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++allocations == fails_at ? NULL : __real_rnni_memory_take(count, size);
}

#define GOLDENS (sizeof golden_series_losses / sizeof *golden_series_losses)
enum { MOST = 128, MOST_BATCH = 8 };
#define TOLERANCE 1e-6

static const int32_t kinds[] = {RNN_LOSS_QUANTILE, RNN_LOSS_GAUSSIAN, RNN_LOSS_ERROR_TO_SIGNAL};
static const float levels[] = {0.1f, 0.9f};

/* ---- the vectors ------------------------------------------------------------------------------------------------- */

struct arrays {
    float y[MOST], values[MOST], dy[MOST];
    double value, losses[MOST_BATCH];
};

static rnn_loss *golden_loss(const struct golden_series_loss *g)
{
    float mask[MOST], weights[MOST_BATCH], of_levels[MOST_BATCH];
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, g->kind));
    assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, g->reduction));
    if (g->kind == RNN_LOSS_QUANTILE)
        assert_ok(rnn_loss_set_quantiles(loss, vector_floats(of_levels, MOST_BATCH, g->levels, g->levels_count),
                                         g->levels_count));
    if (g->kind == RNN_LOSS_GAUSSIAN)
        assert_ok(rnn_loss_set_real(loss, RNN_MIN_VARIANCE, g->min_variance));
    if (g->kind == RNN_LOSS_ERROR_TO_SIGNAL) {
        assert_ok(rnn_loss_set_real(loss, RNN_PRE_EMPHASIS, g->emphasis));
        assert_ok(rnn_loss_set_real(loss, RNN_ENERGY_FLOOR, g->energy_floor));
        assert_ok(rnn_loss_set_real(loss, RNN_OFFSET_WEIGHT, g->offset_weight));
    } else {
        assert_ok(rnn_loss_set_int(loss, RNN_SKIP_MISSING, g->skip_missing));
    }
    assert_ok(rnn_loss_set_batch(loss, g->lengths, g->lengths ? g->batch : 0, g->steps, g->batch, g->classes));
    if (g->mask)
        assert_ok(
            rnn_loss_set_mask(loss, vector_floats(mask, MOST, g->mask, g->steps * g->batch), g->steps * g->batch));
    if (g->weights)
        assert_ok(
            rnn_loss_set_sequence_weights(loss, vector_floats(weights, MOST_BATCH, g->weights, g->batch), g->batch));
    return loss;
}

/* The arrays; what a loss may not look at is not a number. */
static void fill_arrays(struct arrays *a, const struct golden_series_loss *g)
{
    memset(a, 0x5a, sizeof *a);
    vector_floats(a->y, MOST, g->y, g->steps * g->batch * g->classes);
    vector_floats(a->values, MOST, g->values, g->steps * g->batch * g->width);
    for (size_t row = 0; row < g->steps * g->batch; row++) {
        int is_inside = !g->lengths || row / g->batch < (size_t)g->lengths[row % g->batch];
        if (is_inside && (!g->mask || g->mask[row] > 0))
            continue;
        for (size_t c = 0; c < g->classes; c++)
            a->y[row * g->classes + c] = NAN;
        for (size_t k = 0; k < g->width; k++)
            a->values[row * g->width + k] = NAN;
    }
}

static size_t count_differences(rnn_loss *loss, const struct golden_series_loss *g, int in_place, int aloud)
{
    struct arrays a;
    double gradient[MOST];
    size_t count = g->steps * g->batch * g->classes, found = 0;
    fill_arrays(&a, g);
    float *dy = in_place ? a.y : a.dy;
    assert_ok(rnn_loss_of_values(loss, &a.value, dy, count, a.y, count, a.values, g->steps * g->batch * g->width));
    assert_ok(rnn_loss_get_sequence_losses(loss, a.losses, g->batch));
    vector_doubles(gradient, dy, count);
    const struct comparison all[] = {{"loss", &a.value, &g->loss, 1, TOLERANCE},
                                     {"losses", a.losses, g->losses, g->batch, TOLERANCE},
                                     {"gradient", gradient, g->gradient, count, TOLERANCE}};
    if (aloud)
        return vector_differences(all, 3, g->name, in_place ? "in place" : "apart");
    for (size_t i = 0; i < 3; i++)
        found += vector_first_difference(&all[i]) < all[i].count;
    return found;
}

static void test_equal_pytorch(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden_series_loss *g = &golden_series_losses[i];
        rnn_loss *loss = golden_loss(g);
        found += count_differences(loss, g, 0, 1);
        found += count_differences(loss, g, 1, 1);
        assert_ok(rnn_loss_set_threads(loss, THREADS(3)));
        found += count_differences(loss, g, 0, 1);
        rnn_loss_destroy(loss);
    }
    assert_int_equal(found, 0);
}

/* A loss that does not heed one of its options differs from some vectors. */
static void test_planted_faults(void **state)
{
    (void)state;
    static const struct {
        int32_t kind, key;
        double value;
    } faults[] = {{RNN_LOSS_GAUSSIAN, RNN_MIN_VARIANCE, 0.01},
                  {RNN_LOSS_ERROR_TO_SIGNAL, RNN_PRE_EMPHASIS, 0.9},
                  {RNN_LOSS_ERROR_TO_SIGNAL, RNN_ENERGY_FLOOR, 0.1},
                  {RNN_LOSS_ERROR_TO_SIGNAL, RNN_OFFSET_WEIGHT, 0.5}};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        size_t found = 0;
        for (size_t i = 0; i < GOLDENS; i++) {
            const struct golden_series_loss *g = &golden_series_losses[i];
            if (g->kind != faults[f].kind)
                continue;
            rnn_loss *loss = golden_loss(g);
            assert_ok(rnn_loss_set_real(loss, faults[f].key, faults[f].value));
            found += count_differences(loss, g, 0, 0);
            rnn_loss_destroy(loss);
        }
        assert_in_range(found, 10, 3 * GOLDENS);
    }
}

static void test_moved_levels_are_found(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden_series_loss *g = &golden_series_losses[i];
        if (g->kind != RNN_LOSS_QUANTILE || g->levels_count != 2)
            continue;
        rnn_loss *loss = golden_loss(g);
        assert_ok(rnn_loss_set_quantiles(loss, levels, 2));
        found += count_differences(loss, g, 0, 0);
        rnn_loss_destroy(loss);
    }
    assert_in_range(found, 10, GOLDENS);
}

/* ---- a small batch ----------------------------------------------------------------------------------------------- */

enum { T = 6, B = 3, C = 4, COUNT = T * B * C };

static size_t width_of(int32_t kind)
{
    return kind == RNN_LOSS_ERROR_TO_SIGNAL ? C : C / 2;
}

static size_t values_of(int32_t kind)
{
    return T * B * width_of(kind);
}

struct small {
    float y[COUNT], values[COUNT], dy[COUNT], mask[T * B], weights[B];
    int32_t lengths[B];
    double value, losses[B];
};

static void fill_small(struct small *s)
{
    uint64_t seed = 9;
    memset(s, 0, sizeof *s);
    fill_uniform(s->y, COUNT, &seed);
    fill_uniform(s->values, COUNT, &seed);
    for (size_t i = 0; i < T * B; i++)
        s->mask[i] = i % 5 == 3 ? 0 : 1 + (float)uniform(&seed) / 2;
    for (size_t b = 0; b < B; b++) {
        s->lengths[b] = (int32_t)(T - b);
        s->weights[b] = 0.5f + (float)b;
    }
}

static int32_t fill_handle(rnn_loss *loss, int32_t kind, const struct small *s)
{
    int32_t status = kind == RNN_LOSS_QUANTILE ? rnn_loss_set_quantiles(loss, levels, 2) : RNN_OK;
    status = status ? status : rnn_loss_set_batch(loss, s->lengths, B, T, B, C);
    status = status ? status : rnn_loss_set_mask(loss, s->mask, T * B);
    return status ? status : rnn_loss_set_sequence_weights(loss, s->weights, B);
}

static int32_t compute(rnn_loss *loss, int32_t kind, struct small *s)
{
    return rnn_loss_of_values(loss, &s->value, s->dy, COUNT, s->y, COUNT, s->values, values_of(kind));
}

static rnn_loss *open_small(int32_t kind, struct small *s)
{
    rnn_loss *loss;
    fill_small(s);
    assert_ok(rnn_loss_create(&loss, kind));
    assert_ok(fill_handle(loss, kind, s));
    return loss;
}

/* Differences over steps that float32 holds exactly. */
static void test_finite_differences(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct small s, other;
        rnn_loss *loss = open_small(kinds[k], &s);
        if (kinds[k] == RNN_LOSS_ERROR_TO_SIGNAL)
            assert_ok(rnn_loss_set_real(loss, RNN_OFFSET_WEIGHT, 0.5));
        assert_ok(compute(loss, kinds[k], &s));
        for (size_t i = 0; i < COUNT; i++) {
            double ends[2], at[2];
            for (int side = 0; side < 2; side++) {
                other = s;
                other.y[i] += (float)(side ? 1.0 / 4096 : -1.0 / 4096);
                at[side] = (double)other.y[i];
                assert_ok(compute(loss, kinds[k], &other));
                ends[side] = other.value;
            }
            assert_close((ends[1] - ends[0]) / (at[1] - at[0]), (double)s.dy[i], 3e-5);
        }
        rnn_loss_destroy(loss);
    }
}

/* 2 * the pinball loss of the level 0.5, the default, is the absolute error; also once levels are dropped. */
static void test_default_level(void **state)
{
    (void)state;
    struct small s, other;
    rnn_loss *loss = open_small(RNN_LOSS_QUANTILE, &s), *absolute = open_small(RNN_LOSS_ABSOLUTE_ERROR, &other);
    assert_ok(rnn_loss_set_quantiles(loss, NULL, 0));
    s.y[5] = other.y[5] = s.values[5]; /* the derivative at 0 */
    assert_ok(rnn_loss_of_values(loss, &s.value, s.dy, COUNT, s.y, COUNT, s.values, COUNT));
    assert_ok(rnn_loss_of_values(absolute, &other.value, other.dy, COUNT, other.y, COUNT, other.values, COUNT));
    assert_close(2 * s.value, other.value, 1e-12);
    for (size_t i = 0; i < COUNT; i++)
        assert_close(2 * (double)s.dy[i], (double)other.dy[i], 1e-7);
    assert_true(s.dy[5] == 0);
    rnn_loss_destroy(loss);
    rnn_loss_destroy(absolute);
}

/* Several levels give the sum of what each gives alone. */
static void test_levels_are_independent(void **state)
{
    (void)state;
    enum { N = 5 };
    const float target[N] = {1, -2, 0.5f, 3, 0}, y[2 * N] = {0, 2, -3, -1, 0.5f, 1, 4, 5, -1, 1};
    double sum = 0, both;
    for (size_t q = 0; q < 2; q++) {
        float alone[N];
        double value;
        rnn_loss *loss;
        for (size_t i = 0; i < N; i++)
            alone[i] = y[2 * i + q];
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_QUANTILE));
        assert_ok(rnn_loss_set_quantiles(loss, &levels[q], 1));
        assert_ok(rnn_loss_set_batch(loss, NULL, 0, N, 1, 1));
        assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, alone, N, target, N));
        sum += value;
        rnn_loss_destroy(loss);
    }
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_QUANTILE));
    assert_ok(rnn_loss_set_quantiles(loss, levels, 2));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, N, 1, 2));
    assert_ok(rnn_loss_of_values(loss, &both, NULL, 0, y, 2 * N, target, N));
    assert_close(both, sum / 2, 1e-12);
    rnn_loss_destroy(loss);
}

/* ---- degenerate numbers ------------------------------------------------------------------------------------------ */

static double loss_of_one(int32_t kind, float *dy, const float *y, float target)
{
    double value;
    rnn_loss *loss;
    size_t count = kind == RNN_LOSS_GAUSSIAN ? 2 : 1;
    assert_ok(rnn_loss_create(&loss, kind));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 1, 1, count));
    assert_ok(rnn_loss_of_values(loss, &value, dy, count, y, count, &target, 1));
    rnn_loss_destroy(loss);
    return value;
}

static void test_huge_values(void **state)
{
    (void)state;
    float dy[2];
    const float far[2] = {FLT_MAX, 0}, wide[2] = {0, FLT_MAX}, narrow[2] = {1, -FLT_MAX};
    assert_close(loss_of_one(RNN_LOSS_QUANTILE, dy, far, -FLT_MAX), (double)FLT_MAX, 1e-6);
    assert_true(dy[0] == 0.5f);
    assert_true(isfinite(loss_of_one(RNN_LOSS_GAUSSIAN, dy, far, -FLT_MAX)));
    assert_close(loss_of_one(RNN_LOSS_GAUSSIAN, dy, wide, 1), (log((double)FLT_MAX) + log(8 * atan(1))) / 2, 1e-12);
    assert_true(dy[0] == 0 || fabsf(dy[0]) < 1e-37f);
    assert_close(loss_of_one(RNN_LOSS_GAUSSIAN, dy, narrow, 1), (log(1e-6) + log(8 * atan(1))) / 2, 1e-12);
    assert_true(dy[0] == 0 && dy[1] == 0);
    assert_close(loss_of_one(RNN_LOSS_ERROR_TO_SIGNAL, dy, far, FLT_MAX), 0, 0);
    assert_close(loss_of_one(RNN_LOSS_ERROR_TO_SIGNAL, dy, far, -FLT_MAX), 4, 1e-9);
    const float silence[1] = {0}, sound[1] = {0.5f};
    assert_close(loss_of_one(RNN_LOSS_ERROR_TO_SIGNAL, dy, silence, 0), 0, 0);
    assert_close(loss_of_one(RNN_LOSS_ERROR_TO_SIGNAL, dy, sound, 0), 0.25 / 1e-5, 1e-9);
}

static void test_nan_propagates(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (int in_target = 0; in_target < 2; in_target++) {
            struct small s;
            rnn_loss *loss = open_small(kinds[k], &s);
            *(in_target ? &s.values[0] : &s.y[0]) = NAN;
            assert_ok(compute(loss, kinds[k], &s));
            assert_true(isnan(s.value) && isnan(s.dy[0]));
            assert_ok(rnn_loss_get_sequence_losses(loss, s.losses, B));
            assert_true(isnan(s.losses[0]) && isfinite(s.losses[1]));
            s.weights[0] = 0; /* does not leak */
            assert_ok(rnn_loss_set_sequence_weights(loss, s.weights, B));
            assert_ok(compute(loss, kinds[k], &s));
            assert_true(isfinite(s.value) && s.dy[0] == 0);
            assert_ok(rnn_loss_get_sequence_losses(loss, s.losses, B));
            assert_true(isnan(s.losses[0]));
            rnn_loss_destroy(loss);
        }
}

static void test_nothing_counts(void **state)
{
    (void)state;
    const int32_t none[B] = {0};
    for (size_t k = 0; k < 3; k++) {
        struct small s;
        rnn_loss *loss = open_small(kinds[k], &s);
        assert_ok(rnn_loss_set_batch(loss, none, B, T, B, C));
        assert_ok(compute(loss, kinds[k], &s));
        assert_true(s.value == 0);
        for (size_t i = 0; i < COUNT; i++)
            assert_true(s.dy[i] == 0);
        rnn_loss_destroy(loss);
    }
}

/* ---- refused ----------------------------------------------------------------------------------------------------- */

#define REFUSED(call, status, part)                                                                                    \
    do {                                                                                                               \
        assert_fails((call), (status));                                                                                \
        if (!strstr(rnn_loss_last_error(loss), (part)))                                                                \
            fail_msg("%s: %s", (part), rnn_loss_last_error(loss));                                                     \
    } while (0)

static void test_refused_levels(void **state)
{
    (void)state;
    struct small s, before;
    const float bad[][2] = {{0.5f, 0}, {0.5f, 1}, {0.5f, -0.1f}, {0.5f, NAN}, {0.5f, INFINITY}};
    rnn_loss *loss = open_small(RNN_LOSS_QUANTILE, &s);
    assert_ok(compute(loss, RNN_LOSS_QUANTILE, &s));
    before = s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(rnn_loss_set_quantiles(loss, bad[i], 2), RNN_E_VALUE, "levels[1] is");
    REFUSED(rnn_loss_set_quantiles(loss, levels, 0), RNN_E_SIZE, "levels_count is 0");
    REFUSED(rnn_loss_set_quantiles(loss, NULL, 2), RNN_E_NULL, "levels is NULL");
    assert_fails(rnn_loss_set_quantiles(NULL, levels, 2), RNN_E_NULL);
    assert_ok(compute(loss, RNN_LOSS_QUANTILE, &s));
    assert_memory_equal(&s, &before, sizeof s);
    rnn_loss_destroy(loss);
    loss = open_small(RNN_LOSS_GAUSSIAN, &s);
    REFUSED(rnn_loss_set_quantiles(loss, levels, 2), RNN_E_UNSUPPORTED,
            "RNN_LOSS_GAUSSIAN, expected RNN_LOSS_QUANTILE");
    rnn_loss_destroy(loss);
}

static void test_refused_calls(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        int32_t kind = kinds[k], classes[T * B] = {0};
        size_t n = values_of(kind);
        struct small s, before;
        rnn_loss *loss = open_small(kind, &s);
        s.value = 7;
        before = s;
        REFUSED(rnn_loss_of_values(loss, &s.value, s.dy, COUNT, s.y, COUNT, s.values, n - 1), RNN_E_SIZE,
                "values_count");
        REFUSED(rnn_loss_of_values(loss, &s.value, s.dy, COUNT, s.y, COUNT, s.values, n + 1), RNN_E_SIZE,
                "values_count");
        REFUSED(rnn_loss_of_values(loss, &s.value, s.dy, COUNT, s.y, COUNT, NULL, n), RNN_E_NULL, "values is NULL");
        REFUSED(rnn_loss_of_values(loss, &s.value, s.dy, COUNT - 1, s.y, COUNT, s.values, n), RNN_E_SIZE, "dy_count");
        REFUSED(rnn_loss_of_classes(loss, &s.value, s.dy, COUNT, s.y, COUNT, classes, T * B), RNN_E_UNSUPPORTED,
                "are values");
        REFUSED(rnn_loss_set_label_lengths(loss, s.lengths, B), RNN_E_UNSUPPORTED, "expected RNN_LOSS_CTC");
        assert_memory_equal(&s, &before, sizeof s);
        if (kind != RNN_LOSS_ERROR_TO_SIGNAL) {
            assert_ok(rnn_loss_set_batch(loss, NULL, 0, T, B, 3));
            REFUSED(rnn_loss_of_values(loss, &s.value, NULL, 0, s.y, (size_t)T * B * 3, s.values, T * B), RNN_E_SIZE,
                    "C is 3, expected a multiple of 2");
        }
        rnn_loss_destroy(loss);
    }
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        int32_t kind, key;
        double standard, lowest, highest, below, above;
    } options[] = {{RNN_LOSS_ERROR_TO_SIGNAL, RNN_PRE_EMPHASIS, 0.95, 0, 1, -1e-9, 1.1},
                   {RNN_LOSS_ERROR_TO_SIGNAL, RNN_ENERGY_FLOOR, 1e-5, 1e-30, 1e30, 0, 2e30},
                   {RNN_LOSS_ERROR_TO_SIGNAL, RNN_OFFSET_WEIGHT, 0, 0, 1e30, -1e-9, 2e30},
                   {RNN_LOSS_GAUSSIAN, RNN_MIN_VARIANCE, 1e-6, 1e-30, 1e30, 0, 2e30}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        rnn_loss *loss, *other;
        double value;
        int32_t key = options[i].key;
        assert_ok(rnn_loss_create(&loss, options[i].kind));
        assert_ok(rnn_loss_get_real(loss, key, &value));
        assert_close(value, options[i].standard, 0);
        assert_ok(rnn_loss_set_real(loss, key, options[i].lowest));
        assert_ok(rnn_loss_set_real(loss, key, options[i].highest));
        REFUSED(rnn_loss_set_real(loss, key, options[i].below), RNN_E_VALUE, "expected");
        REFUSED(rnn_loss_set_real(loss, key, options[i].above), RNN_E_VALUE, "expected");
        REFUSED(rnn_loss_set_real(loss, key, (double)NAN), RNN_E_VALUE, "expected");
        assert_ok(rnn_loss_get_real(loss, key, &value));
        assert_close(value, options[i].highest, 0);
        assert_ok(rnn_loss_create(&other, RNN_LOSS_HUBER));
        assert_fails(rnn_loss_set_real(other, key, options[i].lowest), RNN_E_VALUE);
        rnn_loss_destroy(other);
        rnn_loss_destroy(loss);
    }
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_ERROR_TO_SIGNAL));
    REFUSED(rnn_loss_set_int(loss, RNN_SKIP_MISSING, 1), RNN_E_VALUE, "is not an option of RNN_LOSS_ERROR_TO_SIGNAL");
    rnn_loss_destroy(loss);
}

/* ---- threads and memory ------------------------------------------------------------------------------------------ */

static void test_threads_give_the_same_bits(void **state)
{
    (void)state;
    enum { STEPS = 211, SEQUENCES = 13, WIDTH = 4, N = STEPS * SEQUENCES * WIDTH };
    static float y[N], values[N], dy[2][N];
    double value[2], losses[2][SEQUENCES];
    uint64_t seed = 3;
    fill_uniform(y, N, &seed);
    fill_uniform(values, N, &seed);
    for (size_t k = 0; k < 3; k++)
        for (size_t threads = 1; threads <= THREADS(4); threads++) {
            size_t at = threads > 1, count = kinds[k] == RNN_LOSS_ERROR_TO_SIGNAL ? N : N / 2;
            rnn_loss *loss;
            assert_ok(rnn_loss_create(&loss, kinds[k]));
            if (kinds[k] == RNN_LOSS_QUANTILE)
                assert_ok(rnn_loss_set_quantiles(loss, levels, 2));
            assert_ok(rnn_loss_set_threads(loss, threads));
            assert_ok(rnn_loss_set_batch(loss, NULL, 0, STEPS, SEQUENCES, WIDTH));
            assert_ok(rnn_loss_of_values(loss, &value[at], dy[at], N, y, N, values, count));
            assert_ok(rnn_loss_get_sequence_losses(loss, losses[at], SEQUENCES));
            if (at) {
                assert_memory_equal(&value[0], &value[1], sizeof value[0]);
                assert_memory_equal(dy[0], dy[1], sizeof dy[0]);
                assert_memory_equal(losses[0], losses[1], sizeof losses[0]);
            }
            rnn_loss_destroy(loss);
        }
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct small expected, s;
        rnn_loss *loss = open_small(kinds[k], &expected);
        assert_ok(compute(loss, kinds[k], &expected));
        rnn_loss_destroy(loss);
        for (size_t i = 1, failed = 1; failed; i++) {
            int32_t status;
            failed = 0;
            fill_small(&s);
            allocations = 0;
            fails_at = i;
            while ((status = rnn_loss_create(&loss, kinds[k])) != RNN_OK ||
                   (status = fill_handle(loss, kinds[k], &s)) || (status = compute(loss, kinds[k], &s))) {
                assert_int_equal(status, RNN_E_MEMORY);
                assert_int_equal(++failed, 1);
                if (i > 1)
                    rnn_loss_destroy(loss);
                assert_true(s.value == 0);
            }
            assert_memory_equal(&s, &expected, sizeof s);
            rnn_loss_destroy(loss);
            assert_true(i < 20);
        }
        fails_at = 0;
    }
}

static void test_copied_levels(void **state)
{
    (void)state;
    struct small s, t;
    rnn_loss *from = open_small(RNN_LOSS_QUANTILE, &s), *to;
    assert_ok(compute(from, RNN_LOSS_QUANTILE, &s));
    assert_ok(rnn_loss_create(&to, RNN_LOSS_HUBER));
    allocations = 0;
    fails_at = 1;
    assert_int_equal(rnni_loss_copy_options(to, from), RNN_E_MEMORY);
    fails_at = 0;
    assert_int_equal(to->kind, RNN_LOSS_HUBER);
    assert_ok(rnni_loss_copy_options(to, from));
    fill_small(&t);
    assert_ok(rnni_loss_reserve(to, T, B, C, 0, 1) ? RNN_OK : RNN_E_MEMORY);
    allocations = 0;
    assert_ok(rnn_loss_set_batch(to, t.lengths, B, T, B, C));
    assert_ok(rnn_loss_set_mask(to, t.mask, T * B));
    assert_ok(rnn_loss_set_sequence_weights(to, t.weights, B));
    assert_ok(compute(to, RNN_LOSS_QUANTILE, &t));
    assert_int_equal(allocations, 0);
    assert_memory_equal(&s, &t, sizeof s);
    rnn_loss_destroy(from);
    rnn_loss_destroy(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_pytorch),
        cmocka_unit_test(test_planted_faults),
        cmocka_unit_test(test_moved_levels_are_found),
        cmocka_unit_test(test_finite_differences),
        cmocka_unit_test(test_default_level),
        cmocka_unit_test(test_levels_are_independent),
        cmocka_unit_test(test_huge_values),
        cmocka_unit_test(test_nan_propagates),
        cmocka_unit_test(test_nothing_counts),
        cmocka_unit_test(test_refused_levels),
        cmocka_unit_test(test_refused_calls),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_threads_give_the_same_bits),
        cmocka_unit_test(test_each_allocation_fails),
        cmocka_unit_test(test_copied_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
