/* CTC in pieces: the same bits as whole sequences, however they are divided; what can no longer change; errors and
 * memory.  Linked with --wrap=rnni_memory_take. */
#include "support/history_scorer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t fail_at, taken, largest; /* fail_at 1: the next */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken++;
    largest = size && count > largest / size ? count * size : largest;
    return fail_at && !--fail_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { MOST_T = 24, MOST_B = 4, MOST_C = 7, MOST_N = 16 };

/* A batch, its decoder's options, and how much of it has been fed. */
struct problem {
    float logits[MOST_T * MOST_B * MOST_C]; /* [B,T,C] */
    size_t steps[MOST_B], batch, classes;
    size_t fed[MOST_B];
    int32_t kind;
    struct decoder_option options[10];
    int has_scorer;
    struct history_scorer scorer;
};

static uint64_t draw(uint64_t *state, uint64_t count)
{
    return (uint64_t)((uniform(state) + 1) / 2 * (double)count) % count;
}

static void draw_logits(struct problem *p, uint64_t *state)
{
    double scale = (double)draw(state, 4) + 0.5;
    int has_ties = draw(state, 4) == 0, has_none = draw(state, 6) == 0;
    for (size_t i = 0; i < MOST_T * MOST_B * MOST_C; i++) {
        p->logits[i] = (float)(scale * uniform(state));
        if (has_ties)
            p->logits[i] = (float)(int)(2 * p->logits[i]) / 2;
        if (has_none && draw(state, 5) == 0)
            p->logits[i] = -INFINITY;
    }
}

static void draw_problem(struct problem *p, uint64_t seed)
{
    uint64_t state = seed;
    size_t width = 1 + draw(&state, 16);
    memset(p, 0, sizeof *p);
    p->kind = draw(&state, 4) ? RNN_DECODER_CTC_BEAM : RNN_DECODER_CTC_GREEDY;
    p->batch = 1 + draw(&state, MOST_B);
    p->classes = 1 + draw(&state, MOST_C);
    draw_logits(p, &state);
    for (size_t b = 0; b < p->batch; b++)
        p->steps[b] = draw(&state, MOST_T + 1);
    int32_t blank = (int32_t)draw(&state, p->classes);
    size_t n = 0;
    p->options[n++] = (struct decoder_option){RNN_BLANK, blank};
    if (p->kind == RNN_DECODER_CTC_GREEDY)
        return;
    p->options[n++] = (struct decoder_option){RNN_BEAM_WIDTH, (double)width};
    p->options[n++] = (struct decoder_option){RNN_RESULTS, (double)(1 + draw(&state, width))};
    if (draw(&state, 3) == 0)
        p->options[n++] = (struct decoder_option){RNN_MINIMUM_LENGTH, (double)draw(&state, 3)};
    if (draw(&state, 3) == 0)
        p->options[n++] = (struct decoder_option){RNN_MAXIMUM_LENGTH, (double)(3 + draw(&state, 5))};
    if (draw(&state, 2))
        p->options[n++] = (struct decoder_option){RNN_INSERTION_BONUS, uniform(&state)};
    if (draw(&state, 3) == 0)
        p->options[n++] = (struct decoder_option){RNN_BEAM_THRESHOLD, 2 + 2 * uniform(&state)};
    p->has_scorer = draw(&state, 2) == 0;
    p->options[n++] = (struct decoder_option){RNN_SCORER_WEIGHT, 2 * (uniform(&state) + 1)};
    p->scorer.seed = seed;
    p->scorer.classes = p->classes;
    p->scorer.slots = 3 * width * p->batch;
    p->scorer.begin = blank;
    p->scorer.scale = 1;
    p->scorer.forbidden = draw(&state, 3) ? 0 : 0.2;
}

static rnn_decoder *decoder_of(struct problem *p)
{
    rnn_decoder *decoder = decoder_create(p->kind, p->options);
    if (p->has_scorer)
        assert_ok(rnn_decoder_set_scorer(decoder, history_scorer_call, &p->scorer));
    return decoder;
}

/* Steps from[b] .. from[b] + length[b] - 1 of each sequence as [T,B,C], T the largest length or 1, with NaN past the
 * end. */
