/* Decoders of CTC against all paths, and against a beam search that keeps whole labellings in a list; what
 * rnn_decoder_decode refuses.  Linked with --wrap=rnni_memory_take. */
#include "support/decoders.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int no_memory;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return no_memory ? NULL : __real_rnni_memory_take(count, size);
}

#define MOST_STEPS   12
#define MOST_CLASSES 6
#define MOST         4096 /* labellings */

struct labelling {
    int32_t labels[MOST_STEPS], length;
    double blank, label; /* probabilities of the paths that end in a blank, in the last label */
};

struct list {
    struct labelling of[MOST];
    size_t count;
};

/* One sequence. */
struct problem {
    float logits[MOST_STEPS * MOST_CLASSES]; /* [T,C] */
    size_t steps, classes;
    int32_t blank;
};

struct results {
    int32_t labels[MOST * MOST_STEPS], lengths[MOST]; /* [N,T], [N] */
    double scores[MOST];
    size_t count;
};

static struct problem random_problem(size_t steps, size_t classes, int32_t blank, uint64_t seed)
{
    struct problem problem = {.steps = steps, .classes = classes, .blank = blank};
    fill_uniform(problem.logits, steps * classes, &seed);
    for (size_t i = 0; i < steps * classes; i++)
        problem.logits[i] *= 3;
    return problem;
}

static double probability(const struct problem *problem, size_t t, size_t c)
{
    const float *o = problem->logits + t * problem->classes;
    double sum = 0;
    for (size_t i = 0; i < problem->classes; i++)
        sum += exp((double)o[i] - (double)o[c]);
    return o[c] > -INFINITY ? 1 / sum : 0;
}

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

static struct labelling *entry(struct list *list, const int32_t *labels, int32_t length)
{
    size_t i = 0;
    while (i < list->count &&
           !(list->of[i].length == length && !memcmp(list->of[i].labels, labels, (size_t)length * sizeof *labels)))
        i++;
    if (i == list->count) {
        assert_true(list->count < MOST);
        memset(&list->of[i], 0, sizeof list->of[i]);
        memcpy(list->of[i].labels, labels, (size_t)length * sizeof *labels);
        list->of[i].length = length;
        list->count++;
    }
    return &list->of[i];
}

static double total(const struct labelling *labelling)
{
    return labelling->blank + labelling->label;
}

static int compare_labels(const struct labelling *a, const struct labelling *b)
{
    for (int32_t i = 0; i < a->length && i < b->length; i++)
        if (a->labels[i] != b->labels[i])
            return a->labels[i] < b->labels[i] ? -1 : 1;
    return (a->length > b->length) - (a->length < b->length);
}

static int by_total(const void *a, const void *b)
{
    double x = total(a), y = total(b);
    return x > y ? -1 : x < y ? 1 : compare_labels(a, b);
}

/* Adds path number `path`, of C^T, to the list; returns its probability. */
static double add_path(struct list *list, const struct problem *problem, size_t path)
{
    int32_t labels[MOST_STEPS], length = 0, last = problem->blank;
    double p = 1;
    for (size_t t = 0; t < problem->steps; t++, path /= problem->classes) {
        int32_t c = (int32_t)(path % problem->classes);
        p *= probability(problem, t, (size_t)c);
        if (c != last && c != problem->blank)
            labels[length++] = c;
        last = c;
    }
    if (p > 0)
        entry(list, labels, length)->label += p;
    return p;
}

/* Every labelling with the sum of all its paths, likeliest first; returns the likeliest path's probability. */
static double enumerate(struct list *list, const struct problem *problem)
{
    size_t paths = 1;
    double best = 0;
    for (size_t t = 0; t < problem->steps; t++)
        paths *= problem->classes;
    list->count = 0;
    for (size_t path = 0; path < paths; path++) {
        double probability = add_path(list, problem, path);
        best = probability > best ? probability : best;
    }
    qsort(list->of, list->count, sizeof *list->of, by_total);
    return best;
}

