/* Lines of a text, or of words that are made up. */
#include "die.h"
#include "file.h"
#include "random.h"
#include "tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST ((size_t)160) /* letters of a line; what is behind them is left out, from the last word on */

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\v' || letter == '\f';
}

/* The label of letter i of a word of n. */
static int32_t label_of(size_t i, size_t n)
{
    if (n == 1)
        return SINGLE;
    return i == 0 ? FIRST : i + 1 == n ? LAST : MIDDLE;
}

/* False: the line has no letters. */
static bool cut_line(line *l, const char *words)
{
    size_t most = strlen(words) < LONGEST ? strlen(words) : LONGEST;

    *l = (line){allocate(most, 1), allocate(most, sizeof *l->tokens), allocate(most, sizeof *l->labels), 0};
    for (const char *at = words; *at;) {
        size_t n = 0;
        while (is_space(*at))
            at++;
        while (at[n] && !is_space(at[n]))
            n++;
        if (l->length + n > most)
            break;
        for (size_t i = 0; i < n; i++, l->length++) {
            l->letters[l->length] = at[i];
            l->labels[l->length] = label_of(i, n);
        }
        at += n;
    }
    return l->length > 0;
}

static void release_line(line *l)
{
    free(l->letters);
    free(l->tokens);
    free(l->labels);
}

static void add_line(corpus *c, const char *words)
{
    if (cut_line(&c->lines[c->count], words))
        c->count++;
    else
        release_line(&c->lines[c->count]);
}

/* The last tenth is held out; tokens are the bytes of the other lines. */
static void finish(corpus *c)
{
    int32_t token[256] = {0};

    if (c->count < 20)
        die("%s: %zu lines with letters, expected at least 20", c->name, c->count);
    c->held_out = c->count - c->count / 10;
    c->alphabet = 1;
    for (size_t n = 0; n < c->count; n++)
        for (size_t i = 0; i < c->lines[n].length; i++) {
            unsigned char letter = (unsigned char)c->lines[n].letters[i];
            if (!token[letter] && n < c->held_out)
                token[letter] = (int32_t)c->alphabet++;
            c->lines[n].tokens[i] = token[letter];
        }
}

static corpus new_corpus(const char *name, const options *o)
{
    return (corpus){.name = name, .lines = allocate((size_t)o->lines, sizeof(line))};
}

corpus corpus_read(const char *path, const options *o)
{
    corpus c = new_corpus(path, o);
    file_bytes text = file_read(path);
    char *rest = text.bytes, *words;

    while (c.count < (size_t)o->lines && (words = file_next_line(&rest)))
        add_line(&c, words);
    free(text.bytes);
    finish(&c);
    return c;
}

/* ---- a generated text ------------------------------------------------------------------------------------------- */

#define WORDS    300
#define MOST     12 /* letters of a word */
#define PER_LINE 9

/* Words of one to four syllables. */
static void make_words(char (*words)[MOST + 1], uint64_t *random)
{
    static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";

    for (size_t n = 0; n < WORDS; n++) {
        size_t syllables = 1 + (size_t)(uniform(random) * 4), at = 0;
        for (size_t i = 0; i < syllables; i++) {
            if (uniform(random) < 0.9)
                words[n][at++] = consonants[(size_t)(uniform(random) * (sizeof consonants - 1))];
            words[n][at++] = vowels[(size_t)(uniform(random) * (sizeof vowels - 1))];
            if (uniform(random) < 0.25)
                words[n][at++] = consonants[(size_t)(uniform(random) * (sizeof consonants - 1))];
        }
        words[n][at] = 0;
    }
}

corpus corpus_generate(const options *o)
{
    corpus c = new_corpus("made-up words", o);
    char words[WORDS][MOST + 1], text[PER_LINE * (MOST + 1) + 1];
    uint64_t random = (uint64_t)o->seed;

    make_words(words, &random);
    while (c.count < (size_t)o->lines) {
        size_t count = 3 + (size_t)(uniform(&random) * (PER_LINE - 2)), at = 0;
        for (size_t i = 0; i < count; i++) { /* the first words are the most frequent */
            double u = uniform(&random);
            at += (size_t)snprintf(text + at, sizeof text - at, "%s ", words[(size_t)(u * u * WORDS)]);
        }
        add_line(&c, text);
    }
    finish(&c);
    return c;
}

void corpus_release(corpus *c)
{
    for (size_t n = 0; n < c->count; n++)
        release_line(&c->lines[n]);
    free(c->lines);
}
