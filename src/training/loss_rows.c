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

/* Row by row. */
static void fill_share(void *context, size_t index)
{
    const struct piece *piece = context;
    const struct rnni_loss_rows *rows = piece->rows;
    struct rnni_part share = rnni_part_of(piece->count, 1, index, piece->shares);
    size_t first = piece->first + share.first, row = first / rows->width;
    struct rnni_loss_span span = {row / rows->batch, row % rows->batch, first % rows->width, 0};
    for (size_t i = 0; i < share.count; i += span.count) {
        size_t left = share.count - i, behind = rows->width - span.c;
        span.count = left < behind ? left : behind;
        rows->fill(piece->values + share.first + i, rows->context, span);
        span.c = 0;
        if (++span.b == rows->batch) {
            span.b = 0;
            span.t++;
        }
    }
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
    size_t b = 0, c = 0;
    if (losses)
        memset(losses, 0, rows->batch * sizeof *losses);
    for (size_t first = 0, count; (count = rnni_loss_rows_next(values, rows, first)); first += count)
        for (size_t i = 0; i < count; i++) {
            double weight = weights ? (double)weights[b] : 1;
            if (weight > 0)
                sum += weight * values[i];
            row += values[i];
            if (++c < rows->width)
                continue;
            if (losses)
                losses[b] += row;
            row = 0;
            c = 0;
            b = b + 1 < rows->batch ? b + 1 : 0;
        }
    return sum;
}
