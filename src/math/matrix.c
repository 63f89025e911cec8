#include "math/matrix.h"

#include "base/assertion.h"
#include "math/product_kernels.h"

#include <string.h>

#define TILE 16 /* floats in a cache line: a tile reads and writes whole lines */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void rnni_matrix_transpose(float *restrict out, const float *restrict a, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < columns; j += TILE)
            for (size_t q = j, last = smaller(j + TILE, columns); q < last; q++)
                for (size_t p = i, end = smaller(i + TILE, rows); p < end; p++)
                    out[q * rows + p] = a[p * columns + q];
}

void rnni_matrix_add_transposed(float *restrict out, const float *restrict a, size_t a_row, size_t rows, size_t columns)
{
    RNNI_ASSERT(rows <= 1 || a_row >= columns);
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < columns; j += TILE)
            for (size_t q = j, last = smaller(j + TILE, columns); q < last; q++)
                for (size_t p = i, end = smaller(i + TILE, rows); p < end; p++)
                    out[q * rows + p] += a[p * a_row + q];
}

void rnni_matrix_add_rows(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns)
{
    RNNI_ASSERT(rows <= 1 || a_row >= columns);
    rnni_product_kernels()->add_rows(sum, also, a, a_row, rows, columns);
}
