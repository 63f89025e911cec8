/* Sentences, and batches of them. */
#include "file.h"
#include "random.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>

/* ---- sentences ------------------------------------------------------------------------------------------------ */

static sentence sentence_of_line(const char *line, const vocabulary *v)
{
    size_t length = strlen(line), used = 0;
    sentence s = {allocate(length + 1, 1), allocate(length / 2 + 1, sizeof *s.tokens), 0};

    for (line += strspn(line, SPACE); *line; line += strspn(line, SPACE)) {
        size_t word = strcspn(line, SPACE);
        if (used > 0)
            s.words[used++] = ' ';
        memcpy(s.words + used, line, word);
        used += word;
        s.tokens[s.count++] = vocabulary_token(v, line, word);
        line += word;
    }
    return s;
}

static size_t line_count(const char *text)
{
    size_t lines = 1;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

corpus corpus_read(const char *path, const vocabulary *v)
{
    file_bytes read = file_read(path);
    char *rest = read.bytes, *line;
    corpus c = {.sentences = allocate(line_count(read.bytes), sizeof *c.sentences)};

    if (memchr(read.bytes, 0, read.count))
        die("%s: not a text: a byte of it is 0", path);
    while ((line = file_next_line(&rest))) {
        sentence s = sentence_of_line(line, v);
        if (s.count == 0)
            die("%s: line %zu: no words", path, c.count + 1);
        c.sentences[c.count++] = s;
        c.longest = s.count > c.longest ? s.count : c.longest;
    }
    free(read.bytes);
    return c;
}

void corpus_release(corpus *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->sentences[i].words);
        free(c->sentences[i].tokens);
    }
    free(c->sentences);
    *c = (corpus){0};
}

/* ---- batches -------------------------------------------------------------------------------------------------- */

typedef struct {
    const sentence *source, *target;
    size_t order;
} sentence_pair;

static int compare_lengths(const void *a, const void *b)
{
    const sentence_pair *x = a, *y = b;

    if (x->target->count != y->target->count)
        return x->target->count < y->target->count ? -1 : 1;
    if (x->source->count != y->source->count)
        return x->source->count < y->source->count ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static batch batch_create(const sentence_pair *pairs, size_t size)
{
    batch b = {.batch = size};

    for (size_t i = 0; i < size; i++) {
        b.source_steps = larger(b.source_steps, pairs[i].source->count);
        b.target_steps = larger(b.target_steps, pairs[i].target->count + 1);
    }
    b.source = allocate(b.source_steps * size, sizeof *b.source);
    b.source_lengths = allocate(size, sizeof *b.source_lengths);
    b.read = allocate(b.target_steps * size, sizeof *b.read);
    b.answered = allocate(b.target_steps * size, sizeof *b.answered);
    b.target_lengths = allocate(size, sizeof *b.target_lengths);
    for (size_t i = 0; i < size; i++) {
        const sentence *source = pairs[i].source, *target = pairs[i].target;
        b.source_lengths[i] = (int32_t)source->count;
        b.target_lengths[i] = (int32_t)target->count + 1;
        for (size_t s = 0; s < source->count; s++)
            b.source[s * size + i] = source->tokens[s];
        for (size_t t = 0; t <= target->count; t++) {
            b.read[t * size + i] = t == 0 ? BEGIN : target->tokens[t - 1];
            b.answered[t * size + i] = t == target->count ? END : target->tokens[t];
        }
    }
    return b;
}

batch_size batch_size_widen(batch_size a, batch_size b)
{
    return (batch_size){larger(a.source, b.source), larger(a.target, b.target), larger(a.weights, b.weights),
                        larger(a.batch, b.batch)};
}

static batch_size size_of(const batch *b)
{
    return (batch_size){b->source_steps * b->batch, b->target_steps * b->batch,
                        b->target_steps * b->batch * b->source_steps, b->batch};
}

batch_list batches_create(const corpus *source, const corpus *target, size_t size)
{
    sentence_pair *pairs = allocate(source->count, sizeof *pairs);
    batch_list list = {.batches = allocate(source->count / size + 1, sizeof *list.batches)};

    for (size_t i = 0; i < source->count; i++)
        pairs[i] = (sentence_pair){&source->sentences[i], &target->sentences[i], i};
    qsort(pairs, source->count, sizeof *pairs, compare_lengths);
    for (size_t i = 0; i < source->count; i += size) {
        batch b = batch_create(pairs + i, source->count - i < size ? source->count - i : size);
        list.largest = batch_size_widen(list.largest, size_of(&b));
        list.batches[list.count++] = b;
    }
    free(pairs);
    return list;
}

size_t batch_words(const batch *b)
{
    size_t words = 0;

    for (size_t i = 0; i < b->batch; i++)
        words += (size_t)b->target_lengths[i];
    return words;
}

void batches_release(batch_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        batch *b = &list->batches[i];
        free(b->source);
        free(b->source_lengths);
        free(b->read);
        free(b->answered);
        free(b->target_lengths);
    }
    free(list->batches);
    *list = (batch_list){0};
}
