/* The losses but CTC: held to PyTorch by the vectors in golden/torch_losses.h, and what vectors do not show. */
#include "oracle/golden/torch_losses.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/loss_call.h"
#include "support/vectors.h"

#define LOSSES (sizeof golden_losses / sizeof *golden_losses)
#define KINDS  5
#define MOST   64 /* elements of the largest array */

/* |actual - expected| / (1 + |expected|): float32 against double. PyTorch's own float32 differs by 1.2e-7, as
 * generate_losses.py prints it; times about eight, for kernels whose exp is off by some units in the last place. */
#define TOLERANCE 1e-6

/* ---- one call of any of them ------------------------------------------------------------------------------------ */

struct call {
    enum golden_loss_kind kind;
    float *dy;
    const float *y, *values, *weights; /* weights stands for the mask of the losses of real numbers */
    const int32_t *targets, *lengths;
    size_t dy_count, y_count, values_count, weights_count, targets_count, lengths_count, steps, batch, classes;
    int32_t reduction, ignored;
    double smoothing, delta;
};

static const int32_t kinds[KINDS] = {RNN_LOSS_CROSS_ENTROPY, RNN_LOSS_BINARY_CROSS_ENTROPY, RNN_LOSS_SQUARED_ERROR,
                                     RNN_LOSS_ABSOLUTE_ERROR, RNN_LOSS_HUBER};

static int32_t run(const struct call *c, double *loss)
{
    int classes = c->kind == CROSS_ENTROPY;
    return loss_call_run(&(struct loss_call){.kind = kinds[c->kind],
                                             .reduction = c->reduction,
                                             .value = loss,
                                             .dy = c->dy,
                                             .dy_count = c->dy_count,
                                             .y = c->y,
                                             .y_count = c->y_count,
                                             .classes = c->targets,
                                             .classes_count = c->targets_count,
                                             .values = c->values,
                                             .values_count = c->values_count,
                                             .T = c->steps,
                                             .B = c->batch,
                                             .C = c->classes,
                                             .lengths = c->lengths,
                                             .lengths_count = c->lengths_count,
                                             .class_weights = classes ? c->weights : NULL,
                                             .class_weights_count = classes ? c->weights_count : 0,
                                             .mask = classes ? NULL : c->weights,
                                             .mask_count = classes ? 0 : c->weights_count,
                                             .ignored = c->ignored,
                                             .smoothing = c->smoothing,
                                             .delta = c->delta});
}

/* The short call, which has no lengths: the padded targets are its -100. */
static int32_t run_plain(const struct call *c, double *loss)
{
    int32_t targets[MOST];
    for (size_t i = 0; i < c->targets_count; i++)
        targets[i] = i / c->batch < (size_t)c->lengths[i % c->batch] ? c->targets[i] : -100;
    return rnn_softmax_cross_entropy(loss, c->dy, c->dy_count, c->y, c->y_count, targets, c->targets_count, c->classes);
}

/* ---- the vectors ------------------------------------------------------------------------------------------------ */

struct arrays {
    float y[MOST], values[MOST], weights[MOST], dy[MOST];
};

static int is_valid(const int32_t *lengths, size_t batch, size_t row)
{
    return !lengths || row / batch < (size_t)lengths[row % batch];
}

/* What a loss may not look at is not a number. */
static void spoil_past_the_end(const struct golden_loss *g, struct arrays *a)
{
    for (size_t row = 0; row < g->steps * g->batch; row++)
        if (!is_valid(g->lengths, g->batch, row)) {
            for (size_t i = row * g->classes; i < (row + 1) * g->classes; i++)
                a->y[i] = a->values[i] = NAN;
            if (g->mask)
                a->weights[row] = NAN;
        }
}

