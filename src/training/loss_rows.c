#include "training/loss_rows.h"

#include "base/memory.h"
#include "base/part.h"
#include "base/share.h"

#include <string.h>

struct piece {
    const struct rnni_loss_rows *rows;
    double *values; /* [count] */
    size_t first, count, shares;
};

static void fill_share(void *context, size_t index)
{
    const struct piece *piece = context;
    struct rnni_part share = rnni_part_of(piece->count, 1, index, piece->shares);
    piece->rows->fill(piece->values + share.first, piece->rows->context, piece->first + share.first, share.count);
}

/* As many values from `first` on as there is room for.  Returns how many: 0 after the last. */
static size_t fill_piece(const struct rnni_loss_threads *threads, const struct rnni_loss_rows *rows, size_t first)
{
    size_t left = rows->steps * rows->batch * rows->width - first;
    struct piece piece = {.rows = rows, .values = threads->values, .first = first};
    piece.count = left < threads->count ? left : threads->count;
    size_t shares = rnni_share_count(threads->team, rnni_memory_multiply(piece.count, rows->multiplications));
    piece.shares = shares < piece.count ? shares : piece.count;
    rnni_team_run(threads->team, piece.shares, fill_share, &piece);
    return piece.count;
}

#define FEW ((size_t)512) /* values on the stack */

double rnni_loss_rows_sum(double *losses, const struct rnni_loss_rows *rows, const float *weights)
{
    double few[FEW], sum = 0, row = 0;
    struct rnni_loss_threads threads = rows->threads ? *rows->threads : (struct rnni_loss_threads){NULL, few, FEW};
    const double *values = threads.values;
    size_t batch = rows->batch, width = rows->width;
    if (losses)
        memset(losses, 0, batch * sizeof *losses);
    for (size_t first = 0, count; (count = fill_piece(&threads, rows, first)); first += count) {
        struct rnni_loss_span span = rnni_loss_rows_begin(first, count, batch, width);
        for (; span.count; rnni_loss_rows_advance(&span, count, batch, width)) {
            double weight = weights ? (double)weights[span.b] : 1;
            for (size_t i = span.at; i < span.at + span.count; i++) {
                row += values[i];
                sum += weight > 0 ? weight * values[i] : 0;
            }
            if (span.c + span.count < width) /* the rest is in the next piece */
                break;
            if (losses)
                losses[span.b] += row;
            row = 0;
        }
    }
    return sum;
}
