/* Runs that leave steps out, or in which sequences begin anew.  The engine knows sequences without holes, each from one
 * state.  So the steps that count are arranged as one sequence for each episode, and the schedule (schedule.h) brings
 * the rows of the caller into that order and back:
 *
 *     step      0 1 2 3 4 5
 *     mask      1 0 1 1 1 1      episodes: steps 0 and 2 from the present state,
 *     resets    0 0 0 1 0 1                steps 3 and 4, and step 5, each from the initial state
 *
 * A sequence always has one episode at least, if need be one without steps. */
#ifndef RNNI_ARRANGEMENT_H
#define RNNI_ARRANGEMENT_H

#include "base/block.h"

#include <stdint.h>

/* An array [T,B] of 1 and 0 for the next run. */
struct rnni_flags {
    struct rnni_block block; /* int32_t [count] */
    size_t count;            /* 0: not set */
};

struct rnni_step_flags {
    struct rnni_flags mask, resets;
};

struct rnni_arrangement {
    int is_used; /* 0: the steps of a run are those of the caller, and there is nothing else here */
    int has_resets;
    size_t steps, batch;            /* T, B of the caller */
    size_t longest, episodes, rows; /* the most steps of an episode, at least 1; E; N, the steps that count */
    size_t *source;                 /* [N] the caller's row t*B + b of each step, episode after episode */
    size_t *offset;                 /* [E+1] where an episode begins in source */
    int32_t *lengths;               /* [E] steps of an episode */
    int32_t *origin;                /* [E] the sequence from whose state it begins; -1: from the initial state */
    int32_t *heir;                  /* [E] the sequence whose last episode it is; -1: none */
    int32_t *first, *last;          /* [B] the first and the last episode of a sequence; first -1: none begins from its
                                       state */
    int32_t *given;                 /* [B] the caller's lengths */
    struct rnni_block block;        /* of the arrays */
};

/* Whether flags are set; and then they are no longer. */
int rnni_arrangement_is_wanted(const struct rnni_step_flags *flags);
void rnni_arrangement_drop(struct rnni_step_flags *flags);

/* Whether row t*B + b counts. */
int rnni_arrangement_counts(const struct rnni_step_flags *flags, size_t row);

/* Makes the arrangement of T steps of B sequences; lengths [B], or NULL: all T.  0: out of memory. */
int rnni_arrangement_make(struct rnni_arrangement *arrangement, const struct rnni_step_flags *flags,
                          const int32_t *lengths, size_t steps, size_t batch);

#endif
