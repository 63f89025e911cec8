#include "training/loss.h"

#include "base/assertion.h"
#include "training/loss_rows.h"

#include <math.h>
#include <string.h>

/* ---- one target, one output -------------------------------------------------------------------------------------- */

static void put(float *d, double factor, double derivative)
{
    if (d)
        *d = (float)(factor * derivative);
}

double rnni_loss_binary_cross_entropy(float *d, const float *y, double target, const struct rnni_real_loss *with,
                                      double factor)
{
    (void)with;
    double o = (double)*y, e = exp(-fabs(o)); /* at most 1 */
    put(d, factor, (o >= 0 ? 1 : e) / (1 + e) - target);
    return (o > 0 ? o : o != o ? o : 0) - o * target + log1p(e);
}

double rnni_loss_squared_error(float *d, const float *y, double target, const struct rnni_real_loss *with,
                               double factor)
{
    (void)with;
    double difference = (double)*y - target;
    put(d, factor, 2 * difference);
    return difference * difference;
}

double rnni_loss_absolute_error(float *d, const float *y, double target, const struct rnni_real_loss *with,
                                double factor)
{
    (void)with;
    double difference = (double)*y - target;
    put(d, factor, difference > 0 ? 1 : difference < 0 ? -1 : difference); /* of 0: 0; of NaN: NaN */
    return fabs(difference);
}

double rnni_loss_huber(float *d, const float *y, double target, const struct rnni_real_loss *with, double factor)
{
    double difference = (double)*y - target, size = fabs(difference), delta = with->delta;
    put(d, factor, size > delta ? copysign(delta, difference) : difference);
    return size > delta ? delta * (size - delta / 2) : difference * difference / 2;
}

/* ---- one target, several outputs --------------------------------------------------------------------------------- */

double rnni_loss_quantiles(float *d, const float *y, double target, const struct rnni_real_loss *with, double factor)
{
    double sum = 0;
    for (size_t q = 0; q < with->outputs; q++) {
        double level = (double)with->levels[q], difference = target - (double)y[q];
        double derivative = difference > 0 ? -level : difference < 0 ? 1 - level : difference; /* of NaN: NaN */
        sum += (difference < 0 ? level - 1 : level) * difference;
        if (d)
            d[q] = (float)(factor * derivative);
    }
    return sum;
}

#define LOG_2_PI 1.8378770664093454836

double rnni_loss_gaussian(float *d, const float *y, double target, const struct rnni_real_loss *with, double factor)
{
    double difference = (double)y[0] - target, raw = (double)y[1], e = exp(-fabs(raw)); /* at most 1 */
    double variance = (raw > 0 ? raw : raw != raw ? raw : 0) + log1p(e) + with->least;
    double slope = (raw >= 0 ? 1 : e) / (1 + e), scaled = difference / variance;
    if (d) {
        d[0] = (float)(factor * scaled);
        d[1] = (float)(factor * (1 / variance - scaled * scaled) / 2 * slope);
    }
    return (log(variance) + difference * scaled + LOG_2_PI) / 2;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* How many of a row of targets [K] are there. */
static size_t given(const float *targets, size_t classes)
{
    size_t missing = 0;
    for (size_t c = 0; c < classes; c++)
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

#define MULTIPLICATIONS_OF_COUNT ((size_t)1)   /* of one element */
#define MULTIPLICATIONS_OF_LOSS  ((size_t)128) /* of one output */

struct batch {
    float *dy;      /* [T,B,K*W] or NULL */
    const float *y; /* [T,B,K*W] */
    const struct rnni_real_loss *with;
    const struct rnni_loss_steps *over; /* whose classes are K */
    double factor;
};

/* u times how many targets of a row count. */
static double weight_of_row(const struct batch *batch, size_t t, size_t b)
{
    const struct rnni_loss_steps *over = batch->over;
    const float *targets = batch->with->targets + (t * over->batch + b) * over->classes; /* [K] */
    double u = rnni_loss_mask_of(over, t, b) * rnni_loss_weight_of(over, b);
    return u > 0 ? u * (double)given(targets, over->classes) : 0;
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

/* The losses of `count` targets that count. */
static inline void fill_span(double *values, float *dy, const float *y, const float *targets,
                             const struct rnni_real_loss *with, double mask, double factor, size_t count)
{
    size_t outputs = with->outputs;
    for (size_t k = 0; k < count; k++) {
        float *d = dy ? dy + k * outputs : NULL; /* [W] */
        int is_missing = with->skips_missing && targets[k] != targets[k];
        values[k] = is_missing ? 0 : mask * with->target(d, y + k * outputs, (double)targets[k], with, factor);
        if (is_missing && d)
            memset(d, 0, outputs * sizeof *d);
    }
}

/* The losses of targets of one row without the weight of the sequence; 0 where they do not count. */
static inline void fill_row(double *values, const struct batch *batch, struct rnni_loss_span span)
{
    const struct rnni_loss_steps *over = batch->over;
    size_t first = (span.t * over->batch + span.b) * over->classes + span.c, outputs = batch->with->outputs;
    double mask = rnni_loss_mask_of(over, span.t, span.b), weight = rnni_loss_weight_of(over, span.b);
    int counts = mask > 0 && weight > 0;
    float *d = batch->dy ? batch->dy + first * outputs : NULL; /* [count,W] */
    if (mask > 0)
        fill_span(values, counts ? d : NULL, batch->y + first * outputs, batch->with->targets + first, batch->with,
                  mask, batch->factor * mask * weight, span.count);
    else
        memset(values, 0, span.count * sizeof *values);
    if (d && !counts)
        memset(d, 0, span.count * outputs * sizeof *d);
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
    RNNI_ASSERT(with->outputs && with->target);
    struct batch batch = {.dy = dy, .y = y, .with = with, .over = over, .factor = factor};
    struct rnni_loss_rows rows = {.threads = threads,
                                  .fill = fill,
                                  .context = &batch,
                                  .steps = over->steps,
                                  .batch = over->batch,
                                  .width = over->classes,
                                  .multiplications = with->outputs * MULTIPLICATIONS_OF_LOSS};
    return rnni_loss_rows_sum(losses, &rows, over->weights);
}
