/* What rnn_decoder_search refuses, and that the results of the search before it remain.  Linked with
 * --wrap=rnni_memory_take. */
#include "support/beam_generator.h"

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

static rnn_decoder *decoder_of_toy(const struct beam_generator *generator)
{
    struct decoder_beam beam = beam_generator_beam(generator);
    return decoder_of_beam(&beam);
}

/* What a decoder found. */
static struct results *read_results(rnn_decoder *decoder, const struct beam_generator *generator)
{
    struct results *results = calloc(1, sizeof *results);
    assert_non_null(results);
    decoder_read(decoder, results->tokens, results->lengths, results->scores, 1, generator->results, generator->steps);
    return results;
}

/* The decoder has the results that it had; releases them. */
static void assert_kept(rnn_decoder *decoder, const struct beam_generator *generator, struct results *before)
{
    struct results *after = read_results(decoder, generator);
    assert_memory_equal(before, after, sizeof *before);
    free(before);
    free(after);
}

static void test_the_generator_stops(void **state)
{
    (void)state;
    struct beam_generator generator = beam_generator_of(4, 5, 2, 1, 6);
    rnn_decoder *decoder = decoder_of_toy(&generator);
    beam_generator_begin(&generator);
    assert_ok(rnn_decoder_search(decoder, generator.classes, beam_generator_next, &generator));
    static const int32_t returns[] = {7, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < 4; i++)
        for (generator.stop_at = 1; generator.stop_at <= 3; generator.stop_at++) {
            struct results *before = read_results(decoder, &generator);
            generator.stop_with = returns[i];
            beam_generator_begin(&generator);
            assert_int_equal(rnn_decoder_search(decoder, generator.classes, beam_generator_next, &generator),
                             returns[i]);
            assert_int_equal(generator.calls, generator.stop_at);
            assert_kept(decoder, &generator, before);
        }
    assert_null(strstr(rnn_decoder_last_error(decoder), "rnn_decoder_search")); /* the message is the generator's */
    generator.stop_with = 0;
    for (generator.stop_at = 1; generator.stop_at <= 3; generator.stop_at++)
        for (int infinite = 0; infinite < 2; infinite++) {
            struct results *before = read_results(decoder, &generator);
            generator.wrong = infinite ? INFINITY : NAN;
            beam_generator_begin(&generator);
            assert_fails(rnn_decoder_search(decoder, generator.classes, beam_generator_next, &generator), RNN_E_VALUE);
            assert_memory_equal(rnn_last_error(), "rnn_decoder_search: ", 20);
            assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
            assert_kept(decoder, &generator, before);
        }
    rnn_decoder_destroy(decoder);
}

/* Calls that are refused before the generator is asked, with the results of an earlier search in the decoder. */
static void refused(rnn_decoder *decoder, struct beam_generator *generator, size_t classes, int32_t status)
{
    struct results *before = read_results(decoder, generator);
    beam_generator_begin(generator);
    assert_fails(rnn_decoder_search(decoder, classes, beam_generator_next, generator), status);
    assert_memory_equal(rnn_last_error(), "rnn_decoder_search: ", 20);
    assert_string_equal(rnn_last_error(), rnn_decoder_last_error(decoder));
    assert_int_equal(generator->calls, 0);
    assert_kept(decoder, generator, before);
}

static void refused_int(rnn_decoder *decoder, struct beam_generator *generator, int32_t key, int64_t value)
{
    int64_t old;
    assert_ok(rnn_decoder_get_int(decoder, key, &old));
    assert_ok(rnn_decoder_set_int(decoder, key, value));
    refused(decoder, generator, generator->classes, RNN_E_VALUE);
    assert_ok(rnn_decoder_set_int(decoder, key, old));
}

