/* Sharing can cost more than it saves, in three ways.
 *   - Waking a worker costs the caller a system call, and the worker starts some 50 us later.  The caller wakes
 *     workers only if it has worked much and paused little recently, or if the lanes of this task are long.
 *   - A worker that loses its core in the middle of a lane delays the caller.  Delays have an allowance, an eighth of
 *     the time.  If they exceed it, the caller runs alone for HOLD_FACTOR times the excess.
 *   - A worker that seldom has a core does not help, and may compete with the caller for its core.
 * In the last two cases the caller runs alone for a while, and twice as long each time it happens again soon. */
#include "base/worth.h"

#include "base/assertion.h"

/* Times in nanoseconds. */
#define BUSY_ENOUGH    50000     /* recent work that is worth waking a worker */
#define LONG_LANE      100000    /* a lane that is worth waking a worker at once */
#define DELAY_LEAST    20000     /* a shorter wait is not a delay */
#define SUSPECT_MOST   10000000  /* after so long without a run, a task is no longer the suspect */
#define ALLOWANCE_PART 8         /* delays may take one part in so many of the time */
#define ALLOWANCE_MOST 5000000   /* the unused allowance that is kept */
#define HOLD_FACTOR    16        /* times the delay beyond the allowance */
#define WAKING_MOST    10000000  /* a worker may start so late if the system first moves it to a free core */
#define HOLD_LEAST     40000000  /* after workers that did not help */
#define HOLD_MOST      400000000 /* a core that becomes free is used after at most so long */

/* ---- how long lanes take ----------------------------------------------------------------------------------------- */

/* A task that was never measured counts as long, so waking is tried. */
static uint64_t lane_time(const struct rnni_worth *worth, rnni_worth_task task)
{
    for (size_t i = 0; i < RNNI_WORTH_TASKS; i++)
        if (worth->lanes[i].task == task)
            return worth->lanes[i].time;
    return LONG_LANE;
}

static void set_lane_time(struct rnni_worth *worth, rnni_worth_task task, uint64_t time)
{
    size_t i = 0;
    while (i < RNNI_WORTH_TASKS && worth->lanes[i].task != task)
        i++;
    if (i == RNNI_WORTH_TASKS) {
        i = worth->next;
        worth->next = (i + 1) % RNNI_WORTH_TASKS;
    }
    worth->lanes[i].task = task;
    worth->lanes[i].time = time;
}

/* ---- how busy the caller is -------------------------------------------------------------------------------------- */

/* Recent work, less the pause after it. */
static uint64_t busy_at(const struct rnni_worth *worth, uint64_t time)
{
    uint64_t pause = time - worth->busy_end;
    return pause < worth->busy ? worth->busy - pause : 0;
}

void rnni_worth_note_alone(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end, size_t lanes)
{
    RNNI_ASSERT(lanes >= 1 && begin <= end);
    worth->busy = busy_at(worth, begin) + (end - begin);
    worth->busy_end = end;
    set_lane_time(worth, task, (end - begin) / lanes);
}

void rnni_worth_note_wake(struct rnni_worth *worth, uint64_t time)
{
    worth->busy = 0;
    worth->woken = time;
    worth->offered = worth->taken = 0;
}

/* ---- whether workers help ---------------------------------------------------------------------------------------- */

static void hold(struct rnni_worth *worth, uint64_t time, uint64_t least)
{
    int again = time - worth->held_until < 4 * worth->hold;
    worth->hold = again && 2 * worth->hold > least ? 2 * worth->hold : least;
    worth->hold = worth->hold < HOLD_MOST ? worth->hold : HOLD_MOST;
    worth->hold_until = worth->held_until = worth->noted = time + worth->hold;
    worth->allowance = 0;
    worth->offered = worth->taken = 0;
}

static void note_delay(struct rnni_worth *worth, uint64_t time)
{
    worth->allowance += (worth->wait_begin - worth->noted) / ALLOWANCE_PART;
    worth->allowance = worth->allowance < ALLOWANCE_MOST ? worth->allowance : ALLOWANCE_MOST;
    worth->noted = worth->wait_begin + worth->wait;
    if (worth->wait <= worth->allowance)
        worth->allowance -= worth->wait;
    else
        hold(worth, time, HOLD_FACTOR * (worth->wait - worth->allowance));
}

/* A long wait may belong to long lanes.  The next lane of that task is measured, and shows whether it was a delay. */
void rnni_worth_note_wait(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end)
{
    RNNI_ASSERT(begin <= end);
    if (end - begin <= DELAY_LEAST || (worth->suspect && end - worth->wait_begin < SUSPECT_MOST))
        return;
    worth->suspect = task;
    worth->wait_begin = begin;
    worth->wait = end - begin;
}

/* Lanes differ in length, and a worker may start late: only a wait of several lanes is a delay. */
void rnni_worth_note_lane(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end)
{
    RNNI_ASSERT(begin <= end);
    set_lane_time(worth, task, end - begin);
    if (worth->suspect != task)
        return;
    worth->suspect = NULL;
    if (worth->wait > 3 * (end - begin))
        note_delay(worth, end);
}

/* The system may take long to give a woken worker a core. */
void rnni_worth_note_useless(struct rnni_worth *worth, uint64_t time)
{
    if (time - worth->woken < WAKING_MOST)
        worth->offered = worth->taken = 0;
    else
        hold(worth, time, HOLD_LEAST);
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

enum rnni_worth_choice rnni_worth_choose(struct rnni_worth *worth, rnni_worth_task task, uint64_t time, int asleep)
{
    if (time < worth->hold_until)
        return RNNI_WORTH_ALONE;
    worth->hold_until = 0;
    if (!asleep)
        return RNNI_WORTH_SHARE;
    if (busy_at(worth, time) >= BUSY_ENOUGH || lane_time(worth, task) >= LONG_LANE)
        return RNNI_WORTH_WAKE;
    return RNNI_WORTH_ALONE;
}
