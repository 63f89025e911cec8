/* Weights as the kernels read them.  A weight matrix W' [k, gates * units] is kept in panels of whole hidden units with
 * all their gates: blocks of 16 units of each gate side by side, as many as make at most four blocks, row after row of
 * k:
 *
 *     LSTM, 4 gates      panel 0: [k][ i 0..15 | f 0..15 | g 0..15 | o 0..15 ]   panel 1: [k][ i 16..31 | ...
 *     one gate           panel 0: [k][ 0..15 | 16..31 | 32..47 | 48..63 ]        ...
 *
 * A product then reads each panel from end to end, on all instruction sets, and a few units can be made alone.  The
 * last panel has fewer blocks where units end, and its last block is filled up with zeros. */
#ifndef RNNI_PANELS_H
#define RNNI_PANELS_H

#include "base/assertion.h"

#include <stddef.h>

#define RNNI_BLOCK        16 /* columns of a block: a cache line */
#define RNNI_PANEL_BLOCKS 4
#define RNNI_PANEL_GATES  4 /* at most as many gates as blocks */

/* Units of a whole panel: what shares of units are multiples of. */
static inline size_t rnni_panels_step(size_t gates)
{
    RNNI_ASSERT(gates >= 1 && gates <= RNNI_PANEL_GATES);
    return RNNI_PANEL_BLOCKS / gates * RNNI_BLOCK;
}

/* Floats of the panels of a matrix; SIZE_MAX where that overflows. */
size_t rnni_panels_count(size_t k, size_t units, size_t gates);

/* Fills panels.  transposed: w is W [gates * units, k], row after row `row` floats apart; else it is W' [k, units], of
 * one gate.  Of the panels, those of part `index` of `parts`. */
void rnni_panels_pack(float *data, const float *w, size_t row, size_t k, size_t units, size_t gates, int transposed,
                      size_t index, size_t parts);

#endif
