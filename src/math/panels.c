#include "math/panels.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/part.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t rnni_panels_count(size_t k, size_t units, size_t gates)
{
    size_t rest = units % RNNI_BLOCK, width = rest ? rnni_panels_width(rest) : 0;
    size_t columns = rnni_memory_multiply(gates, rnni_memory_add(units - rest, width));
    size_t count = rnni_memory_multiply(k, columns);
    if (width == 0 || width == RNNI_BLOCK)
        return count;
    return rnni_memory_multiply(rnni_memory_add(count, 2 * RNNI_BLOCK - 1) / RNNI_BLOCK, RNNI_BLOCK);
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

/* to [4,4], rows `width` floats apart, = w' of four rows that lie `row` floats apart. */
static void transpose_quad(float *to, size_t width, const float *w, size_t row)
{
    quad a = *(const quad *)w, b = *(const quad *)(w + row);
    quad c = *(const quad *)(w + 2 * row), d = *(const quad *)(w + 3 * row);
    quad low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    quad more = __builtin_shufflevector(c, d, 0, 4, 1, 5), most = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)to = __builtin_shufflevector(low, more, 0, 1, 4, 5);
    *(quad *)(to + width) = __builtin_shufflevector(low, more, 2, 3, 6, 7);
    *(quad *)(to + 2 * width) = __builtin_shufflevector(high, most, 0, 1, 4, 5);
    *(quad *)(to + 3 * width) = __builtin_shufflevector(high, most, 2, 3, 6, 7);
}
#else
static void transpose_quad(float *to, size_t width, const float *w, size_t row)
{
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            to[i * width + j] = w[j * row + i];
}
#endif

/* One panel [k,width], of which `valid` columns are rows of w. */
static void fill_transposed(float *to, size_t width, const float *w, size_t row, size_t k, size_t valid)
{
    size_t quads = valid / 4 * 4, q = 0;
    for (; q + 4 <= k; q += 4)
        for (size_t j = 0; j < quads; j += 4)
            transpose_quad(to + q * width + j, width, w + j * row + q, row);
    for (; q < k; q++)
        for (size_t j = 0; j < quads; j++)
            to[q * width + j] = w[j * row + q];
    for (q = 0; q < k && quads < width; q++) {
        for (size_t j = quads; j < valid; j++)
            to[q * width + j] = w[j * row + q];
        memset(to + q * width + valid, 0, (width - valid) * sizeof *to);
    }
}

static void fill_straight(float *to, size_t width, const float *w, size_t row, size_t k, size_t valid)
{
    for (size_t q = 0; q < k; q++) {
        memcpy(to + q * width, w + q * row, valid * sizeof *to);
        memset(to + q * width + valid, 0, (width - valid) * sizeof *to);
    }
}

void rnni_panels_pack(float *data, const float *w, size_t row, size_t k, size_t units, size_t gates, int transposed,
                      size_t index, size_t parts)
{
    RNNI_ASSERT(gates >= 1 && gates <= RNNI_PANEL_GATES);
    RNNI_ASSERT(!k || !units || (data && w));
    RNNI_ASSERT(transposed ? row >= k : gates == 1 && row >= units);
    struct rnni_part part = rnni_part_of(units, RNNI_BLOCK, index, parts);
    for (size_t unit = part.first; unit < part.first + part.count; unit += RNNI_BLOCK) {
        size_t width = rnni_panels_width(units - unit), valid = smaller(RNNI_BLOCK, units - unit);
        for (size_t gate = 0; gate < gates; gate++) {
            float *panel = data + rnni_panels_place(k, units, gates, unit, gate);
            size_t column = gate * units + unit;
            if (transposed)
                fill_transposed(panel, width, w + column * row, row, k, valid);
            else
                fill_straight(panel, width, w + column, row, k, valid);
        }
    }
}
