#include "training/loss.h"

#include "base/assertion.h"
#include "math/elementwise.h"
#include "math/softmax.h"

#include <math.h>
#include <string.h>

void rnni_loss_softmax(float *p, const float *o, size_t classes)
{
    double sum = rnni_softmax()->exp_shifted(p, o, rnni_softmax()->largest(o, classes), classes);
    rnni_elementwise()->scale(p, (float)(1 / sum), classes);
}

/* ---- cross-entropy: one step ------------------------------------------------------------------------------------ */

/* d [C] = factor * (softmax(o) - onehot(target)) unless it is NULL.  d may be o. */
static double plain(float *d, const float *o, size_t target, size_t classes, double factor)
{
    float chosen = o[target], top = rnni_softmax()->largest(o, classes);
    double sum = rnni_softmax()->exp_shifted(d, o, top, classes);
    if (d) {
        rnni_elementwise()->scale(d, (float)(factor / sum), classes);
        d[target] -= (float)factor;
    }
    return log(sum) + ((double)top - (double)chosen);
}

static double weight_of(const struct rnni_cross_entropy *with, size_t class)
{
    return with->weights ? (double)with->weights[class] : 1;
}

/* Every class has a share w[c] s/C of the loss, and the target (1-s) w[target] more. */
static double smoothed(float *d, const float *o, size_t target, const struct rnni_cross_entropy *with, size_t classes,
                       double factor)
{
    double share = with->smoothing / (double)classes, own = (1 - with->smoothing) * weight_of(with, target);
    float top = rnni_softmax()->largest(o, classes);
    double sum = rnni_softmax()->exp_shifted(NULL, o, top, classes);
    double norm = (double)top + log(sum), loss = own > 0 ? own * (norm - (double)o[target]) : 0, all = own;
    for (size_t c = 0; share > 0 && c < classes; c++) {
        double part = share * weight_of(with, c);
        loss += part > 0 ? part * (norm - (double)o[c]) : 0; /* 0 times infinity is nothing here */
        all += part;
    }
    if (!d)
        return loss;
    rnni_softmax()->exp_shifted(d, o, top, classes);
    rnni_elementwise()->scale(d, (float)(factor * all / sum), classes);
    for (size_t c = 0; share > 0 && c < classes; c++)
        d[c] -= (float)(factor * share * weight_of(with, c));
    d[target] -= (float)(factor * own);
    return loss;
}

/* ---- cross-entropy: all steps ------------------------------------------------------------------------------------ */

/* The mask, 0 where the step does not count. */
static double mask_of(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over, size_t t, size_t b)
{
    return with->targets[t * over->batch + b] == with->ignored ? 0 : rnni_loss_mask_of(over, t, b);
}

double rnni_loss_weight_of_targets(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over)
{
    double sum = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            double mask = mask_of(with, over, t, b);
            size_t target = (size_t)with->targets[t * over->batch + b];
            RNNI_ASSERT(!(mask > 0) || target < over->classes);
            if (mask > 0)
                sum += mask * rnni_loss_weight_of(over, b) * weight_of(with, target);
        }
    return sum;
}

double rnni_loss_cross_entropy(double *losses, float *dlogits, const float *logits,
                               const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over, double factor)
{
    double loss = 0;
    size_t classes = over->classes;
    int is_plain = !with->weights && !(with->smoothing > 0);
    if (losses)
        memset(losses, 0, over->batch * sizeof *losses);
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            size_t at = t * over->batch + b, target = (size_t)with->targets[at];
            double mask = mask_of(with, over, t, b), weight = rnni_loss_weight_of(over, b), one = 0;
            RNNI_ASSERT(!(mask > 0) || target < classes);
            const float *o = logits + at * classes;             /* [C] */
            float *d = dlogits ? dlogits + at * classes : NULL; /* [C] */
            float *wanted = weight > 0 ? d : NULL;              /* [C] */
            if (mask > 0 && (weight > 0 || losses))
                one = mask * (is_plain ? plain(wanted, o, target, classes, factor * mask * weight)
                                       : smoothed(wanted, o, target, with, classes, factor * mask * weight));
            if (mask > 0 && weight > 0)
                loss += weight * one;
            else if (d)
                memset(d, 0, classes * sizeof *d);
            if (losses)
                losses[b] += one;
        }
    return loss;
}
