/* Whether it pays to share a run among the threads of a team.  The caller of the team asks before a run, and tells
 * afterwards what it saw.  Times are nanoseconds of one clock that only goes forward. */
#ifndef RNNI_WORTH_H
#define RNNI_WORTH_H

#include <stddef.h>
#include <stdint.h>

typedef void (*rnni_worth_task)(void *context, size_t index);

#define RNNI_WORTH_TASKS 24 /* more than there are kinds of tasks */

struct rnni_worth {
    uint64_t hold_until; /* the caller runs alone until then; 0: it may share */
    uint64_t hold, held_until;
    uint64_t allowance, noted; /* for delays, and when it was last computed */
    rnni_worth_task suspect;   /* whose last run had a long wait; or NULL */
    uint64_t wait_begin, wait; /* of it */
    size_t offered, taken;     /* lanes of workers of late, and how many of them the caller took */
    uint64_t woken;            /* when workers were last woken */
    uint64_t busy, busy_end;   /* work that the caller did alone of late, and when that ended */
    struct {
        rnni_worth_task task;
        uint64_t time; /* of a lane of that task, when it was last measured */
    } lanes[RNNI_WORTH_TASKS];
    size_t next; /* of `lanes`, to be replaced */
};

/* What to do with a run that begins at `time`; `asleep`: a worker that it could use sleeps. */
enum rnni_worth_choice { RNNI_WORTH_ALONE, RNNI_WORTH_SHARE, RNNI_WORTH_WAKE };
enum rnni_worth_choice rnni_worth_choose(struct rnni_worth *worth, rnni_worth_task task, uint64_t time, int asleep);

/* The caller ran all of a run alone. */
void rnni_worth_note_alone(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end, size_t lanes);
/* It woke workers. */
void rnni_worth_note_wake(struct rnni_worth *worth, uint64_t time);
/* Its own lane took from begin to end.  Lanes need not be measured, except that of the next run of the suspect. */
void rnni_worth_note_lane(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end);
/* It waited for a worker. */
void rnni_worth_note_wait(struct rnni_worth *worth, rnni_worth_task task, uint64_t begin, uint64_t end);

/* It took `taken` of `offered` lanes from workers that had not begun them.  1 if too many of late: then
 * rnni_worth_note_useless is to be called. */
static inline int rnni_worth_note_lanes(struct rnni_worth *worth, size_t offered, size_t taken)
{
    worth->offered += offered;
    worth->taken += taken;
    if (worth->offered > 1024) {
        worth->offered /= 2;
        worth->taken /= 2;
    }
    return worth->taken >= 64 && 2 * worth->taken > worth->offered;
}
void rnni_worth_note_useless(struct rnni_worth *worth, uint64_t time);

#endif