/* The published algorithm, with labellings in a list. */
static void follow(struct list *list, const struct problem *problem, size_t width)
{
    static struct list next;
    list->count = 0;
    entry(list, &problem->blank, 0)->blank = 1; /* the empty one */
    for (size_t t = 0; t < problem->steps; t++) {
        next.count = 0;
        for (size_t i = 0; i < list->count; i++)
            for (size_t c = 0; c < problem->classes; c++) {
                struct labelling from = list->of[i];
                double p = probability(problem, t, c);
                int repeats = from.length && from.labels[from.length - 1] == (int32_t)c;
                if ((int32_t)c == problem->blank) {
                    entry(&next, from.labels, from.length)->blank += p * total(&from);
                    continue;
                }
                if (repeats)
                    entry(&next, from.labels, from.length)->label += p * from.label;
                from.labels[from.length] = (int32_t)c;
                entry(&next, from.labels, from.length + 1)->label += p * (repeats ? from.blank : total(&from));
            }
        qsort(next.of, next.count, sizeof *next.of, by_total);
        while (next.count > width || (next.count && total(&next.of[next.count - 1]) <= 0))
            next.count--;
        *list = next;
    }
}

/* ---- the checker ------------------------------------------------------------------------------------------------- */

static void search(struct results *results, const struct problem *problem, size_t width)
{
    results->count = width;
    struct decoder_ctc ctc = {problem->logits, NULL, problem->steps, 1, problem->classes, problem->blank, width, width};
    assert_ok(decoder_decode(results->labels, results->lengths, results->scores, &ctc));
}

static int is_missing(const struct results *results, size_t i, size_t steps)
{
    int missing = results->lengths[i] == -1 && isinf(results->scores[i]) && results->scores[i] < 0;
    for (size_t t = 0; t < steps; t++)
        missing &= results->labels[i * steps + t] == -1;
    return missing;
}

static int is_labelling(const struct results *results, size_t i, size_t steps, const struct labelling *expected)
{
    int same = results->lengths[i] == expected->length && close_enough(results->scores[i], log(total(expected)), 1e-5);
    for (size_t t = 0; same && t < steps; t++)
        same = results->labels[i * steps + t] == ((int32_t)t < expected->length ? expected->labels[t] : -1);
    return same;
}

/* Whether the results are the labellings of the list, in its order but where scores are as good as equal, and then no
 * more. */
static int is_list(const struct results *results, const struct list *list, size_t steps)
{
    static char used[MOST];
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < results->count; i++) {
        size_t found = 0;
        if (i >= list->count && !is_missing(results, i, steps))
            return 0;
        if (i >= list->count)
            continue;
        while (found < list->count && (used[found] || !is_labelling(results, i, steps, &list->of[found])))
            found++;
        if (found == list->count || (i && results->scores[i] > results->scores[i - 1]))
            return 0;
        used[found] = 1;
    }
    return 1;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static const size_t sizes[][2] = {{1, 1}, {1, 3}, {4, 1}, {5, 2}, {3, 3}, {5, 3}, {5, 4}, {4, 5}};
#define SIZES (sizeof sizes / sizeof *sizes)

static void test_all_labellings(void **state)
{
    static struct list list;
    static struct results results;
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        for (size_t blank = 0; blank < sizes[i][1]; blank++) {
            struct problem problem = random_problem(sizes[i][0], sizes[i][1], (int32_t)blank, 10 * i + blank);
            enumerate(&list, &problem);
            search(&results, &problem, 1200);
            assert_true(is_list(&results, &list, problem.steps));
        }
}

static void test_beams(void **state)
{
    static struct list list;
    static struct results results;
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++)
        for (size_t width = 1; width <= 13; width += 3) {
            struct problem problem = random_problem(MOST_STEPS, 3 + seed % 4, (int32_t)seed % 3, seed);
            follow(&list, &problem, width);
            search(&results, &problem, width);
            assert_true(is_list(&results, &list, problem.steps));
        }
}

/* What a beam drops is missing from its sums. */
static void test_a_small_beam_is_never_above_the_exact(void **state)
{
    static struct list list;
    static struct results results;
    (void)state;
    for (size_t width = 1; width < 8; width++) {
        struct problem problem = random_problem(5, 4, 0, width);
        enumerate(&list, &problem);
        search(&results, &problem, width);
        for (size_t i = 0; i < width; i++) {
            const struct labelling *exact =
                entry(&list, results.labels + i * problem.steps, results.lengths[i]); /* must be there */
            assert_true(results.scores[i] <= log(total(exact)) + 1e-6);
        }
    }
}

