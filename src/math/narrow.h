/* Weights of fewer bits than a float has, for inference: RNN_PRECISION in rnn.h.  As in panels.h a panel is 16 units of
 * one gate, and the panels of the same units lie behind one another, gate by gate; but all panels have 16 columns:
 *
 *     bf16   [k][8] words of 32 bits: column j in the lower half, column j + 8 in the upper half
 *     int8   [16] floats, the scale of each column; then [quads][16][4] bytes, four rows of k for each column; rows
 *            behind the last are 0
 *
 * So a vector of words of bf16 becomes two vectors of floats by a shift and a mask, and a vector of bytes has what the
 * dot products of an instruction set take. */
#ifndef RNNI_NARROW_H
#define RNNI_NARROW_H

#include "math/panels.h"

#include <stddef.h>
#include <stdint.h>

#define RNNI_NARROW_TERMS 1024 /* of one sum of bytes: 1024 * 127 * 127 is below 2^24, and so exact as a float */

/* Floats of a panel, and of all panels of a matrix; SIZE_MAX where that overflows. */
size_t rnni_narrow_panel(int64_t precision, size_t k);
size_t rnni_narrow_count(int64_t precision, size_t k, size_t units, size_t gates);

/* Fills the panels of W [gates * units, k], row after row `row` floats apart: of them those of part `index` of `parts`.
 *
 * bf16: rounded to the nearest, of two the even one.  int8: the scale of a column is its largest absolute value / 127,
 * and its elements are w / scale, rounded likewise; a column with an infinity or a NaN has the scale NaN. */
void rnni_narrow_pack(int64_t precision, float *data, const float *w, size_t row, size_t k, size_t units, size_t gates,
                      size_t index, size_t parts);

#endif
