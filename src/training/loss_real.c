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

static double mask_of(const struct rnni_real_loss *with, const struct rnni_loss_steps *over, size_t t, size_t b)
{
    if (!rnni_loss_is_valid(over, t, b))
        return 0;
    return with->mask ? (double)with->mask[t * over->batch + b] : 1;
}

double rnni_loss_weight_of_elements(const struct rnni_real_loss *with, const struct rnni_loss_steps *over)
{
    double sum = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++)
            sum += mask_of(with, over, t, b);
    return sum * (double)over->classes;
}

double rnni_loss_real(float *dy, const float *y, const struct rnni_real_loss *with, const struct rnni_loss_steps *over,
                      double factor)
{
    double loss = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            size_t first = (t * over->batch + b) * over->classes, end = first + over->classes;
            double mask = mask_of(with, over, t, b), derivative;
            if (!(mask > 0)) {
                if (dy)
                    memset(dy + first, 0, over->classes * sizeof *dy);
                continue;
            }
            for (size_t i = first; i < end; i++) {
                loss += mask * with->element(&derivative, (double)y[i], (double)with->targets[i], with->delta);
                if (dy)
                    dy[i] = (float)(factor * mask * derivative);
            }
        }
    return loss;
}
