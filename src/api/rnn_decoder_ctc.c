#include "decoding/crf_viterbi.h"
#include "decoding/ctc_decoding.h"
#include "decoding/decoder.h"

#include "api/check.h"

#include <math.h>

/* No logit at a valid step is NaN or, of a CRF, +infinity. */
static int32_t check_valid_logits(struct rnni_caller caller, const struct rnni_ctc_input *input, int is_crf)
{
    for (size_t t = 0; t < input->steps; t++)
        for (size_t b = 0; b < input->batch; b++) {
            const float *o = rnni_ctc_decoding_row(input, t, b); /* [C] */
            size_t c = t < rnni_ctc_decoding_length(input, b) ? rnni_logits_find_bad(o, input->classes, is_crf)
                                                              : input->classes;
            if (c < input->classes)
                return rnni_status_fail(caller.message, RNN_E_VALUE,
                                        "%s: the logit of class %zu at step %zu of sequence %zu is %s", caller.function,
                                        c, t, b, isnan(o[c]) ? "not a number" : "infinite");
        }
    return RNN_OK;
}

static int32_t check_input(struct rnni_caller caller, const struct rnni_ctc_input *input, size_t logits_count,
                           size_t lengths_count, int is_crf)
{
    struct rnni_shape shape = {"T*B*C", input->steps, input->batch, input->classes, NULL};
    RNNI_TRY(rnni_check_steps(caller, input->steps, input->batch));
    RNNI_TRY(rnni_check_size(caller, "classes", input->classes));
    RNNI_TRY(rnni_check_class(caller, "RNN_BLANK", input->blank, input->classes));
    RNNI_TRY(rnni_check_array(caller, "logits", input->logits, logits_count, shape, 0));
    RNNI_TRY(rnni_check_lengths(caller, input->lengths, lengths_count, input->steps, input->batch));
    return check_valid_logits(caller, input, is_crf);
}

/* RNN_E_UNSUPPORTED, or for a CRF what decode_crf finds. */
static int32_t check_kind(struct rnni_caller caller, const rnn_decoder *decoder)
{
    int32_t kind = decoder->kind;
    if (kind == RNN_DECODER_CTC_GREEDY || kind == RNN_DECODER_CTC_BEAM || kind == RNN_DECODER_CRF)
        return RNN_OK;
    return rnni_status_fail(
        caller.message, RNN_E_UNSUPPORTED,
        "%s: the decoder is %s, expected RNN_DECODER_CTC_GREEDY, RNN_DECODER_CTC_BEAM or RNN_DECODER_CRF",
        caller.function, rnni_decoder_kind_name(kind));
}

static int32_t check_crf(struct rnni_caller caller, const rnn_decoder *decoder, const struct rnni_ctc_input *input)
{
    size_t classes = decoder->transitions.classes;
    if (!classes)
        return rnni_status_fail(caller.message, RNN_E_STATE,
                                "%s: no transitions are set: expected rnn_decoder_set_transitions", caller.function);
    if (classes != input->classes)
        return rnni_status_fail(caller.message, RNN_E_SIZE,
                                "%s: the transitions are those of %zu classes, expected %zu", caller.function, classes,
                                input->classes);
    return RNN_OK;
}

/* 0: out of memory. */
static int find(rnn_decoder *decoder, const struct rnni_ctc_input *input)
{
    const struct rnni_decoder_options *o = &decoder->options;
    if (decoder->kind == RNN_DECODER_CRF)
        return rnni_crf_viterbi(&decoder->found, &decoder->found_marginals, input, decoder->transitions.block.data,
                                (size_t)o->results);
    if (decoder->kind == RNN_DECODER_CTC_BEAM)
        return !rnni_ctc_beam_search(&decoder->found, input, (size_t)o->width, (size_t)o->results);
    return !rnni_ctc_greedy(&decoder->found, input);
}

RNN_API int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                   const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                   size_t classes)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    const struct rnni_decoder_options *o = &decoder->options;
    struct rnni_ctc_input input = {logits, lengths, steps, batch, classes, (int32_t)o->blank};
    int is_crf = decoder->kind == RNN_DECODER_CRF;
    RNNI_NEED(caller.message, logits);
    RNNI_TRY(check_kind(caller, decoder));
    if (decoder->kind == RNN_DECODER_CTC_BEAM)
        RNNI_TRY(rnni_check_results(caller, o->results, o->width));
    RNNI_TRY(check_input(caller, &input, logits_count, lengths_count, is_crf));
    if (is_crf)
        RNNI_TRY(check_crf(caller, decoder, &input));
    rnni_result_clear(&decoder->found);
    if (!find(decoder, &input))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu sequences",
                                __func__, steps, batch);
    rnni_decoder_accept(decoder);
    decoder->marginals_count = is_crf ? steps * batch * classes : 0;
    return RNN_OK;
}
