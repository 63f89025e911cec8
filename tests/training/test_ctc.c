/* RNN_LOSS_CTC held to PyTorch (golden/torch_losses.h), to the sum over all paths, and to a naive recursion in double,
 * whose finite differences are the gradient and in which faults are planted. */
#include "oracle/golden/torch_losses.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/loss_call.h"

#define CTCS (sizeof golden_ctcs / sizeof *golden_ctcs)

/* |actual - expected| / (1 + |expected|): float32 against double. Behind each is what PyTorch's own float32 differs by,
 * as generate_losses.py prints it. */
#define TOLERANCE_LOSS     1e-6 /* 1.5e-7: times about eight, for other orders of sums and kernels */
#define TOLERANCE_GRADIENT 4e-6 /* 1.9e-6 */
#define TOLERANCE_LARGE    1e-6 /* 5e-7: of the losses of the large case */
#define TOLERANCE_SAMPLES  3e-4 /* 7e-4: log p(labels), about 3500, has few digits behind the point in float32 */
#define TOLERANCE_SUMS     2e-3 /* 1.8e-2: sums of 1000 of these, whose errors have one sign */

enum { MOST_STEPS = 12, MOST_BATCH = 3, MOST_CLASSES = 5, MOST_LABELS = 6 };
enum { MOST = MOST_STEPS * MOST_BATCH * MOST_CLASSES };

/* Infinity is equal to itself. */
static int same(double actual, double expected, double tolerance)
{
    return actual == expected || close_enough(actual, expected, tolerance);
}

/* ---- one call --------------------------------------------------------------------------------------------------- */

struct call {
    double *losses;
    float *dlogits;
    const float *logits;
    const int32_t *labels, *lengths, *label_lengths;
    size_t losses_count, dlogits_count, logits_count, labels_count, lengths_count, label_lengths_count;
    size_t steps, batch, classes, most_labels;
    int32_t blank, reduction, zero_infinity;
};

static int32_t run(const struct call *c, double *loss)
{
    return loss_call_run(&(struct loss_call){.kind = RNN_LOSS_CTC,
                                             .reduction = c->reduction,
                                             .value = loss,
                                             .losses = c->losses,
                                             .losses_count = c->losses_count,
                                             .dy = c->dlogits,
                                             .dy_count = c->dlogits_count,
                                             .y = c->logits,
                                             .y_count = c->logits_count,
                                             .classes = c->labels,
                                             .classes_count = c->labels_count,
                                             .T = c->steps,
                                             .B = c->batch,
                                             .C = c->classes,
                                             .lengths = c->lengths,
                                             .lengths_count = c->lengths_count,
                                             .label_lengths = c->label_lengths,
                                             .label_lengths_count = c->label_lengths_count,
                                             .blank = c->blank,
                                             .zero_infinity = c->zero_infinity});
}

/* Counts all arrays that are there. */
static struct call counted(struct call c)
{
    c.losses_count = c.losses ? c.batch : 0;
    c.dlogits_count = c.dlogits ? c.steps * c.batch * c.classes : 0;
    c.logits_count = c.steps * c.batch * c.classes;
    c.labels_count = c.labels ? c.batch * c.most_labels : 0;
    c.lengths_count = c.lengths ? c.batch : 0;
    c.label_lengths_count = c.label_lengths ? c.batch : 0;
    return c;
}

static size_t steps_of(const struct call *c, size_t b)
{
    return c->lengths ? (size_t)c->lengths[b] : c->steps;
}

static size_t labels_of(const struct call *c, size_t b)
{
    return c->label_lengths ? (size_t)c->label_lengths[b] : c->most_labels;
}

static size_t steps_needed(const struct call *c, size_t b)
{
    size_t count = labels_of(c, b), needed = count;
    for (size_t i = 1; i < count; i++)
        needed += c->labels[b * c->most_labels + i] == c->labels[b * c->most_labels + i - 1];
    return needed;
}

static void spoil(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
}

