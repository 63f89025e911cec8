/* The random masks of dropout and zoneout.  An element of a mask is computed from where it stands, not drawn in turn:
 * forward and backward, any batch and any order of work see the same, and nothing is stored. */
#ifndef RNNI_RANDOM_MASK_H
#define RNNI_RANDOM_MASK_H

#include <stddef.h>
#include <stdint.h>

enum rnni_random_mask_kind {
    RNNI_RANDOM_MASK_DROPOUT,
    RNNI_RANDOM_MASK_RECURRENT,
    RNNI_RANDOM_MASK_ZONEOUT,
    RNNI_RANDOM_MASK_ZONEOUT_CELL
};

/* All masks of one kind in one layer and direction during the run number `run` of a session. */
uint64_t rnni_random_mask_key(uint64_t seed, uint64_t bound, enum rnni_random_mask_kind kind, size_t layer,
                              size_t direction);

/* Fills mask [n] for sequence `sequence` (the caller's order) at time step `step` (0 for a mask that holds for all
 * steps): 1 with probability p, else 0. */
void rnni_random_mask_fill(float *mask, size_t n, uint64_t key, size_t step, size_t sequence, double p);

#endif
