#include "support/decoders.h"

#include <math.h>

rnn_decoder *decoder_create(int32_t kind, const struct decoder_option *options)
{
    rnn_decoder *decoder;
    assert_ok(rnn_decoder_create(&decoder, kind));
    for (; options->key; options++)
        if (options->key < RNN_LENGTH_PENALTY)
            assert_ok(rnn_decoder_set_int(decoder, options->key, (int64_t)options->value));
        else
            assert_ok(rnn_decoder_set_real(decoder, options->key, options->value));
    return decoder;
}

/* One result of at most `steps` tokens. */
static void read_result(rnn_decoder *decoder, size_t sequence, size_t rank, int32_t *tokens, int32_t *length,
                        double *score, size_t steps)
{
    const int32_t *found, *begins;
    const float *scores;
    size_t count;
    assert_ok(rnn_decoder_get_result(decoder, sequence, rank, &found, &begins, &scores, &count, score));
    assert_true(count <= steps && (count ? found && begins && scores : !found && !begins && !scores));
    for (size_t i = 0; i < steps; i++)
        tokens[i] = i < count ? found[i] : -1;
    for (size_t i = 0; i < count; i++) {
        assert_true(isfinite(scores[i]) && scores[i] <= 0 && begins[i] >= 0 && begins[i] < (int32_t)steps);
        assert_true(i == 0 || begins[i] > begins[i - 1]);
    }
    *length = (int32_t)count;
}

void decoder_read(rnn_decoder *decoder, int32_t *tokens, int32_t *lengths, double *scores, size_t batch, size_t results,
                  size_t steps)
{
    size_t count;
    for (size_t b = 0; b < batch; b++) {
        assert_ok(rnn_decoder_get_result_count(decoder, b, &count));
        assert_true(count <= results);
        for (size_t i = 0; i < results; i++) {
            size_t at = b * results + i;
            if (i < count) {
                read_result(decoder, b, i, tokens + at * steps, &lengths[at], &scores[at], steps);
                assert_true(i == 0 || scores[at] <= scores[at - 1]);
                continue;
            }
            assert_fails(rnn_decoder_get_result(decoder, b, i, NULL, NULL, NULL, NULL, NULL), RNN_E_VALUE);
            lengths[at] = -1;
            scores[at] = -HUGE_VAL;
            for (size_t t = 0; t < steps; t++)
                tokens[at * steps + t] = -1;
        }
    }
    assert_fails(rnn_decoder_get_result_count(decoder, batch, &count), RNN_E_VALUE);
}

int32_t decoder_decode(int32_t *labels, int32_t *label_lengths, double *scores, const struct decoder_ctc *ctc)
{
    size_t results = ctc->width ? ctc->results : 1;
    const struct decoder_option options[] = {{RNN_BLANK, ctc->blank},
                                             {ctc->width ? RNN_BEAM_WIDTH : 0, (double)ctc->width},
                                             {RNN_RESULTS, (double)results},
                                             {0, 0}};
    rnn_decoder *decoder = decoder_create(ctc->width ? RNN_DECODER_CTC_BEAM : RNN_DECODER_CTC_GREEDY, options);
    int32_t status = rnn_decoder_decode(decoder, ctc->logits, ctc->steps * ctc->batch * ctc->classes, ctc->lengths,
                                        ctc->lengths ? ctc->batch : 0, ctc->steps, ctc->batch, ctc->classes);
    if (!status)
        decoder_read(decoder, labels, label_lengths, scores, ctc->batch, results, ctc->steps);
    rnn_decoder_destroy(decoder);
    return status;
}

rnn_decoder *decoder_of_beam(const struct decoder_beam *beam)
{
    const struct decoder_option options[] = {
        {RNN_START_TOKEN, beam->start},
        {RNN_END_TOKEN, beam->end},
        {RNN_MINIMUM_LENGTH, (double)beam->minimum},
        {RNN_MAXIMUM_LENGTH, (double)beam->steps},
        {RNN_BEAM_WIDTH, (double)beam->width},
        {RNN_RESULTS, (double)beam->results},
        {RNN_LENGTH_PENALTY, beam->penalty},
        {0, 0},
    };
    return decoder_create(RNN_DECODER_BEAM, options);
}

int32_t decoder_search(int32_t *tokens, int32_t *lengths, double *scores, const struct decoder_beam *beam,
                       rnn_generator generator, void *user)
{
    rnn_decoder *decoder = decoder_of_beam(beam);
    int32_t status = rnn_decoder_search(decoder, beam->classes, generator, user);
    if (!status)
        decoder_read(decoder, tokens, lengths, scores, 1, beam->results, beam->steps);
    rnn_decoder_destroy(decoder);
    return status;
}

int32_t decoder_sample(int32_t *tokens, size_t rows, const float *logits, size_t classes, double temperature,
                       size_t top_k, double top_p, int64_t *random)
{
    const struct decoder_option options[] = {
        {RNN_TOP_K, (double)top_k}, {RNN_TEMPERATURE, temperature}, {RNN_TOP_P, top_p}, {0, 0}};
    rnn_decoder *decoder = decoder_create(RNN_DECODER_SAMPLING, options);
    assert_ok(rnn_decoder_set_int(decoder, RNN_RANDOM_STATE, *random));
    int32_t status = rnn_decoder_sample(decoder, tokens, rows, logits, rows * classes, classes);
    assert_ok(rnn_decoder_get_int(decoder, RNN_RANDOM_STATE, random));
    rnn_decoder_destroy(decoder);
    return status;
}
