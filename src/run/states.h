/* The states of one layer in one direction: from those of the session into the time loop, in the order of the schedule,
 * and back. */
#ifndef RNNI_STATES_H
#define RNNI_STATES_H

#include "run/pass.h"

/* The initial rows [B,...] of a state: right before the first row of its block, which has room for more of them. */
float *rnni_states_initial(const struct rnni_pass *pass, size_t state);

/* The gradients [B,...] of a state between two steps, in sorted order. */
float *rnni_states_sorted(const struct rnni_pass *pass, size_t state);

/* Before the time loop goes forward, and behind its steps from .. to - 1, for the sequences that end within them. */
void rnni_states_begin(const struct rnni_pass *pass);
void rnni_states_end(const struct rnni_pass *pass, size_t from, size_t to);

/* The same on the way back: the session's dstate goes from the final to the initial state. */
void rnni_states_begin_backward(const struct rnni_pass *pass);
void rnni_states_end_backward(const struct rnni_pass *pass);

#endif
