/* The threads of a session.  Handing out a run costs one store, and waiting for it one load for each thread: a small
 * part of a time step, where waking a thread by the system costs several steps. */
#ifndef RNNI_TEAM_H
#define RNNI_TEAM_H

#include <stddef.h>

#define RNNI_TEAM_MOST 65535 /* threads of a team */

struct rnni_team; /* NULL stands for the calling thread alone */
typedef void (*rnni_team_task)(void *context, size_t index);

/* A team of `threads` >= 2: the caller's thread and threads - 1 of its own, which are started here and block all
 * signals.  NULL if out of memory or if a thread cannot be started: nothing is left behind. */
struct rnni_team *rnni_team_create(size_t threads);
/* A team on the threads of a host: rnni_team_run calls parallel_for(user, count, task, context), which returns when it
 * has called task(context, i) for every i < count, in any order, on any threads.  NULL if out of memory. */
struct rnni_team *rnni_team_lend(size_t threads,
                                 void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context),
                                 void *user);
/* Ends the threads and waits for them; NULL does nothing.  In a child of fork, which has none of them, it only releases
 * the memory. */
void rnni_team_release(struct rnni_team *team);
size_t rnni_team_threads(const struct rnni_team *team); /* 1 for NULL */

/* 0 in a child of fork for a team with threads of its own, which the child does not have; else 1, also for NULL. */
int rnni_team_is_here(const struct rnni_team *team);

/* Calls task(context, i) for every i < count and returns when all have returned; the caller then sees what they wrote.
 * On a team's own threads, task i runs on thread i % threads if that thread is awake and free, else on the caller's:
 * data stays in one core's cache from run to run, and the caller never waits for a thread that has not begun.  One run
 * at a time; a task starts none on the same team.  For NULL, and any team if count is 1: a loop in the calling thread.
 */
void rnni_team_run(struct rnni_team *team, size_t count, rnni_team_task task, void *context);

/* For tests: task i always runs on thread i % threads, and the caller waits for it.  Not to be called during a run. */
void rnni_team_insist(int on);

#endif