static void test_the_checker_finds_faults(void **state)
{
    static struct list list;
    static struct results right, wrong;
    (void)state;
    struct problem problem = random_problem(4, 3, 0, 99);
    enumerate(&list, &problem);
    search(&right, &problem, 40);
    size_t last = list.count - 1;
    assert_true(is_list(&right, &list, 4) && last > 3 && last < 39);
    for (int fault = 0; fault < 8; fault++) {
        wrong = right;
        switch (fault) {
        case 0: /* a path that was forgotten */
            wrong.scores[2] += log(0.999);
            break;
        case 1: /* another labelling */
            wrong.labels[0] = 3 - wrong.labels[0];
            break;
        case 2: /* a blank that was left in */
            wrong.labels[0] = 0;
            break;
        case 3:
            wrong.lengths[1]++;
            break;
        case 4: /* one is missing */
            wrong.lengths[last] = -1;
            wrong.scores[last] = -HUGE_VAL;
            break;
        case 5: /* one that was not merged */
            memcpy(wrong.labels + 4, wrong.labels, 4 * sizeof *wrong.labels);
            wrong.lengths[1] = wrong.lengths[0];
            wrong.scores[1] = wrong.scores[0];
            break;
        case 6: /* a labelling behind the last */
            wrong.lengths[last + 1] = 0;
            break;
        default: /* not in order */
            wrong.scores[0] = right.scores[1];
            wrong.scores[1] = right.scores[0];
            break;
        }
        assert_false(is_list(&wrong, &list, 4));
    }
}

/* A repetition must come out of the paths that end in a blank alone: with no blank there is none. */
static void test_repetitions(void **state)
{
    static struct results results;
    (void)state;
    struct problem problem = {.steps = 3, .classes = 2, .blank = 0};
    for (size_t t = 0; t < 3; t++)
        problem.logits[2 * t] = -INFINITY;
    search(&results, &problem, 5);
    assert_int_equal(results.lengths[0], 1);
    assert_int_equal(results.labels[0], 1);
    assert_close(results.scores[0], 0, 1e-12);
    for (size_t i = 1; i < 5; i++)
        assert_true(is_missing(&results, i, 3));
}

/* Of labellings that are equally likely the first in the dictionary come first, and stay where the beam is narrow. */
static void test_ties(void **state)
{
    static struct results results;
    (void)state;
    struct problem problem = {.steps = 2, .classes = 4, .blank = 1};
    static const int32_t all[][2] = {{0, -1}, {2, -1}, {3, -1}, {-1, -1}, {0, 2},
                                     {0, 3},  {2, 0},  {2, 3},  {3, 0},   {3, 2}};
    for (size_t width = 10; width > 0; width--) {
        search(&results, &problem, width);
        for (size_t i = 0; i < width && width > 3; i++)
            assert_memory_equal(results.labels + 2 * i, all[i], sizeof all[i]);
    }
    problem.steps = 1;
    search(&results, &problem, 2); /* four are equal: the empty one, then 0 */
    assert_int_equal(results.lengths[0], 0);
    assert_int_equal(results.labels[1], 0);
    problem = (struct problem){{1, 1.25f, 0.5f, 1, 1.25f, 0.5f}, 2, 3, 2};
    search(&results, &problem, 3); /* 1 0 and 0 1 are equal, 1 0 is met first, and there is room for one */
    assert_int_equal(results.labels[4], 0);
    assert_int_equal(results.labels[5], 1);
    problem = (struct problem){{1, -INFINITY, -INFINITY, 0.5f, -INFINITY, 0.5f, 1, -INFINITY}, 2, 4, 2};
    search(&results, &problem, 2); /* 0 1 takes the place of 3, which stays as likely */
    assert_int_equal(results.labels[3], 1);
}

/* All of the same length and equally likely: ties are told apart without going back to the beginning each time. */
static void test_many_ties(void **state)
{
    enum { STEPS = 200, CLASSES = 20, WIDTH = 50 };
    (void)state;
    float *logits = calloc(STEPS * CLASSES, sizeof *logits);
    int32_t labels[STEPS], length;
    double score;
    assert_non_null(logits);
    assert_ok(
        decoder_decode(labels, &length, &score, &(struct decoder_ctc){logits, NULL, STEPS, 1, CLASSES, 0, WIDTH, 1}));
    assert_true(score < 0 && length > 0 && labels[0] == 1);
    free(logits);
}