struct piece {
    float logits[MOST_T * MOST_B * MOST_C];
    int32_t lengths[MOST_B];
    size_t steps, count;
};

static void cut(struct piece *piece, const struct problem *p, const size_t *from, const size_t *lengths)
{
    piece->steps = 1;
    for (size_t b = 0; b < p->batch; b++) {
        piece->lengths[b] = (int32_t)lengths[b];
        piece->steps = lengths[b] > piece->steps ? lengths[b] : piece->steps;
    }
    piece->count = piece->steps * p->batch * p->classes;
    for (size_t t = 0; t < piece->steps; t++)
        for (size_t b = 0; b < p->batch; b++)
            for (size_t c = 0; c < p->classes; c++)
                piece->logits[(t * p->batch + b) * p->classes + c] =
                    t < lengths[b] ? p->logits[(b * MOST_T + from[b] + t) * p->classes + c] : NAN;
}

static int32_t feed(rnn_decoder *decoder, const struct problem *p, const size_t *lengths)
{
    static struct piece piece;
    cut(&piece, p, p->fed, lengths);
    return rnn_decoder_feed(decoder, piece.logits, piece.count, piece.lengths, p->batch, piece.steps);
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

/* Of one sequence. */
struct found {
    size_t results, counts[MOST_N];
    double scores[MOST_N];
    int32_t tokens[MOST_N][MOST_T], steps[MOST_N][MOST_T];
    float each[MOST_N][MOST_T];
};

static void read_found(struct found *found, rnn_decoder *decoder, size_t sequence)
{
    memset(found, 0, sizeof *found);
    assert_ok(rnn_decoder_get_result_count(decoder, sequence, &found->results));
    assert_true(found->results <= MOST_N);
    for (size_t i = 0; i < found->results; i++) {
        const int32_t *tokens, *steps, *late;
        const float *scores;
        size_t *n = &found->counts[i];
        assert_ok(rnn_decoder_get_result(decoder, sequence, i, &tokens, NULL, NULL, n, &found->scores[i]));
        assert_ok(rnn_decoder_get_result(decoder, sequence, i, NULL, &steps, NULL, NULL, NULL));
        assert_ok(rnn_decoder_get_result(decoder, sequence, i, &late, NULL, &scores, NULL, NULL));
        assert_true(late == tokens && *n <= MOST_T);
        for (size_t k = 0; k < *n; k++) {
            found->tokens[i][k] = tokens[k];
            found->steps[i][k] = steps[k];
            found->each[i][k] = scores[k];
        }
    }
}

static rnn_decoder *decode_whole(struct problem *p)
{
    static const size_t nothing[MOST_B];
    static struct piece piece;
    rnn_decoder *decoder = decoder_of(p);
    cut(&piece, p, nothing, p->fed);
    memset(p->scorer.history, 0, sizeof p->scorer.history);
    assert_ok(rnn_decoder_decode(decoder, piece.logits, piece.count, piece.lengths, p->batch, piece.steps, p->batch,
                                 p->classes));
    return decoder;
}

/* Whether the stream has the results of whole sequences, to the bit. */
static int is_whole(rnn_decoder *stream, struct problem *p)
{
    static struct found found, expected;
    static struct history_scorer before;
    before = p->scorer; /* the stream's slots are in use */
    rnn_decoder *whole = decode_whole(p);
    p->scorer = before;
    int same = 1;
    for (size_t b = 0; b < p->batch; b++) {
        read_found(&found, stream, b);
        read_found(&expected, whole, b);
        same = same && !memcmp(&found, &expected, sizeof found);
    }
    rnn_decoder_destroy(whole);
    return same;
}

/* What is stable: the labels that were are, and more of them; and all results begin with them. */
struct stable {
    int32_t labels[MOST_B][MOST_T];
    size_t counts[MOST_B];
};

static int is_stable(struct stable *stable, rnn_decoder *stream, const struct problem *p)
{
    static struct found found;
    for (size_t b = 0; b < p->batch; b++) {
        size_t count;
        read_found(&found, stream, b);
        assert_ok(rnn_decoder_get_stable_count(stream, b, &count));
        for (size_t i = 0; i < found.results; i++)
            if (found.counts[i] < count || count < stable->counts[b] ||
                memcmp(found.tokens[i], stable->labels[b], stable->counts[b] * sizeof(int32_t)) ||
                memcmp(found.tokens[i], found.tokens[0], count * sizeof(int32_t)))
                return 0;
        if (!found.results)
            continue;
        if (p->kind == RNN_DECODER_CTC_GREEDY && count != found.counts[0])
            return 0;
        stable->counts[b] = count;
        memcpy(stable->labels[b], found.tokens[0], count * sizeof(int32_t));
    }
    return 1;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* Draws the lengths of a piece; whether anything is left. */
static int draw_piece(size_t *lengths, const struct problem *p, uint64_t *state)
{
    size_t most = 1 + draw(state, 8), left = 0;
    for (size_t b = 0; b < p->batch; b++) {
        size_t rest = p->steps[b] - p->fed[b], length = draw(state, most + 1);
        lengths[b] = length < rest ? length : rest;
        left += rest;
    }
    return left > 0;
}

static void check_random_splits(uint64_t first, uint64_t count)
{
    static struct problem p;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct stable stable = {.counts = {0}};
        uint64_t state = ~seed;
        size_t lengths[MOST_B];
        draw_problem(&p, seed);
        rnn_decoder *stream = decoder_of(&p);
        assert_ok(rnn_decoder_begin(stream, p.batch, p.classes));
        assert_true(is_whole(stream, &p) && is_stable(&stable, stream, &p));
        while (draw_piece(lengths, &p, &state)) {
            assert_ok(feed(stream, &p, lengths));
            for (size_t b = 0; b < p.batch; b++)
                p.fed[b] += lengths[b];
            if (draw(&state, 3) == 0)
                assert_true(is_whole(stream, &p) && is_stable(&stable, stream, &p));
        }
        if (!is_whole(stream, &p) || !is_stable(&stable, stream, &p)) {
            printf("seed %d\n", (int)seed);
            fail();
        }
        rnn_decoder_destroy(stream);
    }
}

static void test_random_splits(void **state)
{
    (void)state;
    check_random_splits(0, 2000);
}

static void test_the_checkers_find_faults(void **state)
{
    static struct problem p;
    size_t all[MOST_B];
    (void)state;
    draw_problem(&p, 5);
    p.kind = RNN_DECODER_CTC_BEAM;
    p.batch = 1;
    p.classes = 4;
    p.options[0] = (struct decoder_option){RNN_BEAM_WIDTH, 4};
    p.options[1] = (struct decoder_option){0, 0};
    p.steps[0] = 6;
    p.scorer.classes = 4;
    p.scorer.begin = 0;
    p.scorer.slots = 12;
    p.has_scorer = 0;
    all[0] = 6;
    rnn_decoder *stream = decoder_of(&p);
    assert_ok(rnn_decoder_begin(stream, 1, 4));
    assert_ok(feed(stream, &p, all));
    p.fed[0] = 6;
    assert_true(is_whole(stream, &p));
    p.fed[0] = 5; /* a step that was taken twice, or not at all */
    assert_false(is_whole(stream, &p));
    p.fed[0] = 6;
    p.logits[0] += 1e-4f; /* another score */
    assert_false(is_whole(stream, &p));
    struct stable wrong = {{{3, 3, 3}}, {3}};
    assert_false(is_stable(&wrong, stream, &p));
    rnn_decoder_destroy(stream);
}

/* A long stream whose labels become certain needs memory that grows with the steps alone: hypotheses that were dropped
 * are forgotten. */
static void test_stable_labels_of_a_long_stream(void **state)
{
    enum { C = 5, T = 20 };
    float logits[T * C];
    uint64_t seed = 3;
    size_t stable = 0, count;
    const int32_t *tokens;
    (void)state;
    const struct decoder_option sure[] = {{RNN_BEAM_THRESHOLD, 5}, {0, 0}};
    rnn_decoder *decoder = decoder_create(RNN_DECODER_CTC_BEAM, sure);
    largest = 0;
    assert_ok(rnn_decoder_begin(decoder, 1, C));
    for (size_t piece = 0; piece < 400; piece++) {
        fill_uniform(logits, T * C, &seed);
        for (size_t t = 0; t < T; t++)
            logits[t * C + (t % 2 ? 0 : 1 + (piece + t / 2) % 4)] += 8;
        assert_ok(rnn_decoder_feed(decoder, logits, T * C, NULL, 0, T));
        size_t before = stable;
        assert_ok(rnn_decoder_get_stable_count(decoder, 0, &stable));
        assert_true(stable >= before && stable + 2 * T >= (piece + 1) * T / 2);
    }
    assert_true(largest < 1000000); /* 64000 hypotheses would need more */
    assert_ok(rnn_decoder_get_result(decoder, 0, 0, &tokens, NULL, NULL, &count, NULL));
    assert_true(count >= stable && stable > 3900);
    rnn_decoder_destroy(decoder);
}

/* After an impossible step nothing is left, and nothing comes back. */
static void test_nothing_is_possible(void **state)
{
    const float logits[] = {0, 3, -INFINITY, -INFINITY, 1, 1};
    size_t count = 77;
    (void)state;
    rnn_decoder *decoder = decoder_create(RNN_DECODER_CTC_BEAM, (const struct decoder_option[]){{0, 0}});
    assert_ok(rnn_decoder_begin(decoder, 1, 2));
    for (size_t t = 0; t < 3; t++) {
        assert_ok(rnn_decoder_feed(decoder, logits + 2 * t, 2, NULL, 0, 1));
        assert_ok(rnn_decoder_get_result_count(decoder, 0, &count));
        assert_int_equal(count, t == 0);
    }
    assert_ok(rnn_decoder_get_stable_count(decoder, 0, &count));
    assert_int_equal(count, 0);
    rnn_decoder_destroy(decoder);
}

/* Options are those of rnn_decoder_begin; decoding whole sequences ends a stream. */
static void test_states(void **state)
{
    static struct problem p;
    size_t lengths[MOST_B] = {2, 2, 2, 2}, count;
    (void)state;
    draw_problem(&p, 1);
    p.kind = RNN_DECODER_CTC_BEAM;
    p.batch = 2;
    p.classes = 3;
    p.has_scorer = 0;
    p.options[0] = (struct decoder_option){0, 0};
    rnn_decoder *decoder = decoder_of(&p);
    assert_fails(feed(decoder, &p, lengths), RNN_E_STATE);
    assert_fails(rnn_decoder_get_stable_count(decoder, 0, &count), RNN_E_STATE);
    assert_ok(rnn_decoder_begin(decoder, 2, 3));
    assert_ok(rnn_decoder_set_int(decoder, RNN_BLANK, 2));
    assert_ok(rnn_decoder_set_int(decoder, RNN_BEAM_WIDTH, 1));
    assert_ok(feed(decoder, &p, lengths));
    p.fed[0] = p.fed[1] = 2;
    assert_true(is_whole(decoder, &p));
    assert_ok(rnn_decoder_set_int(decoder, RNN_RESULTS, 2));
    assert_fails(rnn_decoder_begin(decoder, 2, 3), RNN_E_VALUE); /* more results than the width */
    assert_ok(rnn_decoder_set_int(decoder, RNN_RESULTS, 1));
    assert_ok(rnn_decoder_set_int(decoder, RNN_MINIMUM_LENGTH, 3));
    assert_ok(rnn_decoder_set_int(decoder, RNN_MAXIMUM_LENGTH, 2));
    assert_fails(rnn_decoder_begin(decoder, 2, 3), RNN_E_VALUE);
    assert_non_null(strstr(rnn_last_error(), "RNN_MAXIMUM_LENGTH is 2, expected at least 3"));
    assert_true(is_whole(decoder, &p)); /* the stream goes on */
    assert_ok(rnn_decoder_set_int(decoder, RNN_MAXIMUM_LENGTH, 3));
    assert_ok(rnn_decoder_decode(decoder, p.logits, 6, NULL, 0, 2, 1, 3));
    assert_fails(feed(decoder, &p, lengths), RNN_E_STATE);
    assert_fails(rnn_decoder_get_stable_count(decoder, 0, &count), RNN_E_STATE);
    rnn_decoder_destroy(decoder);
}

static void refuses(rnn_decoder *d, struct problem *p)
{
    static const int32_t long_lengths[] = {3, 1}, negative[] = {0, -1};
    float logits[12];
    size_t count = 77;
    memcpy(logits, p->logits, sizeof logits);
    assert_fails(rnn_decoder_begin(NULL, 2, 3), RNN_E_NULL);
    assert_fails(rnn_decoder_begin(d, 0, 3), RNN_E_VALUE);
    assert_fails(rnn_decoder_begin(d, 2, 0), RNN_E_VALUE);
    assert_fails(rnn_decoder_begin(d, SIZE_MAX, 3), RNN_E_VALUE);
    assert_fails(rnn_decoder_begin(d, 2, SIZE_MAX), RNN_E_VALUE);
    assert_ok(rnn_decoder_set_int(d, RNN_BLANK, 3));
    assert_fails(rnn_decoder_begin(d, 2, 3), RNN_E_VALUE);
    assert_memory_equal(rnn_decoder_last_error(d), "rnn_decoder_begin: RNN_BLANK", 28);
    assert_fails(rnn_decoder_feed(NULL, logits, 12, NULL, 0, 2), RNN_E_NULL);
    assert_fails(rnn_decoder_feed(d, NULL, 12, NULL, 0, 2), RNN_E_NULL);
    assert_fails(rnn_decoder_feed(d, logits, 11, NULL, 0, 2), RNN_E_SIZE);
    assert_fails(rnn_decoder_feed(d, logits, 12, long_lengths, 1, 2), RNN_E_SIZE);
    assert_fails(rnn_decoder_feed(d, logits, 12, NULL, 2, 2), RNN_E_NULL);
    assert_fails(rnn_decoder_feed(d, logits, 12, NULL, 0, 0), RNN_E_VALUE);
    assert_fails(rnn_decoder_feed(d, logits, 12, NULL, 0, SIZE_MAX), RNN_E_VALUE);
    assert_fails(rnn_decoder_feed(d, logits, 12, long_lengths, 2, 2), RNN_E_VALUE);
    assert_fails(rnn_decoder_feed(d, logits, 12, negative, 2, 2), RNN_E_VALUE);
    logits[10] = NAN;
    assert_fails(rnn_decoder_feed(d, logits, 12, NULL, 0, 2), RNN_E_VALUE);
    assert_memory_equal(rnn_decoder_last_error(d), "rnn_decoder_feed: the logit of class 1 at step 1 of sequence 1",
                        62);
    assert_fails(rnn_decoder_get_stable_count(d, 2, &count), RNN_E_VALUE);
    assert_fails(rnn_decoder_get_stable_count(d, 0, NULL), RNN_E_NULL);
    assert_fails(rnn_decoder_get_stable_count(NULL, 0, &count), RNN_E_NULL);
    assert_int_equal(count, 77);
    assert_true(is_whole(d, p));
}

static void test_errors(void **state)
{
    static struct problem p;
    (void)state;
    for (int32_t kind = RNN_DECODER_CTC_GREEDY; kind <= RNN_DECODER_SAMPLING; kind++) {
        size_t lengths[MOST_B] = {4, 3};
        draw_problem(&p, 2);
        p.kind = kind;
        p.batch = 2;
        p.classes = 3;
        p.has_scorer = 0;
        p.options[0] = (struct decoder_option){0, 0};
        rnn_decoder *d = decoder_of(&p);
        if (kind > RNN_DECODER_CTC_BEAM) {
            size_t count;
            assert_fails(rnn_decoder_begin(d, 2, 3), RNN_E_UNSUPPORTED);
            assert_fails(rnn_decoder_feed(d, p.logits, 12, NULL, 0, 2), RNN_E_UNSUPPORTED);
            assert_fails(rnn_decoder_get_stable_count(d, 0, &count), RNN_E_UNSUPPORTED);
        } else {
            assert_ok(rnn_decoder_begin(d, 2, 3));
            assert_ok(feed(d, &p, lengths));
            p.fed[0] = 4;
            p.fed[1] = 3;
            refuses(d, &p);
        }
        rnn_decoder_destroy(d);
    }
}

/* Every allocation fails in turn; then the piece is fed again. */
static void test_no_memory(void **state)
{
    static struct problem p;
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++)
        for (int what = 0; what < 3; what++) {
            int32_t status = RNN_E_MEMORY;
            for (size_t failures = 1; status; failures++) {
                size_t lengths[MOST_B], half[MOST_B], count;
                const int32_t *steps;
                draw_problem(&p, seed);
                for (size_t b = 0; b < p.batch; b++) {
                    half[b] = p.steps[b] / 2;
                    lengths[b] = p.steps[b] - half[b];
                }
                rnn_decoder *stream = decoder_of(&p);
                if (what == 0) {
                    fail_at = failures;
                    status = rnn_decoder_begin(stream, p.batch, p.classes);
                    fail_at = 0;
                    if (status)
                        assert_fails(rnn_decoder_get_result_count(stream, 0, &count), RNN_E_STATE);
                }
                assert_ok(rnn_decoder_begin(stream, p.batch, p.classes));
                assert_ok(feed(stream, &p, half));
                memcpy(p.fed, half, sizeof half);
                if (what == 1) {
                    fail_at = failures;
                    status = feed(stream, &p, lengths);
                    fail_at = 0;
                    if (status)
                        assert_true(is_whole(stream, &p));
                }
                if (what != 1 || status)
                    assert_ok(feed(stream, &p, lengths));
                memcpy(p.fed, p.steps, sizeof half);
                if (what == 2) {
                    fail_at = failures;
                    status = rnn_decoder_get_result_count(stream, 0, &count);
                    if (!status && count)
                        status = rnn_decoder_get_result(stream, 0, 0, NULL, &steps, NULL, NULL, NULL);
                    fail_at = 0;
                }
                assert_true(status == RNN_OK || status == RNN_E_MEMORY);
                assert_true(!status || !what || strstr(rnn_decoder_last_error(stream), "out of memory"));
                assert_true(is_whole(stream, &p));
                rnn_decoder_destroy(stream);
            }
        }
}

