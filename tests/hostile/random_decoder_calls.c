/* Random calls on decoders of all kinds: whole sequences, streams, beam search, sampling. */
#include "hostile/random_calls.h"

static int32_t random_kind(void)
{
    return one_in(30) ? (int32_t)random_integer(-1, 7) : (int32_t)within(RNN_DECODER_CTC_GREEDY, RNN_DECODER_CRF);
}

void make_decoder(void)
{
    rnn_decoder **out = OUT(rnn_decoder *);
    int32_t kind = random_kind();
    if (TRY(rnn_decoder_create, out, kind) != RNN_OK)
        return;
    struct object *decoder = add_object(DECODER, *out, kind);
    if (!decoder) {
        rnn_decoder_destroy(*out);
        return;
    }
    decoder->classes = OUTPUTS;
    if (kind == RNN_DECODER_BEAM)
        TRY(rnn_decoder_set_int, decoder->handle, RNN_MAXIMUM_LENGTH, 4);
    if (kind == RNN_DECODER_CTC_BEAM || kind == RNN_DECODER_BEAM)
        TRY(rnn_decoder_set_int, decoder->handle, RNN_BEAM_WIDTH, 3);
}

static int is_ctc(const struct object *decoder)
{
    return decoder->kind == RNN_DECODER_CTC_GREEDY || decoder->kind == RNN_DECODER_CTC_BEAM;
}

static int is_crf(const struct object *decoder)
{
    return decoder->kind == RNN_DECODER_CRF;
}

static int decodes(const struct object *decoder)
{
    return is_ctc(decoder) || is_crf(decoder);
}

static int is_search(const struct object *decoder)
{
    return decoder->kind == RNN_DECODER_BEAM;
}

static int has_scorer(const struct object *decoder)
{
    return decoder->kind == RNN_DECODER_BEAM || decoder->kind == RNN_DECODER_CTC_BEAM;
}

static int samples(const struct object *decoder)
{
    return decoder->kind == RNN_DECODER_SAMPLING;
}

static int streams(const struct object *decoder)
{
    return is_ctc(decoder) && decoder->steps > 0;
}

static int is_in_crf(const struct object *model)
{
    int64_t crf = 0;
    return rnn_model_get_int(model->handle, RNN_CRF, &crf) == RNN_OK && crf;
}

static void destroy_decoder(void)
{
    struct object *decoder = find(DECODER, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_decoder_destroy, NULL);
    else if (decoder && !decoder->pins)
        destroy_object(decoder);
}

static int32_t random_key(int32_t low, int32_t high)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(low, high);
}

static void options(void)
{
    rnn_decoder *decoder = pick(DECODER)->handle;
    int64_t value = random_integer(-1, 6);
    TRY(rnn_decoder_set_int, decoder, one_in(8) ? RNN_BLANK : random_key(RNN_BEAM_WIDTH, RNN_RANDOM_STATE),
        value > 5000 ? 9 : value);
    TRY(rnn_decoder_set_real, decoder, random_key(RNN_LENGTH_PENALTY, RNN_BEAM_THRESHOLD), random_real(0, 2));
    TRY(rnn_decoder_get_int, decoder, random_key(RNN_BEAM_WIDTH, RNN_RANDOM_STATE), OUT(int64_t));
    TRY(rnn_decoder_get_real, decoder, random_key(RNN_LENGTH_PENALTY, RNN_BEAM_THRESHOLD), OUT(double));
    TRY_VALUE(rnn_decoder_last_error, decoder);
}

/* ---- whole sequences and pieces ---------------------------------------------------------------------------------- */

static void transitions(void)
{
    struct object *decoder = pick_one(DECODER, is_crf);
    size_t classes = one_in(12) ? below(6) : OUTPUTS;
    struct floats start = in_floats(classes), end = in_floats(classes), all = in_floats(classes * classes);
    rnn_model *model = pick_one(MODEL, is_in_crf)->handle;
    if (one_in(3))
        TRY(rnn_decoder_set_transitions_of_model, decoder->handle, model);
    else
        TRY(rnn_decoder_set_transitions, decoder->handle, WITH(start), WITH(end), WITH(all));
}

