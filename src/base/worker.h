/* The threads of a team, and what they share with the caller.
 *
 * How a run is divided.  Its tasks form lanes: lane j has the tasks j, j + threads, j + 2 threads, ...  The caller
 * publishes the run by one store, the order: a number that grows with every run, and how many lanes the run has.
 * Worker j claims lane j by compare-and-swap, runs it, and writes the order into the lane's `done`.  The caller runs
 * lane 0, then every lane that is not claimed yet, and waits only for lanes in which a worker is at work.
 *
 * A core may be busy with other processes.  So that a session is then about as fast as with one thread,
 *   - the caller does not wait for a worker that has not begun;
 *   - a waiting thread spins for some microseconds, then yields its core, then sleeps;
 *   - the caller shares a run only if that pays (base/worth.h).
 *
 * No run depends on a worker: a call to wake one may be lost without harm. */
#ifndef RNNI_WORKER_H
#define RNNI_WORKER_H

#include "base/memory.h"
#include "base/process.h"
#include "base/thread.h"
#include "base/worth.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* An order: the number of the run above the number of lanes. */
#define RNNI_LANES_BITS 16
#define RNNI_LANES_MASK 0xffffu /* RNNI_TEAM_MOST */

#define RNNI_LOOKS_ALONE 200 /* looks of a thread that waits without yielding its core, some 5 us */

/* A lane and its worker.  The first line is written by whoever runs the lane, the rest seldom. */
struct rnni_worker {
    alignas(RNNI_ALIGNMENT) atomic_uint_least64_t claim; /* the last order for which the lane was claimed */
    atomic_uint_least64_t done;                          /* the last order for which it was run */
    alignas(RNNI_ALIGNMENT) atomic_int asleep;           /* changes under `lock` */
    struct rnni_thread_lock lock;
    struct rnni_thread_condition called;
    struct rnni_thread thread;
    struct rnni_team *team;
    size_t index; /* of the lane: 1 to threads - 1 */
};

struct rnni_team {
    /* One line that the caller writes: a worker that sees the order has the task too. */
    alignas(RNNI_ALIGNMENT) atomic_uint_least64_t order;
    rnni_worth_task task; /* NULL: the worker ends */
    void *context;
    size_t count;
    size_t threads;
    /* What changes seldom. */
    alignas(RNNI_ALIGNMENT) atomic_size_t sleepers; /* workers that are asleep */
    atomic_int caller_sleeps;                       /* changes under `lock` */
    struct rnni_thread_lock lock;
    struct rnni_thread_condition finished;                                               /* a lane */
    size_t started;                                                                      /* workers */
    void (*parallel_for)(void *user, size_t count, rnni_worth_task task, void *context); /* NULL: threads of our own */
    void *user;
    struct rnni_process process;
    struct rnni_worth worth; /* of the caller alone */
    struct rnni_worker workers[];
};

void rnni_worker_pause(void); /* between two looks */

/* 1 for the one thread that may run the lane.  A thread that comes late finds the lane claimed, for this order or a
 * later one, and has read nothing of the run. */
int rnni_worker_claim(struct rnni_worker *worker, uint_least64_t order);

void rnni_worker_run_lane(const struct rnni_team *team, size_t index);

/* The caller has taken the worker's lock; releases it. */
void rnni_worker_wake(struct rnni_team *team, struct rnni_worker *worker);

/* 0 if it cannot be started; nothing is left of it then. */
int rnni_worker_start(struct rnni_team *team, size_t index);

/* Waits until a worker that was told to end has ended. */
void rnni_worker_join(struct rnni_worker *worker);

#endif
