/* Recordings that differ a little in every epoch, so that a network does not learn them by heart. */
#include "random.h"
#include "speech.h"

#include <string.h>

#define LOUDNESS      0.25 /* deviation of what is added to all features */
#define MASKED_BANDS  8    /* in a row, at most */
#define MASKED_FRAMES 8    /* the same, and in so many frames: */
#define EVERY         50

/* Where a run of random length, at most `longest` and `count`, begins and ends. */
static void draw_run(size_t *begin, size_t *end, size_t longest, size_t count, uint64_t *random)
{
    size_t most = longest < count ? longest : count, length = (size_t)(uniform(random) * (double)(most + 1));

    *begin = (size_t)(uniform(random) * (double)(count - length + 1));
    *end = *begin + length;
}

/* A masked feature is 0, its mean. */
void augment(float *x, size_t steps, uint64_t *random)
{
    float louder = (float)(LOUDNESS * normal(random));
    size_t frames = steps * STACKED, begin, end;

    for (size_t i = 0; i < frames * BANDS; i++)
        x[i] += louder;
    draw_run(&begin, &end, MASKED_BANDS, BANDS, random);
    for (size_t t = 0; t < frames; t++)
        memset(x + t * BANDS + begin, 0, (end - begin) * sizeof *x);
    for (size_t t = 0; t < frames; t += EVERY) {
        draw_run(&begin, &end, MASKED_FRAMES, frames - t < EVERY ? frames - t : EVERY, random);
        memset(x + (t + begin) * BANDS, 0, (end - begin) * BANDS * sizeof *x);
    }
}
