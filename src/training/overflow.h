/* Finds updates that would make something infinite, before anything is written.  Usually bounds of the inputs exclude
 * that at no cost; otherwise the update is tried on copies, piece by piece. */
#ifndef RNNI_OVERFLOW_H
#define RNNI_OVERFLOW_H

#include "training/optimizer.h"

enum rnni_overflow {
    RNNI_OVERFLOW_NONE,
    RNNI_OVERFLOW_SQUARE, /* of a gradient after clipping and decay, which v sums */
    RNNI_OVERFLOW_M,      /* a moment, even if it was infinite before */
    RNNI_OVERFLOW_V,
    RNNI_OVERFLOW_V_MAX,
    RNNI_OVERFLOW_PARAMETER, /* that was finite */
};

/* An update that has not been made yet. */
struct rnni_trial {
    const struct rnn_optimizer *optimizer;
    const struct rnni_rule *rule;
    const float *p, *g; /* [count of the optimiser]; g is finite */
    double largest_g;   /* max |g|, or more */
    double largest_p;   /* max |p|, where rnni_overflow_depends_on_parameters; else not read */
};

/* Whether the bounds of an update need max |p|: if weight decay is added to the gradient, with few exceptions. */
int rnni_overflow_depends_on_parameters(const struct rnn_optimizer *optimizer, const struct rnni_rule *rule);

/* What the update would make infinite, and in which element; or none, and *after gets the bounds of the moments after
 * it. */
enum rnni_overflow rnni_overflow_of(const struct rnni_trial *trial, struct rnni_bounds *after, size_t *index);

/* The first parameter that p [count] -= rate * g [count] would make infinite, given max |g|; count if none. */
size_t rnni_overflow_of_descent(const float *p, const float *g, double rate, double largest_g, size_t count);

#endif
