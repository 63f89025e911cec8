/* Where the labels of CTC begin, and how likely each is there: against all paths with these labels. */
#include "support/decoders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 7, MOST_CLASSES = 4 };

/* One result of a decoder. */
struct result {
    const int32_t *tokens, *steps;
    const float *scores;
    size_t count;
    double score;
};

static struct result result_of(rnn_decoder *decoder, size_t sequence, size_t rank)
{
    struct result r;
    assert_ok(rnn_decoder_get_result(decoder, sequence, rank, &r.tokens, &r.steps, &r.scores, &r.count, &r.score));
    return r;
}

/* One sequence. */
struct problem {
    float logits[MOST_STEPS * MOST_CLASSES]; /* [T,C] */
    size_t steps, classes;
    int32_t blank;
};

static struct problem random_problem(size_t steps, size_t classes, int32_t blank, double scale, uint64_t seed)
{
    struct problem problem = {.steps = steps, .classes = classes, .blank = blank};
    fill_uniform(problem.logits, steps * classes, &seed);
    for (size_t i = 0; i < steps * classes; i++)
        problem.logits[i] *= (float)scale;
    return problem;
}

static rnn_decoder *decode(int32_t kind, const struct problem *p, size_t width)
{
    const struct decoder_option options[] = {
        {RNN_BLANK, p->blank}, {width ? RNN_BEAM_WIDTH : 0, (double)width}, {RNN_RESULTS, (double)width}, {0, 0}};
    rnn_decoder *decoder = decoder_create(kind, options);
    assert_ok(rnn_decoder_decode(decoder, p->logits, p->steps * p->classes, NULL, 0, p->steps, 1, p->classes));
    return decoder;
}

static double log_p(const struct problem *problem, size_t t, size_t c)
{
    const float *o = problem->logits + t * problem->classes;
    double sum = 0;
    for (size_t i = 0; i < problem->classes; i++)
        sum += exp((double)o[i] - (double)o[c]);
    return -log(sum);
}

/* ---- the oracle: all paths --------------------------------------------------------------------------------------- */

struct path {
    int32_t labels[MOST_STEPS], begins[MOST_STEPS];
    size_t count;
    double log_p;
};

static struct path path_at(const struct problem *problem, size_t number)
{
    struct path path = {.log_p = 0};
    int32_t last = problem->blank;
    for (size_t t = 0; t < problem->steps; t++, number /= problem->classes) {
        int32_t c = (int32_t)(number % problem->classes);
        path.log_p += log_p(problem, t, (size_t)c);
        if (c != last && c != problem->blank) {
            path.labels[path.count] = c;
            path.begins[path.count++] = (int32_t)t;
        }
        last = c;
    }
    return path;
}

static size_t paths_of(const struct problem *problem)
{
    size_t paths = 1;
    for (size_t t = 0; t < problem->steps; t++)
        paths *= problem->classes;
    return paths;
}

/* The most likely path with these labels. */
static struct path best_path(const struct problem *problem, const int32_t *labels, size_t count)
{
    struct path best = {.log_p = -HUGE_VAL};
    for (size_t i = 0; i < paths_of(problem); i++) {
        struct path path = path_at(problem, i);
        if (path.count == count && path.log_p > best.log_p &&
            (!count || !memcmp(path.labels, labels, count * sizeof *labels)))
            best = path;
    }
    return best;
}

static int is_aligned(const struct problem *problem, const struct result *r)
{
    struct path best = best_path(problem, r->tokens, r->count);
    if (best.log_p <= -HUGE_VAL || r->score < best.log_p - 1e-6)
        return 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->steps[i] != best.begins[i] ||
            !close_enough((double)r->scores[i], log_p(problem, (size_t)best.begins[i], (size_t)best.labels[i]), 1e-6))
            return 0;
    return 1;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static const size_t sizes[][2] = {{1, 1}, {1, 3}, {4, 1}, {7, 2}, {6, 3}, {5, 4}, {2, 4}};
#define SIZES (sizeof sizes / sizeof *sizes)

static void test_all_labellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * SIZES; i++)
        for (size_t blank = 0; blank < sizes[i / 2][1]; blank++) {
            double scale = i % 2 ? 3 : 0.2;
            struct problem problem = random_problem(sizes[i / 2][0], sizes[i / 2][1], (int32_t)blank, scale, i);
            rnn_decoder *decoder = decode(RNN_DECODER_CTC_BEAM, &problem, 150);
            size_t count;
            assert_ok(rnn_decoder_get_result_count(decoder, 0, &count));
            for (size_t rank = 0; rank < count; rank++) {
                struct result r = result_of(decoder, 0, rank);
                assert_true(is_aligned(&problem, &r));
            }
            rnn_decoder_destroy(decoder);
        }
}

static void test_the_checker_finds_faults(void **state)
{
    (void)state;
    struct problem problem = random_problem(6, 3, 0, 2, 5);
    rnn_decoder *decoder = decode(RNN_DECODER_CTC_BEAM, &problem, 20);
    for (size_t rank = 0; rank < 20; rank++) {
        struct result right = result_of(decoder, 0, rank), wrong = right;
        for (size_t i = 0; i < right.count; i++) {
            int32_t steps[MOST_STEPS];
            float scores[MOST_STEPS];
            memcpy(steps, right.steps, right.count * sizeof *steps);
            memcpy(scores, right.scores, right.count * sizeof *scores);
            wrong.steps = steps;
            wrong.scores = scores;
            assert_true(is_aligned(&problem, &wrong));
            steps[i]++;
            assert_false(is_aligned(&problem, &wrong));
            steps[i]--;
            scores[i] += 1e-4f;
            assert_false(is_aligned(&problem, &wrong));
        }
    }
    rnn_decoder_destroy(decoder);
}

