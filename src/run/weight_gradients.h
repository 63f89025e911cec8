/* What is left when the time loop has gone back: sums over all its steps. */
#ifndef RNNI_WEIGHT_GRADIENTS_H
#define RNNI_WEIGHT_GRADIENTS_H

#include "run/pass.h"

/* The parameters get their gradients, and below [N,K] (NULL: not wanted) that of the rows that entered, added to what
 * it holds where `add` is 1; on the session's team.  room [N,R] is scratch, and may be below. */
void rnni_weight_gradients_add(const struct rnni_pass *pass, float *room, float *below, int add);

#endif
