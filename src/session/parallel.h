/* Into how many parts the work of a session is divided among its threads. */
#ifndef RNNI_PARALLEL_H
#define RNNI_PARALLEL_H

#include "session/session.h"

/* rnni_share_count for the team of the session. */
size_t rnni_parallel_shares(const struct rnn_session *session, size_t multiplications);

/* Shares of units are multiples of this: whole tiles of panels, on all instruction sets. */
#define RNNI_UNITS_STEP ((size_t)4 * RNNI_BLOCK)

/* How the team of a session, which has one, shares a run over so many steps.  Sequences are shared where there are two
 * for each thread, else units where a step is worth a meeting, else sequences as far as they go. */
struct rnni_sharing rnni_parallel_sharing(const struct rnn_session *session, size_t steps, int backward);

#endif