static void test_greedy(void **state)
{
    static struct list list;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct problem problem = random_problem(sizes[i][0], sizes[i][1], 0, 77 + i);
        int32_t labels[MOST_STEPS], length, expected[MOST_STEPS], expected_length = 0;
        double score, best = enumerate(&list, &problem);
        assert_ok(
            decoder_decode(labels, &length, &score,
                           &(struct decoder_ctc){.logits = problem.logits, NULL, problem.steps, 1, problem.classes}));
        for (size_t t = 0, last = 0; t < problem.steps; t++) {
            size_t c = 0;
            for (size_t k = 1; k < problem.classes; k++)
                c = probability(&problem, t, k) > probability(&problem, t, c) ? k : c;
            if (c && c != last)
                expected[expected_length++] = (int32_t)c;
            last = c;
        }
        assert_close(score, log(best), 1e-6);
        assert_int_equal(length, expected_length);
        for (size_t t = 0; t < problem.steps; t++)
            assert_int_equal(labels[t], (int32_t)t < length ? expected[t] : -1);
    }
}

/* [T,B,C] of several lengths, with NaN where nothing may be read: each sequence as it is alone. */
static void test_ragged_batches(void **state)
{
    enum { T = 6, B = 4, C = 4, N = 3, WIDTH = 5 };
    static const int32_t lengths[B] = {3, 0, 6, 1};
    float logits[T * B * C];
    int32_t labels[B * N * T], label_lengths[B * N], path[B * T], path_lengths[B];
    double scores[B * N], path_scores[B];
    uint64_t seed = 5;
    (void)state;
    fill_uniform(logits, T * B * C, &seed);
    for (size_t i = 0; i < T * B * C; i++)
        logits[i] = (int32_t)(i / (B * C)) < lengths[i / C % B] ? 2 * logits[i] : NAN;
    struct decoder_ctc all = {logits, lengths, T, B, C, 2, WIDTH, N};
    assert_ok(decoder_decode(labels, label_lengths, scores, &all));
    all.width = 0;
    assert_ok(decoder_decode(path, path_lengths, path_scores, &all));
    for (size_t b = 0; b < B; b++) {
        size_t steps = (size_t)lengths[b];
        float alone[T * C];
        int32_t l[N * T], n[N];
        double s[N];
        for (size_t t = 0; t < steps; t++)
            memcpy(alone + t * C, logits + (t * B + b) * C, C * sizeof *alone);
        if (!steps) {
            assert_true(label_lengths[b * N] == 0 && scores[b * N] == 0 && labels[b * N * T] == -1);
            assert_true(label_lengths[b * N + 1] == -1 && path_lengths[b] == 0 && path_scores[b] == 0);
            continue;
        }
        struct decoder_ctc one = {alone, NULL, steps, 1, C, 2, WIDTH, N};
        assert_ok(decoder_decode(l, n, s, &one));
        assert_memory_equal(n, label_lengths + b * N, sizeof n);
        assert_memory_equal(s, scores + b * N, sizeof s);
        for (size_t i = 0; i < N; i++)
            for (size_t t = 0; t < T; t++)
                assert_int_equal(labels[(b * N + i) * T + t], t < steps ? l[i * steps + t] : -1);
        one.width = 0;
        assert_ok(decoder_decode(l, n, s, &one));
        assert_int_equal(n[0], path_lengths[b]);
        assert_memory_equal(l, path + b * T, steps * sizeof *l);
    }
}