static struct call call_of(const struct golden_loss *g, struct arrays *a)
{
    size_t rows = g->steps * g->batch, count = rows * g->classes, weights_count = g->mask ? rows : g->classes;
    const double *weights = g->mask ? g->mask : g->weights;
    struct call c = {.kind = g->kind,
                     .dy = a->dy,
                     .dy_count = count,
                     .y = vector_floats(a->y, MOST, g->y, count),
                     .y_count = count,
                     .values = vector_floats(a->values, MOST, g->values, count),
                     .values_count = g->values ? count : 0,
                     .weights = vector_floats(a->weights, MOST, weights, weights_count),
                     .weights_count = weights ? weights_count : 0,
                     .targets = g->targets,
                     .targets_count = g->targets ? rows : 0,
                     .lengths = g->lengths,
                     .lengths_count = g->lengths ? g->batch : 0,
                     .steps = g->steps,
                     .batch = g->batch,
                     .classes = g->classes,
                     .reduction = g->reduction,
                     .ignored = g->ignored,
                     .smoothing = g->smoothing,
                     .delta = g->kind == HUBER_LOSS ? g->delta : 1};
    spoil_past_the_end(g, a);
    for (size_t i = 0; i < MOST; i++)
        a->dy[i] = NAN;
    return c;
}

struct result {
    double loss, gradient[MOST];
    size_t count;
};

static void compare(struct comparison to[2], const struct result *r, const struct golden_loss *g)
{
    to[0] = (struct comparison){"loss", &r->loss, &g->loss, 1, TOLERANCE};
    to[1] = (struct comparison){"gradient", r->gradient, g->gradient, r->count, TOLERANCE};
}

static size_t differences(const struct call *c, const struct golden_loss *g, const char *how, int aloud)
{
    struct result result = {.count = c->y_count};
    struct comparison all[2];
    assert_ok(run(c, &result.loss));
    vector_doubles(result.gradient, c->dy, c->dy_count);
    compare(all, &result, g);
    if (aloud)
        return vector_differences(all, 2, g->name, how);
    return (size_t)(vector_first_difference(&all[0]) < 1) + (vector_first_difference(&all[1]) < result.count);
}

static void test_losses_equal_pytorch(void **state)
{
    (void)state;
    size_t found = 0;
    for (const struct golden_loss *g = golden_losses; g < golden_losses + LOSSES; g++) {
        struct arrays a;
        struct call c = call_of(g, &a);
        double alone, with;
        found += differences(&c, g, "apart", 1);
        assert_ok(run(&c, &with));
        c.dy = a.y; /* the gradient in the place of the predictions */
        found += differences(&c, g, "in place", 1);
        c = call_of(g, &a);
        c.dy = NULL;
        c.dy_count = 0;
        assert_ok(run(&c, &alone));
        assert_memory_equal(&alone, &with, sizeof alone);
    }
    assert_int_equal(found, 0);
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for (const struct golden_loss *g = golden_losses; g < golden_losses + LOSSES; g++) {
        struct result result = {.count = g->steps * g->batch * g->classes};
        struct comparison all[2];
        struct arrays a;
        struct call c = call_of(g, &a);
        assert_ok(run(&c, &result.loss));
        vector_doubles(result.gradient, a.dy, result.count);
        compare(all, &result, g);
        vector_check_rejected(all[0]);
        vector_check_rejected(all[1]);
    }
}

/* Faults of a loss that does not heed one of its options. */
enum fault { NO_WEIGHTS, NO_SMOOTHING, NOTHING_IGNORED, NO_DELTA, OTHER_REDUCTION, OTHER_KIND, FAULTS };

static void plant(struct call *c, enum fault fault)
{
    if (fault == NO_WEIGHTS && c->weights) {
        c->weights = NULL;
        c->weights_count = 0;
    }
    if (fault == NO_SMOOTHING)
        c->smoothing = 0;
    if (fault == NOTHING_IGNORED && c->ignored >= 0)
        c->ignored = -1000;
    if (fault == NO_DELTA)
        c->delta = 1;
    if (fault == OTHER_REDUCTION)
        c->reduction = c->reduction == RNN_SUM ? RNN_MEAN : RNN_SUM;
    if (fault == OTHER_KIND && c->kind == HUBER_LOSS)
        c->kind = SQUARED_ERROR;
}

static void test_planted_faults_are_found(void **state)
{
    (void)state;
    for (enum fault fault = NO_WEIGHTS; fault < FAULTS; fault++) {
        size_t found = 0;
        for (const struct golden_loss *g = golden_losses; g < golden_losses + LOSSES; g++) {
            struct arrays a;
            struct call c = call_of(g, &a);
            plant(&c, fault);
            found += differences(&c, g, "with a fault", 0);
        }
        assert_in_range(found, 4, 2 * LOSSES);
    }
}

