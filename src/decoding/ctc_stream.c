#include "decoding/ctc_stream.h"

#include "base/memory.h"

#include <string.h>

struct rnni_ctc_sequence {
    size_t steps;
    struct rnni_block logits;  /* beam search: float [T,C] of all steps, to find out where labels begin */
    struct rnni_ctc_path path; /* otherwise, in these blocks: */
    struct rnni_block tokens, begins, scores;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static int32_t fail_memory(const struct rnni_ctc_stream *stream)
{
    return rnni_status_fail(stream->scorer.message, RNN_E_MEMORY, "%s: out of memory for %zu sequences",
                            stream->scorer.function, stream->batch);
}

static int32_t begin(struct rnni_ctc_stream *stream, size_t batch)
{
    stream->sequences = rnni_memory_take(batch, sizeof *stream->sequences);
    if (!stream->sequences)
        return fail_memory(stream);
    for (size_t b = 0; b < batch; b++)
        stream->sequences[b].path.last = stream->rules.blank;
    if (!stream->is_beam)
        return RNN_OK;
    stream->searches = rnni_memory_take(batch, sizeof *stream->searches);
    return stream->searches ? rnni_ctc_beam_begin(stream->searches, &stream->rules, batch) : fail_memory(stream);
}

struct rnni_ctc_stream *rnni_ctc_stream_create(int is_beam, const struct rnni_ctc_rules *rules, size_t batch,
                                               int32_t *status)
{
    struct rnni_ctc_stream *made = rnni_memory_take(1, sizeof *made);
    if (!made) {
        *status = rnni_status_fail(rules->scorer->message, RNN_E_MEMORY, "%s: out of memory for %zu sequences",
                                   rules->scorer->function, batch);
        return NULL;
    }
    *made = (struct rnni_ctc_stream){.is_beam = is_beam, .rules = *rules, .scorer = *rules->scorer, .batch = batch};
    made->rules.scorer = &made->scorer;
    *status = begin(made, batch);
    if (!*status)
        return made;
    rnni_ctc_stream_release(made);
    return NULL;
}

void rnni_ctc_stream_release(struct rnni_ctc_stream *stream)
{
    if (!stream)
        return;
    for (size_t b = 0; b < stream->batch && stream->sequences; b++) {
        rnni_memory_release(stream->sequences[b].logits.data);
        rnni_memory_release(stream->sequences[b].tokens.data);
        rnni_memory_release(stream->sequences[b].begins.data);
        rnni_memory_release(stream->sequences[b].scores.data);
    }
    for (size_t b = 0; b < stream->batch && stream->searches; b++)
        rnni_ctc_search_release(&stream->searches[b]);
    rnni_memory_release(stream->sequences);
    rnni_memory_release(stream->searches);
    rnni_memory_release(stream->scratch.data);
    rnni_scorer_release(&stream->scorer);
    rnni_memory_release(stream);
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

/* Room for so many more steps of a sequence. */
static int extend(struct rnni_ctc_sequence *s, const struct rnni_ctc_stream *stream, size_t more)
{
    size_t classes = stream->rules.classes, labels = rnni_memory_add(s->path.count, more), used = s->path.count;
    if (stream->is_beam) {
        size_t steps = rnni_memory_multiply(rnni_memory_add(s->steps, more), classes);
        return rnni_block_grow(&s->logits, steps, sizeof(float), s->steps * classes * sizeof(float));
    }
    int grown = rnni_block_grow(&s->tokens, labels, sizeof(int32_t), used * sizeof(int32_t)) &&
                rnni_block_grow(&s->begins, labels, sizeof(int32_t), used * sizeof(int32_t)) &&
                rnni_block_grow(&s->scores, labels, sizeof(float), used * sizeof(float));
    s->path.view = (struct rnni_result_view){s->tokens.data, s->begins.data, s->scores.data, 0};
    return grown;
}

/* There is room. */
static void take(struct rnni_ctc_sequence *s, const struct rnni_ctc_stream *stream, const struct rnni_ctc_input *piece,
                 size_t sequence)
{
    size_t length = rnni_ctc_decoding_length(piece, sequence), classes = piece->classes;
    for (size_t t = 0; t < length; t++, s->steps++) {
        const float *o = rnni_ctc_decoding_row(piece, t, sequence); /* [C] */
        if (stream->is_beam)
            memcpy((float *)s->logits.data + s->steps * classes, o, classes * sizeof *o);
        else
            rnni_ctc_greedy_step(&s->path, piece, o);
    }
}

static int32_t search(struct rnni_ctc_stream *stream, const struct rnni_ctc_input *piece)
{
    for (size_t b = 0; b < stream->batch; b++)
        rnni_ctc_search_save(&stream->searches[b]);
    int32_t status = rnni_ctc_beam_run(stream->searches, piece, 0, stream->batch);
    for (size_t b = 0; b < stream->batch; b++)
        if (status)
            rnni_ctc_search_restore(&stream->searches[b]);
        else
            rnni_ctc_search_forget(&stream->searches[b]);
    return status;
}

int32_t rnni_ctc_stream_feed(struct rnni_ctc_stream *stream, const struct rnni_ctc_input *piece, const char *function)
{
    RNNI_ASSERT(piece->batch == stream->batch && piece->classes == stream->rules.classes);
    stream->scorer.function = function;
    for (size_t b = 0; b < stream->batch; b++)
        if (!extend(&stream->sequences[b], stream, rnni_ctc_decoding_length(piece, b)))
            return fail_memory(stream);
    if (stream->is_beam)
        RNNI_TRY(search(stream, piece));
    for (size_t b = 0; b < stream->batch; b++)
        take(&stream->sequences[b], stream, piece, b);
    return RNN_OK;
}

size_t rnni_ctc_stream_steps(const struct rnni_ctc_stream *stream)
{
    size_t most = 0;
    for (size_t b = 0; b < stream->batch; b++)
        most = stream->sequences[b].steps > most ? stream->sequences[b].steps : most;
    return most;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static int add_path(const struct rnni_ctc_path *path, struct rnni_results *found)
{
    struct rnni_result_view view;
    if (!rnni_result_add(found, &view, path->count, path->score))
        return 1;
    if (path->count) {
        memcpy(view.tokens, path->view.tokens, path->count * sizeof *view.tokens);
        memcpy(view.steps, path->view.steps, path->count * sizeof *view.steps);
        memcpy(view.scores, path->view.scores, path->count * sizeof *view.scores);
    }
    return !rnni_result_end_sequence(found);
}

int rnni_ctc_stream_results(struct rnni_ctc_stream *stream, struct rnni_results *found)
{
    for (size_t b = 0; b < stream->batch; b++)
        if (stream->is_beam ? rnni_ctc_search_results(&stream->searches[b], found)
                            : add_path(&stream->sequences[b].path, found))
            return 1;
    return 0;
}

int rnni_ctc_stream_align(struct rnni_ctc_stream *stream, const struct rnni_result_view *view, size_t sequence)
{
    const struct rnni_ctc_sequence *s = &stream->sequences[sequence];
    struct rnni_ctc_input whole = {s->logits.data, NULL, s->steps, 1, stream->rules.classes, stream->rules.blank, NULL};
    return stream->is_beam && rnni_ctc_align(view, &whole, stream->searches[sequence].rows.data, 0, &stream->scratch);
}

size_t rnni_ctc_stream_stable(const struct rnni_ctc_stream *stream, size_t sequence)
{
    return stream->is_beam ? rnni_ctc_search_common(&stream->searches[sequence])
                           : stream->sequences[sequence].path.count;
}