static void test_errors(void **state)
{
    static const double penalties_that_are_none[] = {-0.1, NAN, INFINITY};
    static struct beam_generator generator;
    (void)state;
    generator = beam_generator_of(4, 5, 2, 1, 6);
    generator.width = 3;
    generator.results = 2;
    rnn_decoder *d = decoder_of_toy(&generator);
    beam_generator_begin(&generator);
    assert_ok(rnn_decoder_search(d, generator.classes, beam_generator_next, &generator));
    refused_int(d, &generator, RNN_START_TOKEN, 4);
    refused_int(d, &generator, RNN_END_TOKEN, 4);
    refused_int(d, &generator, RNN_RESULTS, 4);
    refused_int(d, &generator, RNN_BEAM_WIDTH, 1);
    refused_int(d, &generator, RNN_MINIMUM_LENGTH, 6);
    refused(d, &generator, 0, RNN_E_VALUE);
    refused(d, &generator, SIZE_MAX, RNN_E_VALUE);
    for (size_t i = 0; i < 3; i++)
        assert_fails(rnn_decoder_set_real(d, RNN_LENGTH_PENALTY, penalties_that_are_none[i]), RNN_E_VALUE);
    assert_fails(rnn_decoder_search(NULL, 4, beam_generator_next, &generator), RNN_E_NULL);
    assert_fails(rnn_decoder_search(d, 4, NULL, &generator), RNN_E_NULL);
    no_memory = 1;
    refused(d, &generator, 4, RNN_E_MEMORY);
    no_memory = 0;
    assert_ok(rnn_decoder_set_int(d, RNN_BEAM_WIDTH, INT32_MAX));
    refused(d, &generator, INT32_MAX, RNN_E_MEMORY);
    rnn_decoder_destroy(d);
}

static void test_maximum_length_must_be_set(void **state)
{
    const struct decoder_option none[] = {{0, 0}};
    static struct beam_generator generator;
    int64_t maximum;
    (void)state;
    generator = beam_generator_of(4, 5, 2, 1, 6);
    rnn_decoder *d = decoder_create(RNN_DECODER_BEAM, none);
    beam_generator_begin(&generator);
    assert_fails(rnn_decoder_search(d, 4, beam_generator_next, &generator), RNN_E_VALUE);
    assert_non_null(strstr(rnn_last_error(), "RNN_MAXIMUM_LENGTH is not set"));
    assert_ok(rnn_decoder_get_int(d, RNN_MAXIMUM_LENGTH, &maximum));
    assert_true(maximum == 0 && generator.calls == 0);
    assert_fails(rnn_decoder_get_result_count(d, 0, &(size_t){0}), RNN_E_STATE);
    rnn_decoder_destroy(d);
}

/* A generator that uses the decoder which asks it: it has the results of the search before, and may search itself. */
struct nested {
    struct beam_generator generator;
    rnn_decoder *decoder;
};

static int32_t next_nested(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                           const int32_t *parents, size_t rows)
{
    static struct beam_generator inner;
    struct nested *nested = user;
    if (nested->generator.calls == 1) {
        inner = nested->generator;
        beam_generator_begin(&inner);
        assert_ok(rnn_decoder_search(nested->decoder, inner.classes, beam_generator_next, &inner));
    }
    return beam_generator_next(&nested->generator, logits, logits_count, tokens, parents, rows);
}

static void test_a_search_in_a_search(void **state)
{
    static struct nested nested;
    (void)state;
    nested.generator = beam_generator_of(4, 5, 2, 1, 6);
    nested.generator.width = 3;
    nested.generator.results = 2;
    nested.decoder = decoder_of_toy(&nested.generator);
    beam_generator_begin(&nested.generator);
    assert_ok(rnn_decoder_search(nested.decoder, 4, beam_generator_next, &nested.generator));
    struct results *expected = read_results(nested.decoder, &nested.generator);
    beam_generator_begin(&nested.generator);
    assert_ok(rnn_decoder_search(nested.decoder, 4, next_nested, &nested));
    assert_kept(nested.decoder, &nested.generator, expected);
    rnn_decoder_destroy(nested.decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_generator_stops),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_maximum_length_must_be_set),
        cmocka_unit_test(test_a_search_in_a_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