static void spoil_past_the_end(const struct call *c, float *logits)
{
    for (size_t t = 0; t < c->steps; t++)
        for (size_t b = 0; b < c->batch; b++)
            if (t >= steps_of(c, b))
                spoil(logits + (t * c->batch + b) * c->classes, c->classes);
}

/* ---- a naive recursion in double, with a choice of faults -------------------------------------------------------- */

enum fault { NONE, SKIPS_BETWEEN_EQUALS, NEVER_SKIPS, ENDS_WITH_BLANK, BEGINS_WITH_BLANK, IGNORES_LENGTHS, FAULTS };

static double log_add(double a, double b)
{
    double top = fmax(a, b);
    return top == -(double)INFINITY ? top : top + log(exp(a - top) + exp(b - top));
}

static double log_softmax(const double *o, size_t classes, size_t class)
{
    double sum = -(double)INFINITY;
    for (size_t c = 0; c < classes; c++)
        sum = log_add(sum, o[c]);
    return o[class] - sum;
}

/* The class of state s of 2n + 1: blanks around the labels. */
static size_t class_of(const struct call *c, size_t b, size_t s)
{
    return (size_t)(s % 2 ? c->labels[b * c->most_labels + s / 2] : c->blank);
}

/* L(b) of logits [T,B,C] in double. */
static double naive_loss(const struct call *c, const double *logits, size_t b, enum fault fault)
{
    double now[2 * MOST_LABELS + 3], before[2 * MOST_LABELS + 3];
    size_t states = 2 * labels_of(c, b) + 1, steps = fault == IGNORES_LENGTHS ? c->steps : steps_of(c, b);
    for (size_t s = 0; s < states; s++)
        now[s] = s == 0 ? 0 : -(double)INFINITY; /* before the first step: as if at the first blank */
    for (size_t t = 0; t < steps; t++) {
        memcpy(before, now, sizeof now);
        for (size_t s = 0; s < states; s++) {
            size_t class = class_of(c, b, s);
            int skips = s > 1 && s % 2 && (class != class_of(c, b, s - 2) || fault == SKIPS_BETWEEN_EQUALS);
            now[s] = before[s];
            if (s && !(t == 0 && fault == BEGINS_WITH_BLANK))
                now[s] = log_add(now[s], before[s - 1]);
            if (skips && fault != NEVER_SKIPS)
                now[s] = log_add(now[s], before[s - 2]);
            now[s] += log_softmax(logits + (t * c->batch + b) * c->classes, c->classes, class);
        }
    }
    if (!steps)
        return states == 1 ? 0 : (double)INFINITY;
    return -(states > 1 && fault != ENDS_WITH_BLANK ? log_add(now[states - 1], now[states - 2]) : now[states - 1]);
}

static double share_of(const struct call *c, size_t b)
{
    size_t count = labels_of(c, b);
    return c->reduction == RNN_SUM ? 1 : 1 / ((double)(count ? count : 1) * (double)c->batch);
}

/* dL(b)/dlogits by central differences, for all b. */
static void naive_gradient(double *d, const struct call *c, double *logits)
{
    const double step = 1e-5;
    for (size_t i = 0; i < c->logits_count; i++) {
        size_t b = i / c->classes % c->batch, t = i / c->classes / c->batch;
        double kept = logits[i], up, down;
        d[i] = 0;
        if (t >= steps_of(c, b) || steps_needed(c, b) > steps_of(c, b))
            continue;
        logits[i] = kept + step;
        up = naive_loss(c, logits, b, NONE);
        logits[i] = kept - step;
        down = naive_loss(c, logits, b, NONE);
        logits[i] = kept;
        d[i] = share_of(c, b) * (up - down) / (2 * step);
    }
}

/* ---- the sum over all paths -------------------------------------------------------------------------------------- */

