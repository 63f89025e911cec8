/* The handle of all decoders: kinds, options, results that remain after a failing call, and one decoder for batches of
 * all shapes.  Linked with --wrap=rnni_memory_take. */
#include "support/decoders.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t fail_at; /* which call from now on fails, 0: none */
static size_t taken;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken++;
    return fail_at && --fail_at == 0 ? NULL : __real_rnni_memory_take(count, size);
}

enum { GREEDY = RNN_DECODER_CTC_GREEDY, CTC = RNN_DECODER_CTC_BEAM, BEAM = RNN_DECODER_BEAM, DRAWS };

static const struct decoder_option none[] = {{0, 0}};

/* ---- kinds and options ------------------------------------------------------------------------------------------- */

static void test_kinds(void **state)
{
    static const int32_t wrong[] = {0, 6, -1, INT32_MIN, INT32_MAX};
    rnn_decoder *const untouched = (rnn_decoder *)(void *)&taken, *decoder = untouched;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_fails(rnn_decoder_create(&decoder, wrong[i]), RNN_E_VALUE);
        assert_memory_equal(rnn_last_error(), "rnn_decoder_create: kind is ", 28);
    }
    fail_at = 1;
    assert_fails(rnn_decoder_create(&decoder, BEAM), RNN_E_MEMORY);
    assert_fails(rnn_decoder_create(NULL, BEAM), RNN_E_NULL);
    assert_ptr_equal(decoder, untouched);
    rnn_decoder_destroy(NULL);
    assert_string_equal(rnn_decoder_last_error(NULL), "");
}

static const struct option {
    int32_t key;
    const char *name;
    int kinds; /* 1 << kind */
    double fallback, good[3], wrong[3];
} integers[] =
    {
        {RNN_BLANK, "RNN_BLANK", 1 << GREEDY | 1 << CTC, 0, {0, 5, INT32_MAX}, {-1, 2147483648., -1e18}},
        {RNN_BEAM_WIDTH, "RNN_BEAM_WIDTH", 1 << CTC | 1 << BEAM, 8, {1, 5, INT32_MAX}, {0, -1, 2147483648.}},
        {RNN_RESULTS, "RNN_RESULTS", 1 << CTC | 1 << BEAM, 1, {1, 5, INT32_MAX}, {0, -1, 2147483648.}},
        {RNN_START_TOKEN, "RNN_START_TOKEN", 1 << BEAM, 0, {0, 5, INT32_MAX}, {-1, -2, 2147483648.}},
        {RNN_END_TOKEN, "RNN_END_TOKEN", 1 << BEAM, -1, {-1, 0, INT32_MAX}, {-2, -3, 2147483648.}},
        {RNN_MINIMUM_LENGTH, "RNN_MINIMUM_LENGTH", 1 << CTC | 1 << BEAM, 0, {0, 5, INT32_MAX}, {-1, -2, 2147483648.}},
        {RNN_MAXIMUM_LENGTH, "RNN_MAXIMUM_LENGTH", 1 << CTC | 1 << BEAM, 0, {1, 5, INT32_MAX}, {0, -1, 2147483648.}},
        {RNN_TOP_K, "RNN_TOP_K", 1 << DRAWS, 0, {0, 5, 4e18}, {-1, -2, -1e18}},
        {RNN_RANDOM_STATE, "RNN_RANDOM_STATE", 1 << DRAWS, 0, {-9223372036854775808., 5, 9e18}, {NAN, NAN, NAN}},
},
  reals[] = {
      {RNN_LENGTH_PENALTY, "RNN_LENGTH_PENALTY", 1 << BEAM, 0, {0, 5e-324, DBL_MAX}, {-5e-324, NAN, INFINITY}},
      {RNN_TEMPERATURE, "RNN_TEMPERATURE", 1 << DRAWS, 1, {0, 5e-324, DBL_MAX}, {-5e-324, NAN, INFINITY}},
      {RNN_TOP_P, "RNN_TOP_P", 1 << DRAWS, 1, {5e-324, 0.5, 1}, {0, 1.0000001, NAN}},
      {RNN_SCORER_WEIGHT, "RNN_SCORER_WEIGHT", 1 << CTC | 1 << BEAM, 1, {0, 0.5, 1e6}, {-5e-324, 1e6 + 1, NAN}},
      {RNN_INSERTION_BONUS, "RNN_INSERTION_BONUS", 1 << CTC | 1 << BEAM, 0, {-1e6, 0.5, 1e6}, {-1e7, 1e6 + 1, NAN}},
      {RNN_BEAM_THRESHOLD, "RNN_BEAM_THRESHOLD", 1 << CTC, 0, {0, 0.5, 1e6}, {-5e-324, 1e6 + 1, NAN}},
};
#define INTEGERS (sizeof integers / sizeof *integers)
#define REALS    (sizeof reals / sizeof *reals)

