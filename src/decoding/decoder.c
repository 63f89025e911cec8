#include "decoding/decoder.h"

#include "base/assertion.h"
#include "base/option_rows.h"

#include <float.h>
#include <limits.h>

#define FIELD(field) NULL, offsetof(struct rnni_decoder_options, field)

#define LARGEST 1e6 /* of what is added to log probabilities: no sum of floats times it overflows */

static const struct rnni_option options[] = {
    INTEGER(RNN_BLANK, blank, 0, INT32_MAX),
    INTEGER(RNN_BEAM_WIDTH, width, 1, INT32_MAX),
    INTEGER(RNN_RESULTS, results, 1, INT32_MAX),
    INTEGER(RNN_START_TOKEN, start, 0, INT32_MAX),
    INTEGER(RNN_END_TOKEN, end, -1, INT32_MAX),
    INTEGER(RNN_MINIMUM_LENGTH, minimum, 0, INT32_MAX),
    INTEGER(RNN_MAXIMUM_LENGTH, maximum, 1, INT32_MAX),
    INTEGER(RNN_TOP_K, top_k, 0, INT64_MAX),
    INTEGER(RNN_RANDOM_STATE, random, INT64_MIN, INT64_MAX),
    REAL(RNN_LENGTH_PENALTY, penalty, 0, DBL_MAX),
    REAL(RNN_TEMPERATURE, temperature, 0, DBL_MAX),
    REAL(RNN_TOP_P, top_p, DBL_TRUE_MIN, 1),
    REAL(RNN_SCORER_WEIGHT, weight, 0, LARGEST),
    REAL(RNN_INSERTION_BONUS, bonus, -LARGEST, LARGEST),
    REAL(RNN_BEAM_THRESHOLD, threshold, 0, LARGEST),
};
const struct rnni_option_table rnni_decoder_table = {options, sizeof options / sizeof *options};

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

#define KIND(name) (1 << RNN_DECODER_##name)

static const struct rnni_option_owner owners[] = {
    {RNN_BLANK, KIND(CTC_GREEDY) | KIND(CTC_BEAM)},
    {RNN_BEAM_WIDTH, KIND(CTC_BEAM) | KIND(BEAM)},
    {RNN_RESULTS, KIND(CTC_BEAM) | KIND(BEAM) | KIND(CRF)},
    {RNN_START_TOKEN, KIND(BEAM)},
    {RNN_END_TOKEN, KIND(BEAM)},
    {RNN_MINIMUM_LENGTH, KIND(CTC_BEAM) | KIND(BEAM)},
    {RNN_MAXIMUM_LENGTH, KIND(CTC_BEAM) | KIND(BEAM)},
    {RNN_LENGTH_PENALTY, KIND(BEAM)},
    {RNN_TOP_K, KIND(SAMPLING)},
    {RNN_RANDOM_STATE, KIND(SAMPLING)},
    {RNN_TEMPERATURE, KIND(SAMPLING)},
    {RNN_TOP_P, KIND(SAMPLING)},
    {RNN_SCORER_WEIGHT, KIND(CTC_BEAM) | KIND(BEAM)},
    {RNN_INSERTION_BONUS, KIND(CTC_BEAM) | KIND(BEAM)},
    {RNN_BEAM_THRESHOLD, KIND(CTC_BEAM)},
};

int rnni_decoder_has(int32_t kind, int32_t key)
{
    return rnni_option_is_of(owners, sizeof owners / sizeof *owners, kind, key);
}

const char *rnni_decoder_kind_name(int32_t kind)
{
    RNNI_ASSERT(kind >= 0 && kind <= RNN_DECODER_CRF);
    static const char *const names[] = {
        "",
        "RNN_DECODER_CTC_GREEDY",
        "RNN_DECODER_CTC_BEAM",
        "RNN_DECODER_BEAM",
        "RNN_DECODER_SAMPLING",
        "RNN_DECODER_CRF",
    };
    return names[kind];
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct rnn_decoder *rnni_decoder_create(int32_t kind)
{
    RNNI_ASSERT(kind >= RNN_DECODER_CTC_GREEDY && kind <= RNN_DECODER_CRF);
    struct rnn_decoder *made = rnni_memory_take(1, sizeof *made);
    if (made)
        *made = (struct rnn_decoder){
            .kind = kind,
            .options = {.width = 8, .results = 1, .end = -1, .temperature = 1, .top_p = 1, .weight = 1},
        };
    return made;
}

void rnni_decoder_release(struct rnn_decoder *decoder)
{
    if (!decoder)
        return;
    rnni_result_release(&decoder->results);
    rnni_result_release(&decoder->found);
    rnni_memory_release(decoder->transitions.block.data);
    rnni_memory_release(decoder->marginals.data);
    rnni_memory_release(decoder->found_marginals.data);
    rnni_memory_release(decoder->mask.block.data);
    rnni_memory_release(decoder->mask.chosen.data);
    rnni_ctc_stream_release(decoder->stream);
    rnni_memory_release(decoder);
}

int rnni_decoder_choose(struct rnni_decoder_mask *mask, const int32_t *lengths, size_t steps, size_t batch)
{
    RNNI_ASSERT(mask->count == steps * batch);
    if (!rnni_block_grow(&mask->chosen, rnni_memory_add(mask->count, batch), sizeof(int32_t), 0))
        return 0;
    const int32_t *given = mask->block.data;
    int32_t *count = mask->chosen.data, *places = count + batch;
    for (size_t b = 0; b < batch; b++) {
        count[b] = 0;
        for (size_t t = 0; t < (lengths ? (size_t)lengths[b] : steps); t++)
            if (given[t * batch + b])
                places[(size_t)count[b]++ * batch + b] = (int32_t)t;
    }
    return 1;
}

void rnni_decoder_accept(struct rnn_decoder *decoder)
{
    struct rnni_results old = decoder->results;
    decoder->results = decoder->found;
    decoder->found = old;
    struct rnni_block marginals = decoder->marginals;
    decoder->marginals = decoder->found_marginals;
    decoder->found_marginals = marginals;
}

void rnni_decoder_set_stream(struct rnn_decoder *decoder, struct rnni_ctc_stream *stream)
{
    rnni_ctc_stream_release(decoder->stream);
    decoder->stream = stream;
    decoder->is_stale = stream != NULL;
}

struct rnni_scorer rnni_decoder_scorer(struct rnn_decoder *decoder, size_t classes, const char *function)
{
    const struct rnni_decoder_options *o = &decoder->options;
    return (struct rnni_scorer){.call = o->weight > 0 ? decoder->scorer : NULL,
                                .user = decoder->user,
                                .weight = o->weight,
                                .bonus = o->bonus,
                                .classes = classes,
                                .message = &decoder->message,
                                .function = function};
}
