/* The values of which a loss is the sum, in pieces that the threads of a team divide. */
#ifndef RNNI_LOSS_ROWS_H
#define RNNI_LOSS_ROWS_H

#include "base/team.h"

/* Values c .. c + count - 1 of step t of sequence b. */
struct rnni_loss_span {
    size_t t, b, c, count;
};

/* values [count] of a span; also writes its gradient. */
typedef void rnni_loss_fill(double *values, const void *context, struct rnni_loss_span span);

struct rnni_loss_rows {
    struct rnni_team *team; /* NULL: the calling thread alone */
    rnni_loss_fill *fill;
    const void *context;
    size_t steps, batch, width; /* T, B, values of one row */
    size_t multiplications;     /* work of one value */
};

/* Values of one piece, on the stack of the caller: it adds them in their order, whatever the number of threads. */
#define RNNI_LOSS_ROWS_PIECE ((size_t)896)

/* values [at most RNNI_LOSS_ROWS_PIECE] = those from `first` of [T,B,width] on.  Returns how many: 0 after the last. */
size_t rnni_loss_rows_next(double *values, const struct rnni_loss_rows *rows, size_t first);

/* The sum of all, each times the weight of its sequence, of weights [B] (NULL: 1).  losses [B] (NULL: not wanted) gets the sums of the sequences
 * without their weights.  With a weight of 0 the first sum leaves values out, even if they are not finite. */
double rnni_loss_rows_sum(double *losses, const struct rnni_loss_rows *rows, const float *weights);

#endif
