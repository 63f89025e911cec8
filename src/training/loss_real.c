#include "training/loss.h"

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

double rnni_loss_weight_of_targets_given(const struct rnni_real_loss *with, const struct rnni_loss_steps *over)
{
    if (!with->skips_missing)
        return rnni_loss_weight_of_elements(over);
    double sum = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            double u = rnni_loss_mask_of(over, t, b) * rnni_loss_weight_of(over, b);
            if (u > 0)
                sum += u * (double)given(with, with->targets + (t * over->batch + b) * over->classes, over->classes);
        }
    return sum;
}

/* The loss of one step y [C] that counts, by the mask; *loss grows by its elements, by the weight too. */
static double add_row(double *loss, float *dy, const float *y, const float *targets, const struct rnni_real_loss *with,
                      size_t classes, double mask, double weight, double factor)
{
    double sum = 0, all = *loss, derivative;
    for (size_t c = 0; c < classes; c++) {
        float target = targets[c];
        if (with->skips_missing && target != target) {
            if (dy)
                dy[c] = 0;
            continue;
        }
        double one = mask * with->element(&derivative, (double)y[c], (double)target, with->delta);
        sum += one;
        all += weight * one;
        if (dy)
            dy[c] = (float)(factor * derivative);
    }
    *loss = all;
    return sum;
}

double rnni_loss_real(double *losses, float *dy, const float *y, const struct rnni_real_loss *with,
                      const struct rnni_loss_steps *over, double factor)
{
    double loss = 0;
    size_t classes = over->classes;
    if (losses)
        memset(losses, 0, over->batch * sizeof *losses);
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            size_t first = (t * over->batch + b) * classes;
            double mask = rnni_loss_mask_of(over, t, b), weight = rnni_loss_weight_of(over, b), one = 0, without = 0;
            int counts = mask > 0 && weight > 0;
            float *d = dy ? dy + first : NULL; /* [C] */
            if (mask > 0 && (counts || losses))
                one = add_row(counts ? &loss : &without, counts ? d : NULL, y + first, with->targets + first, with,
                              classes, mask, weight, factor * mask * weight);
            if (d && !counts)
                memset(d, 0, classes * sizeof *d);
            if (losses)
                losses[b] += one;
        }
    return loss;
}
