#include "math/narrow.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/part.h"
#include "math/narrow_kernels.h"
#include "math/updates.h"
#include "rnn.h"

#include <float.h>
#include <math.h>
#include <string.h>

size_t rnni_narrow_panel(int64_t precision, size_t k)
{
    RNNI_ASSERT(precision == RNN_PRECISION_BF16 || precision == RNN_PRECISION_INT8);
    if (precision == RNN_PRECISION_BF16)
        return rnni_memory_multiply(k / 2 + k % 2, RNNI_BLOCK);
    return rnni_memory_multiply(1 + rnni_narrow_chunks(k) + k / 4 + (k % 4 != 0), RNNI_BLOCK);
}

size_t rnni_narrow_count(int64_t precision, size_t k, size_t units, size_t gates)
{
    size_t blocks = units / RNNI_BLOCK + (units % RNNI_BLOCK != 0);
    return rnni_memory_multiply(rnni_memory_multiply(blocks, gates), rnni_narrow_panel(precision, k));
}

/* ---- bf16 -------------------------------------------------------------------------------------------------------- */

static uint32_t bf16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7FFFFFFF) > 0x7F800000)
        return bits >> 16 | 0x40; /* NaN stays one */
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

/* A panel whose columns are `valid` rows of w. */
static void fill_bf16(float *to, const float *w, size_t row, size_t k, size_t valid)
{
    memset(to, 0, rnni_narrow_panel(RNN_PRECISION_BF16, k) * sizeof *to);
    for (size_t j = 0; j < valid; j++)
        for (size_t q = 0; q < k; q += 2) {
            uint32_t high = q + 1 < k ? bf16_of(w[j * row + q + 1]) : 0, word = bf16_of(w[j * row + q]) | high << 16;
            memcpy(&to[q / 2 * RNNI_BLOCK + j], &word, sizeof word);
        }
}

/* ---- int8 -------------------------------------------------------------------------------------------------------- */

/* In double, so that the smallest numbers have a scale too; 0 where all bytes are 0. */
static double scale_of(float largest)
{
    return largest > 0 && largest <= FLT_MAX ? 127 / (double)largest : 0;
}

static int8_t byte_of(float w, double scale)
{
    return (int8_t)(scale > 0 ? nearbyint((double)w * scale) : 0);
}

/* A column of bytes, four of which are 4 * RNNI_BLOCK apart, and its sums. */
static void fill_column(int8_t *to, float *sums, const float *w, size_t k, float largest)
{
    double scale = scale_of(largest);
    int32_t sum = 0;
    for (size_t q = 0; q < k; q++) {
        int8_t byte = byte_of(w[q], scale);
        to[q / 4 * 4 * RNNI_BLOCK + q % 4] = byte;
        sum = (q % RNNI_NARROW_TERMS ? sum : 0) + byte * RNNI_NARROW_OFFSET;
        memcpy(sums + q / RNNI_NARROW_TERMS * RNNI_BLOCK, &sum, sizeof sum);
    }
}

static void fill_int8(float *to, const float *w, size_t row, size_t k, size_t valid)
{
    float *sums = to + RNNI_BLOCK;
    int8_t *bytes = (int8_t *)(sums + rnni_narrow_chunks(k) * RNNI_BLOCK);
    memset(to, 0, rnni_narrow_panel(RNN_PRECISION_INT8, k) * sizeof *to);
    for (size_t j = 0; j < valid; j++) {
        float largest = rnni_updates()->magnitude(w + j * row, k); /* infinite for NaN */
        to[j] = largest > FLT_MAX ? NAN : largest / 127;
        fill_column(bytes + 4 * j, sums + j, w + j * row, k, largest);
    }
}

/* ---- panels ------------------------------------------------------------------------------------------------------ */

void rnni_narrow_pack(int64_t precision, float *data, const float *w, size_t row, size_t k, size_t units, size_t gates,
                      size_t index, size_t parts)
{
    RNNI_ASSERT(gates >= 1 && gates <= RNNI_PANEL_GATES && row >= k);
    struct rnni_part part = rnni_part_of(units, RNNI_BLOCK, index, parts);
    size_t size = rnni_narrow_panel(precision, k);
    for (size_t unit = part.first; unit < part.first + part.count; unit += RNNI_BLOCK) {
        size_t valid = units - unit < RNNI_BLOCK ? units - unit : RNNI_BLOCK;
        for (size_t gate = 0; gate < gates; gate++) {
            float *panel = data + (unit / RNNI_BLOCK * gates + gate) * size;
            const float *from = w + (gate * units + unit) * row;
            if (precision == RNN_PRECISION_BF16)
                fill_bf16(panel, from, row, k, valid);
            else
                fill_int8(panel, from, row, k, valid);
        }
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

size_t rnni_narrow_table_row(int64_t precision, size_t columns)
{
    RNNI_ASSERT(precision == RNN_PRECISION_BF16 || precision == RNN_PRECISION_INT8);
    return precision == RNN_PRECISION_BF16 ? columns / 2 + columns % 2 : 1 + columns / 4 + (columns % 4 != 0);
}

static void fill_row_bf16(float *to, const float *w, size_t columns, size_t step)
{
    for (size_t j = 0; j < columns; j++) {
        uint16_t half = (uint16_t)bf16_of(w[j * step]);
        memcpy((char *)to + j * sizeof half, &half, sizeof half);
    }
}

static void fill_row_int8(float *to, const float *w, size_t columns, size_t step)
{
    int8_t *bytes = (int8_t *)(to + 1);
    float largest = 0;
    for (size_t j = 0; j < columns; j++) {
        float magnitude = rnni_updates()->magnitude(w + j * step, 1); /* infinite for NaN */
        largest = magnitude > largest ? magnitude : largest;
    }
    *to = largest > FLT_MAX ? NAN : largest / 127;
    double scale = scale_of(largest);
    for (size_t j = 0; j < columns; j++)
        bytes[j] = byte_of(w[j * step], scale);
}

void rnni_narrow_pack_table(int64_t precision, float *data, const float *w, size_t rows, size_t columns, size_t row,
                            size_t step, size_t index, size_t parts)
{
    struct rnni_part part = rnni_part_of(rows, 1, index, parts);
    size_t size = rnni_narrow_table_row(precision, columns);
    for (size_t i = part.first; i < part.first + part.count; i++)
        (precision == RNN_PRECISION_BF16 ? fill_row_bf16 : fill_row_int8)(data + i * size, w + i * row, columns, step);
}

void rnni_narrow_choose(int64_t precision, float *y, const float *start, const float *data, size_t index,
                        size_t columns)
{
    const float *row = data + index * rnni_narrow_table_row(precision, columns);
    const struct rnni_narrow_kernels *kernels = rnni_narrow_kernels();
    (precision == RNN_PRECISION_BF16 ? kernels->choose_bf16 : kernels->choose_int8)(y, start, row, columns);
}
