/* Losses: pure functions on flat arrays. */
#ifndef RNNI_LOSS_H
#define RNNI_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Which steps of [T,B] a loss is over, and how much each of them counts. */
struct rnni_loss_steps {
    const int32_t *lengths; /* [B], or NULL: T for all */
    const int32_t *present; /* [T,B] 1, or 0 for a step that the network has left out; NULL: 1 for all */
    size_t steps, batch, classes;
    const float *mask;    /* [T,B], or NULL: 1; ignored past the end of a sequence */
    const float *weights; /* [B], or NULL: 1 */
};

/* Whether the network has an output there. */
static inline int rnni_loss_is_valid(const struct rnni_loss_steps *over, size_t t, size_t b)
{
    if (over->present && !over->present[t * over->batch + b])
        return 0;
    return !over->lengths || t < (size_t)over->lengths[b];
}

/* The mask, 0 where there is no output. */
static inline double rnni_loss_mask_of(const struct rnni_loss_steps *over, size_t t, size_t b)
{
    if (!rnni_loss_is_valid(over, t, b))
        return 0;
    return over->mask ? (double)over->mask[t * over->batch + b] : 1;
}

static inline double rnni_loss_weight_of(const struct rnni_loss_steps *over, size_t b)
{
    return over->weights ? (double)over->weights[b] : 1;
}

struct rnni_loss_threads; /* loss_rows.h */

/* ---- classes ---------------------------------------------------------------------------------------------------- */

struct rnni_cross_entropy {
    const int32_t *targets; /* [T,B] */
    const float *weights;   /* [C], or NULL: 1 */
    double smoothing;
    int32_t ignored; /* targets of this value do not count */
};

/* What RNN_MEAN divides by: the sum of u w[target] over the targets that count. */
double rnni_loss_weight_of_targets(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over);

/* The sum over the steps that count of [T,B,C] logits: see RNN_LOSS_CROSS_ENTROPY.  losses [B] (NULL: not wanted) gets
 * the sum of each sequence, without its weight.  dlogits (NULL: not wanted) is multiplied by `factor`; it may be
 * `logits`.  threads NULL: the calling thread alone. */
double rnni_loss_cross_entropy(double *losses, float *dlogits, const float *logits,
                               const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over, double factor,
                               const struct rnni_loss_threads *threads);

/* p [C] = softmax(o [C]); p may be o. */
void rnni_loss_softmax(float *p, const float *o, size_t classes);

/* ---- real numbers ----------------------------------------------------------------------------------------------- */

struct rnni_real_loss;

/* The loss of one target by its W outputs y [W].  d [W] (NULL: not wanted) = factor times the derivatives. */
typedef double rnni_loss_target(float *d, const float *y, double target, const struct rnni_real_loss *with,
                                double factor);

rnni_loss_target rnni_loss_binary_cross_entropy, rnni_loss_squared_error, rnni_loss_absolute_error, rnni_loss_huber,
    rnni_loss_quantiles, rnni_loss_gaussian;

struct rnni_real_loss {
    rnni_loss_target *target;
    const float *targets; /* [T,B,K] */
    size_t outputs;       /* W of each target: 1, but for quantiles and the normal distribution */
    const float *levels;  /* [W] of quantiles */
    double delta, least;  /* Huber's; the least variance */
    int skips_missing;    /* targets that are not a number do not count */
};

/* What RNN_MEAN divides by: the sum of u over the targets that count, or over all elements within the lengths. */
double rnni_loss_weight_of_targets_given(const struct rnni_real_loss *with, const struct rnni_loss_steps *over,
                                         const struct rnni_loss_threads *threads);
double rnni_loss_weight_of_elements(const struct rnni_loss_steps *over);

/* The sum over all that counts of y [T,B,K*W], the W outputs of a target side by side; over->classes is K.  losses, dy
 * and threads as in rnni_loss_cross_entropy. */
double rnni_loss_real(double *losses, float *dy, const float *y, const struct rnni_real_loss *with,
                      const struct rnni_loss_steps *over, double factor, const struct rnni_loss_threads *threads);

/* ---- signals ---------------------------------------------------------------------------------------------------- */

struct rnni_signal_loss {
    const float *targets;                  /* [T,B,C] */
    double emphasis, floor, offset_weight; /* see RNN_LOSS_ERROR_TO_SIGNAL */
};

/* What RNN_MEAN divides by: the sum of the weights of the sequences that count. */
double rnni_loss_weight_of_sequences(const struct rnni_loss_steps *over);

/* The sum over the sequences of y [T,B,C]; losses, dy and threads as in rnni_loss_cross_entropy. */
double rnni_loss_error_to_signal(double *losses, float *dy, const float *y, const struct rnni_signal_loss *with,
                                 const struct rnni_loss_steps *over, double factor,
                                 const struct rnni_loss_threads *threads);

#endif
