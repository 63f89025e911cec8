/* rnn_decoder_sample: how often each class is drawn, what is cut off, and what is refused.  Linked with
 * --wrap=rnni_memory_take. */
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

enum { C = 9, BATCH = 100, DRAWS = 100000 };

static const float row[C] = {0.5f, -1, 2, 2, -INFINITY, 1.5f, 0, 2, -3};

struct settings {
    double temperature;
    size_t top_k;
    double top_p;
};

/* ---- the oracle: sorting, and sums in the order of the definition ------------------------------------------------ */

static void probabilities(double p[C], struct settings settings)
{
    int order[C];
    double all = 0, kept = 0, sum = 0;
    size_t k = settings.top_k && settings.top_k < C ? settings.top_k : C, count = 0;
    for (int c = 0; c < C; c++) {
        int place = c;
        for (; place > 0 && row[order[place - 1]] < row[c]; place--)
            order[place] = order[place - 1];
        order[place] = c;
        p[c] = 0;
    }
    for (size_t i = 0; i < k; i++)
        all += exp((double)row[order[i]] / settings.temperature);
    while (count < k && (sum < settings.top_p * all * (1 - 1e-12) || settings.top_p >= 1))
        sum += exp((double)row[order[count++]] / settings.temperature);
    for (size_t i = 0; i < count; i++)
        kept += exp((double)row[order[i]] / settings.temperature);
    for (size_t i = 0; i < count; i++)
        p[order[i]] = exp((double)row[order[i]] / settings.temperature) / kept;
}

static void draw(size_t counts[C], struct settings settings, int64_t random)
{
    static float logits[BATCH * C];
    int32_t tokens[BATCH];
    const struct decoder_option options[] = {{RNN_TEMPERATURE, settings.temperature},
                                             {RNN_TOP_K, (double)settings.top_k},
                                             {RNN_TOP_P, settings.top_p},
                                             {RNN_RANDOM_STATE, (double)random},
                                             {0, 0}};
    rnn_decoder *decoder = decoder_create(RNN_DECODER_SAMPLING, options);
    memset(counts, 0, C * sizeof *counts);
    for (size_t b = 0; b < BATCH; b++)
        memcpy(logits + b * C, row, sizeof row);
    for (size_t i = 0; i < DRAWS; i += BATCH) {
        assert_ok(rnn_decoder_sample(decoder, tokens, BATCH, logits, BATCH * C, C));
        for (size_t b = 0; b < BATCH; b++) {
            assert_true(tokens[b] >= 0 && tokens[b] < C);
            counts[tokens[b]]++;
        }
    }
    rnn_decoder_destroy(decoder);
}

/* Pearson's test: whether the counts may come from these probabilities, which they fail to 1 time in 100,000. */
static int is_plausible(const size_t counts[C], const double p[C])
{
    double sum = 0;
    int degrees = -1;
    for (int c = 0; c < C; c++) {
        double expected = p[c] * DRAWS, off = (double)counts[c] - expected;
        if (expected > 0)
            sum += off * off / expected;
        else if (counts[c])
            return 0;
        degrees += expected > 0;
    }
    return sum <= degrees + 6 * sqrt(2. * degrees) + 10;
}

/* ---- what is drawn ----------------------------------------------------------------------------------------------- */

static const struct settings all_settings[] = {{1, 0, 1},    {0.5, 0, 1},   {3, 0, 1},      {1, 4, 1},    {1, 2, 1},
                                               {1, 1, 1},    {1, 100, 1},   {1, 8, 1},      {1, 0, 0.2},  {1, 0, 0.5},
                                               {1, 0, 0.9},  {1, 0, 0.999}, {1, 0, 1e-300}, {1, 5, 0.5},  {2, 3, 0.6},
                                               {2, 3, 0.67}, {1e30, 0, 1},  {1e30, 0, 0.5}, {1e-9, 0, 1}, {5, 6, 0.8}};
#define SETTINGS (sizeof all_settings / sizeof *all_settings)

static void test_frequencies(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS; i++) {
        struct settings settings = all_settings[i];
        double p[C], factor = settings.temperature < 1e-6 ? 1e7 : 1; /* so that the oracle does not overflow */
        size_t counts[C];
        draw(counts, settings, 1000 + (int64_t)i);
        settings.temperature *= factor;
        probabilities(p, settings);
        if (!is_plausible(counts, p))
            fail_msg("setting %zu", i);
    }
}

