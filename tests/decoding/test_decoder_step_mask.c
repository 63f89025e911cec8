/* Step masks of rnn_decoder_decode, for every kind: the results are to the bit those of the steps that count, moved
 * together, and their steps are those of the batch.  Linked with --wrap=rnni_memory_take. */
#include "support/support.h"

#include <math.h>
#include <string.h>

static size_t takes, no_memory_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { T = 9, B = 3, C = 4, COUNT = T * B * C, CASES = 150, RESULTS = 3 };

static const int32_t kinds[] = {RNN_DECODER_CTC_GREEDY, RNN_DECODER_CTC_BEAM, RNN_DECODER_CRF};
enum { KINDS = sizeof kinds / sizeof *kinds };

static float logits[COUNT], moved[COUNT], scores[C * C];
static int32_t mask[T * B], lengths[B], moved_lengths[B];
static size_t at[B][T]; /* the steps that count */

static void draw(uint64_t *random)
{
    fill_uniform(logits, COUNT, random);
    fill_uniform(scores, C * C, random);
    for (size_t b = 0; b < B; b++) {
        lengths[b] = (int32_t)((uniform(random) + 1) / 2 * (T + 1));
        moved_lengths[b] = 0;
    }
    for (size_t row = 0; row < T * B; row++) {
        size_t t = row / B, b = row % B;
        mask[row] = uniform(random) > -0.4;
        for (size_t c = 0; c < C; c++)
            logits[row * C + c] = mask[row] ? 4 * logits[row * C + c] : NAN;
        if (!mask[row] || t >= (size_t)lengths[b])
            continue;
        memcpy(moved + ((size_t)moved_lengths[b] * B + b) * C, logits + row * C, C * sizeof *moved);
        at[b][moved_lengths[b]++] = t;
    }
}

static rnn_decoder *open_decoder(int32_t kind)
{
    rnn_decoder *decoder;
    assert_ok(rnn_decoder_create(&decoder, kind));
    if (kind != RNN_DECODER_CTC_GREEDY)
        assert_ok(rnn_decoder_set_int(decoder, RNN_RESULTS, RESULTS));
    if (kind == RNN_DECODER_CRF)
        assert_ok(rnn_decoder_set_transitions(decoder, scores, C, scores, C, scores, C * C));
    return decoder;
}

static int32_t decode(rnn_decoder *decoder, const float *o, const int32_t *of_lengths)
{
    return rnn_decoder_decode(decoder, o, COUNT, of_lengths, B, T, B, C);
}

static void check_same(rnn_decoder *is, rnn_decoder *of_moved)
{
    for (size_t b = 0; b < B; b++) {
        size_t count, expected;
        assert_ok(rnn_decoder_get_result_count(is, b, &count));
        assert_ok(rnn_decoder_get_result_count(of_moved, b, &expected));
        assert_true(count == expected);
        for (size_t rank = 0; rank < count; rank++) {
            const int32_t *tokens[2], *steps[2];
            const float *values[2];
            size_t length[2];
            double score[2];
            assert_ok(rnn_decoder_get_result(is, b, rank, &tokens[0], &steps[0], &values[0], &length[0], &score[0]));
            assert_ok(
                rnn_decoder_get_result(of_moved, b, rank, &tokens[1], &steps[1], &values[1], &length[1], &score[1]));
            assert_true(length[0] == length[1] && score[0] == score[1]);
            for (size_t i = 0; i < length[0]; i++) {
                assert_true(tokens[0][i] == tokens[1][i] && values[0][i] == values[1][i]);
                assert_true((size_t)steps[0][i] == at[b][steps[1][i]]);
            }
        }
    }
}

static void check_drawn(rnn_decoder *is, rnn_decoder *of_moved)
{
    assert_ok(rnn_decoder_set_step_mask(is, mask, T * B));
    assert_ok(decode(is, logits, lengths));
    assert_ok(decode(of_moved, moved, moved_lengths));
    check_same(is, of_moved);
}

static void test_kinds(void **state)
{
    uint64_t random = 7;
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        rnn_decoder *is = open_decoder(kinds[k]), *of_moved = open_decoder(kinds[k]);
        for (int i = 0; i < CASES; i++) {
            draw(&random);
            check_drawn(is, of_moved);
            assert_ok(decode(is, moved, moved_lengths)); /* the mask was for one call */
            for (size_t b = 0; b < B; b++)
                for (size_t t = 0; t < T; t++)
                    at[b][t] = t;
            check_same(is, of_moved);
        }
        rnn_decoder_destroy(is);
        rnn_decoder_destroy(of_moved);
    }
}

/* ---- a scorer ---------------------------------------------------------------------------------------------------- */

static int32_t prefer(void *user, float *values, size_t count, const int32_t *slots, const int32_t *labels,
                      const int32_t *parents, size_t rows)
{
    (void)slots, (void)parents;
    for (size_t i = 0; i < count; i++)
        values[i] = i % C == 0 ? 0 : -0.1f * (float)((i + (size_t)labels[i / (count / rows)]) % C);
    if (user)
        assert_fails(rnn_decoder_set_step_mask(user, NULL, 0), RNN_E_STATE);
    return 0;
}