static void decode(void)
{
    struct object *decoder = pick_one(DECODER, decodes);
    size_t steps = 1 + below(6), batch = 1 + below(3), rows = steps * batch;
    size_t classes = one_in(20) ? random_size(OUTPUTS) : OUTPUTS;
    if (is_crf(decoder) && one_in(2))
        transitions();
    if (one_in(4)) {
        struct ints mask = one_in(4) ? no_ints() : exact_in_ints(rows + below(30) / 29, 0, 1);
        TRY(rnn_decoder_set_step_mask, decoder->handle, WITH(mask));
    }
    struct floats logits = in_floats(rows * (classes > 1000 ? 1 : classes));
    struct ints lengths = one_in(2) ? no_ints() : in_ints(batch, 0, (int32_t)steps);
    decoder->pins++;
    int32_t status = TRY(rnn_decoder_decode, decoder->handle, WITH(logits), WITH(lengths),
                         one_in(20) ? random_size(steps) : steps, one_in(20) ? random_size(batch) : batch, classes);
    decoder->pins--;
    if (status == RNN_OK) {
        decoder->batch = batch;
        decoder->steps = steps;
    }
    if (is_crf(decoder)) {
        struct floats marginals = out_floats(rows * OUTPUTS);
        TRY(rnn_decoder_get_marginals, decoder->handle, WITH(marginals));
    }
}

static void stream(void)
{
    struct object *decoder = pick_one(DECODER, is_ctc);
    size_t batch = random_size(1 + below(3));
    decoder->pins++;
    if (TRY(rnn_decoder_begin, decoder->handle, batch, one_in(20) ? random_size(OUTPUTS) : OUTPUTS) == RNN_OK) {
        decoder->batch = batch;
        decoder->steps = 1;
    }
    decoder->pins--;
}

static void feed(void)
{
    struct object *decoder = pick_one(DECODER, streams);
    size_t steps = 1 + below(5), batch = decoder->batch;
    if (batch > 100)
        return;
    struct floats logits = in_floats(steps * batch * OUTPUTS);
    struct ints lengths = one_in(2) ? no_ints() : in_ints(batch, 0, (int32_t)steps);
    decoder->pins++;
    TRY(rnn_decoder_feed, decoder->handle, WITH(logits), WITH(lengths), steps);
    decoder->pins--;
    TRY(rnn_decoder_get_stable_count, decoder->handle, random_size(below(batch)), OUT(size_t));
}

static void results(void)
{
    struct object *decoder = pick(DECODER);
    size_t sequence = random_size(below(decoder->batch ? decoder->batch : 1));
    size_t *count = OUT(size_t);
    if (TRY(rnn_decoder_get_result_count, decoder->handle, sequence, count) == RNN_OK && *count > 100000)
        caller_fails("there are %zu results", *count);
    TRY(rnn_decoder_get_result, decoder->handle, sequence, random_size(below(3)), OUT(const int32_t *),
        OUT(const int32_t *), OUT(const float *), OUT(size_t), OUT(double));
    TRY(rnn_decoder_get_stable_count, decoder->handle, sequence, OUT(size_t));
}

/* ---- search and sampling ----------------------------------------------------------------------------------------- */

static void set_scorer(void)
{
    struct object *decoder = pick_one(DECODER, has_scorer);
    TRY(rnn_decoder_set_scorer, decoder->handle, one_in(3) ? NULL : scorer_callback, NULL);
}

static int generates(const struct object *session)
{
    return session->vocabulary > 0 && session->batch == 1;
}

static void search(void)
{
    struct object *decoder = pick_one(DECODER, is_search), *session = find(SESSION, generates);
    size_t classes = one_in(20) ? random_size(OUTPUTS) : OUTPUTS;
    decoder->pins++;
    if (session && one_in(2)) {
        session->pins++;
        TRY(rnn_decoder_search, decoder->handle, classes, rnn_session_next, session->handle);
        session->pins--;
    } else {
        TRY(rnn_decoder_search, decoder->handle, classes, one_in(20) ? NULL : generator_callback, NULL);
    }
    decoder->pins--;
}

static void sample(void)
{
    struct object *decoder = pick_one(DECODER, samples);
    size_t rows = 1 + below(5), classes = one_in(20) ? random_size(OUTPUTS) : OUTPUTS;
    struct ints tokens = out_ints(rows);
    struct floats logits = in_floats(rows * OUTPUTS);
    TRY(rnn_decoder_sample, decoder->handle, WITH(tokens), WITH(logits), classes);
}

static const generator table[] = {make_decoder, destroy_decoder, options, transitions, decode, decode, stream, feed,
                                  feed,         results,         results, set_scorer,  search, search, sample};
const struct generators decoder_generators = GENERATORS(table);
