/* Weights as the kernels read them.  A weight matrix W' [k, gates * units] is kept in panels: 16 units of one gate,
 * [k, 16], row after row of k.  The panels of the same units lie behind one another, gate by gate:
 *
 *     LSTM, 4 gates      [k][ i 0..15 ]  [k][ f 0..15 ]  [k][ g 0..15 ]  [k][ o 0..15 ]  [k][ i 16..31 ]  ...
 *     one gate           [k][ 0..15 ]    [k][ 16..31 ]   ...
 *
 * A product then reads each panel from end to end, on all instruction sets, and a few units can be made alone.  Where
 * fewer than 16 units are left, their panels have 1, 2, 4, 8 or 16 columns, as few as hold them; columns without a unit
 * are 0. */
#ifndef RNNI_PANELS_H
#define RNNI_PANELS_H

#include <stddef.h>

#define RNNI_BLOCK       16 /* units of a panel: a cache line; shares of units are multiples of it */
#define RNNI_PANEL_GATES 4  /* at most */

/* Columns of a panel that has `left` units left, one or more. */
static inline size_t rnni_panels_width(size_t left)
{
    return left > 8 ? RNNI_BLOCK : left > 4 ? 8 : left > 2 ? 4 : left;
}

/* Where the panel of the units from `unit` on lies, a multiple of 16, of gate `gate`. */
static inline size_t rnni_panels_place(size_t k, size_t units, size_t gates, size_t unit, size_t gate)
{
    return (unit * gates + gate * rnni_panels_width(units - unit)) * k;
}

/* Floats of the panels of a matrix; SIZE_MAX where that overflows.  Where the last panels are narrow, floats behind
 * them are counted, for a kernel reads whole vectors. */
size_t rnni_panels_count(size_t k, size_t units, size_t gates);

/* Fills panels.  transposed: w is W [gates * units, k], row after row `row` floats apart; else it is W' [k, units], of
 * one gate.  Of the panels, those of part `index` of `parts`; what is behind the last panel stays as it is. */
void rnni_panels_pack(float *data, const float *w, size_t row, size_t k, size_t units, size_t gates, int transposed,
                      size_t index, size_t parts);

#endif