static int32_t set(rnn_decoder *decoder, const struct option *o, double value)
{
    return o >= integers && o < integers + INTEGERS ? rnn_decoder_set_int(decoder, o->key, (int64_t)value)
                                                    : rnn_decoder_set_real(decoder, o->key, value);
}

static double get(rnn_decoder *decoder, const struct option *o)
{
    int64_t integer;
    double real;
    if (o >= integers && o < integers + INTEGERS) {
        assert_ok(rnn_decoder_get_int(decoder, o->key, &integer));
        return (double)integer;
    }
    assert_ok(rnn_decoder_get_real(decoder, o->key, &real));
    return real;
}

/* The call has failed, and its message, in the handle too, names the key. */
static void assert_refused(rnn_decoder *decoder, int32_t status, const struct option *o, double before)
{
    assert_fails(status, RNN_E_VALUE);
    assert_memory_equal(rnn_last_error(), "rnn_decoder_set_", 16);
    assert_non_null(strstr(rnn_last_error(), o->name));
    assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
    assert_true(get(decoder, o) == before);
}

static void check_option(int32_t kind, const struct option *o)
{
    int is_integer = o >= integers && o < integers + INTEGERS;
    rnn_decoder *decoder = decoder_create(kind, none);
    double last = o->fallback, real = 77;
    int64_t integer = 77;
    assert_true(get(decoder, o) == o->fallback);
    for (size_t i = 0; i < 3; i++)
        if (o->kinds >> kind & 1) {
            assert_ok(set(decoder, o, o->good[i]));
            last = o->good[i];
            assert_true(get(decoder, o) == last);
        } else {
            assert_refused(decoder, set(decoder, o, o->good[i]), o, o->fallback);
            assert_non_null(strstr(rnn_last_error(), "is not an option of RNN_DECODER_"));
        }
    for (size_t i = 0; i < 3 && o->key != RNN_RANDOM_STATE; i++)
        assert_refused(decoder, set(decoder, o, o->wrong[i]), o, last);
    if (is_integer) {
        assert_refused(decoder, rnn_decoder_set_real(decoder, o->key, o->good[1]), o, last);
        assert_fails(rnn_decoder_get_real(decoder, o->key, &real), RNN_E_VALUE);
    } else {
        assert_refused(decoder, rnn_decoder_set_int(decoder, o->key, 1), o, last);
        assert_fails(rnn_decoder_get_int(decoder, o->key, &integer), RNN_E_VALUE);
    }
    assert_true(real == 77 && integer == 77);
    rnn_decoder_destroy(decoder);
}

static void test_options(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= DRAWS; kind++) {
        for (size_t i = 0; i < INTEGERS; i++)
            check_option(kind, &integers[i]);
        for (size_t i = 0; i < REALS; i++)
            check_option(kind, &reals[i]);
    }
}

