/* Losses against naive code in double precision, with everything that a batch can have: lengths, mask, weights of
 * sequences and classes, smoothing, ignored and missing targets.  Gradients are finite differences of the naive code.
 */
#include "support/loss_call.h"

#include "training/loss_handle.h"

#include <math.h>
#include <string.h>

enum { MOST_T = 5, MOST_B = 4, MOST_C = 6, MOST_S = 3, ROWS = MOST_T * MOST_B, MOST = ROWS * MOST_C };

#define TOLERANCE 4e-6 /* |actual - expected| / (1 + |expected|): float32 kernels against double */

enum { LENGTHS = 1, MASK = 2, WEIGHTS = 4, CLASS_WEIGHTS = 8, SMOOTHING = 16, SKIPPED = 32, ALL = 64 };

struct arrays {
    float y[MOST], dy[MOST], values[MOST], mask[ROWS], weights[MOST_B], class_weights[MOST_C];
    int32_t classes[ROWS + MOST_B * MOST_S], lengths[MOST_B], label_lengths[MOST_B];
    double value, losses[MOST_B];
};

static size_t below(size_t end, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)end);
}

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

static size_t steps_of(const struct loss_call *c, size_t b)
{
    return c->lengths ? (size_t)c->lengths[b] : c->T;
}

static double mask_of(const struct loss_call *c, size_t t, size_t b)
{
    return t >= steps_of(c, b) ? 0 : c->mask ? (double)c->mask[t * c->B + b] : 1;
}

static double weight_of(const struct loss_call *c, size_t b)
{
    return c->weights ? (double)c->weights[b] : 1;
}

static double class_weight(const struct loss_call *c, size_t class)
{
    return c->class_weights ? (double)c->class_weights[class] : 1;
}

static double log_sum(const double *o, size_t classes)
{
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += exp(o[c]);
    return log(sum);
}

static double cross_entropy(const struct loss_call *c, const double *o, size_t target)
{
    double norm = log_sum(o, c->C), loss = (1 - c->smoothing) * class_weight(c, target) * (norm - o[target]);
    for (size_t k = 0; k < c->C; k++)
        loss += c->smoothing / (double)c->C * class_weight(c, k) * (norm - o[k]);
    return loss;
}

static double of_element(const struct loss_call *c, double y, double target)
{
    double d = fabs(y - target);
    switch (c->kind) {
    case RNN_LOSS_BINARY_CROSS_ENTROPY:
        return log(1 + exp(-y)) + (1 - target) * y;
    case RNN_LOSS_SQUARED_ERROR:
        return d * d;
    case RNN_LOSS_ABSOLUTE_ERROR:
        return d;
    default:
        return d <= c->delta ? d * d / 2 : c->delta * (d - c->delta / 2);
    }
}

/* -log of the sum over all paths, by the forward recursion on probabilities. */
static double ctc(const struct loss_call *c, const double *y, size_t b)
{
    size_t most = c->classes_count / c->B, n = c->label_lengths ? (size_t)c->label_lengths[b] : most, S = 2 * n + 1;
    const int32_t *labels = c->classes + b * most;
    double before[2 * MOST_S + 1] = {1}, now[2 * MOST_S + 1];
    for (size_t t = 0; t < steps_of(c, b); t++) {
        const double *o = y + (t * c->B + b) * c->C;
        for (size_t s = 0; s < S; s++) {
            size_t class = s % 2 ? (size_t)labels[s / 2] : (size_t)c->blank;
            double sum = before[s] + (s > 0 ? before[s - 1] : 0);
            if (s > 1 && s % 2 && labels[s / 2] != labels[s / 2 - 1])
                sum += before[s - 2];
            now[s] = sum * exp(o[class] - log_sum(o, c->C));
        }
        memcpy(before, now, sizeof now);
    }
    return -log(before[S - 1] + (n && steps_of(c, b) ? before[S - 2] : 0));
}

