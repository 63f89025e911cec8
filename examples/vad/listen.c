/* From a recording to probabilities, as a stream: a chunk at a time, each with the end of the one before. */
#include "clock.h"
#include "vad.h"

#include <stdlib.h>
#include <string.h>

/* The samples at RATE, by straight lines between those of the file: enough from RATE / 2 up; a higher rate would need a
 * low-pass filter first. */
static void resample(recording *r, const sound *heard, const char *path)
{
    if (heard->rate != RATE && heard->rate != RATE / 2)
        die("%s: there are %d samples a second; only %d and %d are read", path, (int)heard->rate, RATE / 2, RATE);
    r->count = (size_t)((uint64_t)heard->count * RATE / (uint64_t)heard->rate);
    r->samples = allocate(r->count, sizeof *r->samples);
    for (size_t i = 0; i < r->count; i++) {
        double at = (double)i * heard->rate / RATE;
        size_t left = (size_t)at, right = left + 1 < heard->count ? left + 1 : left;
        double part = at - (double)left;
        r->samples[i] = (float)(((1 - part) * heard->samples[left] + part * heard->samples[right]) / 32768);
    }
}

/* x [SEEN]: the last samples before the chunk, the chunk, and its last samples again, backwards from the last but one.
 * What the recording lacks is silence. */
static void fill(float *x, const recording *r, size_t chunk)
{
    size_t first = chunk * CHUNK, left = r->count - first, count = left < CHUNK ? left : CHUNK;

    memmove(x, x + CHUNK, CONTEXT * sizeof *x);
    memset(x + CONTEXT, 0, CHUNK * sizeof *x);
    memcpy(x + CONTEXT, r->samples + first, count * sizeof *x);
    for (size_t i = 0; i < CONTEXT; i++)
        x[CONTEXT + CHUNK + i] = x[CONTEXT + CHUNK - 2 - i];
}

recording listen(const networks *both, const char *path)
{
    sound heard = wav_read(path);
    recording r = {.count = 0};
    float x[SEEN] = {0};

    resample(&r, &heard, path);
    r.chunks = (r.count + CHUNK - 1) / CHUNK;
    r.speech = allocate(r.chunks, sizeof *r.speech);
    double began = now();
    for (size_t i = 0; i < r.chunks; i++) {
        fill(x, &r, i);
        r.speech[i] = networks_hear(both, x);
    }
    r.taken = now() - began;
    free(heard.samples);
    return r;
}

void recording_release(recording *r)
{
    free(r->samples);
    free(r->speech);
}
