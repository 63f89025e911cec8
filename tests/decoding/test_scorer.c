/* Scorers of both beam searches, bonus, and lengths of CTC: against all sequences there are; what they are refused for.
 * Linked with --wrap=rnni_memory_take. */
#include "support/beam_generator.h"
#include "support/history_scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t fail_at; /* 1: the next */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return fail_at && !--fail_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { STEPS = 5, CLASSES = 4, WIDE = 1200, KEPT = 60, SEQUENCES = 4096 };

/* A sequence and its score. */
struct sequence {
    int32_t labels[STEPS];
    size_t length;
    double p; /* CTC: the sum over its paths */
    double score;
};

struct list {
    struct sequence of[SEQUENCES];
    size_t count;
};

/* What is searched. */
struct problem {
    float logits[STEPS * CLASSES]; /* CTC: [T,C] */
    struct beam_generator generator;
    size_t steps, classes, minimum, maximum, width;
    int32_t blank;
    double weight, bonus;
    struct history_scorer scorer;
};

static int by_score(const void *a, const void *b)
{
    double x = ((const struct sequence *)a)->score, y = ((const struct sequence *)b)->score;
    return (x < y) - (x > y);
}

static void sort(struct list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->of[i].score > -HUGE_VAL)
            list->of[kept++] = list->of[i];
    list->count = kept;
    qsort(list->of, kept, sizeof *list->of, by_score);
}

/* Whether the results are the first of the list, up to the order of those that are as good as equal. */
static int is_first_of(rnn_decoder *decoder, const struct list *list)
{
    size_t results;
    assert_ok(rnn_decoder_get_result_count(decoder, 0, &results));
    if (results != (list->count < KEPT ? list->count : KEPT))
        return 0;
    for (size_t i = 0; i < results; i++) {
        const int32_t *labels;
        size_t count, k = 0;
        double score;
        assert_ok(rnn_decoder_get_result(decoder, 0, i, &labels, NULL, NULL, &count, &score));
        while (k < list->count &&
               (list->of[k].length != count || (count && memcmp(list->of[k].labels, labels, count * sizeof *labels))))
            k++;
        if (k == list->count || !close_enough(score, list->of[k].score, 1e-5) ||
            !close_enough(score, list->of[i].score, 1e-5))
            return 0;
    }
    return 1;
}

/* ---- CTC --------------------------------------------------------------------------------------------------------- */

static double probability(const struct problem *p, size_t t, size_t c)
{
    const float *o = p->logits + t * p->classes;
    double sum = 0;
    for (size_t i = 0; i < p->classes; i++)
        sum += exp((double)o[i] - (double)o[c]);
    return 1 / sum;
}

static void add_path(struct list *list, const struct problem *p, size_t path)
{
    struct sequence found = {.p = 1};
    int32_t last = p->blank;
    size_t i = 0;
    for (size_t t = 0; t < p->steps; t++, path /= p->classes) {
        int32_t c = (int32_t)(path % p->classes);
        found.p *= probability(p, t, (size_t)c);
        if (c != last && c != p->blank)
            found.labels[found.length++] = c;
        last = c;
    }
    while (i < list->count && (list->of[i].length != found.length ||
                               memcmp(list->of[i].labels, found.labels, found.length * sizeof *found.labels)))
        i++;
    if (i < list->count)
        list->of[i].p += found.p;
    else
        list->of[list->count++] = found;
}

static void enumerate_labellings(struct list *list, const struct problem *p, int has_scorer)
{
    size_t paths = 1;
    list->count = 0;
    for (size_t t = 0; t < p->steps; t++)
        paths *= p->classes;
    for (size_t path = 0; path < paths; path++)
        add_path(list, p, path);
    for (size_t i = 0; i < list->count; i++) {
        struct sequence *s = &list->of[i];
        s->score = log(s->p) + p->bonus * (double)s->length;
        if (has_scorer)
            s->score += p->weight * history_scorer_sum(&p->scorer, s->labels, s->length, p->blank);
        if (s->length < p->minimum || (p->maximum && s->length > p->maximum))
            s->score = -HUGE_VAL;
    }
    sort(list);
}

