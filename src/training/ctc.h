/* Connectionist temporal classification: see RNN_LOSS_CTC. */
#ifndef RNNI_CTC_H
#define RNNI_CTC_H

#include "base/team.h"

#include <stdint.h>

struct rnni_ctc {
    float *dlogits;               /* [T,B,C] or NULL; may be logits */
    const float *logits;          /* [T,B,C] */
    const int32_t *labels;        /* [B,S] or NULL where S is 0 */
    const int32_t *lengths;       /* [B] or NULL */
    const int32_t *present;       /* [T,B] 0 for steps that are left out, or NULL */
    const int32_t *label_lengths; /* [B] or NULL */
    const float *weights;         /* [B] of the sequences, or NULL: 1 */
    size_t steps, batch, classes, most_labels;
    size_t blank;
};

/* Bytes of scratch that one sequence needs, a multiple of RNNI_ALIGNMENT; SIZE_MAX where that overflows. */
size_t rnni_ctc_scratch(size_t steps, size_t most_labels);

/* The loss of sequence b, infinite where there is no path; its rows of dlogits are multiplied by `factor`, 0 where that
 * is 0 or the loss is infinite.  scratch is at a multiple of RNNI_ALIGNMENT. */
double rnni_ctc_sequence(const struct rnni_ctc *ctc, size_t b, float factor, void *scratch);

/* What the mean divides by: the sum of the weights. */
double rnni_ctc_weight(const struct rnni_ctc *ctc);

/* Into how many shares the threads of a team (NULL: none) divide the sequences of a batch. */
size_t rnni_ctc_shares(const struct rnni_ctc *ctc, const struct rnni_team *team);

/* The loss of the batch: the sum, or with `mean` the mean, see RNN_LOSS_CTC; dlogits is that of this number.  losses
 * [B] get those of the sequences, without their weights.  With zero_infinity an infinite loss is 0.  scratch: as much
 * as rnni_ctc_scratch for the longest sequence with the most labels, for each of rnni_ctc_shares.  The team changes no
 * bit. */
double rnni_ctc_batch(double *losses, const struct rnni_ctc *ctc, int mean, int zero_infinity, void *scratch,
                      struct rnni_team *team);

static inline size_t rnni_ctc_labels_of(const struct rnni_ctc *ctc, size_t b)
{
    return ctc->label_lengths ? (size_t)ctc->label_lengths[b] : ctc->most_labels;
}

#endif
