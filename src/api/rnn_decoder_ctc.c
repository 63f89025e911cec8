#include "decoding/crf_viterbi.h"
#include "decoding/ctc_decoding.h"
#include "decoding/decoder.h"

#include "api/check.h"
#include "api/scorer_check.h"
#include "api/transitions.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* No logit at a valid step is NaN or, of a CRF, +infinity. */
static int32_t check_valid_logits(struct rnni_caller caller, const struct rnni_ctc_input *input, int is_crf)
{
    for (size_t t = 0; t < input->steps; t++)
        for (size_t b = 0; b < input->batch; b++) {
            if (t >= rnni_ctc_decoding_length(input, b))
                continue;
            const float *o = rnni_ctc_decoding_row(input, t, b); /* [C] */
            size_t c = rnni_logits_find_bad(o, input->classes, is_crf);
            if (c < input->classes)
                return rnni_status_fail(caller.message, RNN_E_VALUE,
                                        "%s: the logit of class %zu at step %zu of sequence %zu is %s", caller.function,
                                        c, rnni_ctc_decoding_place(input, t, b), b,
                                        isnan(o[c]) ? "not a number" : "infinite");
        }
    return RNN_OK;
}

static int32_t check_kind(struct rnni_caller caller, const rnn_decoder *decoder, int allows_crf)
{
    int is_crf = allows_crf && decoder->kind == RNN_DECODER_CRF;
    if (decoder->kind != RNN_DECODER_CTC_GREEDY && decoder->kind != RNN_DECODER_CTC_BEAM && !is_crf)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the decoder is %s, expected %s",
                                caller.function, rnni_decoder_kind_name(decoder->kind),
                                allows_crf ? "RNN_DECODER_CTC_GREEDY, RNN_DECODER_CTC_BEAM or RNN_DECODER_CRF"
                                           : "RNN_DECODER_CTC_GREEDY or RNN_DECODER_CTC_BEAM");
    if (decoder->is_busy)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: the decoder is calling its scorer", caller.function);
    return RNN_OK;
}

static int32_t check_beam(struct rnni_caller caller, const rnn_decoder *decoder, size_t batch)
{
    const struct rnni_decoder_options *o = &decoder->options;
    RNNI_TRY(rnni_check_results(caller, o->results, o->width));
    if (o->maximum && o->maximum < o->minimum)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: RNN_MAXIMUM_LENGTH is %" PRId64 ", expected at least %" PRId64
                                " (RNN_MINIMUM_LENGTH)",
                                caller.function, o->maximum, o->minimum);
    return rnni_scorer_check_slots(caller, decoder, 3, batch);
}

/* Only the logits of steps that count are read. */
static int32_t apply_mask(struct rnni_caller caller, rnn_decoder *decoder, struct rnni_ctc_input *input)
{
    struct rnni_decoder_mask *mask = &decoder->mask;
    if (!mask->count)
        return RNN_OK;
    RNNI_TRY(rnni_check_array(
        caller, "mask", mask->block.data, mask->count,
        (struct rnni_shape){"T*B", input->steps, input->batch, 0, "; it is set by rnn_decoder_set_step_mask"}, 0));
    if (!rnni_decoder_choose(mask, input->lengths, input->steps, input->batch))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for a step mask of %zu elements",
                                caller.function, mask->count);
    input->lengths = mask->chosen.data;
    input->places = input->lengths + input->batch;
    return RNN_OK;
}

static int32_t check_input(struct rnni_caller caller, const struct rnni_ctc_input *input, size_t logits_count,
                           size_t lengths_count)
{
    struct rnni_shape shape = {"T*B*C", input->steps, input->batch, input->classes, NULL};
    RNNI_TRY(rnni_check_steps(caller, input->steps, input->batch));
    RNNI_TRY(rnni_check_size(caller, "classes", input->classes));
    RNNI_TRY(rnni_check_class(caller, "RNN_BLANK", input->blank, input->classes));
    RNNI_TRY(rnni_check_array(caller, "logits", input->logits, logits_count, shape, 0));
    return rnni_check_lengths(caller, input->lengths, lengths_count, input->steps, input->batch);
}

static struct rnni_ctc_rules rules_of(const rnn_decoder *decoder, struct rnni_scorer *scorer)
{
    const struct rnni_decoder_options *o = &decoder->options;
    return (struct rnni_ctc_rules){.blank = (int32_t)o->blank,
                                   .classes = scorer->classes,
                                   .width = (size_t)o->width,
                                   .results = (size_t)o->results,
                                   .threshold = o->threshold,
                                   .minimum = (size_t)o->minimum,
                                   .maximum = (size_t)o->maximum,
                                   .scorer = scorer};
}

/* ---- whole sequences -------------------------------------------------------------------------------------------- */

static int32_t fail_memory(struct rnni_caller caller, const struct rnni_ctc_input *input)
{
    return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu sequences",
                            caller.function, input->steps, input->batch);
}

static int32_t decode(rnn_decoder *decoder, const struct rnni_ctc_input *input, struct rnni_caller caller)
{
    struct rnni_scorer scorer = rnni_decoder_scorer(decoder, input->classes, caller.function);
    struct rnni_ctc_rules rules = rules_of(decoder, &scorer);
    rnni_result_clear(&decoder->found);
    if (decoder->kind == RNN_DECODER_CRF)
        return rnni_crf_viterbi(&decoder->found, &decoder->found_marginals, input, decoder->transitions.block.data,
                                (size_t)decoder->options.results)
                   ? RNN_OK
                   : fail_memory(caller, input);
    if (decoder->kind == RNN_DECODER_CTC_GREEDY)
        return rnni_ctc_greedy(&decoder->found, input) ? fail_memory(caller, input) : RNN_OK;
    decoder->is_busy = 1;
    int32_t status = rnni_ctc_beam_search(&decoder->found, input, &rules);
    decoder->is_busy = 0;
    rnni_scorer_release(&scorer);
    return status;
}