/* Whether the path is one of the labels of b. */
static int path_fits(const struct call *c, size_t b, const size_t *path)
{
    size_t found = 0;
    for (size_t t = 0; t < steps_of(c, b); t++) {
        if (path[t] == (size_t)c->blank || (t && path[t] == path[t - 1]))
            continue;
        if (found == labels_of(c, b) || path[t] != (size_t)c->labels[b * c->most_labels + found])
            return 0;
        found++;
    }
    return found == labels_of(c, b);
}

/* The next path, as a number with a digit for each step; 0 after the last. */
static int next_path(size_t *path, size_t steps, size_t classes)
{
    size_t t = 0;
    while (t < steps && ++path[t] == classes)
        path[t++] = 0;
    return t < steps;
}

/* L(b), and its gradient [T,C]; of any logits, as sums are kept as logarithms. */
static double loss_of_paths(double *d, const struct call *c, const double *logits, size_t b)
{
    size_t path[MOST_STEPS] = {0}, steps = steps_of(c, b);
    double sum = -(double)INFINITY, at[MOST_STEPS][MOST_CLASSES];
    for (size_t t = 0; t < steps; t++)
        for (size_t k = 0; k < c->classes; k++)
            at[t][k] = -(double)INFINITY;
    do {
        double p = 0;
        if (!path_fits(c, b, path))
            continue;
        for (size_t t = 0; t < steps; t++)
            p += log_softmax(logits + (t * c->batch + b) * c->classes, c->classes, path[t]);
        sum = log_add(sum, p);
        for (size_t t = 0; t < steps; t++)
            at[t][path[t]] = log_add(at[t][path[t]], p);
    } while (next_path(path, steps, c->classes));
    for (size_t t = 0; t < c->steps; t++)
        for (size_t k = 0; k < c->classes; k++) {
            const double *o = logits + (t * c->batch + b) * c->classes;
            int counts = t < steps && sum > -(double)INFINITY;
            d[t * c->classes + k] = counts ? exp(log_softmax(o, c->classes, k)) - exp(at[t][k] - sum) : 0;
        }
    return -sum;
}

/* ---- the vectors ------------------------------------------------------------------------------------------------- */

struct arrays {
    float logits[MOST], dlogits[MOST];
    double losses[MOST_BATCH];
};

static struct call call_of(const struct golden_ctc *g, struct arrays *a)
{
    struct call c = counted((struct call){.losses = a->losses,
                                          .dlogits = a->dlogits,
                                          .logits = a->logits,
                                          .labels = g->labels,
                                          .lengths = g->lengths,
                                          .label_lengths = g->label_lengths,
                                          .steps = g->steps,
                                          .batch = g->batch,
                                          .classes = g->classes,
                                          .most_labels = g->most_labels,
                                          .blank = g->blank,
                                          .reduction = g->reduction,
                                          .zero_infinity = g->zero_infinity});
    assert_true(c.logits_count <= MOST && g->batch <= MOST_BATCH && g->most_labels <= MOST_LABELS);
    for (size_t i = 0; i < c.logits_count; i++)
        a->logits[i] = (float)g->logits[i];
    spoil(a->dlogits, MOST);
    return c;
}

/* What differs, as text; NULL where nothing does. */
static const char *difference(const struct golden_ctc *g, double loss, const double *losses, const float *dlogits)
{
    static char text[128];
    if (!same(loss, g->loss, TOLERANCE_LOSS)) {
        snprintf(text, sizeof text, "loss is %.9g, expected %.9g", loss, g->loss);
        return text;
    }
    for (size_t b = 0; losses && b < g->batch; b++)
        if (!same(losses[b], g->losses[b], TOLERANCE_LOSS)) {
            snprintf(text, sizeof text, "losses[%zu] is %.9g, expected %.9g", b, losses[b], g->losses[b]);
            return text;
        }
    for (size_t i = 0; dlogits && i < g->steps * g->batch * g->classes; i++)
        if (!same((double)dlogits[i], g->dlogits[i], TOLERANCE_GRADIENT)) {
            snprintf(text, sizeof text, "dlogits[%zu] is %.9g, expected %.9g", i, (double)dlogits[i], g->dlogits[i]);
            return text;
        }
    return NULL;
}

