/* Recordings that differ a little in every epoch, so that a network does not learn them by heart. */
#include "random.h"
#include "speech.h"

#define LOUDNESS     0.25 /* deviation of what is added to all features */
#define MASKED_BANDS 8.0  /* at most */
#define MASKED_PART  0.2  /* of the steps, at most */

/* Where a run of random length, at most `longest` of `count`, begins and ends. */
static void draw_run(size_t *begin, size_t *end, double longest, size_t count, uint64_t *random)
{
    size_t length = (size_t)(uniform(random) * longest);

    *begin = (size_t)(uniform(random) * (double)(count - length + 1));
    *end = *begin + length;
}

void augment(float *x, size_t steps, uint64_t *random)
{
    float louder = (float)(LOUDNESS * normal(random));
    size_t band, last_band, step, last_step;

    draw_run(&band, &last_band, MASKED_BANDS + 1, BANDS, random);
    draw_run(&step, &last_step, MASKED_PART * (double)steps + 1, steps, random);
    for (size_t t = 0; t < steps; t++)
        for (size_t b = 0; b < BANDS; b++) {
            bool masked = (b >= band && b < last_band) || (t >= step && t < last_step);
            x[t * BANDS + b] = masked ? 0 : x[t * BANDS + b] + louder; /* 0 is the mean */
        }
}
