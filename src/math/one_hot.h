/* The dense map of one-hot rows, given as tokens: x W' is a choice of rows of W'. */
#ifndef RNNI_ONE_HOT_H
#define RNNI_ONE_HOT_H

#include "math/products.h"

#include <stdint.h>

/* y [rows,Out] = the chosen rows of W' + b, for rows that stand where the lines say. */
void rnni_one_hot_forward(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines, const int32_t *tokens,
                          struct rnni_lines lines, size_t rows);

/* y [rows,columns] = the rows that the tokens choose of a table of floats, or of narrow.h. */
void rnni_one_hot_embed(float *y, const float *table, int64_t precision, size_t columns, const int32_t *tokens,
                        size_t rows);

/* Adds to dweight [Out,In], from dy [rows,Out]: share `index` of `shares`.  scratch [In,Out] is overwritten: gradients
 * are summed in it by rows, then added transposed. */
void rnni_one_hot_gradient(const struct rnni_dense *dense, float *dweight, float *scratch, const float *dy,
                           const int32_t *tokens, size_t rows, size_t index, size_t shares);

#endif
