/* The threads that a caller gives a handle. */
#ifndef RNNI_THREADS_H
#define RNNI_THREADS_H

#include "api/check.h"

/* Starts a team, NULL for one thread.  RNN_E_VALUE unless 1 <= threads <= 1024.  RNN_E_UNSUPPORTED: more than one, and
 * the library was built without threads.  RNN_E_MEMORY: also if a thread cannot be started. */
int32_t rnni_threads_start(struct rnni_caller caller, struct rnni_team **team, size_t threads);

/* The same on the threads of a host, which a library without threads has too. */
int32_t rnni_threads_lend(struct rnni_caller caller, struct rnni_team **team, size_t threads,
                          rnn_parallel_for parallel_for, void *user);

/* As rnni_threads_start, and the team replaces *held. */
int32_t rnni_threads_replace(struct rnni_caller caller, struct rnni_team **held, size_t threads);

#endif