/* A stream that is fed again and again takes memory rarely. */
static void test_memory_is_taken_rarely(void **state)
{
    static struct problem p;
    size_t one[MOST_B] = {1, 1, 1, 1};
    (void)state;
    for (int32_t kind = RNN_DECODER_CTC_GREEDY; kind <= RNN_DECODER_CTC_BEAM; kind++) {
        draw_problem(&p, 4);
        p.kind = kind;
        p.has_scorer = 0;
        p.classes = 4;
        p.options[0] = (struct decoder_option){0, 0};
        rnn_decoder *stream = decoder_of(&p);
        assert_ok(rnn_decoder_begin(stream, p.batch, p.classes));
        for (size_t t = 0; t < 1000; t++) {
            p.fed[0] = t % 20;
            assert_ok(feed(stream, &p, one));
        }
        taken = 0;
        for (size_t t = 1000; t < 2000; t++) {
            p.fed[0] = t % 20;
            assert_ok(feed(stream, &p, one));
        }
        assert_true(taken <= 8 * p.batch);
        rnn_decoder_destroy(stream);
    }
}

/* The scores of labels alone, which begin where the steps are that nobody has asked for. */
static void test_scores_without_steps(void **state)
{
    (void)state;
    static const float logits[9] = {0, 5, 0, 5, 0, 0, 0, 0, 5}; /* label 1, the blank, label 2 */
    rnn_decoder *decoder = decoder_create(RNN_DECODER_CTC_BEAM, (const struct decoder_option[]){{0, 0}});
    const int32_t *tokens;
    const float *scores = NULL;
    size_t count = 0;
    assert_ok(rnn_decoder_begin(decoder, 1, 3));
    assert_ok(rnn_decoder_feed(decoder, logits, 9, NULL, 0, 3));
    assert_ok(rnn_decoder_get_result(decoder, 0, 0, &tokens, NULL, &scores, &count, NULL));
    assert_int_equal(count, 2);
    assert_true(tokens[0] == 1 && tokens[1] == 2);
    for (size_t i = 0; i < 2; i++)
        assert_close((double)scores[i], -log(1 + 2 * exp(-5)), 1e-6);
    rnn_decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_splits),
        cmocka_unit_test(test_the_checkers_find_faults),
        cmocka_unit_test(test_stable_labels_of_a_long_stream),
        cmocka_unit_test(test_nothing_is_possible),
        cmocka_unit_test(test_scores_without_steps),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_memory_is_taken_rarely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