RNN_API int32_t rnn_decoder_set_step_mask(rnn_decoder *decoder, const int32_t *mask, size_t mask_count)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_TRY(check_kind(caller, decoder, 1));
    if (mask_count)
        RNNI_NEED(caller.message, mask);
    RNNI_TRY(rnni_check_flags(caller, "mask", mask, mask_count));
    if (mask && !mask_count)
        return rnni_status_fail(caller.message, RNN_E_SIZE, "%s: mask_count is 0, expected T*B", __func__);
    if (!rnni_block_grow(&decoder->mask.block, mask_count, sizeof *mask, 0))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu elements", __func__,
                                mask_count);
    if (mask_count)
        memmove(decoder->mask.block.data, mask, mask_count * sizeof *mask);
    decoder->mask.count = mask_count;
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                   const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                   size_t classes)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    struct rnni_ctc_input input = {logits, lengths, steps, batch, classes, (int32_t)decoder->options.blank, NULL};
    int is_crf = decoder->kind == RNN_DECODER_CRF;
    RNNI_NEED(caller.message, logits);
    RNNI_TRY(check_kind(caller, decoder, 1));
    if (decoder->kind == RNN_DECODER_CTC_BEAM)
        RNNI_TRY(check_beam(caller, decoder, batch));
    RNNI_TRY(check_input(caller, &input, logits_count, lengths_count));
    RNNI_TRY(apply_mask(caller, decoder, &input));
    RNNI_TRY(check_valid_logits(caller, &input, is_crf));
    if (is_crf)
        RNNI_TRY(rnni_transitions_check(caller, &decoder->transitions, classes, "rnn_decoder_set_transitions"));
    RNNI_TRY(decode(decoder, &input, caller));
    if (input.places)
        rnni_result_place_steps(&decoder->found, input.places);
    decoder->mask.count = 0;
    rnni_decoder_set_stream(decoder, NULL);
    rnni_decoder_accept(decoder);
    decoder->marginals_count = is_crf ? steps * batch * classes : 0;
    return RNN_OK;
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

RNN_API int32_t rnn_decoder_begin(rnn_decoder *decoder, size_t batch, size_t classes)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    int is_beam = decoder->kind == RNN_DECODER_CTC_BEAM;
    RNNI_TRY(check_kind(caller, decoder, 0));
    RNNI_TRY(rnni_check_size(caller, "batch", batch));
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    RNNI_TRY(rnni_check_class(caller, "RNN_BLANK", (int32_t)decoder->options.blank, classes));
    if (is_beam)
        RNNI_TRY(check_beam(caller, decoder, batch));
    struct rnni_scorer scorer = rnni_decoder_scorer(decoder, classes, __func__);
    struct rnni_ctc_rules rules = rules_of(decoder, &scorer);
    int32_t status;
    decoder->is_busy = 1;
    struct rnni_ctc_stream *stream = rnni_ctc_stream_create(is_beam, &rules, batch, &status);
    decoder->is_busy = 0;
    if (stream)
        rnni_decoder_set_stream(decoder, stream);
    return status;
}

static int32_t check_stream(struct rnni_caller caller, const rnn_decoder *decoder)
{
    RNNI_TRY(check_kind(caller, decoder, 0));
    if (!decoder->stream)
        return rnni_status_fail(caller.message, RNN_E_STATE, "%s: expected rnn_decoder_begin before it",
                                caller.function);
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_feed(rnn_decoder *decoder, const float *logits, size_t logits_count, const int32_t *lengths,
                                 size_t lengths_count, size_t steps)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_NEED(caller.message, logits);
    RNNI_TRY(check_stream(caller, decoder));
    struct rnni_ctc_stream *stream = decoder->stream;
    struct rnni_ctc_input piece = {logits, lengths, steps, stream->batch, stream->rules.classes, stream->rules.blank,
                                   NULL};
    if (decoder->mask.count)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: a step mask is set, which is for rnn_decoder_decode alone", caller.function);
    RNNI_TRY(check_input(caller, &piece, logits_count, lengths_count));
    RNNI_TRY(check_valid_logits(caller, &piece, 0));
    if (steps > INT32_MAX - rnni_ctc_stream_steps(stream))
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: %zu steps after %zu are more than %" PRId32, __func__,
                                steps, rnni_ctc_stream_steps(stream), INT32_MAX);
    decoder->is_busy = 1;
    int32_t status = rnni_ctc_stream_feed(stream, &piece, __func__);
    decoder->is_busy = 0;
    decoder->is_stale |= !status;
    return status;
}

RNN_API int32_t rnn_decoder_get_stable_count(rnn_decoder *decoder, size_t sequence, size_t *count)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    RNNI_NEED(caller.message, count);
    RNNI_TRY(check_stream(caller, decoder));
    if (sequence >= decoder->stream->batch)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: sequence is %zu, expected 0 to %zu", __func__,
                                sequence, decoder->stream->batch - 1);
    *count = rnni_ctc_stream_stable(decoder->stream, sequence);
    return RNN_OK;
}