static struct problem *problem_of(uint64_t seed)
{
    static struct problem p;
    uint64_t state = seed;
    memset(&p, 0, sizeof p);
    p.steps = 1 + seed % STEPS;
    p.classes = 2 + seed / 2 % (CLASSES - 1);
    p.blank = (int32_t)(seed % p.classes);
    p.width = WIDE;
    p.minimum = seed % 3;
    p.maximum = seed % 4 ? p.minimum + seed % 4 : 0;
    p.weight = seed % 5 ? 0.7 : 3;
    p.bonus = 2 * uniform(&state);
    fill_uniform(p.logits, STEPS * CLASSES, &state);
    p.scorer.seed = seed;
    p.scorer.classes = p.classes;
    p.scorer.begin = p.blank;
    p.scorer.slots = 3 * p.width;
    p.scorer.scale = 2;
    p.scorer.forbidden = seed % 2 ? 0.2 : 0;
    return &p;
}

static rnn_decoder *ctc_decoder(struct problem *p, rnn_scorer scorer)
{
    const struct decoder_option options[] = {{RNN_BLANK, p->blank},
                                             {RNN_BEAM_WIDTH, (double)p->width},
                                             {RNN_RESULTS, p->width < KEPT ? (double)p->width : KEPT},
                                             {RNN_MINIMUM_LENGTH, (double)p->minimum},
                                             {RNN_SCORER_WEIGHT, p->weight},
                                             {RNN_INSERTION_BONUS, p->bonus},
                                             {p->maximum ? RNN_MAXIMUM_LENGTH : 0, (double)p->maximum},
                                             {0, 0}};
    rnn_decoder *decoder = decoder_create(RNN_DECODER_CTC_BEAM, options);
    assert_ok(rnn_decoder_set_scorer(decoder, scorer, &p->scorer));
    return decoder;
}

static int32_t decode(rnn_decoder *decoder, const struct problem *p)
{
    return rnn_decoder_decode(decoder, p->logits, p->steps * p->classes, NULL, 0, p->steps, 1, p->classes);
}

static void test_all_labellings(void **state)
{
    static struct list list;
    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++)
        for (int has_scorer = 0; has_scorer < 2; has_scorer++) {
            struct problem *p = problem_of(seed);
            rnn_decoder *decoder = ctc_decoder(p, has_scorer ? history_scorer_call : NULL);
            enumerate_labellings(&list, p, has_scorer);
            assert_ok(decode(decoder, p));
            assert_true(is_first_of(decoder, &list));
            assert_true(!has_scorer == !p->scorer.calls);
            rnn_decoder_destroy(decoder);
        }
}

/* ---- beam search ------------------------------------------------------------------------------------------------- */

static void enumerate_tokens(struct list *list, struct problem *p, struct sequence so_far, int has_scorer)
{
    struct beam_generator *g = &p->generator;
    struct history history = {{g->first}, 1};
    float logits[MOST_CLASSES];
    double sum = 0;
    memcpy(history.tokens + 1, so_far.labels, so_far.length * sizeof(int32_t));
    history.length += so_far.length;
    hashed_logits(g, logits, &history);
    for (size_t c = 0; c < g->classes; c++)
        sum += exp((double)logits[c]);
    for (int32_t c = 0; c < (int32_t)g->classes; c++) {
        struct sequence next = so_far;
        if (c == g->end && so_far.length < g->minimum)
            continue;
        next.labels[next.length++] = c;
        next.p *= exp((double)logits[c]) / sum;
        if (c != g->end && next.length < g->steps) {
            enumerate_tokens(list, p, next, has_scorer);
            continue;
        }
        next.score = log(next.p) + p->bonus * (double)next.length;
        if (has_scorer)
            next.score += p->weight * history_scorer_sum(&p->scorer, next.labels, next.length, -1);
        next.score /= pow((5 + (double)next.length) / 6, g->penalty);
        list->of[list->count++] = next;
    }
}

static struct problem *search_problem(uint64_t seed)
{
    struct problem *p = problem_of(seed);
    size_t classes = 2 + seed % 3, steps = 1 + seed % 4;
    p->generator = beam_generator_of(classes, steps, (int32_t)(seed % (classes + 1)) - 1, seed % 4 ? 0.8 : 0, seed);
    p->generator.minimum = seed % 3 < steps ? seed % 3 : 0;
    p->generator.results = KEPT;
    p->scorer.classes = classes;
    p->scorer.begin = p->generator.first;
    p->scorer.slots = 2 * p->generator.width;
    return p;
}

