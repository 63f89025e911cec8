/* The loss of a linear-chain CRF: see RNN_LOSS_CRF. */
#ifndef RNNI_CRF_H
#define RNNI_CRF_H

#include "base/team.h"

#include <stdint.h>

struct rnni_crf {
    float *demissions;      /* [T,B,C] or NULL; may be emissions */
    const float *emissions; /* [T,B,C] */
    const int32_t *classes; /* [T,B] */
    const int32_t *lengths; /* [B] or NULL */
    const int32_t *present; /* [T,B] 0 for steps that are left out, or NULL */
    const float *weights;   /* [B] of the sequences, or NULL: 1 */
    const float *scores;    /* start [C], end [C], transitions [C,C] */
    size_t steps, batch, class_count;
};

/* What the mean divides by: the sum of the weights of the sequences that have steps. */
double rnni_crf_weight(const struct rnni_crf *crf);

/* Into how many shares the threads of a team (NULL: none) divide a batch. */
size_t rnni_crf_shares(const struct rnni_crf *crf, const struct rnni_team *team);

/* Doubles of scratch for a batch on so many shares; SIZE_MAX where that overflows. */
size_t rnni_crf_scratch(size_t steps, size_t batch, size_t class_count, size_t shares);

/* The sum of factor times the losses of the sequences, each multiplied by its weight; demissions and dscores [C + C +
 * C*C], which is only written with demissions, are the gradients of that.  losses [B] get those of the sequences,
 * without factor and weights.  A target that is not possible has an infinite loss, with zero_infinity the loss 0, and a
 * gradient of 0.  The team changes no bit. */
double rnni_crf_batch(double *losses, float *dscores, const struct rnni_crf *crf, double factor, int zero_infinity,
                      double *scratch, struct rnni_team *team);

#endif
