/* Words and tokens. */
#include "file.h"
#include "translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const special[SPECIAL_TOKENS] = {"<begin>", "<end>", "<unknown>"};

/* ---- words and their counts ----------------------------------------------------------------------------------- */

/* Fowler, Noll and Vo's hash, 64 bits. */
static uint64_t hash(const char *word, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)word[i]) * 0x100000001b3u;
    return h;
}

/* Where the word is in the table, or the free place where it belongs. */
static int32_t *find(const vocabulary *v, const char *word, size_t length)
{
    size_t at = hash(word, length) % v->slot_count;

    for (; v->slots[at] >= 0; at = (at + 1) % v->slot_count) {
        const char *there = v->words[v->slots[at]];
        if (strncmp(there, word, length) == 0 && there[length] == '\0')
            break;
    }
    return &v->slots[at];
}

/* For up to `capacity` words; at first those that are none. */
static vocabulary vocabulary_create(size_t capacity)
{
    vocabulary v = {.slot_count = 2 * (capacity + SPECIAL_TOKENS) + 1};

    v.words = allocate(capacity + SPECIAL_TOKENS, sizeof *v.words);
    v.slots = allocate(v.slot_count, sizeof *v.slots);
    memset(v.slots, -1, v.slot_count * sizeof *v.slots);
    return v;
}

static int32_t add(vocabulary *v, const char *word, size_t length)
{
    int32_t *slot = find(v, word, length);

    if (*slot < 0) {
        char *copy = allocate(length + 1, 1);
        v->words[v->count] = memcpy(copy, word, length);
        *slot = (int32_t)v->count++;
    }
    return *slot;
}

static void add_special(vocabulary *v)
{
    for (size_t i = 0; i < SPECIAL_TOKENS; i++)
        add(v, special[i], strlen(special[i]));
}

int32_t vocabulary_token(const vocabulary *v, const char *word, size_t length)
{
    int32_t token = *find(v, word, length);

    return token < SPECIAL_TOKENS ? UNKNOWN : token;
}

void vocabulary_release(vocabulary *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->words[i]);
    free(v->words);
    free(v->slots);
    *v = (vocabulary){0};
}

typedef struct {
    const char *word;
    size_t count, order; /* order: as they first come, so that equals stand the same way every time */
} counted;

static int compare_counts(const void *a, const void *b)
{
    const counted *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static size_t word_count(const char *text)
{
    size_t words = 0;

    for (text += strspn(text, SPACE); *text; text += strspn(text, SPACE), words++)
        text += strcspn(text, SPACE);
    return words;
}

/* Every word of the text with its count; `all` holds the words. */
static counted *count_words(vocabulary *all, const char *text)
{
    size_t total = word_count(text);
    counted *counts = allocate(total, sizeof *counts);

    *all = vocabulary_create(total);
    for (text += strspn(text, SPACE); *text; text += strspn(text, SPACE)) {
        size_t length = strcspn(text, SPACE);
        int32_t place = add(all, text, length);
        counts[place].word = all->words[place];
        counts[place].order = (size_t)place;
        counts[place].count++;
        text += length;
    }
    return counts;
}

vocabulary vocabulary_of_text(const char *text, size_t least, size_t most)
{
    vocabulary all, kept;
    counted *counts = count_words(&all, text);
    size_t count = 0;

    qsort(counts, all.count, sizeof *counts, compare_counts);
    while (count < all.count && count < most && counts[count].count >= least)
        count++;
    kept = vocabulary_create(count);
    add_special(&kept);
    for (size_t i = 0; i < count; i++)
        add(&kept, counts[i].word, strlen(counts[i].word));
    free(counts);
    vocabulary_release(&all);
    return kept;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

void vocabulary_save(const vocabulary *v, const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file)
        die("%s: %s", path, strerror(errno));
    for (size_t i = 0; i < v->count; i++)
        fprintf(file, "%s\n", v->words[i]);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        die("%s: the words could not be written: %s", path, strerror(errno));
}

vocabulary vocabulary_load(const char *path)
{
    file_bytes read = file_read(path);
    char *rest = read.bytes, *line;
    vocabulary v = vocabulary_create(word_count(read.bytes));

    for (size_t i = 0; (line = file_next_line(&rest)); i++) {
        if (i < SPECIAL_TOKENS && strcmp(line, special[i]) != 0)
            die("%s: line %zu is '%s' instead of '%s': these are not the words of a network", path, i + 1, line,
                special[i]);
        if (*line == '\0' || strpbrk(line, SPACE) || (size_t)add(&v, line, strlen(line)) != i)
            die("%s: line %zu: '%s' is not a word, or was there before", path, i + 1, line);
    }
    if (v.count <= SPECIAL_TOKENS)
        die("%s: no words in it", path);
    free(read.bytes);
    return v;
}
