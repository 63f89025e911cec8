#include "session/schedule.h"

#include "base/assertion.h"

#include <string.h>

/* Counting sort by falling length; sequences of one length keep their order.  `first` counts on the way. */
static void sort_by_length(struct rnni_schedule *s, const int32_t *lengths)
{
    size_t *place = s->first; /* [T+1] where the next sequence of each length goes */
    memset(place, 0, (s->steps + 1) * sizeof *place);
    for (size_t b = 0; b < s->batch; b++) {
        RNNI_ASSERT(lengths[b] >= 0 && (size_t)lengths[b] <= s->steps);
        place[lengths[b]]++;
    }
    size_t longer = 0;
    for (size_t length = s->steps + 1; length-- > 0;) {
        size_t count = place[length];
        place[length] = longer;
        longer += count;
        s->active[length] = longer; /* sequences of at least this length: alive at step length - 1 */
    }
    for (size_t b = 0; b < s->batch; b++) {
        size_t at = place[lengths[b]]++;
        s->order[at] = b;
        s->length[at] = (size_t)lengths[b];
    }
    memmove(s->active, s->active + 1, s->steps * sizeof *s->active);
}

void rnni_schedule_fill(struct rnni_schedule *s, const int32_t *lengths, size_t steps, size_t batch)
{
    RNNI_ASSERT(steps > 0 && batch > 0);
    s->steps = steps;
    s->given = steps;
    s->batch = batch;
    s->source = NULL;
    s->plain = 1;
    for (size_t b = 0; lengths && b < batch; b++)
        s->plain &= (size_t)lengths[b] == steps;
    for (size_t b = 0; s->plain && b < batch; b++) {
        s->order[b] = b;
        s->length[b] = steps;
    }
    for (size_t t = 0; s->plain && t < steps; t++)
        s->active[t] = batch;
    if (!s->plain)
        sort_by_length(s, lengths);
    s->active[steps] = 0;
    s->rows = 0;
    for (size_t t = 0; t < steps; t++) {
        s->first[t] = s->rows;
        s->rows += s->active[t];
    }
    s->first[steps] = s->rows;
}

/* The caller's row of step t of the sequence at sorted place r. */
static size_t padded_row(const struct rnni_schedule *s, size_t t, size_t r)
{
    return s->source ? s->source[s->offset[s->order[r]] + s->begun + t] : t * s->batch + s->order[r];
}

void rnni_schedule_gather(const struct rnni_schedule *s, void *packed, const void *padded, size_t size)
{
    if (rnni_schedule_is_padded(s)) {
        memcpy(packed, padded, s->rows * size);
        return;
    }
    char *to = packed;
    const char *from = padded;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            memcpy(to + (s->first[t] + r) * size, from + padded_row(s, t, r) * size, size);
}

void rnni_schedule_scatter(const struct rnni_schedule *s, void *padded, const void *packed, size_t size)
{
    if (rnni_schedule_is_padded(s)) {
        memcpy(padded, packed, s->rows * size);
        return;
    }
    char *to = padded;
    const char *from = packed;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < (s->source ? s->active[t] : s->batch); r++) {
            char *row = to + padded_row(s, t, r) * size;
            if (r < s->active[t])
                memcpy(row, from + (s->first[t] + r) * size, size);
            else
                memset(row, 0, size);
        }
}

void rnni_schedule_reverse(const struct rnni_schedule *s, void *reversed, const void *packed, size_t size)
{
    char *to = reversed;
    const char *from = packed;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            memcpy(to + rnni_schedule_row(s, s->length[r] - 1 - t, r) * size, from + rnni_schedule_row(s, t, r) * size,
                   size);
}

void rnni_schedule_sort(const struct rnni_schedule *s, void *sorted, const void *rows, size_t size)
{
    for (size_t r = 0; r < s->batch; r++)
        memcpy((char *)sorted + r * size, (const char *)rows + s->order[r] * size, size);
}

void rnni_schedule_unsort(const struct rnni_schedule *s, void *rows, const void *sorted, size_t size)
{
    for (size_t r = 0; r < s->batch; r++)
        memcpy((char *)rows + s->order[r] * size, (const char *)sorted + r * size, size);
}
