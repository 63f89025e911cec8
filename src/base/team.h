/* The threads of a session.  They are told to run by one store and answer by one store each: handing out a run and
 * waiting for it costs a small part of a time step, where waking a thread by the system costs several steps. */
#ifndef RNNI_TEAM_H
#define RNNI_TEAM_H

#include <stddef.h>

#define RNNI_TEAM_MOST 65535 /* threads of a team */

struct rnni_team; /* NULL stands for the calling thread alone */
typedef void (*rnni_team_task)(void *context, size_t index);

/* A team of `threads` >= 2: the caller's thread and threads - 1 of its own, which are started here and block all
 * signals.  NULL where memory or a thread can not be had: nothing is left behind. */
struct rnni_team *rnni_team_create(size_t threads);
/* A team on the threads of a host: rnni_team_run calls parallel_for(user, count, task, context), which returns when it
 * has called task(context, i) for every i < count, in any order, on any threads.  NULL where there is no memory. */
struct rnni_team *rnni_team_lend(size_t threads,
                                 void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context),
                                 void *user);
void rnni_team_release(struct rnni_team *team);         /* joins the threads; NULL does nothing */
size_t rnni_team_threads(const struct rnni_team *team); /* 1 for NULL */

/* Calls task(context, i) for every i < count and returns when all have returned; what they wrote is then seen here.
 * On a team's own threads task i always runs on the thread i % threads, and thread 0 is the caller's: what a task works
 * on stays in one core's cache from run to run.  One run at a time; a task starts none on the same team.  NULL, and any
 * team where count is 1: a loop in the calling thread. */
void rnni_team_run(struct rnni_team *team, size_t count, rnni_team_task task, void *context);

#endif
