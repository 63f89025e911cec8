/* The threads that a caller gives a handle. */
#ifndef RNNI_THREADS_H
#define RNNI_THREADS_H

#include "api/check.h"

/* RNN_E_VALUE unless 1 <= threads <= 1024. */
int32_t rnni_threads_check(struct rnni_caller caller, size_t threads);

/* Checks `threads` and starts a team, NULL for one thread.  RNN_E_VALUE; RNN_E_UNSUPPORTED: more than one, and the
 * library was built without threads; RNN_E_MEMORY: also if a thread cannot be started. */
int32_t rnni_threads_start(struct rnni_caller caller, struct rnni_team **team, size_t threads);

/* The same, and the team replaces *held. */
int32_t rnni_threads_replace(struct rnni_caller caller, struct rnni_team **held, size_t threads);

#endif