static rnn_decoder *search_decoder(struct problem *p, rnn_scorer scorer)
{
    struct decoder_beam beam = beam_generator_beam(&p->generator);
    rnn_decoder *decoder = decoder_of_beam(&beam);
    assert_ok(rnn_decoder_set_real(decoder, RNN_SCORER_WEIGHT, p->weight));
    assert_ok(rnn_decoder_set_real(decoder, RNN_INSERTION_BONUS, p->bonus));
    assert_ok(rnn_decoder_set_scorer(decoder, scorer, &p->scorer));
    return decoder;
}

static int32_t search(rnn_decoder *decoder, struct problem *p)
{
    beam_generator_begin(&p->generator);
    return rnn_decoder_search(decoder, p->generator.classes, beam_generator_next, &p->generator);
}

static void test_all_token_sequences(void **state)
{
    static struct list list;
    (void)state;
    for (uint64_t seed = 0; seed < 96; seed++)
        for (int has_scorer = 0; has_scorer < 2; has_scorer++) {
            struct problem *p = search_problem(seed);
            rnn_decoder *decoder = search_decoder(p, has_scorer ? history_scorer_call : NULL);
            list.count = 0;
            enumerate_tokens(&list, p, (struct sequence){.p = 1}, has_scorer);
            sort(&list);
            assert_ok(search(decoder, p));
            assert_true(is_first_of(decoder, &list));
            rnn_decoder_destroy(decoder);
        }
}

static void test_the_checker_finds_faults(void **state)
{
    static struct list list;
    (void)state;
    struct problem *p = problem_of(29);
    rnn_decoder *decoder = ctc_decoder(p, history_scorer_call);
    assert_ok(decode(decoder, p));
    for (int fault = 0; fault < 7; fault++) {
        struct problem wrong = *p;
        switch (fault) {
        case 0:
            break;
        case 1:
            wrong.bonus += 0.01;
            break;
        case 2:
            wrong.weight += 0.01;
            break;
        case 3:
            wrong.minimum++;
            break;
        case 4:
            wrong.maximum--;
            break;
        case 5: /* the score of the end is missing, or its history */
            wrong.scorer.begin++;
            break;
        default:
            break;
        }
        enumerate_labellings(&list, &wrong, fault != 6);
        assert_true(is_first_of(decoder, &list) == !fault);
    }
    rnn_decoder_destroy(decoder);
}

/* ---- scorers that change nothing --------------------------------------------------------------------------------- */

/* The same score for all labels, but 0 for the end. */
struct uniform_scorer {
    float score;
    int32_t end;
    size_t calls;
};

static int32_t score_uniformly(void *user, float *scores, size_t scores_count, const int32_t *slots,
                               const int32_t *labels, const int32_t *parents, size_t rows)
{
    struct uniform_scorer *scorer = user;
    size_t classes = scores_count / rows;
    (void)slots;
    (void)labels;
    (void)parents;
    for (size_t i = 0; i < scores_count; i++)
        scores[i] = (int32_t)(i % classes) == scorer->end ? 0 : scorer->score;
    scorer->calls++;
    return 0;
}

static int has_same_labels(rnn_decoder *a, rnn_decoder *b, int exactly)
{
    size_t results, others;
    assert_ok(rnn_decoder_get_result_count(a, 0, &results));
    assert_ok(rnn_decoder_get_result_count(b, 0, &others));
    int same = results == others;
    for (size_t i = 0; i < results && same; i++) {
        const int32_t *labels, *other_labels;
        size_t count, other_count;
        double score, other_score;
        assert_ok(rnn_decoder_get_result(a, 0, i, &labels, NULL, NULL, &count, &score));
        assert_ok(rnn_decoder_get_result(b, 0, i, &other_labels, NULL, NULL, &other_count, &other_score));
        same = count == other_count && (!count || !memcmp(labels, other_labels, count * sizeof *labels)) &&
               (exactly ? score >= other_score && score <= other_score : close_enough(score, other_score, 1e-6));
    }
    return same;
}