/* The best path is the decoder's own. */
static void test_greedy(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        const size_t *size = sizes[seed % SIZES];
        struct problem problem = random_problem(size[0], size[1], (int32_t)(seed % size[1]), 2, seed);
        rnn_decoder *decoder = decode(RNN_DECODER_CTC_GREEDY, &problem, 0);
        struct result r = result_of(decoder, 0, 0);
        size_t count;
        assert_ok(rnn_decoder_get_result_count(decoder, 0, &count));
        assert_int_equal(count, 1);
        struct path best = {.log_p = -HUGE_VAL};
        for (size_t i = 0; i < paths_of(&problem); i++) {
            struct path path = path_at(&problem, i);
            best = path.log_p > best.log_p ? path : best;
        }
        assert_int_equal(r.count, best.count);
        assert_close(r.score, best.log_p, 1e-6);
        assert_true(is_aligned(&problem, &r));
        rnn_decoder_destroy(decoder);
    }
}

/* Where all paths are equally likely, labels begin as early as they can. */
static void test_ties(void **state)
{
    (void)state;
    struct problem problem = {.steps = 6, .classes = 3, .blank = 1};
    rnn_decoder *decoder = decode(RNN_DECODER_CTC_BEAM, &problem, 300);
    size_t count, labels = 0;
    assert_ok(rnn_decoder_get_result_count(decoder, 0, &count));
    for (size_t rank = 0; rank < count; rank++) {
        struct result r = result_of(decoder, 0, rank);
        for (size_t i = 0; i < r.count; i++) {
            int32_t expected = i ? r.steps[i - 1] + 1 + (r.tokens[i] == r.tokens[i - 1]) : 0;
            assert_int_equal(r.steps[i], expected);
        }
        labels += r.count;
    }
    assert_true(count == 41 && labels == 152); /* all that there are */
    rnn_decoder_destroy(decoder);
}

/* Sizes as of speech: where the labels of the best path are a result of the beam, their most likely path is the best
 * path, and it was found in another way. */
static void test_long_sequences(void **state)
{
    enum { T = 400, C = 30, B = 3 };
    static float logits[T * B * C];
    static const int32_t lengths[B] = {T, T - 130, 17};
    const struct decoder_option none[] = {{0, 0}};
    size_t labels = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t random = seed;
        rnn_decoder *greedy = decoder_create(RNN_DECODER_CTC_GREEDY, none);
        rnn_decoder *beam = decoder_create(RNN_DECODER_CTC_BEAM, none);
        fill_uniform(logits, T * B * C, &random);
        for (size_t t = 0; t < T; t++)
            for (size_t b = 0; b < B; b++) /* one class that is almost certain, for some steps, or the blank */
                logits[(t * B + b) * C + (t / (3 + b) % 2 ? 0 : (7 * t / (3 + b) + seed) % C)] += 12;
        for (size_t i = 0; i < T * B * C; i++)
            logits[i] = (int32_t)(i / (B * C)) < lengths[i / C % B] ? logits[i] : NAN;
        assert_ok(rnn_decoder_decode(greedy, logits, T * B * C, lengths, B, T, B, C));
        assert_ok(rnn_decoder_decode(beam, logits, T * B * C, lengths, B, T, B, C));
        for (size_t b = 0; b < B; b++) {
            struct result best = result_of(greedy, b, 0), found = result_of(beam, b, 0);
            assert_int_equal(found.count, best.count);
            assert_memory_equal(found.tokens, best.tokens, best.count * sizeof *best.tokens);
            assert_memory_equal(found.steps, best.steps, best.count * sizeof *best.steps);
            assert_memory_equal(found.scores, best.scores, best.count * sizeof *best.scores);
            assert_true(found.score >= best.score && found.steps[found.count - 1] < lengths[b]);
            labels += best.count;
        }
        rnn_decoder_destroy(greedy);
        rnn_decoder_destroy(beam);
    }
    assert_true(labels > 200);
}

/* Logits that are infinite, and so large that a log probability is beyond float. */
static void test_infinite_logits(void **state)
{
    (void)state;
    struct problem problem = {.steps = 3, .classes = 3, .blank = 0};
    problem.logits[1] = problem.logits[2] = INFINITY; /* 1 or 2 */
    problem.logits[3] = 3e38f;
    problem.logits[4] = -3e38f;
    problem.logits[5] = -INFINITY;
    rnn_decoder *decoder = decode(RNN_DECODER_CTC_BEAM, &problem, 40);
    size_t count;
    assert_ok(rnn_decoder_get_result_count(decoder, 0, &count));
    assert_true(count >= 6);
    for (size_t rank = 0; rank < count; rank++) {
        struct result r = result_of(decoder, 0, rank);
        for (size_t i = 0; i < r.count; i++) {
            assert_true(isfinite(r.scores[i]) && (r.tokens[i] == 1 || r.tokens[i] == 2));
            assert_true(i > 0 || r.steps[i] == 0);
        }
        assert_close((double)r.scores[0], log(0.5), 1e-6);
    }
    rnn_decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_labellings), cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_greedy),         cmocka_unit_test(test_ties),
        cmocka_unit_test(test_long_sequences), cmocka_unit_test(test_infinite_logits),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
