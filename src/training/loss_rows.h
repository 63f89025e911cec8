/* The values of which a loss is the sum, in pieces that the threads of a team divide. */
#ifndef RNNI_LOSS_ROWS_H
#define RNNI_LOSS_ROWS_H

#include "base/team.h"

/* The threads of a team, and room for so many values that they seldom meet. */
struct rnni_loss_threads {
    struct rnni_team *team;
    double *values; /* [count] */
    size_t count;
};

/* Room that suffices for so many values in all: no more than stay in the cache. */
#define RNNI_LOSS_ROWS_ROOM ((size_t)32768)
static inline size_t rnni_loss_rows_room(size_t values)
{
    return values < RNNI_LOSS_ROWS_ROOM ? values : RNNI_LOSS_ROWS_ROOM;
}

/* values [count] = those from `first` of [T,B,width] on; also writes their gradients. */
typedef void rnni_loss_fill(double *values, const void *context, size_t first, size_t count);

/* Values c .. c + count - 1 of step t of sequence b. */
struct rnni_loss_span {
    size_t t, b, c, count;
    size_t at; /* of the first in `values` */
};

static inline size_t rnni_loss_rows_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of `count` values from `first` on, those of the first row; and those of the next: count is 0 after the last. */
static inline struct rnni_loss_span rnni_loss_rows_begin(size_t first, size_t count, size_t batch, size_t width)
{
    size_t row = first / width, c = first % width;
    return (struct rnni_loss_span){row / batch, row % batch, c, rnni_loss_rows_least(count, width - c), 0};
}

static inline void rnni_loss_rows_advance(struct rnni_loss_span *span, size_t count, size_t batch, size_t width)
{
    span->at += span->count;
    span->count = rnni_loss_rows_least(count - span->at, width);
    span->c = 0;
    if (++span->b == batch) {
        span->b = 0;
        span->t++;
    }
}

struct rnni_loss_rows {
    const struct rnni_loss_threads *threads; /* NULL: the calling thread alone */
    rnni_loss_fill *fill;
    const void *context;
    size_t steps, batch, width; /* T, B, values of one row */
    size_t multiplications;     /* work of one value */
};

/* The sum of all in their order, each times the weight of its sequence, of weights [B] (NULL: 1).  losses [B] (NULL:
 * not wanted) gets the sums of the sequences without their weights.  With a weight of 0 the first sum leaves values
 * out, even if they are not finite. */
double rnni_loss_rows_sum(double *losses, const struct rnni_loss_rows *rows, const float *weights);

#endif