static void check_call(const struct golden_ctc *g, const struct call *c, const char *how)
{
    double loss = 7;
    assert_ok(run(c, &loss));
    const char *text = difference(g, loss, c->losses, c->dlogits);
    if (text)
        fail_msg("%s, %s: %s", g->name, how, text);
}

static void test_ctc_equals_pytorch(void **state)
{
    (void)state;
    for (const struct golden_ctc *g = golden_ctcs; g < golden_ctcs + CTCS; g++) {
        struct arrays a;
        struct call c = call_of(g, &a);
        check_call(g, &c, "apart");
        spoil_past_the_end(&c, a.logits);
        check_call(g, &c, "spoilt past the end");
        c.losses = NULL;
        c.losses_count = 0;
        check_call(g, &c, "without losses");
        c.dlogits = NULL;
        c.dlogits_count = 0;
        check_call(g, &c, "without gradient");
        c.dlogits = a.logits;
        c.dlogits_count = c.logits_count;
        check_call(g, &c, "in place");
    }
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for (const struct golden_ctc *g = golden_ctcs; g < golden_ctcs + CTCS; g++) {
        struct arrays a;
        struct call c = call_of(g, &a);
        double loss;
        assert_ok(run(&c, &loss));
        assert_non_null(difference(g, isinf(loss) ? 0 : loss + 1e-5 * (1 + loss), a.losses, a.dlogits));
        for (size_t b = 0; b < g->batch; b++) {
            double kept = a.losses[b];
            a.losses[b] = isinf(kept) ? 0 : kept + 1e-5 * (1 + kept);
            assert_non_null(difference(g, loss, a.losses, a.dlogits));
            a.losses[b] = kept;
        }
        for (size_t i = 0; i < c.logits_count; i++) {
            float kept = a.dlogits[i];
            a.dlogits[i] += 2e-5f;
            assert_non_null(difference(g, loss, a.losses, a.dlogits));
            a.dlogits[i] = kept;
        }
    }
}

/* The naive recursion is right, and wrong with every fault: so the vectors show each of these. */
static void test_planted_faults_are_found(void **state)
{
    (void)state;
    for (enum fault fault = NONE; fault < FAULTS; fault++) {
        size_t found = 0;
        for (const struct golden_ctc *g = golden_ctcs; g < golden_ctcs + CTCS; g++) {
            struct arrays a;
            struct call c = call_of(g, &a);
            for (size_t b = 0; b < g->batch; b++) {
                double loss = naive_loss(&c, g->logits, b, fault);
                found += !same(isinf(loss) && g->zero_infinity ? 0 : loss, g->losses[b], TOLERANCE_LOSS);
            }
        }
        if (fault == NONE)
            assert_int_equal(found, 0);
        else
            assert_in_range(found, 10, CTCS * MOST_BATCH);
    }
}

static void test_gradient_equals_finite_differences(void **state)
{
    (void)state;
    for (const struct golden_ctc *g = golden_ctcs; g < golden_ctcs + CTCS; g++) {
        struct arrays a;
        struct call c = call_of(g, &a);
        double loss, logits[MOST], expected[MOST];
        memcpy(logits, g->logits, c.logits_count * sizeof *logits);
        naive_gradient(expected, &c, logits);
        assert_ok(run(&c, &loss));
        assert_all_close(a.dlogits, expected, c.logits_count, 1e-5);
    }
}

/* ---- short sequences, over all paths ----------------------------------------------------------------------------- */

static void check_paths(const struct call *c, const float *logits)
{
    double loss, right[MOST], d[MOST_STEPS * MOST_CLASSES], expected;
    for (size_t i = 0; i < c->logits_count; i++)
        right[i] = (double)logits[i];
    assert_ok(run(c, &loss));
    for (size_t b = 0; b < c->batch; b++) {
        expected = loss_of_paths(d, c, right, b);
        assert_true(same(c->losses[b], expected, TOLERANCE_LOSS));
        for (size_t t = 0; t < c->steps; t++)
            for (size_t k = 0; k < c->classes; k++)
                assert_close((double)c->dlogits[(t * c->batch + b) * c->classes + k], d[t * c->classes + k],
                             TOLERANCE_GRADIENT);
    }
}

