/* Sharing can cost more than it brings, in three ways.
 *   - Waking a worker costs the caller a system call, and the worker comes some 50 us later.  Workers are woken if the
 *     caller has had much work and little rest of late, or if the lanes of this task were long before.
 *   - A worker that loses its core in the middle of a lane delays the caller.  Delays have an allowance, an eighth of
 * the time; what goes beyond it is made up for by running alone for many times as long.
 *   - A worker that seldom has a core does not help, and takes from the caller's core what it does have.
 * In the last two cases the caller runs alone for a while, and for twice as long each time in a row. */
#include "base/worth.h"

#define BUSY_ENOUGH    50000     /* work that is worth waking a worker */
#define LONG_LANE      100000    /* a lane worth waking a worker for at once */
#define DELAY_LEAST    20000     /* a shorter wait is no delay */
#define SUSPECT_MOST   10000000  /* a task that does not run again for so long is no longer the suspect */
#define ALLOWANCE_PART 8         /* of the time */
#define ALLOWANCE_MOST 5000000   /* what is kept of it */
#define HOLD_FACTOR    16        /* times the delay that was not allowed */
#define WAKING_MOST    10000000  /* so long a worker may take to come, if the system first moves it to a free core */
#define HOLD_LEAST     40000000  /* after workers that did not help */
#define HOLD_MOST      400000000 /* so soon a core that is free again is found */

/* ---- how long lanes take ----------------------------------------------------------------------------------------- */

/* Long, if it was never measured: then waking is tried. */
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

/* ---- how busy the caller is ---------------------------------------------------------------------------------------
 */

/* Work of late, less the rest after it. */
static uint64_t busy_at(const struct rnni_worth *worth, uint64_t time)
{
    uint64_t rest = time - worth->busy_end;
    return rest < worth->busy ? worth->busy - rest : 0;
}

void rnni_worth_note_alone(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end, size_t lanes)
{
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

/* ---- whether workers help ------------------------------------------------------------------------------------------
 */

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

/* Whether it is a delay is known when the next lane of that task has been measured: lanes may be long. */
void rnni_worth_note_wait(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end)
{
    if (end - begin <= DELAY_LEAST || (worth->suspect && end - worth->wait_begin < SUSPECT_MOST))
        return;
    worth->suspect = task;
    worth->wait_begin = begin;
    worth->wait = end - begin;
}

/* Lanes differ, and a worker may begin late: a wait is a delay if it is several times as long as a lane. */
void rnni_worth_note_lane(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end)
{
    set_lane_time(worth, task, end - begin);
    if (worth->suspect != task)
        return;
    worth->suspect = NULL;
    if (worth->wait > 3 * (end - begin))
        note_delay(worth, end);
}

/* A core that was idle may take long to run a worker. */
void rnni_worth_note_useless(struct rnni_worth *worth, uint64_t time)
{
    if (time - worth->woken < WAKING_MOST)
        worth->offered = worth->taken = 0;
    else
        hold(worth, time, HOLD_LEAST);
}

/* ---- the choice ----------------------------------------------------------------------------------------------------
 */

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