/* The loss of y [T,B,C]; losses [B]; *weight: what RNN_MEAN divides by. */
static double oracle(const struct loss_call *c, const double *y, double *losses, double *weight)
{
    double sum = 0;
    *weight = 0;
    for (size_t b = 0; b < c->B; b++) {
        double v = weight_of(c, b);
        losses[b] = 0;
        if (c->kind == RNN_LOSS_CTC) {
            size_t n = c->label_lengths ? (size_t)c->label_lengths[b] : c->classes_count / c->B;
            losses[b] = ctc(c, y, b);
            if (isinf(losses[b]) && c->zero_infinity)
                losses[b] = 0;
            *weight += v;
            sum += v > 0 ? v * losses[b] / (c->reduction == RNN_MEAN && n ? (double)n : 1) : 0;
            continue;
        }
        for (size_t t = 0; t < c->T; t++) {
            size_t row = t * c->B + b;
            double mask = mask_of(c, t, b);
            if (!(mask > 0) || (c->kind == RNN_LOSS_CROSS_ENTROPY && c->classes[row] == c->ignored))
                continue;
            if (c->kind == RNN_LOSS_CROSS_ENTROPY) {
                losses[b] += mask * cross_entropy(c, y + row * c->C, (size_t)c->classes[row]);
                *weight += mask * v * class_weight(c, (size_t)c->classes[row]);
                continue;
            }
            for (size_t i = row * c->C; i < (row + 1) * c->C; i++)
                if (!(c->skip_missing && isnan(c->values[i]))) {
                    losses[b] += mask * of_element(c, y[i], (double)c->values[i]);
                    *weight += mask * v;
                }
        }
        sum += v > 0 ? v * losses[b] : 0;
    }
    if (c->reduction == RNN_SUM)
        return sum;
    return *weight > 0 ? sum / *weight : 0;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static void fill_weights(float *weights, size_t count, uint64_t *seed)
{
    for (size_t i = 0; i < count; i++)
        weights[i] = below(4, seed) ? (float)(uniform(seed) + 1.25) : 0;
}

/* A label that is not the blank. */
static int32_t label(const struct loss_call *c, uint64_t *seed)
{
    int32_t class = (int32_t)below(c->C, seed);
    return class == c->blank ? (class + 1) % (int32_t)c->C : class;
}

static struct loss_call draw(struct arrays *a, int32_t kind, int flags, uint64_t seed)
{
    size_t is_ctc = kind == RNN_LOSS_CTC;
    size_t T = 1 + below(MOST_T, &seed), B = 1 + below(MOST_B, &seed), C = 1 + is_ctc + below(MOST_C - is_ctc, &seed);
    size_t S = below(MOST_S + 1, &seed), rows = T * B, count = rows * C;
    struct loss_call c = {.kind = kind,
                          .reduction = seed % 2 ? RNN_SUM : RNN_MEAN,
                          .value = &a->value,
                          .losses = a->losses,
                          .losses_count = B,
                          .dy = a->dy,
                          .dy_count = count,
                          .y = a->y,
                          .y_count = count,
                          .classes = a->classes,
                          .classes_count = is_ctc ? B * S : rows,
                          .values = a->values,
                          .values_count = count,
                          .T = T,
                          .B = B,
                          .C = C,
                          .ignored = flags & SKIPPED ? (int64_t)below(C, &seed) : -100,
                          .blank = (int64_t)below(C, &seed),
                          .zero_infinity = !(flags & SKIPPED),
                          .skip_missing = !!(flags & SKIPPED),
                          .smoothing = flags & SMOOTHING ? 0.3 : 0,
                          .delta = 0.4};
    memset(a, 0x5a, sizeof *a);
    fill_uniform(a->y, MOST, &seed);
    for (size_t i = 0; i < MOST; i++) {
        a->y[i] *= 3;
        a->values[i] = flags & SKIPPED && below(4, &seed) == 0 ? NAN : (float)(uniform(&seed) + 1) / 2;
    }
    for (size_t i = 0; i < sizeof a->classes / sizeof *a->classes; i++)
        a->classes[i] = is_ctc ? label(&c, &seed) : (int32_t)below(C, &seed);
    fill_weights(a->mask, ROWS, &seed);
    fill_weights(a->weights, MOST_B, &seed);
    fill_weights(a->class_weights, MOST_C, &seed);
    for (size_t b = 0; b < B; b++) {
        a->lengths[b] = (int32_t)below(T + 1, &seed);
        a->label_lengths[b] = (int32_t)below(S + 1, &seed);
    }
    c.lengths = flags & LENGTHS ? a->lengths : NULL;
    c.mask = flags & MASK && !is_ctc ? a->mask : NULL;
    c.weights = flags & WEIGHTS ? a->weights : NULL;
    c.class_weights = flags & CLASS_WEIGHTS && kind == RNN_LOSS_CROSS_ENTROPY ? a->class_weights : NULL;
    c.label_lengths = flags & MASK && is_ctc ? a->label_lengths : NULL;
    c.lengths_count = c.lengths ? B : 0;
    c.mask_count = c.mask ? rows : 0;
    c.weights_count = c.weights ? B : 0;
    c.class_weights_count = c.class_weights ? C : 0;
    c.label_lengths_count = c.label_lengths ? B : 0;
    return c;
}

/* What a loss must not read is not a number, or no class. */
static void spoil(const struct loss_call *c, struct arrays *a)
{
    for (size_t row = 0; row < c->T * c->B; row++) {
        size_t t = row / c->B, b = row % c->B;
        int is_masked = !(mask_of(c, t, b) > 0), of_classes = c->kind == RNN_LOSS_CROSS_ENTROPY;
        if (!is_masked && !(of_classes && c->classes[row] == c->ignored))
            continue;
        for (size_t i = row * c->C; i < (row + 1) * c->C; i++)
            a->y[i] = a->values[i] = NAN;
        if (is_masked && of_classes)
            a->classes[row] = INT32_MIN;
        if (t >= steps_of(c, b))
            a->mask[row] = NAN;
    }
}

static void check_gradient(const struct loss_call *c, const float *dy)
{
    const double step = 1e-5;
    double y[MOST], losses[MOST_B], weight;
    for (size_t i = 0; i < c->y_count; i++)
        y[i] = (double)c->y[i];
    for (size_t i = 0; i < c->y_count; i++) {
        double at = y[i];
        y[i] = at + step;
        double above = oracle(c, y, losses, &weight);
        y[i] = at - step;
        double slope = (above - oracle(c, y, losses, &weight)) / (2 * step);
        y[i] = at;
        assert_close((double)dy[i], isfinite(slope) ? slope : 0, TOLERANCE);
    }
}

/* Infinity is equal to itself. */
static void check_number(double actual, double expected)
{
    if (actual != expected)
        assert_close(actual, expected, TOLERANCE);
}

static void check_case(int32_t kind, int flags, uint64_t seed)
{
    struct arrays a;
    struct loss_call c = draw(&a, kind, flags, seed);
    double y[MOST], losses[MOST_B], weight, alone;
    float y_before[MOST];
    spoil(&c, &a);
    for (size_t i = 0; i < c.y_count; i++)
        y[i] = (double)a.y[i];
    double expected = oracle(&c, y, losses, &weight);
    rnn_loss *loss;
    assert_ok(loss_call_open(&loss, &c));
    assert_ok(loss_call_with(loss, &c));
    check_number(a.value, expected);
    assert_close(rnni_loss_weight(loss), weight, TOLERANCE);
    for (size_t b = 0; b < c.B; b++)
        check_number(a.losses[b], losses[b]);
    if (kind != RNN_LOSS_CTC || isfinite(expected))
        check_gradient(&c, a.dy);
    double with = a.value;
    struct loss_call without = c;
    without.value = &alone;
    without.dy = NULL;
    without.dy_count = 0;
    assert_ok(loss_call_with(loss, &without));
    assert_memory_equal(&alone, &with, sizeof with);
    memcpy(y_before, a.y, sizeof y_before);
    c.dy = a.y; /* in place */
    assert_ok(loss_call_with(loss, &c));
    assert_memory_equal(&a.value, &with, sizeof with);
    assert_memory_equal(a.y, a.dy, c.y_count * sizeof *a.y);
    rnn_loss_destroy(loss);
}

static void test_losses_equal_the_oracle(void **state)
{
    (void)state;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++)
        for (int flags = 0; flags < ALL; flags++)
            for (uint64_t seed = 1; seed <= 12; seed++)
                check_case(kind, flags, seed * 7919 + (uint64_t)flags);
}