static void test_scorer(void **state)
{
    uint64_t random = 9;
    (void)state;
    rnn_decoder *is = open_decoder(RNN_DECODER_CTC_BEAM), *of_moved = open_decoder(RNN_DECODER_CTC_BEAM);
    assert_ok(rnn_decoder_set_scorer(is, prefer, is));
    assert_ok(rnn_decoder_set_scorer(of_moved, prefer, NULL));
    for (int i = 0; i < CASES; i++) {
        draw(&random);
        check_drawn(is, of_moved);
    }
    rnn_decoder_destroy(is);
    rnn_decoder_destroy(of_moved);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void check_message(const rnn_decoder *decoder, const char *part)
{
    assert_non_null(strstr(rnn_decoder_last_error(decoder), part));
}

/* A piece is refused while a mask is set. */
static void check_feed(rnn_decoder *decoder)
{
    assert_ok(rnn_decoder_begin(decoder, B, C));
    assert_fails(rnn_decoder_feed(decoder, moved, COUNT, moved_lengths, B, T), RNN_E_STATE);
    check_message(decoder, "a step mask is set");
    assert_ok(rnn_decoder_set_step_mask(decoder, NULL, 0));
    assert_ok(rnn_decoder_feed(decoder, moved, COUNT, moved_lengths, B, T));
}

static void test_errors(void **state)
{
    static const int32_t bad[2] = {1, -1};
    uint64_t random = 3;
    (void)state;
    assert_fails(rnn_decoder_set_step_mask(NULL, mask, T * B), RNN_E_NULL);
    for (size_t k = 0; k < KINDS; k++) {
        rnn_decoder *decoder = open_decoder(kinds[k]);
        draw(&random);
        lengths[0] = T;
        mask[4 * B] = 0;
        for (size_t c = 0; c < C; c++)
            logits[4 * B * C + c] = NAN;
        assert_fails(rnn_decoder_set_step_mask(decoder, NULL, T * B), RNN_E_NULL);
        assert_fails(rnn_decoder_set_step_mask(decoder, mask, 0), RNN_E_SIZE);
        check_message(decoder, "mask_count is 0, expected T*B");
        assert_fails(rnn_decoder_set_step_mask(decoder, bad, 2), RNN_E_VALUE);
        check_message(decoder, "mask[1] is -1, expected 0 or 1");
        assert_fails(decode(decoder, logits, lengths), RNN_E_VALUE); /* nothing was set */
        assert_ok(rnn_decoder_set_step_mask(decoder, mask, T * B - 1));
        assert_fails(decode(decoder, logits, lengths), RNN_E_SIZE);
        check_message(decoder, "mask_count is 26, expected 27 (T*B = 9*3; it is set by rnn_decoder_set_step_mask)");
        assert_ok(rnn_decoder_set_step_mask(decoder, NULL, 0));
        assert_fails(decode(decoder, logits, lengths), RNN_E_VALUE);
        mask[4 * B] = 1;
        assert_ok(rnn_decoder_set_step_mask(decoder, mask, T * B));
        assert_fails(decode(decoder, logits, lengths), RNN_E_VALUE);
        check_message(decoder, "the logit of class 0 at step 4 of sequence 0 is not a number");
        if (kinds[k] != RNN_DECODER_CRF)
            check_feed(decoder);
        rnn_decoder_destroy(decoder);
    }
    rnn_decoder *other;
    assert_ok(rnn_decoder_create(&other, RNN_DECODER_SAMPLING));
    assert_fails(rnn_decoder_set_step_mask(other, mask, T * B), RNN_E_UNSUPPORTED);
    check_message(other, "the decoder is RNN_DECODER_SAMPLING");
    rnn_decoder_destroy(other);
}

/* Every block is refused in turn; what was set and found before is there. */
static void test_memory(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        draw(&random); /* the transitions too */
        rnn_decoder *of_moved = open_decoder(kinds[k]);
        int32_t status = RNN_E_MEMORY;
        assert_ok(decode(of_moved, moved, moved_lengths));
        for (size_t n = 1; status; n++) {
            rnn_decoder *decoder = open_decoder(kinds[k]);
            takes = 0;
            no_memory_at = n;
            int32_t set = rnn_decoder_set_step_mask(decoder, mask, T * B);
            status = set ? set : decode(decoder, logits, lengths);
            no_memory_at = 0;
            assert_true(status == RNN_OK || status == RNN_E_MEMORY);
            if (set)
                assert_ok(rnn_decoder_set_step_mask(decoder, mask, T * B));
            if (status)
                assert_ok(decode(decoder, logits, lengths)); /* the mask is still set */
            check_same(decoder, of_moved);
            rnn_decoder_destroy(decoder);
            assert_true(n < 1000);
        }
        rnn_decoder_destroy(of_moved);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_scorer),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