static void test_unknown_keys(void **state)
{
    static const int32_t keys[] = {0, -1, 1, 800, 809, 850, 857, INT32_MIN, INT32_MAX, RNN_RATE, RNN_LAYERS};
    (void)state;
    for (int32_t kind = GREEDY; kind <= DRAWS; kind++) {
        rnn_decoder *decoder = decoder_create(kind, none);
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            int64_t integer = 77;
            double real = 77;
            assert_fails(rnn_decoder_set_int(decoder, keys[i], 1), RNN_E_VALUE);
            assert_fails(rnn_decoder_set_real(decoder, keys[i], 1), RNN_E_VALUE);
            assert_fails(rnn_decoder_get_int(decoder, keys[i], &integer), RNN_E_VALUE);
            assert_fails(rnn_decoder_get_real(decoder, keys[i], &real), RNN_E_VALUE);
            assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
            assert_true(integer == 77 && real == 77);
        }
        rnn_decoder_destroy(decoder);
    }
}

static void test_null(void **state)
{
    const int32_t *tokens;
    int64_t integer;
    double real;
    size_t count;
    (void)state;
    rnn_decoder *decoder = decoder_create(CTC, none);
    assert_fails(rnn_decoder_set_int(NULL, RNN_BLANK, 0), RNN_E_NULL);
    assert_fails(rnn_decoder_set_real(NULL, RNN_TOP_P, 1), RNN_E_NULL);
    assert_fails(rnn_decoder_get_int(NULL, RNN_BLANK, &integer), RNN_E_NULL);
    assert_fails(rnn_decoder_get_real(NULL, RNN_TOP_P, &real), RNN_E_NULL);
    assert_fails(rnn_decoder_get_result_count(NULL, 0, &count), RNN_E_NULL);
    assert_fails(rnn_decoder_get_result(NULL, 0, 0, &tokens, NULL, NULL, &count, &real), RNN_E_NULL);
    assert_string_equal(rnn_decoder_last_error(decoder), "");
    assert_fails(rnn_decoder_get_int(decoder, RNN_BLANK, NULL), RNN_E_NULL);
    assert_fails(rnn_decoder_get_real(decoder, RNN_TOP_P, NULL), RNN_E_NULL);
    assert_fails(rnn_decoder_get_result_count(decoder, 0, NULL), RNN_E_NULL);
    assert_string_equal(rnn_decoder_last_error(decoder), "rnn_decoder_get_result_count: count is NULL");
    rnn_decoder_destroy(decoder);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

enum { T = 9, B = 3, C = 5, WIDTH = 6, N = 4 };

static const int32_t lengths[B] = {T, 0, 4};

/* logits [T,B,C] */
static const float *logits_of(size_t steps, size_t batch, size_t classes, uint64_t seed)
{
    static float logits[4096];
    assert_true(steps * batch * classes <= 4096);
    fill_uniform(logits, steps * batch * classes, &seed);
    for (size_t i = 0; i < steps * batch * classes; i++)
        logits[i] *= 4;
    return logits;
}

static int32_t generate(void *user, float *logits, size_t logits_count, const int32_t *tokens, const int32_t *parents,
                        size_t rows)
{
    (void)parents;
    for (size_t i = 0; i < rows; i++) {
        uint64_t seed = *(const uint64_t *)user + (uint64_t)tokens[i];
        fill_uniform(logits + i * (logits_count / rows), logits_count / rows, &seed);
    }
    return 0;
}

static rnn_decoder *decoder_of(int32_t kind)
{
    const struct decoder_option wide[] = {
        {RNN_BEAM_WIDTH, WIDTH}, {RNN_RESULTS, N}, {kind == BEAM ? RNN_MAXIMUM_LENGTH : 0, T}, {0, 0}};
    return decoder_create(kind, kind == GREEDY || kind == DRAWS ? none : wide);
}

/* One call of the function of the kind. */
static int32_t use(rnn_decoder *decoder, int32_t kind, uint64_t seed)
{
    int32_t tokens[B];
    if (kind == BEAM)
        return rnn_decoder_search(decoder, C, generate, &seed);
    if (kind == DRAWS)
        return rnn_decoder_sample(decoder, tokens, B, logits_of(1, B, C, seed), B * C, C);
    return rnn_decoder_decode(decoder, logits_of(T, B, C, seed), T * B * C, lengths, B, T, B, C);
}

/* A copy of all results: comparable by memcmp. */
struct copy {
    size_t sequences, results[64], counts[64][16];
    double scores[64][16];
    int32_t tokens[64][16][32], steps[64][16][32];
    float each[64][16][32];
};

static struct copy *copy_results(rnn_decoder *decoder)
{
    struct copy *copy = calloc(1, sizeof *copy);
    assert_non_null(copy);
    for (size_t b = 0; !rnn_decoder_get_result_count(decoder, b, &copy->results[b]); b++, copy->sequences++)
        for (size_t i = 0; i < copy->results[b]; i++) {
            const int32_t *tokens, *steps;
            const float *scores;
            size_t *count = &copy->counts[b][i];
            assert_ok(rnn_decoder_get_result(decoder, b, i, &tokens, &steps, &scores, count, &copy->scores[b][i]));
            assert_true(*count <= 32 && b < 63 && i < 16);
            for (size_t k = 0; k < *count; k++) {
                copy->tokens[b][i][k] = tokens[k];
                copy->steps[b][i][k] = steps[k];
                copy->each[b][i][k] = scores[k];
            }
        }
    return copy;
}

static int is_same(rnn_decoder *decoder, const struct copy *copy)
{
    struct copy *now = copy_results(decoder);
    int same = !memcmp(now, copy, sizeof *now);
    free(now);
    return same;
}

static void test_there_are_no_results_at_first(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= DRAWS; kind++) {
        rnn_decoder *decoder = decoder_of(kind);
        size_t count = 77;
        double score = 77;
        for (int pass = 0; pass < 2; pass++) {
            assert_fails(rnn_decoder_get_result_count(decoder, 0, &count), RNN_E_STATE);
            assert_fails(rnn_decoder_get_result(decoder, 0, 0, NULL, NULL, NULL, &count, &score), RNN_E_STATE);
            assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
            assert_true(count == 77 && score == 77);
            if (kind == DRAWS) /* has no results after a call, either */
                assert_ok(use(decoder, kind, 1));
            else
                assert_fails(rnn_decoder_decode(decoder, NULL, 0, NULL, 0, T, B, C), RNN_E_NULL);
        }
        rnn_decoder_destroy(decoder);
    }
}

