/* What of matrix.h is the same for all providers of products. */
#include "math/matrix.h"

#include <string.h>

#define TILE  16  /* floats in a cache line: a tile reads and writes whole lines */
#define STRIP 64  /* columns whose sums stay in registers */
#define PIECE 256 /* rows that one float may sum */

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
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < columns; j += TILE)
            for (size_t q = j, last = smaller(j + TILE, columns); q < last; q++)
                for (size_t p = i, end = smaller(i + TILE, rows); p < end; p++)
                    out[q * rows + p] += a[p * a_row + q];
}

/* `width` columns, at most STRIP, of rows that lie `stride` apart, by pieces: a float that sums a million numbers loses
 * them. */
static void add_strip(float *restrict sum, const float *restrict a, size_t rows, size_t stride, size_t width)
{
    double total[STRIP] = {0};
    for (size_t begin = 0; begin < rows; begin += PIECE) {
        float part[STRIP] = {0};
        for (size_t i = begin, end = smaller(begin + PIECE, rows); i < end; i++)
            for (size_t j = 0; j < width; j++)
                part[j] += a[i * stride + j];
        for (size_t j = 0; j < width; j++)
            total[j] += (double)part[j];
    }
    for (size_t j = 0; j < width; j++)
        sum[j] += (float)total[j];
}

void rnni_matrix_add_rows(float *restrict sum, const float *restrict a, size_t a_row, size_t rows, size_t columns)
{
    if (rows <= PIECE) {
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++)
                sum[j] += a[i * a_row + j];
        return;
    }
    size_t j = 0;
    for (; j + STRIP <= columns; j += STRIP)
        add_strip(sum + j, a + j, rows, a_row, STRIP);
    add_strip(sum + j, a + j, rows, a_row, columns - j);
}
