/* Which sequences are alive at which step.  A ragged batch is worked on packed: sequences sorted by falling length, so
 * that those alive at step t are the first active[t] of them, and only their rows stored, step after step:
 *
 *     lengths 2 4 3  ->  sorted 4 3 2  ->  active 3 3 2 1 0, first 0 3 6 8 9, N = 9 rows
 *
 * Nothing is computed, and nothing can go wrong, past the end of a sequence.  Where all lengths are T ("plain") packed
 * and padded are the same. */
#ifndef RNNI_SCHEDULE_H
#define RNNI_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct rnni_schedule {
    size_t steps, batch; /* T, B */
    size_t rows;         /* N, the sum of the lengths */
    int plain;
    size_t *order;  /* [B] which of the caller's sequences stands at each sorted place */
    size_t *length; /* [B] its length */
    size_t *active; /* [T+1] sequences alive at each step; active[T] = 0 */
    size_t *first;  /* [T+1] packed row where each step begins; first[T] = N */
    size_t given;   /* the T of the caller's run: T, unless steps are left out of it */
    /* Where the caller's rows are arranged anew (see arrangement.h): step t of sequence b is row
     * source[offset[b] + begun + t].  NULL: it is row t*B + b. */
    const size_t *source, *offset;
    size_t begun; /* steps of the sequences before step 0 here */
};

/* Fills a schedule whose arrays have room for T and B.  lengths [B], each 0 .. T; NULL: all T. */
void rnni_schedule_fill(struct rnni_schedule *schedule, const int32_t *lengths, size_t steps, size_t batch);

/* Between padded [T,B] and packed [N] rows of `size` bytes; scatter leaves zeros past the end of each sequence.  Where
 * rows are arranged, scatter writes only the rows that the schedule has. */
void rnni_schedule_gather(const struct rnni_schedule *schedule, void *packed, const void *padded, size_t size);
void rnni_schedule_scatter(const struct rnni_schedule *schedule, void *padded, const void *packed, size_t size);

/* Packed rows [N] of `size` bytes with the steps of each sequence in reverse order; doing it twice gives them back. */
void rnni_schedule_reverse(const struct rnni_schedule *schedule, void *reversed, const void *packed, size_t size);

/* Whether packed and padded rows are the same. */
static inline int rnni_schedule_is_padded(const struct rnni_schedule *schedule)
{
    return schedule->plain && !schedule->source;
}

/* The packed row of step t of the sequence at sorted place r. */
static inline size_t rnni_schedule_row(const struct rnni_schedule *schedule, size_t t, size_t place)
{
    return schedule->first[t] + place;
}

/* Rows of `size` bytes from the caller's order [B] to the sorted order [B], and back. */
void rnni_schedule_sort(const struct rnni_schedule *schedule, void *sorted, const void *rows, size_t size);
void rnni_schedule_unsort(const struct rnni_schedule *schedule, void *rows, const void *sorted, size_t size);

#endif