/* ---- a small call of every kind --------------------------------------------------------------------------------- */

enum { T = 3, B = 2, C = 4, ROWS = T * B, COUNT = ROWS * C };

struct small {
    float y[COUNT], values[COUNT], mask[ROWS], weights[C], dy[COUNT];
    int32_t targets[ROWS], lengths[B];
};

static struct call small_call(struct small *s, enum golden_loss_kind kind)
{
    uint64_t seed = 5;
    int classes = kind == CROSS_ENTROPY;
    fill_uniform(s->y, COUNT, &seed);
    for (size_t i = 0; i < COUNT; i++)
        s->values[i] = (float)(uniform(&seed) + 1) / 2;
    for (size_t i = 0; i < ROWS; i++) {
        s->targets[i] = (int32_t)(i % C);
        s->mask[i] = 0.5f + (float)i;
    }
    for (size_t i = 0; i < C; i++)
        s->weights[i] = 0.5f + (float)i;
    s->lengths[0] = T;
    s->lengths[1] = 2;
    return (struct call){.kind = kind,
                         .dy = s->dy,
                         .dy_count = COUNT,
                         .y = s->y,
                         .y_count = COUNT,
                         .values = classes ? NULL : s->values,
                         .values_count = classes ? 0 : COUNT,
                         .weights = classes ? s->weights : s->mask,
                         .weights_count = classes ? C : ROWS,
                         .targets = classes ? s->targets : NULL,
                         .targets_count = classes ? ROWS : 0,
                         .lengths = s->lengths,
                         .lengths_count = B,
                         .steps = T,
                         .batch = B,
                         .classes = C,
                         .reduction = RNN_MEAN,
                         .ignored = -100,
                         .smoothing = 0.1,
                         .delta = 0.5};
}

static void test_plain_equals_weighted(void **state)
{
    (void)state;
    struct small s;
    struct call c = small_call(&s, CROSS_ENTROPY);
    float ones[C] = {1, 1, 1, 1}, gradients[COUNT];
    double plain, weighted;
    c.smoothing = 0;
    for (c.reduction = RNN_SUM; c.reduction <= RNN_MEAN; c.reduction++) {
        c.weights = NULL;
        c.weights_count = 0;
        assert_ok(run(&c, &plain));
        memcpy(gradients, s.dy, sizeof gradients);
        if (c.reduction == RNN_MEAN) {
            assert_ok(run_plain(&c, &weighted));
            assert_true(plain == weighted);
            assert_memory_equal(gradients, s.dy, sizeof gradients);
        }
        c.weights = ones;
        c.weights_count = C;
        assert_ok(run(&c, &weighted));
        assert_close(weighted, plain, 1e-7);
    }
}

/* ---- numbers that are not finite, or huge ----------------------------------------------------------------------- */

static void test_nonfinite_predictions_show(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (enum golden_loss_kind kind = CROSS_ENTROPY; kind < KINDS; kind++)
        for (size_t i = 0; i < 3; i++) {
            struct small s;
            struct call c = small_call(&s, kind);
            double loss;
            s.y[C + 1] = bad[i]; /* of sequence 1 at its first step, whose target is 1 */
            assert_ok(run(&c, &loss));
            assert_true(!isfinite(loss));
            assert_true(i > 0 || isnan(loss));
            s.y[C + 1] = 0;
            s.y[2 * B * C + C + 1] = bad[i]; /* past its end */
            assert_ok(run(&c, &loss));
            assert_true(isfinite(loss));
            for (size_t k = 0; k < COUNT; k++)
                assert_true(isfinite(s.dy[k]));
        }
}

