/* What is done to all gradients or parameters at once, by the threads of a team (NULL: the calling thread alone). */
#ifndef RNNI_WHOLE_UPDATE_H
#define RNNI_WHOLE_UPDATE_H

#include "base/team.h"
#include "training/optimizer.h"

/* The sum of squares of values [count] and their largest magnitude, infinite if one is not a number.  Elements of
 * frozen tensors are left out; `tensors` NULL: none.  The sum is made in pieces that do not depend on the threads. */
double rnni_whole_update_squares(struct rnni_team *team, const struct rnni_optimizer_tensors *tensors,
                                 const float *values, size_t count);
double rnni_whole_update_largest(struct rnni_team *team, const struct rnni_optimizer_tensors *tensors,
                                 const float *values, size_t count);

/* As the functions of gradient.h. */
void rnni_whole_update_scale(struct rnni_team *team, float *gradients, double factor, size_t count);
void rnni_whole_update_clip(struct rnni_team *team, float *gradients, double most, size_t count);
void rnni_whole_update_descend(struct rnni_team *team, float *parameters, const float *gradients, double rate,
                               size_t count);

/* rnni_optimizer_apply for all its elements. */
void rnni_whole_update_apply(struct rnni_team *team, struct rnn_optimizer *optimizer, const struct rnni_rule *rule,
                             float *parameters, const float *gradients);

#endif