/* The mean with equal weights is that without; with weights of 0 the loss is 0. */
static void test_equal_weights(void **state)
{
    (void)state;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++)
        for (uint64_t seed = 1; seed <= 30; seed++) {
            struct arrays a;
            struct loss_call c = draw(&a, kind, LENGTHS, seed);
            double plain, equal;
            c.reduction = RNN_MEAN;
            c.zero_infinity = 1;
            assert_ok(loss_call_run(&c));
            plain = a.value;
            for (size_t b = 0; b < c.B; b++)
                a.weights[b] = 0.375f;
            c.weights = a.weights;
            c.weights_count = c.B;
            assert_ok(loss_call_run(&c));
            equal = a.value;
            assert_close(equal, plain, 1e-12);
            memset(a.weights, 0, sizeof a.weights);
            assert_ok(loss_call_run(&c));
            assert_true(a.value == 0);
            for (size_t i = 0; i < c.y_count; i++)
                assert_true(a.dy[i] == 0);
        }
}

/* A sequence of weight 0 has its own loss, and whatever that is, it is not in the others. */
static void test_weight_0_does_not_leak(void **state)
{
    (void)state;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++) {
        struct arrays a;
        float y[4] = {NAN, 1, 0.5f, 0.25f}; /* [T,B,C] = [1,2,2] */
        struct loss_call c = draw(&a, kind, 0, 3);
        const int32_t classes[2] = {1, 1};
        const float values[4] = {0, 1, 0, 1}, weights[2] = {0, 1};
        c.T = 1;
        c.B = c.C = 2;
        c.y = y;
        c.y_count = c.dy_count = c.values_count = 4;
        c.losses_count = c.classes_count = c.weights_count = 2;
        c.classes = classes;
        c.values = values;
        c.weights = weights;
        c.blank = 0;
        assert_ok(loss_call_run(&c));
        assert_true(isfinite(a.value) && isnan(a.losses[0]) && a.losses[1] > 0);
        assert_true(a.dy[0] == 0 && a.dy[1] == 0 && a.dy[2] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_equal_the_oracle),
        cmocka_unit_test(test_equal_weights),
        cmocka_unit_test(test_weight_0_does_not_leak),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