static void test_uniform_scorers(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++)
        for (int is_ctc = 0; is_ctc < 2; is_ctc++)
            for (int pass = 0; pass < 3; pass++) {
                struct problem *p = is_ctc ? problem_of(seed) : search_problem(seed);
                struct uniform_scorer uniform = {pass == 1 ? -2 : 0, is_ctc ? p->blank : -1, 0};
                p->width = p->generator.width = 3; /* the beam drops the same */
                p->generator.results = 3;
                p->weight = pass == 2 ? 0 : 0.5; /* 0: it is not called */
                p->bonus = 0;
                rnn_decoder *without = is_ctc ? ctc_decoder(p, NULL) : search_decoder(p, NULL);
                p->bonus = pass == 1; /* = 0.5 * 2 */
                rnn_decoder *with = is_ctc ? ctc_decoder(p, score_uniformly) : search_decoder(p, score_uniformly);
                assert_ok(rnn_decoder_set_scorer(with, score_uniformly, &uniform));
                assert_ok(is_ctc ? decode(without, p) : search(without, p));
                assert_ok(is_ctc ? decode(with, p) : search(with, p));
                assert_true(has_same_labels(with, without, pass != 1));
                assert_true(!uniform.calls == (pass == 2));
                rnn_decoder_destroy(without);
                rnn_decoder_destroy(with);
            }
}

/* After RNN_BEAM_THRESHOLD: nothing is dropped, or all but the best. */
static void test_threshold(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++)
        for (int is_small = 0; is_small < 2; is_small++) {
            struct problem *p = problem_of(seed);
            p->minimum = p->maximum = 0;
            rnn_decoder *with = ctc_decoder(p, NULL);
            p->width = is_small ? 1 : p->width;
            rnn_decoder *without = ctc_decoder(p, NULL);
            assert_ok(rnn_decoder_set_real(with, RNN_BEAM_THRESHOLD, is_small ? 1e-9 : 1e6));
            assert_ok(decode(with, p));
            assert_ok(decode(without, p));
            assert_true(has_same_labels(with, without, 1));
            rnn_decoder_destroy(with);
            rnn_decoder_destroy(without);
        }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static int32_t use(rnn_decoder *decoder, struct problem *p, int is_ctc)
{
    return is_ctc ? decode(decoder, p) : search(decoder, p);
}

/* Every call in turn returns a status, or a score that is none; the earlier results remain. */
static void test_a_scorer_that_fails(void **state)
{
    (void)state;
    for (int is_ctc = 0; is_ctc < 2; is_ctc++)
        for (int fault = 0; fault < 4; fault++) {
            size_t calls = 1;
            for (int32_t status = 1; status; calls++) {
                struct problem *p = is_ctc ? problem_of(29) : search_problem(7);
                rnn_decoder *decoder =
                    is_ctc ? ctc_decoder(p, history_scorer_call) : search_decoder(p, history_scorer_call);
                rnn_decoder *same =
                    is_ctc ? ctc_decoder(p, history_scorer_call) : search_decoder(p, history_scorer_call);
                assert_ok(use(decoder, p, is_ctc));
                assert_ok(use(same, p, is_ctc));
                p->scorer.calls = 0;
                p->scorer.stop_at = calls;
                p->scorer.stop_with = fault < 2 ? 12345 - 2 * 12345 * fault : 0;
                p->scorer.wrong = fault == 2 ? NAN : INFINITY;
                status = use(decoder, p, is_ctc);
                if (status)
                    assert_int_equal(status, fault < 2 ? p->scorer.stop_with : RNN_E_VALUE);
                if (status && fault >= 2)
                    assert_non_null(strstr(rnn_decoder_last_error(decoder), "the scorer gave "));
                assert_true(has_same_labels(decoder, same, 1));
                rnn_decoder_destroy(decoder);
                rnn_decoder_destroy(same);
            }
            assert_true(calls > 4);
        }
}

/* A stream goes on after its scorer has failed: the slots of its hypotheses are what they were. */
static void test_a_stream_goes_on(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct problem *p = problem_of(seed);
        p->steps = STEPS;
        p->width = 1 + seed % 6;
        p->scorer.slots = 3 * p->width;
        rnn_decoder *whole = ctc_decoder(p, history_scorer_call), *stream = ctc_decoder(p, history_scorer_call);
        assert_ok(decode(whole, p));
        p->scorer.calls = 0;
        p->scorer.stop_with = 99;
        p->scorer.stop_at = 1;
        assert_int_equal(rnn_decoder_begin(stream, 1, p->classes), 99);
        assert_ok(rnn_decoder_begin(stream, 1, p->classes));
        for (size_t t = 0; t < STEPS;) {
            size_t steps = t + 2 < STEPS ? 2 : STEPS - t;
            const float *piece = p->logits + t * p->classes;
            int32_t status = 99;
            for (size_t fault = 1; status; fault++) {
                p->scorer.stop_at = p->scorer.calls + fault;
                status = rnn_decoder_feed(stream, piece, steps * p->classes, NULL, 0, steps);
                assert_true(status == 0 || status == 99);
            }
            t += steps;
        }
        assert_true(has_same_labels(stream, whole, 1));
        rnn_decoder_destroy(whole);
        rnn_decoder_destroy(stream);
    }
}

