/* One time step of one layer without a schedule. */
#ifndef RNNI_SINGLE_STEP_H
#define RNNI_SINGLE_STEP_H

#include "run/pass.h"

/* From the session's state and on to it: rows are [B,K]. */
void rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound, struct rnni_rows rows);

#endif