static void test_sequences_and_ranks(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= BEAM; kind++) {
        rnn_decoder *decoder = decoder_of(kind);
        const int32_t *const untouched = lengths, *tokens = untouched, *steps = untouched;
        const float *scores = NULL;
        size_t sequences = kind == BEAM ? 1 : B, count = 77, results;
        double score = 77;
        assert_ok(use(decoder, kind, 1));
        assert_ok(rnn_decoder_get_result_count(decoder, 0, &results));
        assert_int_equal(results, kind == GREEDY ? 1 : N);
        const size_t wrong[][2] = {{sequences, 0}, {SIZE_MAX, 0}, {0, results}, {0, SIZE_MAX}};
        for (size_t i = 0; i < 4; i++) {
            assert_fails(
                rnn_decoder_get_result(decoder, wrong[i][0], wrong[i][1], &tokens, &steps, &scores, &count, &score),
                RNN_E_VALUE);
            assert_non_null(strstr(rnn_last_error(), wrong[i][0] ? "sequence is" : "rank is"));
            assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
            if (wrong[i][0])
                assert_fails(rnn_decoder_get_result_count(decoder, wrong[i][0], &count), RNN_E_VALUE);
        }
        assert_true(tokens == untouched && steps == untouched && !scores && count == 77 && score == 77);
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, NULL, NULL, NULL, NULL, NULL));
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, &tokens, NULL, NULL, NULL, NULL));
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, NULL, &steps, NULL, NULL, NULL));
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, NULL, NULL, &scores, NULL, NULL));
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, NULL, NULL, NULL, &count, NULL));
        assert_ok(rnn_decoder_get_result(decoder, 0, results - 1, NULL, NULL, NULL, NULL, &score));
        assert_true(tokens != untouched && steps != untouched && scores && count <= T && score < 0);
        rnn_decoder_destroy(decoder);
    }
}

