/* Updates that would make something infinite are found before anything is written.  Bounds of what goes into an update
 * exclude that at no cost, mostly; where they do not, the update is tried on copies, piece after piece. */
#ifndef RNNI_OVERFLOW_H
#define RNNI_OVERFLOW_H

#include "training/optimizer.h"

enum rnni_overflow {
    RNNI_OVERFLOW_NONE,
    RNNI_OVERFLOW_SQUARE, /* of a gradient, as clipping and decay leave it, of which v is made */
    RNNI_OVERFLOW_M,      /* a moment: whatever it was before */
    RNNI_OVERFLOW_V,
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

/* Whether the bounds of an update need max |p|: with weight decay that is part of the gradient, seldom without. */
int rnni_overflow_depends_on_parameters(const struct rnn_optimizer *optimizer, const struct rnni_rule *rule);

/* What the update would make infinite, and in which element; or none, and `after` are the bounds of the moments behind
 * it. */
enum rnni_overflow rnni_overflow_of(const struct rnni_trial *trial, struct rnni_bounds *after, size_t *index);

/* The first parameter that p [count] -= rate * g would make infinite, for max |g|; count if there is none. */
size_t rnni_overflow_of_descent(const float *p, const float *g, double rate, double largest_g, size_t count);

#endif
