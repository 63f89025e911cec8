#include "decoding/ctc_decoding.h"
#include "decoding/decoder.h"

#include "api/check.h"

/* No logit at a valid step is NaN. */
static int32_t check_valid_logits(struct rnni_caller caller, const struct rnni_ctc_input *input)
{
    for (size_t t = 0; t < input->steps; t++)
        for (size_t b = 0; b < input->batch; b++) {
            const float *o = rnni_ctc_decoding_row(input, t, b); /* [C] */
            size_t c =
                t < rnni_ctc_decoding_length(input, b) ? rnni_logits_find_bad(o, input->classes, 0) : input->classes;
            if (c < input->classes)
                return rnni_status_fail(caller.message, RNN_E_VALUE,
                                        "%s: the logit of class %zu at step %zu of sequence %zu is not a number",
                                        caller.function, c, t, b);
        }
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
    RNNI_TRY(rnni_check_lengths(caller, input->lengths, lengths_count, input->steps, input->batch));
    return check_valid_logits(caller, input);
}

RNN_API int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                   const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                   size_t classes)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    const struct rnni_decoder_options *o = &decoder->options;
    struct rnni_ctc_input input = {logits, lengths, steps, batch, classes, (int32_t)o->blank};
    int is_beam = decoder->kind == RNN_DECODER_CTC_BEAM;
    RNNI_NEED(caller.message, logits);
    if (!is_beam && decoder->kind != RNN_DECODER_CTC_GREEDY)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED,
                                "%s: the decoder is %s, expected RNN_DECODER_CTC_GREEDY or RNN_DECODER_CTC_BEAM",
                                __func__, rnni_decoder_kind_name(decoder->kind));
    if (is_beam)
        RNNI_TRY(rnni_check_results(caller, o->results, o->width));
    RNNI_TRY(check_input(caller, &input, logits_count, lengths_count));
    rnni_result_clear(&decoder->found);
    if (is_beam ? rnni_ctc_beam_search(&decoder->found, &input, (size_t)o->width, (size_t)o->results)
                : rnni_ctc_greedy(&decoder->found, &input))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu sequences",
                                __func__, steps, batch);
    rnni_decoder_accept(decoder);
    return RNN_OK;
}
