/* Whether it pays to share a run among the threads of a team.  The caller of the team asks before a run and reports
 * afterwards what it measured.  Times are nanoseconds of one monotonic clock. */
#ifndef RNNI_WORTH_H
#define RNNI_WORTH_H

#include <stddef.h>
#include <stdint.h>

typedef void (*rnni_worth_task)(void *context, size_t index);

#define RNNI_WORTH_TASKS        24   /* more than there are kinds of tasks */
#define RNNI_WORTH_LANES_RECENT 1024 /* lanes over which `taken` is compared with `offered` */
#define RNNI_WORTH_TAKEN_LEAST  64   /* with fewer no judgement is made */

struct rnni_worth {
    uint64_t hold_until; /* the caller runs alone until then; 0: it may share */
    uint64_t hold, held_until;
    uint64_t allowance, noted; /* for delays, and when it was last computed */
    rnni_worth_task suspect;   /* the task whose last run had a long wait; or NULL */
    uint64_t wait_begin, wait; /* when that wait began, and how long it was */
    size_t offered, taken;     /* recent lanes of workers, and how many of them the caller took */
    uint64_t woken;            /* when workers were last woken */
    uint64_t busy, busy_end;   /* recent work that the caller did alone, and when it ended */
    struct {
        rnni_worth_task task;
        uint64_t time; /* of a lane of that task, as last measured */
    } lanes[RNNI_WORTH_TASKS];
    size_t next; /* of `lanes`, to be replaced */
};

/* What to do with a run that begins at `time`.  asleep: at least one worker that it could use sleeps. */
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

/* It took `taken` of `offered` lanes from workers that had not begun them.  1 if it took most of the recent ones: then
 * rnni_worth_note_useless is to be called.  Two functions, as only the second needs the time. */
static inline int rnni_worth_note_lanes(struct rnni_worth *worth, size_t offered, size_t taken)
{
    worth->offered += offered;
    worth->taken += taken;
    if (worth->offered > RNNI_WORTH_LANES_RECENT) {
        worth->offered /= 2;
        worth->taken /= 2;
    }
    return worth->taken >= RNNI_WORTH_TAKEN_LEAST && 2 * worth->taken > worth->offered;
}
void rnni_worth_note_useless(struct rnni_worth *worth, uint64_t time);

#endif