/* Infinite logits are the limit of large ones. */
static void test_infinite_logits(void **state)
{
    static struct results results;
    (void)state;
    struct problem problem = {.steps = 2, .classes = 3, .blank = 0};
    problem.logits[1] = problem.logits[2] = INFINITY; /* 1 or 2, then anything */
    search(&results, &problem, 20);
    assert_close(results.scores[0], log(1. / 3), 1e-6);
    assert_int_equal(results.labels[0], 1);
    assert_int_equal(results.labels[2], 2);
    assert_close(results.scores[2], log(1. / 6), 1e-6);
    assert_int_equal(results.lengths[4], -1);
    for (size_t c = 0; c < 3; c++)
        problem.logits[c] = -INFINITY; /* nothing */
    search(&results, &problem, 20);
    for (size_t i = 0; i < 20; i++)
        assert_true(is_missing(&results, i, 2));
    problem.logits[0] = FLT_MAX;
    problem.logits[1] = -FLT_MAX;
    search(&results, &problem, 20);
    assert_close(results.scores[0], log(1. / 3), 1e-6);
    assert_true(results.lengths[3] == 2 && isfinite(results.scores[3]) && results.scores[3] < -6e38);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

enum { T = 3, B = 2, C = 4, N = 2 };

struct call {
    rnn_decoder *decoder;
    const float *logits;
    const int32_t *lengths;
    size_t logits_count, lengths_count, steps, batch, classes;
};

static int32_t decode(const struct call *c)
{
    return rnn_decoder_decode(c->decoder, c->logits, c->logits_count, c->lengths, c->lengths_count, c->steps, c->batch,
                              c->classes);
}

static float logits[T * B * C];
static const int32_t good_lengths[B] = {3, 1}, long_lengths[B] = {1, 4}, negative_lengths[B] = {-1, 1};

/* What a decoder has after a call that succeeded. */
struct kept {
    int32_t labels[B * N * T], label_lengths[B * N];
    double scores[B * N];
};

static struct kept keep(rnn_decoder *decoder)
{
    struct kept kept = {0};
    decoder_read(decoder, kept.labels, kept.label_lengths, kept.scores, B, N, T);
    return kept;
}

static void refused(struct call call, int32_t status)
{
    struct kept before = keep(call.decoder);
    assert_fails(decode(&call), status);
    assert_memory_equal(rnn_last_error(), "rnn_decoder_decode: ", 20);
    assert_string_equal(rnn_last_error(), rnn_decoder_last_error(call.decoder));
    struct kept after = keep(call.decoder);
    assert_memory_equal(&before, &after, sizeof after);
}

#define REFUSED(what, status)                                                                                          \
    do {                                                                                                               \
        struct call c = good;                                                                                          \
        what;                                                                                                          \
        refused(c, status);                                                                                            \
    } while (0)

static void refuses(struct call good)
{
    assert_ok(decode(&good));
    REFUSED(c.logits = NULL, RNN_E_NULL);
    REFUSED(c.lengths = NULL, RNN_E_NULL);
    REFUSED(c.logits_count--, RNN_E_SIZE);
    REFUSED(c.lengths_count++, RNN_E_SIZE);
    REFUSED(c.steps = 0, RNN_E_VALUE);
    REFUSED(c.batch = 0, RNN_E_VALUE);
    REFUSED(c.classes = 0, RNN_E_VALUE);
    REFUSED(c.steps = SIZE_MAX, RNN_E_VALUE);
    REFUSED(c.batch = INT32_MAX, RNN_E_VALUE);
    REFUSED(c.classes = SIZE_MAX, RNN_E_VALUE);
    REFUSED(c.lengths = long_lengths, RNN_E_VALUE);
    REFUSED(c.lengths = negative_lengths, RNN_E_VALUE);
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_BLANK, C));
    refused(good, RNN_E_VALUE);
    assert_fails(rnn_decoder_set_int(good.decoder, RNN_BLANK, -1), RNN_E_VALUE);
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_BLANK, 0));
    logits[2 * B * C + 1] = NAN; /* the last step of the first sequence */
    refused(good, RNN_E_VALUE);
    logits[2 * B * C + 1] = 0;
    logits[2 * B * C + C] = NAN; /* past the end of the second */
    assert_ok(decode(&good));
    logits[2 * B * C + C] = 0;
    good.decoder = NULL;
    assert_fails(decode(&good), RNN_E_NULL);
}

static void test_errors(void **state)
{
    const struct decoder_option none[] = {{0, 0}}, two[] = {{RNN_BEAM_WIDTH, 3}, {RNN_RESULTS, N}, {0, 0}};
    struct call good = {NULL, logits, good_lengths, T * B * C, B, T, B, C};
    (void)state;
    good.decoder = decoder_create(RNN_DECODER_CTC_GREEDY, none);
    refuses(good);
    rnn_decoder_destroy(good.decoder);
    good.decoder = decoder_create(RNN_DECODER_CTC_BEAM, two);
    refuses(good);
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_RESULTS, 4));
    refused(good, RNN_E_VALUE);
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_RESULTS, N));
    no_memory = 1;
    refused(good, RNN_E_MEMORY);
    no_memory = 0;
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_BEAM_WIDTH, INT32_MAX));
    assert_ok(decode(&good)); /* room is taken for the labellings that there are */
    assert_ok(rnn_decoder_set_int(good.decoder, RNN_RESULTS, INT32_MAX));
    assert_ok(decode(&good));
    rnn_decoder_destroy(good.decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_labellings),
        cmocka_unit_test(test_beams),
        cmocka_unit_test(test_a_small_beam_is_never_above_the_exact),
        cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_repetitions),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_many_ties),
        cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_ragged_batches),
        cmocka_unit_test(test_infinite_logits),
        cmocka_unit_test(test_errors),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
