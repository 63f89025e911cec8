/* The best of many candidates, without sorting all of them. */
#ifndef RNNI_BEST_H
#define RNNI_BEST_H

#include "decoding/prefix.h"

/* A sequence that might be followed, and how likely it is. */
struct rnni_candidate {
    double score;              /* what is to be large: of all that counts */
    double log_p;              /* its log probability */
    double bias;               /* CTC: what labels add to that: see rnni_scorer_gain */
    double in_blank, in_label; /* CTC: what of log_p belongs to paths that end so; in_label otherwise: of the label */
    int32_t parent, label;     /* the sequence: see rnni_prefix_before */
    int32_t number;            /* its own, once it has one */
    int32_t slot, from_slot;   /* CTC: where its scores and those of its parent are, or RNNI_NOWHERE */
};

struct rnni_best {
    struct rnni_candidate *of; /* [room], the worst in front of a heap until they are sorted */
    size_t count, room;
};

void rnni_best_plan(struct rnni_best *best, struct rnni_arena *arena, size_t room);

/* Below this score nothing is taken any more. */
double rnni_best_least(const struct rnni_best *best);

/* Takes the candidate if it is among the best so far: of equal scores the one first in the dictionary.  A score of
 * -infinity is never taken. */
void rnni_best_offer(struct rnni_best *best, const struct rnni_prefixes *prefixes, struct rnni_candidate candidate);

/* Puts them in order, best first; nothing can be offered until count is 0 again. */
void rnni_best_sort(struct rnni_best *best, const struct rnni_prefixes *prefixes);

#endif
