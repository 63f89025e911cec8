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

size_t rnni_loss_rows_next(double *values, const struct rnni_loss_rows *rows, size_t first)
{
    size_t left = rows->steps * rows->batch * rows->width - first;
    size_t count = left < RNNI_LOSS_ROWS_PIECE ? left : RNNI_LOSS_ROWS_PIECE;
    struct piece piece = {.rows = rows, .values = values, .first = first, .count = count};
    size_t shares = rnni_share_count(rows->team, rnni_memory_multiply(count, rows->multiplications));
    piece.shares = shares < count ? shares : count;
    rnni_team_run(rows->team, piece.shares, fill_share, &piece);
    return count;
}

double rnni_loss_rows_sum(double *losses, const struct rnni_loss_rows *rows, const float *weights)
{
    double values[RNNI_LOSS_ROWS_PIECE], sum = 0, row = 0;
    size_t batch = rows->batch, width = rows->width;
    if (losses)
        memset(losses, 0, batch * sizeof *losses);
    for (size_t first = 0, count; (count = rnni_loss_rows_next(values, rows, first)); first += count) {
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