static void test_the_checker_finds_faults(void **state)
{
    (void)state;
    double p[C];
    size_t counts[C];
    draw(counts, (struct settings){1, 0, 1}, 3);
    for (int fault = 0; fault < 5; fault++) {
        static const struct settings wrong[] = {{1.05, 0, 1}, {0.95, 0, 1}, {1, 7, 1}, {1, 0, 0.99}, {2, 0, 1}};
        probabilities(p, wrong[fault]);
        assert_false(is_plausible(counts, p));
    }
    probabilities(p, (struct settings){1, 0, 1});
    assert_true(is_plausible(counts, p));
    counts[4] = 1; /* a class that has no probability */
    assert_false(is_plausible(counts, p));
}

static void test_top_k_takes_the_first_of_equals(void **state)
{
    static const float equal[C] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    int64_t random = 7;
    (void)state;
    for (size_t k = 1; k <= C; k++)
        for (int i = 0; i < 200; i++) {
            int32_t token;
            assert_ok(decoder_sample(&token, 1, equal, C, 1, k, 1, &random));
            assert_true(token >= 0 && (size_t)token < k);
            assert_ok(decoder_sample(&token, 1, equal, C, 1, 0, ((double)k - 0.5) / C, &random));
            assert_true(token >= 0 && (size_t)token < k);
        }
}

static void test_greedy(void **state)
{
    static const float logits[3 * C] = {1,         2,         3,         3,         0,         3,         3,
                                        -INFINITY, 3,         -5,        -5,        -5,        -5,        -5,
                                        -5,        -5,        -5,        -4,        -INFINITY, -INFINITY, -INFINITY,
                                        -FLT_MAX,  -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY};
    static const int32_t expected[3] = {2, 8, 3};
    int32_t tokens[3];
    int64_t random = -12345;
    (void)state;
    const struct decoder_option options[] = {{RNN_TEMPERATURE, 0}, {RNN_TOP_K, 3}, {RNN_TOP_P, 0.1}, {0, 0}};
    rnn_decoder *decoder = decoder_create(RNN_DECODER_SAMPLING, options);
    assert_ok(rnn_decoder_set_int(decoder, RNN_RANDOM_STATE, random));
    no_memory = 1; /* none is taken */
    assert_ok(rnn_decoder_sample(decoder, tokens, 3, logits, 3 * C, C));
    no_memory = 0;
    random = 0;
    assert_ok(rnn_decoder_get_int(decoder, RNN_RANDOM_STATE, &random));
    rnn_decoder_destroy(decoder);
    assert_memory_equal(tokens, expected, sizeof tokens);
    assert_int_equal(random, -12345);
    static const double cold[] = {5e-324, DBL_MIN, 1e-30};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(decoder_sample(tokens, 3, logits, C, cold[i], 1, 1, &random));
        assert_memory_equal(tokens, expected, sizeof tokens);
    }
    assert_int_not_equal(random, -12345);
}

static void test_extremes(void **state)
{
    static const float logits[4] = {FLT_MAX, -FLT_MAX, FLT_MAX, -INFINITY};
    int counts[4] = {0};
    int64_t random = INT64_MAX;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int32_t token;
        assert_ok(decoder_sample(&token, 1, logits, 4, 1, 0, 1, &random));
        counts[token]++;
    }
    assert_true(counts[0] > 400 && counts[2] > 400 && counts[0] + counts[2] == 1000);
    for (int i = 0; i < 1000; i++) {
        int32_t token;
        assert_ok(decoder_sample(&token, 1, logits, 4, DBL_MAX, 0, 1, &random));
        counts[token]++;
    }
    assert_true(counts[1] > 250 && counts[3] == 0); /* all that is not -infinity is equal when it is hot enough */
}

