#include "training/loss.h"

#include "math/vector.h"

#include <math.h>
#include <string.h>

void rnni_loss_softmax(float *p, const float *o, size_t classes)
{
    double sum = rnni_vector()->exp_shifted(p, o, rnni_vector()->largest(o, classes), classes);
    rnni_vector()->scale(p, (float)(1 / sum), classes);
}

/* Loss of one step; d [C] = factor * (softmax(o) - onehot(target)) unless it is NULL.  d may be o. */
static double cross_entropy(float *d, const float *o, size_t target, size_t classes, float factor)
{
    float chosen = o[target], top = rnni_vector()->largest(o, classes);
    double sum = rnni_vector()->exp_shifted(d, o, top, classes);
    if (d) {
        rnni_vector()->scale(d, (float)((double)factor / sum), classes);
        d[target] -= factor;
    }
    return log(sum) + ((double)top - (double)chosen);
}

double rnni_loss_cross_entropy(float *dlogits, const float *logits, const int32_t *targets, const int32_t *lengths,
                               size_t steps, size_t batch, size_t classes, float factor)
{
    double loss = 0;
    for (size_t t = 0; t < steps; t++)
        for (size_t b = 0; b < batch; b++) {
            size_t at = t * batch + b;
            const float *o = logits + at * classes;             /* [C] */
            float *d = dlogits ? dlogits + at * classes : NULL; /* [C] */
            if (!lengths || t < (size_t)lengths[b])
                loss += cross_entropy(d, o, (size_t)targets[at], classes, factor);
            else if (d)
                memset(d, 0, classes * sizeof *d);
        }
    return loss;
}

size_t rnni_loss_valid_steps(const int32_t *lengths, size_t steps, size_t batch)
{
    if (!lengths)
        return steps * batch;
    size_t count = 0;
    for (size_t b = 0; b < batch; b++)
        count += (size_t)lengths[b];
    return count;
}
