/* Logits as log probabilities. */
#ifndef RNNI_LOGITS_H
#define RNNI_LOGITS_H

#include <stddef.h>
#include <stdint.h>

/* What the logits of a row have in common: log p(c) = o(c) - top - log_sum.  The two are kept apart, so that the
 * rounding of a large top never makes a probability larger than 1. */
struct rnni_logits {
    double top, log_sum;
};

/* Of o [C], none of which is NaN.  Infinite logits are the limit of large ones: those of +infinity share all
 * probability, and where all are -infinity nothing has any. */
struct rnni_logits rnni_logits_of(const float *o, size_t classes);

static inline double rnni_logits_log_p(struct rnni_logits logits, float o)
{
    double value = (double)o;
    return (value < logits.top ? value - logits.top : 0) - logits.log_sum;
}

/* A log probability as the score of one token: never -infinity, for the token was possible. */
float rnni_logits_score(double log_p);

/* The first class of o [C] with the largest logit. */
int32_t rnni_logits_likeliest(const float *o, size_t classes);

/* The index of the first of o [n] that is NaN; with `infinity`, or +infinity; n where there is none. */
size_t rnni_logits_find_bad(const float *o, size_t n, int infinity);

#endif