/* A batch is its rows one after the other, and the state goes on from call to call. */
static void test_the_same_number_gives_the_same_tokens(void **state)
{
    float logits[40 * C];
    int32_t together[40], alone[40];
    int64_t a = 42, b = 42, c = 43;
    uint64_t seed = 1;
    (void)state;
    fill_uniform(logits, 40 * C, &seed);
    assert_ok(decoder_sample(together, 40, logits, C, 1, 0, 0.9, &a));
    for (size_t i = 0; i < 40; i++)
        assert_ok(decoder_sample(&alone[i], 1, logits + i * C, C, 1, 0, 0.9, &b));
    assert_memory_equal(together, alone, sizeof together);
    assert_true(a == b && a != 42);
    assert_ok(decoder_sample(alone, 40, logits, C, 1, 0, 0.9, &c));
    assert_memory_not_equal(together, alone, sizeof together);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void refused(rnn_decoder *decoder, const float *logits, size_t logits_count, size_t tokens_count, size_t classes,
                    int32_t status)
{
    int32_t tokens[2] = {77, 78};
    int64_t random = 0;
    assert_fails(rnn_decoder_sample(decoder, tokens, tokens_count, logits, logits_count, classes), status);
    assert_memory_equal(rnn_last_error(), "rnn_decoder_sample: ", 20);
    assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
    assert_ok(rnn_decoder_get_int(decoder, RNN_RANDOM_STATE, &random));
    assert_true(tokens[0] == 77 && tokens[1] == 78 && random == 99);
}

static void test_errors(void **state)
{
    float good[6] = {0, 1, 2, 3, 4, 5}, bad[6];
    static const double temperatures[] = {-1, -1e-300, INFINITY, NAN}, shares[] = {0, -0.5, 1.0000001, NAN, INFINITY};
    const struct decoder_option options[] = {{RNN_RANDOM_STATE, 99}, {0, 0}};
    rnn_decoder *d = decoder_create(RNN_DECODER_SAMPLING, options);
    int32_t tokens[2];
    (void)state;
    assert_fails(rnn_decoder_sample(NULL, tokens, 2, good, 6, 3), RNN_E_NULL);
    assert_fails(rnn_decoder_sample(d, NULL, 2, good, 6, 3), RNN_E_NULL);
    assert_fails(rnn_decoder_sample(d, NULL, 0, NULL, 0, 3), RNN_E_NULL);
    refused(d, NULL, 6, 2, 3, RNN_E_NULL);
    refused(d, good, 5, 2, 3, RNN_E_SIZE);
    refused(d, good, 6, 1, 3, RNN_E_SIZE);
    refused(d, good, 6, 0, 3, RNN_E_VALUE);
    refused(d, good, 6, 2, 0, RNN_E_VALUE);
    refused(d, good, 6, SIZE_MAX, 3, RNN_E_VALUE);
    refused(d, good, 6, 2, SIZE_MAX, RNN_E_VALUE);
    for (size_t i = 0; i < 4; i++)
        assert_fails(rnn_decoder_set_real(d, RNN_TEMPERATURE, temperatures[i]), RNN_E_VALUE);
    for (size_t i = 0; i < 5; i++)
        assert_fails(rnn_decoder_set_real(d, RNN_TOP_P, shares[i]), RNN_E_VALUE);
    for (int greedy = 0; greedy < 2; greedy++)
        for (size_t i = 0; i < 6; i++) {
            assert_ok(rnn_decoder_set_real(d, RNN_TEMPERATURE, greedy ? 0 : 1));
            memcpy(bad, good, sizeof bad);
            bad[i] = NAN;
            refused(d, bad, 6, 2, 3, RNN_E_VALUE);
            bad[i] = INFINITY;
            refused(d, bad, 6, 2, 3, RNN_E_VALUE);
            bad[i / 3 * 3] = bad[i / 3 * 3 + 1] = bad[i / 3 * 3 + 2] = -INFINITY;
            refused(d, bad, 6, 2, 3, RNN_E_VALUE);
        }
    assert_ok(rnn_decoder_set_real(d, RNN_TEMPERATURE, 1));
    no_memory = 1;
    refused(d, good, 6, 2, 3, RNN_E_MEMORY);
    no_memory = 0;
    assert_ok(rnn_decoder_sample(d, tokens, 2, good, 6, 3));
    rnn_decoder_destroy(d);
}

/* Any seed, and any state that was read, goes on as it would have: also with a top_k above all classes. */
static void test_seeds(void **state)
{
    static const int64_t seeds[] = {0, 1, -1, INT64_MIN, INT64_MAX};
    const struct decoder_option options[] = {{RNN_TOP_K, 4294967297.}, {0, 0}};
    float logits[50 * C];
    uint64_t seed = 3;
    (void)state;
    fill_uniform(logits, 50 * C, &seed);
    for (size_t i = 0; i < 5; i++) {
        int32_t tokens[50], again[50], expected[50];
        int64_t random = seeds[i], middle;
        rnn_decoder *d = decoder_create(RNN_DECODER_SAMPLING, options);
        assert_ok(decoder_sample(expected, 50, logits, C, 1, 0, 1, &random));
        assert_ok(rnn_decoder_set_int(d, RNN_RANDOM_STATE, seeds[i]));
        assert_ok(rnn_decoder_sample(d, tokens, 20, logits, 20 * C, C));
        assert_ok(rnn_decoder_get_int(d, RNN_RANDOM_STATE, &middle));
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_ok(rnn_decoder_set_int(d, RNN_RANDOM_STATE, middle));
            assert_ok(rnn_decoder_sample(d, again, 30, logits + 20 * C, 30 * C, C));
            assert_memory_equal(again, expected + 20, 30 * sizeof *again);
        }
        assert_memory_equal(tokens, expected, 20 * sizeof *tokens);
        rnn_decoder_destroy(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequencies),
        cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_top_k_takes_the_first_of_equals),
        cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_the_same_number_gives_the_same_tokens),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