/* A scorer that uses its decoder. */
static int32_t meddle(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *labels,
                      const int32_t *parents, size_t rows)
{
    rnn_decoder *decoder = user;
    size_t count;
    (void)slots;
    (void)labels;
    (void)parents;
    (void)rows;
    memset(scores, 0, scores_count * sizeof *scores);
    assert_fails(rnn_decoder_decode(decoder, scores, 1, NULL, 0, 1, 1, 1), RNN_E_STATE);
    assert_fails(rnn_decoder_begin(decoder, 1, 1), RNN_E_STATE);
    assert_fails(rnn_decoder_feed(decoder, scores, 1, NULL, 0, 1), RNN_E_STATE);
    assert_fails(rnn_decoder_get_stable_count(decoder, 0, &count), RNN_E_STATE);
    assert_fails(rnn_decoder_get_result_count(decoder, 0, &count), RNN_E_STATE);
    return 0;
}

static void test_refusals(void **state)
{
    (void)state;
    for (int32_t kind = RNN_DECODER_CTC_GREEDY; kind <= RNN_DECODER_SAMPLING; kind += 3) {
        rnn_decoder *decoder = decoder_create(kind, (const struct decoder_option[]){{0, 0}});
        assert_fails(rnn_decoder_set_scorer(decoder, history_scorer_call, NULL), RNN_E_UNSUPPORTED);
        assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
        rnn_decoder_destroy(decoder);
    }
    assert_fails(rnn_decoder_set_scorer(NULL, history_scorer_call, NULL), RNN_E_NULL);
    for (int is_ctc = 0; is_ctc < 2; is_ctc++) {
        struct problem *p = is_ctc ? problem_of(5) : search_problem(5);
        rnn_decoder *decoder = is_ctc ? ctc_decoder(p, meddle) : search_decoder(p, history_scorer_call);
        assert_ok(rnn_decoder_set_int(decoder, RNN_BEAM_WIDTH, INT32_MAX));
        assert_fails(use(decoder, p, is_ctc), RNN_E_VALUE);
        assert_non_null(strstr(rnn_last_error(), "slots for the scorer"));
        if (is_ctc)
            assert_fails(rnn_decoder_begin(decoder, 1, p->classes), RNN_E_VALUE);
        assert_ok(rnn_decoder_set_int(decoder, RNN_BEAM_WIDTH, KEPT));
        assert_ok(rnn_decoder_set_scorer(decoder, is_ctc ? meddle : history_scorer_call,
                                         is_ctc ? (void *)decoder : (void *)&p->scorer));
        assert_ok(use(decoder, p, is_ctc));
        if (is_ctc) {
            assert_ok(rnn_decoder_begin(decoder, 1, p->classes));
            assert_ok(rnn_decoder_feed(decoder, p->logits, p->classes, NULL, 0, 1));
        }
        rnn_decoder_destroy(decoder);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    for (int is_ctc = 0; is_ctc < 2; is_ctc++) {
        size_t failures = 1;
        for (int32_t status = RNN_E_MEMORY; status; failures++) {
            struct problem *p = is_ctc ? problem_of(29) : search_problem(7);
            rnn_decoder *decoder =
                is_ctc ? ctc_decoder(p, history_scorer_call) : search_decoder(p, history_scorer_call);
            rnn_decoder *same = is_ctc ? ctc_decoder(p, history_scorer_call) : search_decoder(p, history_scorer_call);
            assert_ok(use(same, p, is_ctc));
            fail_at = failures;
            status = use(decoder, p, is_ctc);
            fail_at = 0;
            assert_true(!status || status == RNN_E_MEMORY);
            assert_true(!status || strstr(rnn_decoder_last_error(decoder), "out of memory"));
            assert_ok(use(decoder, p, is_ctc));
            assert_true(has_same_labels(decoder, same, 1));
            rnn_decoder_destroy(decoder);
            rnn_decoder_destroy(same);
        }
        assert_true(failures > 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_labellings),
        cmocka_unit_test(test_all_token_sequences),
        cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_uniform_scorers),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_a_scorer_that_fails),
        cmocka_unit_test(test_a_stream_goes_on),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
