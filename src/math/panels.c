#include "math/panels.h"

#include "base/part.h"
#include "math/vector.h"

#include <string.h>

void rnni_panels_multiply(const struct rnni_product *product)
{
    rnni_vector()->product(product);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t blocks_of(size_t units)
{
    return (units + RNNI_BLOCK - 1) / RNNI_BLOCK;
}

size_t rnni_panels_count(size_t k, size_t units, size_t gates)
{
    return k * gates * RNNI_BLOCK * blocks_of(units);
}

/* One block: columns of W' that are rows of w, `valid` of them, into rows of the panel `width` floats apart. */
static void fill_transposed(float *to, size_t width, const float *w, size_t row, size_t k, size_t valid)
{
    for (size_t q = 0; q < k; q += RNNI_BLOCK)
        for (size_t j = 0; j < valid; j++)
            for (size_t p = q, end = smaller(q + RNNI_BLOCK, k); p < end; p++)
                to[p * width + j] = w[j * row + p];
    for (size_t q = 0; q < k && valid < RNNI_BLOCK; q++)
        memset(to + q * width + valid, 0, (RNNI_BLOCK - valid) * sizeof *to);
}

static void fill_straight(float *to, size_t width, const float *w, size_t row, size_t k, size_t valid)
{
    for (size_t q = 0; q < k; q++) {
        memcpy(to + q * width, w + q * row, valid * sizeof *to);
        memset(to + q * width + valid, 0, (RNNI_BLOCK - valid) * sizeof *to);
    }
}

void rnni_panels_pack(float *data, const float *w, size_t row, size_t k, size_t units, size_t gates, int transposed,
                      size_t index, size_t parts)
{
    size_t step = rnni_panels_step(gates);
    struct rnni_part part = rnni_part_of(units, step, index, parts);
    for (size_t first = part.first; first < part.first + part.count; first += step) {
        float *panel = data + first * gates * k;
        size_t blocks = blocks_of(smaller(step, units - first)), width = gates * blocks * RNNI_BLOCK;
        for (size_t b = 0; b < gates * blocks; b++) {
            size_t unit = first + b % blocks * RNNI_BLOCK, valid = smaller(RNNI_BLOCK, units - unit);
            size_t column = b / blocks * units + unit;
            if (transposed)
                fill_transposed(panel + b * RNNI_BLOCK, width, w + column * row, row, k, valid);
            else
                fill_straight(panel + b * RNNI_BLOCK, width, w + column, row, k, valid);
        }
    }
}
