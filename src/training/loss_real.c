#include "training/loss.h"

#include "training/loss_rows.h"

#include <math.h>
#include <string.h>

/* ---- one element ------------------------------------------------------------------------------------------------ */

double rnni_loss_binary_cross_entropy(double *derivative, double y, double target, double delta)
{
    (void)delta;
    double e = exp(-fabs(y)); /* at most 1 */
    *derivative = (y >= 0 ? 1 : e) / (1 + e) - target;
    return (y > 0 ? y : y != y ? y : 0) - y * target + log1p(e);
}

double rnni_loss_squared_error(double *derivative, double y, double target, double delta)
{
    (void)delta;
    *derivative = 2 * (y - target);
    return (y - target) * (y - target);
}

double rnni_loss_absolute_error(double *derivative, double y, double target, double delta)
{
    (void)delta;
    double d = y - target;
    *derivative = d > 0 ? 1 : d < 0 ? -1 : d; /* of 0: 0; of what is not a number the same */
    return fabs(d);
}

double rnni_loss_huber(double *derivative, double y, double target, double delta)
{
    double d = y - target, size = fabs(d);
    *derivative = size > delta ? copysign(delta, d) : d;
    return size > delta ? delta * (size - delta / 2) : d * d / 2;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* How many elements of a row of targets [C] count. */
static size_t given(const struct rnni_real_loss *with, const float *targets, size_t classes)
{
    size_t missing = 0;
    for (size_t c = 0; with->skips_missing && c < classes; c++)
        missing += targets[c] != targets[c];
    return classes - missing;
}

double rnni_loss_weight_of_elements(const struct rnni_loss_steps *over)
{
    double sum = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++)
            sum += rnni_loss_mask_of(over, t, b) * rnni_loss_weight_of(over, b);
    return sum * (double)over->classes;
}

#define MULTIPLICATIONS_OF_COUNT ((size_t)1) /* of one element */
#define MULTIPLICATIONS_OF_LOSS  ((size_t)128)

struct batch {
    float *dy;      /* [T,B,C] or NULL */
    const float *y; /* [T,B,C] */
    const struct rnni_real_loss *with;
    const struct rnni_loss_steps *over;
    double factor;
    int wants_light; /* the losses of sequences without weight, too */
};

/* u times how many elements of a row count. */
static double weight_of_row(const struct batch *batch, size_t t, size_t b)
{
    const struct rnni_loss_steps *over = batch->over;
    const float *targets = batch->with->targets + (t * over->batch + b) * over->classes; /* [C] */
    double u = rnni_loss_mask_of(over, t, b) * rnni_loss_weight_of(over, b);
    return u > 0 ? u * (double)given(batch->with, targets, over->classes) : 0;
}

static void fill_weights(double *values, const void *context, size_t first, size_t count)
{
    const struct batch *batch = context;
    size_t sequences = batch->over->batch;
    struct rnni_loss_span span = rnni_loss_rows_begin(first, count, sequences, 1);
    for (; span.count; rnni_loss_rows_advance(&span, count, sequences, 1))
        values[span.at] = weight_of_row(batch, span.t, span.b);
}

double rnni_loss_weight_of_targets_given(const struct rnni_real_loss *with, const struct rnni_loss_steps *over,
                                         const struct rnni_loss_threads *threads)
{
    if (!with->skips_missing)
        return rnni_loss_weight_of_elements(over);
    struct batch batch = {.with = with, .over = over};
    struct rnni_loss_rows rows = {.threads = threads,
                                  .fill = fill_weights,
                                  .context = &batch,
                                  .steps = over->steps,
                                  .batch = over->batch,
                                  .width = 1,
                                  .multiplications = over->classes * MULTIPLICATIONS_OF_COUNT};
    return rnni_loss_rows_sum(NULL, &rows, NULL);
}

/* The losses of y [count] that count; dy (NULL: not wanted) is multiplied by `factor`. */
static inline void fill_span(double *values, float *dy, const float *y, const float *targets,
                             const struct rnni_real_loss *with, double mask, double factor, size_t count)
{
    double derivative;
    for (size_t c = 0; c < count; c++) {
        float target = targets[c];
        if (with->skips_missing && target != target) {
            values[c] = 0;
            if (dy)
                dy[c] = 0;
            continue;
        }
        values[c] = mask * with->element(&derivative, (double)y[c], (double)target, with->delta);
        if (dy)
            dy[c] = (float)(factor * derivative);
    }
}

/* The losses of elements of one row without the weight of the sequence; 0 where they do not count. */
static inline void fill_row(double *values, const struct batch *batch, struct rnni_loss_span span)
{
    const struct rnni_loss_steps *over = batch->over;
    size_t first = (span.t * over->batch + span.b) * over->classes + span.c;
    double mask = rnni_loss_mask_of(over, span.t, span.b), weight = rnni_loss_weight_of(over, span.b);
    int counts = mask > 0 && weight > 0;
    float *d = batch->dy ? batch->dy + first : NULL; /* [count] */
    if (mask > 0 && (counts || batch->wants_light))
        fill_span(values, counts ? d : NULL, batch->y + first, batch->with->targets + first, batch->with, mask,
                  batch->factor * mask * weight, span.count);
    else
        memset(values, 0, span.count * sizeof *values);
    if (d && !counts)
        memset(d, 0, span.count * sizeof *d);
}

static void fill(double *values, const void *context, size_t first, size_t count)
{
    const struct batch *batch = context;
    size_t sequences = batch->over->batch, classes = batch->over->classes;
    struct rnni_loss_span span = rnni_loss_rows_begin(first, count, sequences, classes);
    for (; span.count; rnni_loss_rows_advance(&span, count, sequences, classes))
        fill_row(values + span.at, batch, span);
}

double rnni_loss_real(double *losses, float *dy, const float *y, const struct rnni_real_loss *with,
                      const struct rnni_loss_steps *over, double factor, const struct rnni_loss_threads *threads)
{
    struct batch batch = {
        .dy = dy, .y = y, .with = with, .over = over, .factor = factor, .wants_light = losses != NULL};
    struct rnni_loss_rows rows = {.threads = threads,
                                  .fill = fill,
                                  .context = &batch,
                                  .steps = over->steps,
                                  .batch = over->batch,
                                  .width = over->classes,
                                  .multiplications = MULTIPLICATIONS_OF_LOSS};
    return rnni_loss_rows_sum(losses, &rows, over->weights);
}