/* A sequence of length 0: one result without labels, which is certain. */
static void test_empty_sequences(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= CTC; kind++) {
        rnn_decoder *decoder = decoder_of(kind);
        const int32_t *tokens = lengths, *steps = lengths, all_empty[B] = {0, 0, 0};
        const float *scores = logits_of(T, B, C, 1);
        size_t count, results;
        double score;
        for (size_t pass = 0; pass < 2; pass++) {
            assert_ok(
                rnn_decoder_decode(decoder, logits_of(T, B, C, 1), T * B * C, pass ? all_empty : lengths, B, T, B, C));
            for (size_t b = pass ? 0 : 1; b < (pass ? B : 2); b++) {
                assert_ok(rnn_decoder_get_result_count(decoder, b, &results));
                assert_ok(rnn_decoder_get_result(decoder, b, 0, &tokens, &steps, &scores, &count, &score));
                assert_true(results == 1 && count == 0 && !tokens && !steps && !scores && score == 0);
            }
        }
        rnn_decoder_destroy(decoder);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void test_functions_of_other_kinds(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= DRAWS; kind++) {
        rnn_decoder *decoder = decoder_of(kind);
        assert_ok(use(decoder, kind, 1));
        struct copy *before = copy_results(decoder);
        for (int32_t other = GREEDY; other <= DRAWS; other++) {
            if (other == kind || (kind <= CTC && other <= CTC))
                continue;
            assert_fails(use(decoder, other, 2), RNN_E_UNSUPPORTED);
            assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
            assert_true(is_same(decoder, before));
        }
        free(before);
        rnn_decoder_destroy(decoder);
    }
}

/* Every allocation of a call fails in turn; what was read before is where it was. */
static void test_no_memory(void **state)
{
    (void)state;
    for (int32_t kind = GREEDY; kind <= DRAWS; kind++)
        for (int earlier = 0; earlier < 2; earlier++) {
            size_t failures = 0;
            for (int32_t status = RNN_E_MEMORY; status; failures++) {
                rnn_decoder *decoder = decoder_of(kind), *fresh = decoder_of(kind);
                const int32_t one[B] = {1, 1, 1}, *tokens = NULL, *again = NULL;
                int64_t random = 0;
                if (earlier && kind <= CTC) /* less than is needed then */
                    assert_ok(rnn_decoder_decode(decoder, logits_of(T, B, C, 1), T * B * C, one, B, T, B, C));
                else if (earlier)
                    assert_ok(use(decoder, kind, 1));
                assert_ok(rnn_decoder_get_int(decoder, RNN_RANDOM_STATE, &random));
                struct copy *before = copy_results(decoder);
                if (before->sequences)
                    assert_ok(rnn_decoder_get_result(decoder, 0, 0, &tokens, NULL, NULL, NULL, NULL));
                fail_at = failures + 1;
                status = use(decoder, kind, 2);
                if (status) {
                    int64_t now = 0;
                    assert_int_equal(status, RNN_E_MEMORY);
                    assert_int_equal(fail_at, 0);
                    assert_non_null(strstr(rnn_decoder_last_error(decoder), "out of memory"));
                    assert_true(is_same(decoder, before));
                    if (before->sequences)
                        assert_ok(rnn_decoder_get_result(decoder, 0, 0, &again, NULL, NULL, NULL, NULL));
                    assert_ptr_equal(tokens, again);
                    assert_ok(rnn_decoder_get_int(decoder, RNN_RANDOM_STATE, &now));
                    assert_int_equal(now, random);
                    assert_ok(use(decoder, kind, 2)); /* the decoder is as good as before */
                }
                fail_at = 0;
                free(before);
                assert_ok(use(fresh, kind, 2));
                before = copy_results(fresh);
                assert_true(is_same(decoder, before));
                free(before);
                rnn_decoder_destroy(decoder);
                rnn_decoder_destroy(fresh);
            }
            assert_true(failures > (kind == DRAWS ? 1 : 4));
        }
}