/* What does not count may be anything: steps of a mask of 0 and ignored targets. */
static void test_what_does_not_count_does_not_leak(void **state)
{
    (void)state;
    for (enum golden_loss_kind kind = CROSS_ENTROPY; kind < KINDS; kind++) {
        struct small s;
        struct call c = small_call(&s, kind);
        double with, without;
        float gradients[COUNT];
        s.mask[2] = 0;
        s.targets[2] = c.ignored;
        assert_ok(run(&c, &with));
        memcpy(gradients, s.dy, sizeof gradients);
        for (size_t i = 2 * C; i < 3 * C; i++) {
            s.y[i] = NAN;
            s.values[i] = NAN;
            assert_true(gradients[i] == 0);
        }
        assert_ok(run(&c, &without));
        assert_true(with == without);
        assert_memory_equal(gradients, s.dy, sizeof gradients);
    }
}

static void test_nothing_counts(void **state)
{
    (void)state;
    for (enum golden_loss_kind kind = CROSS_ENTROPY; kind < KINDS; kind++)
        for (int how = 0; how < 3; how++) {
            struct small s;
            struct call c = small_call(&s, kind);
            c.smoothing = 0;
            for (size_t i = 0; i < ROWS; i++) {
                s.mask[i] = how == 0 ? 0 : 1;
                s.targets[i] = how == 1 && kind == CROSS_ENTROPY ? c.ignored : (int32_t)(i % 2);
            }
            s.weights[0] = s.weights[1] = 0;
            if (how == 2 || (how == 1 && kind != CROSS_ENTROPY))
                s.lengths[0] = s.lengths[1] = 0;
            for (c.reduction = RNN_SUM; c.reduction <= RNN_MEAN; c.reduction++) {
                double loss = 7;
                assert_ok(run(&c, &loss));
                assert_true(loss == 0);
                for (size_t i = 0; i < COUNT; i++)
                    assert_true(s.dy[i] == 0);
            }
        }
}

/* Of one step of cross-entropy, in double. */
static double naive_cross_entropy(double d[C], const float o[C], int32_t target, double smoothing)
{
    double top = -(double)INFINITY, sum = 0, loss = 0;
    for (size_t c = 0; c < C; c++)
        top = (double)o[c] > top ? (double)o[c] : top;
    for (size_t c = 0; c < C; c++)
        sum += exp((double)o[c] - top);
    for (size_t c = 0; c < C; c++) {
        double share = smoothing / C + ((int32_t)c == target ? 1 - smoothing : 0);
        loss += share > 0 ? share * (top + log(sum) - (double)o[c]) : 0;
        d[c] = exp((double)o[c] - top) / sum - share;
    }
    return loss;
}

static void check_cross_entropy(const float o[C], int32_t target, double smoothing)
{
    double expected[C], loss, right = naive_cross_entropy(expected, o, target, smoothing);
    float d[C];
    struct call call = {.kind = CROSS_ENTROPY,
                        .dy = d,
                        .dy_count = C,
                        .y = o,
                        .y_count = C,
                        .targets = &target,
                        .targets_count = 1,
                        .steps = 1,
                        .batch = 1,
                        .classes = C,
                        .reduction = RNN_SUM,
                        .ignored = -100,
                        .smoothing = smoothing};
    assert_ok(run(&call, &loss));
    assert_close(loss, right, TOLERANCE);
    assert_all_close(d, expected, C, TOLERANCE);
}

static void test_huge_logits(void **state)
{
    (void)state;
    const float scales[] = {80, 1e4f, 1e30f, FLT_MAX};
    uint64_t seed = 3;
    for (size_t i = 0; i < 4; i++)
        for (int32_t target = 0; target < C; target++)
            for (int smoothing = 0; smoothing < 3; smoothing++) {
                float o[C];
                fill_uniform(o, C, &seed);
                for (size_t c = 0; c < C; c++)
                    o[c] *= scales[i];
                check_cross_entropy(o, target, smoothing * 0.25);
                o[3 - target] = -scales[i];
                o[target] = scales[i];
                check_cross_entropy(o, target, smoothing * 0.25);
            }
}

/* A class of -infinity is as if it were not there. */
static void test_impossible_class(void **state)
{
    (void)state;
    const float o[C] = {1, -INFINITY, 0.5f, -2};
    check_cross_entropy(o, 0, 0);
    check_cross_entropy(o, 3, 0);
    const int32_t target = 1;
    double loss;
    float d[C];
    assert_ok(rnn_softmax_cross_entropy(&loss, d, C, o, C, &target, 1, C));
    assert_true(loss == (double)INFINITY);
    assert_close(d[1], -1, 0);
}