struct pair {
    struct arrays a;
    int32_t labels[6], lengths[2], counts[2];
};

/* Two sequences, of `steps` steps and `count` labels and of fewer and three. */
static struct call pair_call(struct pair *p, int32_t steps, int32_t classes, int32_t blank, int32_t count, int which)
{
    *p = (struct pair){.lengths = {steps, (which + count) % (steps + 1)}, .counts = {count, 3}};
    for (int32_t i = 0; i < 6; i++)
        p->labels[i] = (blank + 1 + (classes == 3 ? which >> i % 3 & 1 : 0)) % classes;
    return counted((struct call){.losses = p->a.losses,
                                 .dlogits = p->a.dlogits,
                                 .logits = p->a.logits,
                                 .labels = p->labels,
                                 .lengths = p->lengths,
                                 .label_lengths = p->counts,
                                 .steps = (size_t)steps,
                                 .batch = 2,
                                 .classes = (size_t)classes,
                                 .most_labels = 3,
                                 .blank = blank,
                                 .reduction = RNN_SUM});
}

/* All labellings of up to three labels of sequences of 0 to 5 steps, with every blank; logits of every size. */
static void test_equals_sum_over_paths(void **state)
{
    (void)state;
    static const float scales[] = {1, 80, 1e4f, 1e20f};
    uint64_t seed = 11;
    for (int32_t steps = 1; steps <= 5; steps++)
        for (int32_t classes = 2; classes <= 3; classes++)
            for (int32_t blank = 0; blank < classes; blank++)
                for (int which = 0; which < 8; which++)
                    for (int32_t count = 0; count <= 3; count++) {
                        struct pair p;
                        struct call c = pair_call(&p, steps, classes, blank, count, which);
                        fill_uniform(p.a.logits, c.logits_count, &seed);
                        for (size_t i = 0; i < c.logits_count; i++)
                            p.a.logits[i] *= scales[(which + count) % 4];
                        check_paths(&c, p.a.logits);
                    }
}

/* ---- logits that are not finite ---------------------------------------------------------------------------------- */

/* One class of minus infinity at one step: the paths that are left, if any, make the loss. */
static void test_impossible_classes(void **state)
{
    (void)state;
    uint64_t seed = 12;
    for (int which = 0; which < 8; which++)
        for (int32_t count = 0; count <= 3; count++)
            for (size_t i = 0; i < 15; i++) {
                struct pair p;
                struct call c = pair_call(&p, 5, 3, which % 3, count, which);
                fill_uniform(p.a.logits, c.logits_count, &seed);
                p.a.logits[i / 3 * 6 + i % 3] = -INFINITY;
                check_paths(&c, p.a.logits);
            }
}

/* The only class that could stand for the label is impossible everywhere. */
static void test_impossible_label(void **state)
{
    (void)state;
    for (int32_t zero_infinity = 0; zero_infinity <= 1; zero_infinity++) {
        struct pair p;
        struct call c = pair_call(&p, 4, 3, 0, 2, 0);
        double loss;
        c.zero_infinity = zero_infinity;
        for (size_t t = 0; t < 4; t++)
            p.a.logits[t * 6 + 1] = -INFINITY; /* of sequence 0, whose labels are 1, 1 */
        spoil(p.a.dlogits, MOST);
        assert_ok(run(&c, &loss));
        assert_true(p.a.losses[0] == (zero_infinity ? 0 : (double)INFINITY));
        for (size_t i = 0; i < c.logits_count; i++)
            assert_true(i / 3 % 2 ? isfinite(p.a.dlogits[i]) != 0 : p.a.dlogits[i] == 0);
    }
}

