/* The recordings of a folder, as the Free Spoken Digit Dataset names them, and strings of them. */
#include "file.h"
#include "random.h"
#include "speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD_OUT 5 /* recordings of each digit and speaker, those of the first indices */

/* ---- names ---------------------------------------------------------------------------------------------------- */

#define SPEAKER 2 /* where the speaker begins in a name */

const char *recording_speaker(const recording *r, int *length)
{
    *length = (int)strcspn(r->name + SPEAKER, "_");
    return r->name + SPEAKER;
}

static bool same_speaker(const recording *a, const recording *b)
{
    int length, other_length;
    const char *speaker = recording_speaker(a, &length), *other = recording_speaker(b, &other_length);

    return length == other_length && memcmp(speaker, other, (size_t)length) == 0;
}

/* The index; dies where the name is not DIGIT_SPEAKER_INDEX.wav. */
static long index_of(const char *folder, const char *name)
{
    int length = 0, end = 0;
    long index = -1;

    if (name[0] >= '0' && name[0] <= '9')
        sscanf(name + 1, "_%*[^_]%n_%8ld.wav%n", &length, &index, &end);
    if (length == 0 || index < 0 || end == 0 || name[1 + end] != '\0')
        die("%s/%s: the name is not DIGIT_SPEAKER_INDEX.wav, such as 7_jackson_32.wav", folder, name);
    return index;
}

/* By speaker, index, digit. */
static int compare(const void *a, const void *b)
{
    const char *name = ((const recording *)a)->name, *other = ((const recording *)b)->name;
    int order = strcmp(name + SPEAKER, other + SPEAKER);

    return order ? order : name[0] - other[0];
}

/* ---- recordings ----------------------------------------------------------------------------------------------- */

static recording read_recording(corpus *c, const char *folder, char *name)
{
    char *path = file_path(folder, name);
    recording r = {.heard = wav_read(path), .digit = name[0] - '0', .name = name};

    if (c->rate == 0)
        c->rate = r.heard.rate;
    if (r.heard.rate != c->rate)
        die("%s: there are %d samples a second, but %d in the files before it", path, (int)r.heard.rate, (int)c->rate);
    free(path);
    return r;
}

corpus corpus_read(const char *folder)
{
    file_names names = file_names_read(folder, ".wav");
    corpus c = {.training.items = allocate(names.count, sizeof(recording)),
                .held_out.items = allocate(names.count, sizeof(recording))};

    for (size_t i = 0; i < names.count; i++) {
        recordings *to = index_of(folder, names.names[i]) < HELD_OUT ? &c.held_out : &c.training;
        to->items[to->count++] = read_recording(&c, folder, names.names[i]);
    }
    free(names.names); /* the names themselves now belong to the recordings */
    if (c.training.count == 0 || c.held_out.count == 0)
        die("%s: there must be recordings to train with (INDEX %d and up) and to be held out (INDEX below %d)", folder,
            HELD_OUT, HELD_OUT);
    qsort(c.training.items, c.training.count, sizeof(recording), compare);
    qsort(c.held_out.items, c.held_out.count, sizeof(recording), compare);
    return c;
}

static void release(recordings *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->items[i].heard.samples);
        free(r->items[i].name);
    }
    free(r->items);
}

void corpus_release(corpus *c)
{
    release(&c->training);
    release(&c->held_out);
}

size_t recordings_of_speaker(const recordings *r, size_t first)
{
    size_t end = first;

    while (end < r->count && same_speaker(&r->items[end], &r->items[first]))
        end++;
    return end;
}

/* ---- sequences ------------------------------------------------------------------------------------------------ */

sequence_list recordings_features(const recordings *r, filterbank *f)
{
    sequence_list list = {.inputs = INPUTS};

    for (size_t i = 0; i < r->count; i++) {
        const sound *heard = &r->items[i].heard;
        sequence s = {.labels = allocate(1, sizeof *s.labels), .label_count = 1};
        s.x = filterbank_apply(f, heard->samples, heard->count, &s.steps);
        s.labels[0] = r->items[i].digit;
        sequences_add(&list, s);
    }
    return list;
}

static size_t draw(size_t count, uint64_t *random)
{
    return (size_t)(uniform(random) * (double)count);
}

/* Recordings first .. end - 1 are those of one speaker: that of a recording drawn from all. */
static void draw_speaker(size_t *first, size_t *end, const recordings *r, uint64_t *random)
{
    size_t drawn = draw(r->count, random);

    for (*first = drawn; *first > 0 && same_speaker(&r->items[*first - 1], &r->items[drawn]);)
        --*first;
    *end = recordings_of_speaker(r, drawn);
}

sequence draw_string(const recordings *r, filterbank *f, const scale *s, uint64_t *random)
{
    size_t first, end, count = 0;
    sequence drawn = {.label_count = SHORTEST + draw(LONGEST - SHORTEST + 1, random)};
    const recording *parts[LONGEST];

    draw_speaker(&first, &end, r, random);
    drawn.labels = allocate(drawn.label_count, sizeof *drawn.labels);
    for (size_t i = 0; i < drawn.label_count; i++) {
        parts[i] = &r->items[first + draw(end - first, random)];
        drawn.labels[i] = 1 + parts[i]->digit;
        count += parts[i]->heard.count;
    }
    int16_t *samples = allocate(count, sizeof *samples), *at = samples;
    for (size_t i = 0; i < drawn.label_count; i++) {
        memcpy(at, parts[i]->heard.samples, parts[i]->heard.count * sizeof *at);
        at += parts[i]->heard.count;
    }
    drawn.x = filterbank_apply(f, samples, count, &drawn.steps);
    scale_apply(s, drawn.x, drawn.steps);
    free(samples);
    return drawn;
}
