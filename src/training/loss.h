/* Losses: pure functions on flat arrays. */
#ifndef RNNI_LOSS_H
#define RNNI_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* The sum over the valid steps of [T,B,C] logits, see rnn_softmax_cross_entropy; dlogits (NULL: not wanted) is
 * multiplied by `factor`. */
double rnni_loss_cross_entropy(float *dlogits, const float *logits, const int32_t *targets, const int32_t *lengths,
                               size_t steps, size_t batch, size_t classes, float factor);

/* p [C] = softmax(o [C]); p may be o. */
void rnni_loss_softmax(float *p, const float *o, size_t classes);

/* How many of T*B steps are valid. */
size_t rnni_loss_valid_steps(const int32_t *lengths, size_t steps, size_t batch);

#endif
