/* One time step of one layer without a schedule.  What does not change from step to step is made ready once: requests
 * of products, and where the states are. */
#ifndef RNNI_SINGLE_STEP_H
#define RNNI_SINGLE_STEP_H

#include "run/pass.h"

/* Makes all layers ready, for the session's B, workspace and team. */
void rnni_single_step_prepare(struct rnn_session *session);

/* From the session's state and on to it: rows are [B,K].  Returns h [B,R]. */
const float *rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound,
                              struct rnni_rows rows);

#endif