static void test_huge_reals(void **state)
{
    (void)state;
    const float y[] = {1e4f, -1e4f, 1e30f, -1e30f, 89, -89, 1e-30f}, targets[] = {0, 1, 1, 0, 0.5f, 0.5f, 0};
    const double expected[] = {1e4, 1e4, 0, 0, 44.5, 44.5, 0.69314718055994531},
                 slope[] = {1, -1, 0, 0, 0.5, -0.5, 0.5};
    for (size_t i = 0; i < sizeof y / sizeof *y; i++) {
        double loss;
        float dy;
        struct call call = {.kind = BINARY_CROSS_ENTROPY,
                            .dy = &dy,
                            .dy_count = 1,
                            .y = &y[i],
                            .y_count = 1,
                            .values = &targets[i],
                            .values_count = 1,
                            .steps = 1,
                            .batch = 1,
                            .classes = 1,
                            .reduction = RNN_SUM,
                            .delta = 2};
        assert_ok(run(&call, &loss));
        assert_close(loss, expected[i], TOLERANCE);
        assert_close(dy, slope[i], TOLERANCE);
        call.kind = HUBER_LOSS;
        assert_ok(run(&call, &loss));
        assert_true(isfinite(loss) && fabsf(dy) <= 2);
        call.kind = SQUARED_ERROR;
        assert_ok(run(&call, &loss));
        assert_close(loss, pow((double)y[i] - (double)targets[i], 2), TOLERANCE);
    }
}

/* ---- refused ---------------------------------------------------------------------------------------------------- */

/* The call fails so, its message has `part` in it, and nothing was written. */
static void check_refused(const struct call *c, int32_t status, const char *part, int line)
{
    float before[COUNT];
    double loss = 77;
    if (c->dy)
        memset(c->dy, 0x5a, sizeof before);
    memset(before, 0x5a, sizeof before);
    const char *name = "rnn_loss_";
    int32_t found = run(c, &loss);
    if (found != status || !strstr(rnn_last_error(), part) || strncmp(rnn_last_error(), name, strlen(name)) != 0) {
        print_error("%s%s: gave %s (%s)\n", name, part, rnn_status_string(found), rnn_last_error());
        _fail(__FILE__, line);
    }
    assert_true(loss == 77);
    if (c->dy)
        assert_memory_equal(c->dy, before, sizeof before);
}

#define REFUSED(change, status, part)                                                                                  \
    do {                                                                                                               \
        struct small s;                                                                                                \
        struct call c = small_call(&s, kind);                                                                          \
        change;                                                                                                        \
        check_refused(&c, status, part, __LINE__);                                                                     \
    } while (0)

static void refuse_sizes(enum golden_loss_kind kind)
{
    REFUSED(c.y = NULL, RNN_E_NULL, "is NULL");
    REFUSED(c.dy = NULL, RNN_E_NULL, "is NULL");
    REFUSED(c.lengths = NULL, RNN_E_NULL, "lengths");
    REFUSED(c.y_count--, RNN_E_SIZE, "T*B*C");
    REFUSED(c.dy_count++, RNN_E_SIZE, "T*B*C");
    REFUSED(c.dy_count = 0, RNN_E_SIZE, "T*B*C");
    REFUSED(c.lengths_count = 1, RNN_E_SIZE, "lengths");
    REFUSED(c.lengths_count = 0, RNN_E_SIZE, "lengths");
    REFUSED(c.steps = 0, RNN_E_VALUE, "steps");
    REFUSED(c.batch = 0, RNN_E_VALUE, "batch");
    REFUSED(c.classes = 0, RNN_E_VALUE, "classes");
    REFUSED(c.classes = (size_t)1 << 31, RNN_E_VALUE, "classes");
    REFUSED(c.steps = SIZE_MAX, RNN_E_VALUE, "steps");
    REFUSED(c.steps = c.batch = 1 << 16, RNN_E_VALUE, "steps");
}

