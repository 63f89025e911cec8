/* Weights of fewer bits than a float has, for inference: RNN_PRECISION in rnn.h.  As in panels.h a panel is 16 units of
 * one gate, and the panels of the same units lie behind one another, gate by gate; but all panels have 16 columns:
 *
 *     bf16   [pairs][16] words of 32 bits: of each column row 2 i of k in the lower half, row 2 i + 1 in the upper half
 *     int8   [16] floats, the scale of each column; then for each RNNI_NARROW_TERMS rows [16] integers of 32 bits, of
 *            each column the sum of its bytes times RNNI_NARROW_OFFSET; then [quads][16][4] bytes, four rows of k for
 *            each column
 *
 * Rows behind the last are 0.  A vector of words of bf16 becomes two vectors of floats by a shift and a mask, and both
 * are in the order that the dot products of an instruction set take.
 *
 * A row that int8 multiplies becomes bytes too: whole numbers of -63 to 63, to which the offset is added.  Many
 * instruction sets multiply bytes without a sign by bytes with one, and AVX2 adds two such products in 16 bits, which
 * is exact for 7 bits by 8 bits and not for 8 by 8.  Afterwards the sum of the column's bytes times the offset is taken
 * away. */
#ifndef RNNI_NARROW_H
#define RNNI_NARROW_H

#include "math/panels.h"

#include <stddef.h>
#include <stdint.h>

#define RNNI_NARROW_TERMS  1024 /* of one sum of bytes: 1024 * 127 * 63 is below 2^24, and so exact as a float */
#define RNNI_NARROW_LEVELS 63   /* the largest byte of a row, without the offset */
#define RNNI_NARROW_OFFSET 64

/* Sums of bytes of a column. */
static inline size_t rnni_narrow_chunks(size_t k)
{
    return k / RNNI_NARROW_TERMS + (k % RNNI_NARROW_TERMS != 0);
}

const char *rnni_narrow_name(int64_t precision); /* "RNN_PRECISION_BF16" and so on */

/* Floats of a panel of fewer bits; and of all panels of a matrix in any format, those of floats (panels.h) included.
 * SIZE_MAX where that overflows. */
size_t rnni_narrow_panel(int64_t precision, size_t k);
size_t rnni_narrow_count(int64_t precision, size_t k, size_t units, size_t gates);

/* Fills panels in any format of W [gates * units, k], row after row `row` floats apart: of them those of part `index`
 * of `parts`.
 *
 * bf16: rounded to the nearest, of two the even one.  int8: the scale of a column is its largest absolute value / 127,
 * and its elements are w / scale, rounded likewise; a column with an infinity or a NaN has the scale NaN. */
void rnni_narrow_pack(int64_t precision, float *data, const float *w, size_t row, size_t k, size_t units, size_t gates,
                      size_t index, size_t parts);

/* The same in fewer bits for W [units,k], of one gate, of a convolution: in a row the taps of one feature are
 * neighbours, and in the panels the features of a tap are. */
void rnni_narrow_pack_taps(int64_t precision, float *data, const float *w, size_t k, size_t units, size_t taps,
                           size_t index, size_t parts);

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* A table [rows,columns], of which tokens choose rows.  Its rows lie one behind the other:
 *
 *     bf16   [columns] words of 16 bits
 *     int8   a float, the scale of the row; then its bytes
 *
 * rnni_narrow_table_row: floats of a row; SIZE_MAX where that overflows. */
size_t rnni_narrow_table_row(int64_t precision, size_t columns);

/* Fills those rows of a table that are part `index` of `parts`; column j of row i is w[i * row + j * step]. */
void rnni_narrow_pack_table(int64_t precision, float *data, const float *w, size_t rows, size_t columns, size_t row,
                            size_t step, size_t index, size_t parts);

/* y [columns] = start + row `index` of a table; start NULL: of 0. */
void rnni_narrow_choose(int64_t precision, float *y, const float *start, const float *data, size_t index,
                        size_t columns);

#endif
