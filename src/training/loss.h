/* Losses: pure functions on flat arrays. */
#ifndef RNNI_LOSS_H
#define RNNI_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Which steps of [T,B] a loss is over. */
struct rnni_loss_steps {
    const int32_t *lengths; /* [B], or NULL: T for all */
    size_t steps, batch, classes;
};

static inline int rnni_loss_is_valid(const struct rnni_loss_steps *over, size_t t, size_t b)
{
    return !over->lengths || t < (size_t)over->lengths[b];
}

/* How many of T*B steps are valid. */
size_t rnni_loss_valid_steps(const struct rnni_loss_steps *over);

/* ---- classes ---------------------------------------------------------------------------------------------------- */

struct rnni_cross_entropy {
    const int32_t *targets; /* [T,B] */
    const float *weights;   /* [C], or NULL: 1 */
    double smoothing;
    int ignores; /* there are targets that do not count: */
    int32_t ignored;
};

/* What RNN_MEAN divides by: the sum of the weights of the targets that count. */
double rnni_loss_weight_of_targets(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over);

/* The sum over the steps that count of [T,B,C] logits: see rnn_weighted_cross_entropy.  dlogits (NULL: not wanted) is
 * multiplied by `factor`; it may be `logits`. */
double rnni_loss_cross_entropy(float *dlogits, const float *logits, const struct rnni_cross_entropy *with,
                               const struct rnni_loss_steps *over, double factor);

/* p [C] = softmax(o [C]); p may be o. */
void rnni_loss_softmax(float *p, const float *o, size_t classes);

/* ---- real numbers ----------------------------------------------------------------------------------------------- */

/* The loss of one element, and its derivative with respect to y. */
typedef double rnni_loss_element(double *derivative, double y, double target, double delta);

rnni_loss_element rnni_loss_binary_cross_entropy, rnni_loss_squared_error, rnni_loss_absolute_error, rnni_loss_huber;

struct rnni_real_loss {
    rnni_loss_element *element;
    const float *targets; /* [T,B,C] */
    const float *mask;    /* [T,B], or NULL: 1 */
    double delta;
};

/* What RNN_MEAN divides by: the elements that count, by the mask. */
double rnni_loss_weight_of_elements(const struct rnni_real_loss *with, const struct rnni_loss_steps *over);

/* The sum over all that counts of y [T,B,C]; dy (NULL: not wanted) is multiplied by `factor`; it may be `y`. */
double rnni_loss_real(float *dy, const float *y, const struct rnni_real_loss *with, const struct rnni_loss_steps *over,
                      double factor);

#endif