static void refuse_values(enum golden_loss_kind kind)
{
    REFUSED(s.lengths[1] = -1, RNN_E_VALUE, "lengths[1]");
    REFUSED(s.lengths[0] = T + 1, RNN_E_VALUE, "lengths[0]");
    REFUSED(c.reduction = 0, RNN_E_VALUE, "RNN_REDUCTION");
    REFUSED(c.reduction = 3, RNN_E_VALUE, "RNN_REDUCTION");
}

static void refuse_of_classes(enum golden_loss_kind kind)
{
    REFUSED(c.targets = NULL, RNN_E_NULL, "classes");
    REFUSED(c.targets_count--, RNN_E_SIZE, "classes");
    REFUSED(s.targets[3] = C, RNN_E_VALUE, "classes[3]");
    REFUSED(s.targets[0] = -1, RNN_E_VALUE, "classes[0]");
    REFUSED(s.targets[0] = INT32_MIN, RNN_E_VALUE, "classes[0]");
    REFUSED(c.weights = NULL, RNN_E_NULL, "weights");
    REFUSED(c.weights_count++, RNN_E_SIZE, "weights");
    REFUSED(s.weights[C - 1] = -1e-30f, RNN_E_VALUE, "weights");
    REFUSED(s.weights[0] = NAN, RNN_E_VALUE, "weights");
    REFUSED(s.weights[0] = INFINITY, RNN_E_VALUE, "weights");
    REFUSED(c.smoothing = -1e-9, RNN_E_VALUE, "RNN_SMOOTHING");
    REFUSED(c.smoothing = 1.001, RNN_E_VALUE, "RNN_SMOOTHING");
    REFUSED(c.smoothing = (double)NAN, RNN_E_VALUE, "RNN_SMOOTHING");
}

static void refuse_of_reals(enum golden_loss_kind kind)
{
    REFUSED(c.values = NULL, RNN_E_NULL, "values");
    REFUSED(c.values_count++, RNN_E_SIZE, "values");
    REFUSED(c.weights = NULL, RNN_E_NULL, "mask");
    REFUSED(c.weights_count = 1, RNN_E_SIZE, "mask");
    REFUSED(s.mask[4] = -1, RNN_E_VALUE, "mask[4]");
    REFUSED(s.mask[4] = NAN, RNN_E_VALUE, "mask[4]");
    REFUSED(s.mask[3] = INFINITY, RNN_E_VALUE, "mask[3]");
    if (kind == BINARY_CROSS_ENTROPY) {
        REFUSED(s.values[1] = -0.01f, RNN_E_VALUE, "values[1]");
        REFUSED(s.values[1] = 1.01f, RNN_E_VALUE, "values[1]");
        REFUSED(s.values[1] = NAN, RNN_E_VALUE, "values[1]");
    }
    if (kind == HUBER_LOSS) {
        REFUSED(c.delta = 0, RNN_E_VALUE, "RNN_DELTA");
        REFUSED(c.delta = -1, RNN_E_VALUE, "RNN_DELTA");
        REFUSED(c.delta = (double)INFINITY, RNN_E_VALUE, "RNN_DELTA");
        REFUSED(c.delta = (double)NAN, RNN_E_VALUE, "RNN_DELTA");
    }
}

static void test_wrong_calls_are_refused(void **state)
{
    (void)state;
    for (enum golden_loss_kind kind = CROSS_ENTROPY; kind < KINDS; kind++) {
        struct small s;
        struct call c = small_call(&s, kind);
        assert_fails(run(&c, NULL), RNN_E_NULL);
        refuse_sizes(kind);
        refuse_values(kind);
        if (kind == CROSS_ENTROPY)
            refuse_of_classes(kind);
        else
            refuse_of_reals(kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_equal_pytorch),
        cmocka_unit_test(test_moved_numbers_are_rejected),
        cmocka_unit_test(test_planted_faults_are_found),
        cmocka_unit_test(test_plain_equals_weighted),
        cmocka_unit_test(test_nonfinite_predictions_show),
        cmocka_unit_test(test_what_does_not_count_does_not_leak),
        cmocka_unit_test(test_nothing_counts),
        cmocka_unit_test(test_huge_logits),
        cmocka_unit_test(test_impossible_class),
        cmocka_unit_test(test_huge_reals),
        cmocka_unit_test(test_wrong_calls_are_refused),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
