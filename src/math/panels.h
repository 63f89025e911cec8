/* Weights as products read them.  A weight matrix W' [k, gates * units] is kept in panels of whole hidden units with
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

#include <stddef.h>

#define RNNI_BLOCK        16 /* columns of a block: a cache line */
#define RNNI_PANEL_BLOCKS 4
#define RNNI_PANEL_GATES  4 /* at most as many gates as blocks */

struct rnni_panels {
    const float *data; /* NULL: there is no such weight */
    size_t k, units, gates;
};

/* Rows of a matrix that follow one another in groups: row i stands at (i / group) * apart + i % group; group 0: they
 * are all one group. */
struct rnni_lines {
    size_t group, apart;
};

static inline size_t rnni_lines_at(struct rnni_lines lines, size_t i)
{
    return lines.group ? i / lines.group * lines.apart + i % lines.group : i;
}

/* Where the units of a gate go: unit u of row i to c[i * row + u], summed on top of start[i * start_row + u]; start
 * NULL: of 0.  start = c adds to what is there, start_row = 0 begins with a bias. */
struct rnni_target {
    float *c;
    size_t row;
    const float *start;
    size_t start_row;
};

/* c [rows, gates * units] = start + a [rows,k] W', some of it: rows `from` .. `from + k` of W', and units `first` ..
 * `first + units` of every gate. */
struct rnni_product {
    const struct rnni_panels *weights;
    size_t from, k;
    size_t first, units; /* first in whole panels; the end too, or the last unit */
    struct rnni_target target[RNNI_PANEL_GATES];
    const float *a;
    size_t a_row; /* floats between rows of a */
    struct rnni_lines a_lines, c_lines;
    size_t rows;
};

/* Every sum begins with its start and takes its terms in the order of k, whatever the other sizes: so a row has the
 * same bits in every batch, and a unit in every share. */
void rnni_panels_multiply(const struct rnni_product *product);

/* Units of a whole panel: what shares of units are multiples of. */
static inline size_t rnni_panels_step(size_t gates)
{
    return RNNI_PANEL_BLOCKS / gates * RNNI_BLOCK;
}

/* Floats that a sum of outer products needs for copies of what a tile reads: too many for the stack of a small thread.
 */
#define RNNI_OUTER_ROOM 14336

/* Floats of the panels of a matrix; SIZE_MAX where that overflows. */
size_t rnni_panels_count(size_t k, size_t units, size_t gates);

/* Fills panels.  transposed: w is W [gates * units, k], row after row `row` floats apart; else it is W' [k, units], of
 * one gate.  Of the panels, those of part `index` of `parts`. */
void rnni_panels_pack(float *data, const float *w, size_t row, size_t k, size_t units, size_t gates, int transposed,
                      size_t index, size_t parts);

#endif
