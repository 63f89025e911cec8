/* The steps of a run: rnni_run_forward, rnni_run_backward and those by units, of run.h, are in steps.c. */
#ifndef RNNI_STEPS_H
#define RNNI_STEPS_H

#include "network/run.h"

/* The initial rows [B,...] of a state: right before the first row of its block, which has room for more of them. */
float *rnni_steps_initial(const struct rnni_errand *errand, size_t state);

/* The gradients [B,...] of a state between two steps, in sorted order. */
float *rnni_steps_sorted(const struct rnni_errand *errand, size_t state);

/* While only running: the tape gets its gates and the like from those of share `index`. */
void rnni_steps_borrow(struct rnni_errand *errand, size_t index);

/* The input product of one step of `count` rows alone. */
void rnni_steps_input_once(const struct rnni_errand *errand, size_t count);

#endif