/* ---- one decoder, many batches ----------------------------------------------------------------------------------- */

static void test_growing_and_shrinking(void **state)
{
    static const size_t shapes[][3] = {{1, 1, 1},  {4, 2, 3},  {20, 5, 7}, {2, 1, 3},  {1, 9, 2}, {31, 1, 20},
                                       {3, 40, 5}, {20, 5, 7}, {1, 1, 1},  {6, 16, 9}, {31, 7, 4}};
    (void)state;
    for (int32_t kind = GREEDY; kind <= CTC; kind++) {
        rnn_decoder *decoder = decoder_of(kind);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            size_t steps = shapes[i][0], batch = shapes[i][1], classes = shapes[i][2], count = steps * batch * classes;
            rnn_decoder *fresh = decoder_of(kind);
            const float *logits = logits_of(steps, batch, classes, i);
            assert_ok(rnn_decoder_decode(decoder, logits, count, NULL, 0, steps, batch, classes));
            assert_ok(rnn_decoder_decode(fresh, logits, count, NULL, 0, steps, batch, classes));
            struct copy *expected = copy_results(fresh);
            assert_true(expected->sequences == batch && is_same(decoder, expected));
            free(expected);
            rnn_decoder_destroy(fresh);
        }
        rnn_decoder_destroy(decoder);
    }
}

static void test_searches_of_many_lengths(void **state)
{
    static const int64_t maxima[] = {1, 20, 3, 32, 1, 9};
    (void)state;
    rnn_decoder *decoder = decoder_of(BEAM);
    for (size_t i = 0; i < 6; i++) {
        rnn_decoder *fresh = decoder_of(BEAM);
        assert_ok(rnn_decoder_set_int(decoder, RNN_MAXIMUM_LENGTH, maxima[i]));
        assert_ok(rnn_decoder_set_int(fresh, RNN_MAXIMUM_LENGTH, maxima[i]));
        assert_ok(use(decoder, BEAM, i));
        assert_ok(use(fresh, BEAM, i));
        struct copy *expected = copy_results(fresh);
        assert_true(is_same(decoder, expected));
        free(expected);
        rnn_decoder_destroy(fresh);
    }
    rnn_decoder_destroy(decoder);
}

/* Results are kept in memory that only grows: batches of one shape soon take no more of it. */
static void test_nothing_is_taken_twice(void **state)
{
    (void)state;
    rnn_decoder *decoder = decoder_of(GREEDY);
    assert_ok(use(decoder, GREEDY, 1));
    assert_ok(use(decoder, GREEDY, 2));
    taken = 0;
    for (uint64_t seed = 3; seed < 9; seed++)
        assert_ok(use(decoder, GREEDY, seed));
    assert_int_equal(taken, 0);
    rnn_decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_there_are_no_results_at_first),
        cmocka_unit_test(test_sequences_and_ranks),
        cmocka_unit_test(test_empty_sequences),
        cmocka_unit_test(test_functions_of_other_kinds),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_growing_and_shrinking),
        cmocka_unit_test(test_searches_of_many_lengths),
        cmocka_unit_test(test_nothing_is_taken_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
