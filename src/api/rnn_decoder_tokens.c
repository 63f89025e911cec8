#include "decoding/beam.h"
#include "decoding/decoder.h"
#include "decoding/logits.h"
#include "decoding/sample.h"

#include "api/check.h"
#include "api/scorer_check.h"

#include <inttypes.h>
#include <math.h>

static int32_t check_kind(struct rnni_caller caller, const rnn_decoder *decoder, int32_t kind)
{
    if (decoder->kind != kind)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: the decoder is %s, expected %s",
                                caller.function, rnni_decoder_kind_name(decoder->kind), rnni_decoder_kind_name(kind));
    return RNN_OK;
}

/* ---- beam search ------------------------------------------------------------------------------------------------ */

static int32_t check_search(struct rnni_caller caller, const struct rnni_decoder_options *o, size_t classes)
{
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    RNNI_TRY(rnni_check_results(caller, o->results, o->width));
    RNNI_TRY(rnni_check_class(caller, "RNN_START_TOKEN", (int32_t)o->start, classes));
    if (o->end != -1)
        RNNI_TRY(rnni_check_class(caller, "RNN_END_TOKEN", (int32_t)o->end, classes));
    if (!o->maximum)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: RNN_MAXIMUM_LENGTH is not set", caller.function);
    if (o->maximum < o->minimum)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: RNN_MAXIMUM_LENGTH is %" PRId64 ", expected at least %" PRId64
                                " (RNN_MINIMUM_LENGTH)",
                                caller.function, o->maximum, o->minimum);
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_search(rnn_decoder *decoder, size_t classes, rnn_generator generator, void *user)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    const struct rnni_decoder_options *o = &decoder->options;
    RNNI_NEED(caller.message, generator);
    RNNI_TRY(check_kind(caller, decoder, RNN_DECODER_BEAM));
    RNNI_TRY(check_search(caller, o, classes));
    RNNI_TRY(rnni_scorer_check_slots(caller, decoder, 2, 1));
    struct rnni_scorer scorer = rnni_decoder_scorer(decoder, classes, __func__);
    struct rnni_beam_search wanted = {
        .start = (int32_t)o->start,
        .end = (int32_t)o->end,
        .minimum = (size_t)o->minimum,
        .steps = (size_t)o->maximum,
        .classes = classes,
        .width = (size_t)o->width,
        .results = (size_t)o->results,
        .penalty = o->penalty,
        .generator = generator,
        .user = user,
        .scorer = &scorer,
        .message = caller.message,
        .function = __func__,
    };
    int32_t status = rnni_beam_search(&decoder->found, &wanted);
    rnni_scorer_release(&scorer);
    if (!status)
        rnni_decoder_accept(decoder);
    return status;
}

/* ---- sampling --------------------------------------------------------------------------------------------------- */

/* logits [N,C] are below infinity, and in every row one is above -infinity. */
static int32_t check_rows(struct rnni_caller caller, const float *logits, size_t rows, size_t classes)
{
    size_t bad = rnni_logits_find_bad(logits, rows * classes, 1);
    if (bad < rows * classes)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: logits[%zu] is %g, expected a number below infinity",
                                caller.function, bad, (double)logits[bad]);
    for (size_t i = 0; i < rows; i++) {
        const float *o = logits + i * classes; /* [C] */
        if (isinf(o[rnni_logits_likeliest(o, classes)]))
            return rnni_status_fail(caller.message, RNN_E_VALUE,
                                    "%s: all logits of row %zu are -infinity, so none can be drawn", caller.function,
                                    i);
    }
    return RNN_OK;
}

RNN_API int32_t rnn_decoder_sample(rnn_decoder *decoder, int32_t *tokens, size_t tokens_count, const float *logits,
                                   size_t logits_count, size_t classes)
{
    RNNI_NEED(NULL, decoder);
    struct rnni_caller caller = {&decoder->message, __func__};
    struct rnni_decoder_options *o = &decoder->options;
    struct rnni_shape shape = {"N*C", tokens_count, classes, 0, "; N is tokens_count"};
    RNNI_NEED(caller.message, tokens);
    RNNI_NEED(caller.message, logits);
    RNNI_TRY(check_kind(caller, decoder, RNN_DECODER_SAMPLING));
    RNNI_TRY(rnni_check_size(caller, "tokens_count", tokens_count));
    RNNI_TRY(rnni_check_size(caller, "classes", classes));
    RNNI_TRY(rnni_check_array(caller, "logits", logits, logits_count, shape, 0));
    RNNI_TRY(check_rows(caller, logits, tokens_count, classes));
    size_t top_k = o->top_k < (int64_t)classes ? (size_t)o->top_k : 0; /* 0: all */
    struct rnni_sampling sampling = {o->temperature, top_k, o->top_p};
    if (rnni_sample(tokens, logits, tokens_count, classes, sampling, &o->random))
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: out of memory for %zu classes", __func__, classes);
    return RNN_OK;
}
