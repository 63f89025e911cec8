/* Two thresholds, so that a probability that wavers around one of them does not cut speech into pieces. */
#include "vad.h"

#define SILENCE  0.1  /* seconds below the lower threshold end a segment */
#define SHORTEST 0.25 /* seconds of a segment */
#define LOWER    0.15 /* how far the lower threshold is below the other */

/* The last chunk may reach past the end of the recording. */
static void add(segments *found, const recording *r, double from, double to)
{
    double end = (double)r->count / RATE;

    to = to < end ? to : end;
    if (to - from >= SHORTEST)
        found->all[found->count++] = (segment){from, to};
}

segments segments_find(const recording *r, double threshold)
{
    segments found = {allocate(r->chunks / 2 + 1, sizeof(segment)), 0};
    bool speaks = false;
    size_t from = 0, last = 0; /* of the present segment: its first chunk, and the last one that is no silence */

    for (size_t i = 0; i < r->chunks; i++) {
        double p = (double)r->speech[i];
        if (!speaks && p >= threshold)
            from = i;
        speaks |= p >= threshold;
        if (speaks && p >= threshold - LOWER)
            last = i;
        if (speaks && (double)(i - last) * SECONDS >= SILENCE) {
            add(&found, r, (double)from * SECONDS, (double)(last + 1) * SECONDS);
            speaks = false;
        }
    }
    if (speaks)
        add(&found, r, (double)from * SECONDS, (double)(last + 1) * SECONDS);
    return found;
}
