#include "api/scorer_check.h"

#include <inttypes.h>

int32_t rnni_scorer_check_slots(struct rnni_caller caller, const rnn_decoder *decoder, size_t each, size_t batch)
{
    const struct rnni_decoder_options *o = &decoder->options;
    size_t slots = rnni_memory_multiply(rnni_memory_multiply((size_t)o->width, each), batch);
    if (decoder->scorer && slots > INT32_MAX)
        return rnni_status_fail(caller.message, RNN_E_VALUE,
                                "%s: RNN_BEAM_WIDTH is %" PRId64 " with %zu sequences, expected at most %" PRId32
                                " slots for the scorer (%zu*RNN_BEAM_WIDTH*B)",
                                caller.function, o->width, batch, INT32_MAX, each);
    return RNN_OK;
}
