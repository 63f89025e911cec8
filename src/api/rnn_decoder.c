#include "decoding/decoder.h"

#include "api/check.h"

#include <inttypes.h>

RNN_API int32_t rnn_decoder_create(rnn_decoder **out, int32_t kind)
{
    RNNI_NEED(NULL, out);
    if (kind < RNN_DECODER_CTC_GREEDY || kind > RNN_DECODER_CRF)
        return rnni_status_fail(NULL, RNN_E_VALUE, "%s: kind is %" PRId32 ", expected one of RNN_DECODER_...", __func__,
                                kind);
    rnn_decoder *decoder = rnni_decoder_create(kind);
    if (!decoder)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a decoder", __func__);
    *out = decoder;
    return RNN_OK;
}

RNN_API void rnn_decoder_destroy(rnn_decoder *decoder)
{
    rnni_decoder_release(decoder);
}

RNN_API const char *rnn_decoder_last_error(const rnn_decoder *decoder)
{
    return decoder ? decoder->message.text : "";
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static int32_t check_has(struct rnni_caller caller, const rnn_decoder *decoder, int32_t key)
{
    if (!rnni_decoder_has(decoder->kind, key))
        return rnni_option_fail_kind(&rnni_decoder_table, key, rnni_decoder_kind_name(decoder->kind), caller.message,
                                     caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_set_int(rnn_decoder *decoder, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, decoder);
    RNNI_TRY(check_has((struct rnni_caller){&decoder->message, __func__}, decoder, key));
    return rnni_option_set_int(&rnni_decoder_table, &decoder->options, key, value, &decoder->message, __func__);
}

RNN_API int32_t rnn_decoder_set_real(rnn_decoder *decoder, int32_t key, double value)
{
    RNNI_NEED(NULL, decoder);
    RNNI_TRY(check_has((struct rnni_caller){&decoder->message, __func__}, decoder, key));
    return rnni_option_set_real(&rnni_decoder_table, &decoder->options, key, value, &decoder->message, __func__);
}

RNN_API int32_t rnn_decoder_get_int(rnn_decoder *decoder, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, decoder);
    RNNI_NEED(&decoder->message, value);
    return rnni_option_get_int(&rnni_decoder_table, &decoder->options, value, key, &decoder->message, __func__);
}

RNN_API int32_t rnn_decoder_get_real(rnn_decoder *decoder, int32_t key, double *value)
{
    RNNI_NEED(NULL, decoder);
    RNNI_NEED(&decoder->message, value);
    return rnni_option_get_real(&rnni_decoder_table, &decoder->options, value, key, &decoder->message, __func__);
}

RNN_API int32_t rnn_decoder_set_scorer(rnn_decoder *decoder, rnn_scorer scorer, void *user)
{
    RNNI_NEED(NULL, decoder);
    if (decoder->kind != RNN_DECODER_CTC_BEAM && decoder->kind != RNN_DECODER_BEAM)
        return rnni_status_fail(&decoder->message, RNN_E_UNSUPPORTED,
                                "%s: the decoder is %s, expected RNN_DECODER_CTC_BEAM or RNN_DECODER_BEAM", __func__,
                                rnni_decoder_kind_name(decoder->kind));
    decoder->scorer = scorer;
    decoder->user = user;
    return RNN_OK;
}

/* ---- results --------------------------------------------------------------------------------------------------- */

/* The results of a stream are found when they are asked for. */
static int32_t read_stream(struct rnni_caller caller, rnn_decoder *decoder)
{
    rnni_result_clear(&decoder->found);
    if (rnni_ctc_stream_results(decoder->stream, &decoder->found))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for the results of %zu sequences",
                                caller.function, decoder->stream->batch);
    rnni_decoder_accept(decoder);
    decoder->is_stale = 0;
    return RNN_OK;
}

static int32_t check_sequence(struct rnni_caller caller, rnn_decoder *decoder, size_t sequence)
{
    if (decoder->is_busy)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the decoder is calling its scorer", caller.function);
    if (decoder->is_stale)
        RNNI_TRY(read_stream(caller, decoder));
    if (!decoder->results.sequences)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: there are no results: expected rnn_decoder_decode, rnn_decoder_begin or "
                                "rnn_decoder_search before it",
                                caller.function);
    if (sequence >= decoder->results.sequences)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: sequence is %zu, expected 0 to %zu", caller.function,
                                sequence, decoder->results.sequences - 1);
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_get_result_count(rnn_decoder *decoder, size_t sequence, size_t *count)
{
    RNNI_NEED(NULL, decoder);
    RNNI_NEED(&decoder->message, count);
    RNNI_TRY(check_sequence((struct rnni_caller){&decoder->message, __func__}, decoder, sequence));
    *count = rnni_result_count(&decoder->results, sequence);
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_get_result(rnn_decoder *decoder, size_t sequence, size_t rank, const int32_t **tokens,
                                       const int32_t **steps, const float **scores, size_t *count, double *score)
{
    RNNI_NEED(NULL, decoder);
    RNNI_TRY(check_sequence((struct rnni_caller){&decoder->message, __func__}, decoder, sequence));
    size_t results = rnni_result_count(&decoder->results, sequence);
    if (rank >= results)
        return rnni_status_fail(&decoder->message, RNN_E_VALUE,
                                "%s: rank is %zu, expected less than %zu, the results of sequence %zu", __func__, rank,
                                results, sequence);
    double found;
    struct rnni_result_view view = rnni_result_get(&decoder->results, &found, sequence, rank);
    int is_aligned = !view.count || view.steps[0] != RNNI_NOWHERE || (!steps && !scores);
    if (!is_aligned && rnni_ctc_stream_align(decoder->stream, &view, sequence))
        return rnni_status_fail(&decoder->message, RNN_E_MEMORY, "%s: out of memory for the steps of %zu labels",
                                __func__, view.count);
    if (tokens)
        *tokens = view.tokens;
    if (steps)
        *steps = view.steps;
    if (scores)
        *scores = view.scores;
    if (count)
        *count = view.count;
    if (score)
        *score = found;
    return RNN_OK;
}