/* One number of one valid step. */
static void check_shows(float bad, size_t i, int32_t count, int32_t zero_infinity)
{
    struct pair p;
    struct call c = pair_call(&p, 5, 3, 0, count, 1);
    double loss;
    p.lengths[1] = 5;
    c.zero_infinity = zero_infinity;
    p.a.logits[i / 3 * 6 + i % 3] = bad;
    assert_ok(run(&c, &loss));
    if (isnan(bad) ? !isnan(loss) || !isnan(p.a.losses[0]) : isfinite(loss) || isfinite(p.a.losses[0]))
        fail_msg("%g as logit %zu of a sequence of %d labels gives a loss of %g, zero_infinity %d", (double)bad, i,
                 (int)count, p.a.losses[0], (int)zero_infinity);
    assert_true(isfinite(p.a.losses[1]));
}

static void test_nonfinite_logits_show(void **state)
{
    (void)state;
    for (int32_t count = 0; count <= 3; count++)
        for (size_t i = 0; i < 15; i++) {
            check_shows(NAN, i, count, 0);
            check_shows(NAN, i, count, 1);
            check_shows(INFINITY, i, count, 0);
        }
}

/* ---- a long one -------------------------------------------------------------------------------------------------- */

enum { LONG = LARGE_STEPS * LARGE_BATCH * LARGE_CLASSES, SUMS = LARGE_BATCH * LARGE_CLASSES };

static void check_long_gradient(const float *d)
{
    double sums[SUMS] = {0}, squares[SUMS] = {0};
    for (size_t i = 0; i < LONG; i++) {
        sums[i % SUMS] += (double)d[i];
        squares[i % SUMS] += (double)d[i] * (double)d[i];
        if (i % LARGE_SAMPLE == 0)
            assert_close((double)d[i], large_samples[i / LARGE_SAMPLE], TOLERANCE_SAMPLES);
    }
    for (size_t i = 0; i < SUMS; i++) {
        assert_close(sums[i], large_sums[i], TOLERANCE_SUMS);
        assert_close(squares[i], large_squares[i], TOLERANCE_SUMS);
    }
}

static void test_long_sequences(void **state)
{
    (void)state;
    uint64_t seed = LARGE_SEED;
    int32_t labels[LARGE_BATCH * LARGE_LABELS];
    double loss, losses[LARGE_BATCH];
    float *logits = calloc(LONG, sizeof *logits), *d = calloc(LONG, sizeof *d);
    assert_true(logits && d);
    fill_uniform(logits, LONG, &seed);
    for (size_t i = 0; i < LONG; i++)
        logits[i] *= (float)LARGE_SCALE;
    for (size_t i = 0; i < LARGE_BATCH * LARGE_LABELS; i++)
        labels[i] = 1 + (int32_t)((uniform(&seed) + 1) / 2 * (LARGE_CLASSES - 1));
    struct call c = counted((struct call){.losses = losses,
                                          .dlogits = d,
                                          .logits = logits,
                                          .labels = labels,
                                          .steps = LARGE_STEPS,
                                          .batch = LARGE_BATCH,
                                          .classes = LARGE_CLASSES,
                                          .most_labels = LARGE_LABELS,
                                          .reduction = RNN_SUM});
    assert_ok(run(&c, &loss));
    for (size_t b = 0; b < LARGE_BATCH; b++)
        assert_close(losses[b], large_losses[b], TOLERANCE_LARGE);
    check_long_gradient(d);
    free(logits);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ctc_equals_pytorch),       cmocka_unit_test(test_moved_numbers_are_rejected),
        cmocka_unit_test(test_planted_faults_are_found), cmocka_unit_test(test_gradient_equals_finite_differences),
        cmocka_unit_test(test_equals_sum_over_paths),    cmocka_unit_test(test_impossible_classes),
        cmocka_unit_test(test_impossible_label),         cmocka_unit_test(test_nonfinite_logits_show),
        cmocka_unit_test(test_long_sequences),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
