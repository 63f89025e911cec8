/* How many threads a program uses.  They change the time that it takes, and no result. */
#ifndef THREADS_H
#define THREADS_H

#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#define MOST_THREADS 64
#define THREADS_HELP "threads; they change the time and nothing else (the available cores, fewer for small networks)"

/* The cores that this process may run on, from 1 to MOST_THREADS. */
int64_t cores_available(void);

/* One thread for every THREAD_WORTH multiplications of a time step, from 1 to `cores`.  A thread with less work gains
 * nothing: the library does not share such work either. */
#define THREAD_WORTH 100000
int64_t threads_worth(uint64_t multiplications, int64_t cores);

/* The number of threads for a session that runs `batch` sequences at once: `given`, or if that is 0 the number by
 * threads_worth for cores_available().  A time step of a sequence counts as one multiplication for each parameter
 * outside the embedding, which is looked up. */
int64_t threads_choose(int64_t given, const rnn_model *model, int64_t batch);

#endif
