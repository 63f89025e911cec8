/* Beam search, and the attention of what it found. */
#include "model.h"
#include "translate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PENALTY 1.0 /* of short translations, see RNN_LENGTH_PENALTY: near 1 the score is that of a word */

struct searcher {
    pass run;
    rnn_decoder *decoder;
};

searcher *searcher_create(const network *n, size_t width, size_t longest, int64_t threads)
{
    const size_t words = LONGEST_TRANSLATION + 1;
    size_t target = width > words ? width : words;
    batch_size largest = {longest, target, target * longest, 1};
    searcher *s = allocate(1, sizeof *s);

    s->run = pass_create(n, RNN_INFERENCE, largest, threads);
    check(rnn_decoder_create(&s->decoder, RNN_DECODER_BEAM));
    check(rnn_decoder_set_int(s->decoder, RNN_BEAM_WIDTH, (int64_t)width));
    check(rnn_decoder_set_int(s->decoder, RNN_START_TOKEN, BEGIN));
    check(rnn_decoder_set_int(s->decoder, RNN_END_TOKEN, END));
    check(rnn_decoder_set_int(s->decoder, RNN_MAXIMUM_LENGTH, LONGEST_TRANSLATION));
    check(rnn_decoder_set_real(s->decoder, RNN_LENGTH_PENALTY, PENALTY));
    return s;
}

void searcher_release(searcher *s)
{
    rnn_decoder_destroy(s->decoder);
    pass_release(&s->run);
    free(s);
}

/* ---- the next word -------------------------------------------------------------------------------------------- */

/* rnn_generator of the two models of the target; the rows are steps to the attention, whose memory is of one sentence.
 */
static int32_t next_words(void *user, float *logits, size_t logits_count, const int32_t *tokens, const int32_t *parents,
                          size_t rows)
{
    pass *p = user;
    size_t values = rows * p->n->memory;

    check(rnn_session_select_state(p->queries, parents, rows));
    check(rnn_session_select_state(p->decoder, parents, rows));
    check(rnn_step_tokens(p->queries, p->query, values, tokens, rows));
    check(rnn_attention_forward(p->attention, p->context, values, NULL, 0, p->query, values));
    pass_join(p, rows);
    check(rnn_step(p->decoder, logits, logits_count, p->joined, 2 * values));
    for (size_t i = 0; i < rows; i++)
        logits[i * p->n->target.count + BEGIN] = -INFINITY;
    return RNN_OK;
}

/* ---- a sentence ----------------------------------------------------------------------------------------------- */

/* A batch of one sentence, of which `read` is what the queries read. */
static batch batch_of(const sentence *source, int32_t *source_length, int32_t *read, int32_t *target_length)
{
    *source_length = (int32_t)source->count;
    return (batch){.source = source->tokens,
                   .source_lengths = source_length,
                   .read = read,
                   .target_lengths = target_length,
                   .source_steps = source->count,
                   .target_steps = (size_t)*target_length,
                   .batch = 1};
}

/* The weights of the whole translation at once: as it is read back, from BEGIN on, of the source that is encoded. */
static float *find_weights(pass *p, const translation *t, const sentence *source)
{
    int32_t read[LONGEST_TRANSLATION + 1] = {BEGIN}, source_length, target_length = (int32_t)t->count + 1;
    batch b = batch_of(source, &source_length, read, &target_length);
    float *weights = allocate((t->count + 1) * source->count, sizeof *weights);

    memcpy(read + 1, t->tokens, t->count * sizeof *read);
    pass_attend(p, &b);
    memcpy(weights, p->weights, (t->count + 1) * source->count * sizeof *weights);
    return weights;
}

translation searcher_translate(searcher *s, const sentence *source)
{
    int32_t source_length, none = 0;
    const int32_t *tokens;
    batch b = batch_of(source, &source_length, NULL, &none);
    translation t = {.count = 0};

    pass_encode(&s->run, &b);
    check(rnn_reset_state(s->run.decoder, 1));
    check(rnn_decoder_search(s->decoder, s->run.n->target.count, next_words, &s->run));
    check(rnn_decoder_get_result(s->decoder, 0, 0, &tokens, NULL, NULL, &t.count, &t.score));
    memcpy(t.tokens, tokens, t.count * sizeof *tokens);
    if (t.tokens[t.count - 1] == END)
        t.count--;
    t.weights = find_weights(&s->run, &t, source);
    return t;
}

void translation_release(translation *t)
{
    free(t->weights);
}

/* ---- words ---------------------------------------------------------------------------------------------------- */

/* Word `index` of a sentence; its length in bytes. */
static const char *word_at(const sentence *s, size_t index, size_t *length)
{
    const char *word = s->words;

    for (; index > 0; index--)
        word += strcspn(word, " ") + 1;
    *length = strcspn(word, " ");
    return word;
}

const char *translation_word(const translation *t, size_t index, const sentence *source, const network *n,
                             size_t *length)
{
    if (t->tokens[index] != UNKNOWN) {
        const char *word = n->target.words[t->tokens[index]];
        *length = strlen(word);
        return word;
    }
    return word_at(source, (size_t)likeliest(t->weights + index * source->count, source->count), length);
}

char *translation_words(const translation *t, const sentence *source, const network *n)
{
    size_t size = 1, used = 0, length;

    for (size_t i = 0; i < t->count; i++) {
        translation_word(t, i, source, n, &length);
        size += length + 1;
    }
    char *words = allocate(size, 1);
    for (size_t i = 0; i < t->count; i++) {
        const char *word = translation_word(t, i, source, n, &length);
        if (i > 0)
            words[used++] = ' ';
        memcpy(words + used, word, length);
        used += length;
    }
    return words;
}
