#include "math/narrow.h"

#include "base/assertion.h"
#include "base/bf16.h"
#include "base/memory.h"
#include "base/part.h"
#include "math/narrow_kernels.h"
#include "math/updates.h"
#include "rnn.h"

#include <float.h>
#include <math.h>
#include <string.h>

const char *rnni_narrow_name(int64_t precision)
{
    static const char *const names[] = {"RNN_PRECISION_FLOAT32", "RNN_PRECISION_BF16", "RNN_PRECISION_INT8"};
    RNNI_ASSERT(precision >= RNN_PRECISION_FLOAT32 && precision <= RNN_PRECISION_INT8);
    return names[precision];
}

size_t rnni_narrow_panel(int64_t precision, size_t k)
{
    RNNI_ASSERT(precision == RNN_PRECISION_BF16 || precision == RNN_PRECISION_INT8);
    if (precision == RNN_PRECISION_BF16)
        return rnni_memory_multiply(k / 2 + k % 2, RNNI_BLOCK);
    return rnni_memory_multiply(1 + rnni_narrow_chunks(k) + k / 4 + (k % 4 != 0), RNNI_BLOCK);
}

size_t rnni_narrow_count(int64_t precision, size_t k, size_t units, size_t gates)
{
    if (!precision)
        return rnni_panels_count(k, units, gates);
    size_t blocks = units / RNNI_BLOCK + (units % RNNI_BLOCK != 0);
    return rnni_memory_multiply(rnni_memory_multiply(blocks, gates), rnni_narrow_panel(precision, k));
}

/* ---- bf16 -------------------------------------------------------------------------------------------------------- */

/* Units [valid] of a weight: element q of unit j is w[j * row + q]; or, where an element has `taps` taps, of which
 * those of one element are neighbours, w[j * row + q % n * taps + q / n] with n = k / taps: all elements of a tap
 * follow one another in k. */
struct units {
    const float *w;
    size_t row, k, taps, valid;
};

static float unit_at(const struct units *units, size_t j, size_t q)
{
    size_t n = units->k / units->taps;
    return units->w[j * units->row + (units->taps == 1 ? q : q % n * units->taps + q / n)];
}

static void fill_bf16(float *to, const struct units *units)
{
    memset(to, 0, rnni_narrow_panel(RNN_PRECISION_BF16, units->k) * sizeof *to);
    for (size_t j = 0; j < units->valid; j++)
        for (size_t q = 0; q < units->k; q += 2) {
            uint32_t word = rnni_bf16_of(unit_at(units, j, q));
            if (q + 1 < units->k)
                word |= (uint32_t)rnni_bf16_of(unit_at(units, j, q + 1)) << 16;
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

/* Column j of bytes, four of which are 4 * RNNI_BLOCK apart, and its sums. */
static void fill_column(int8_t *to, float *sums, const struct units *units, size_t j, float largest)
{
    double scale = scale_of(largest);
    int32_t sum = 0;
    for (size_t q = 0; q < units->k; q++) {
        int8_t byte = byte_of(unit_at(units, j, q), scale);
        to[q / 4 * 4 * RNNI_BLOCK + q % 4] = byte;
        sum = (q % RNNI_NARROW_TERMS ? sum : 0) + byte * RNNI_NARROW_OFFSET;
        memcpy(sums + q / RNNI_NARROW_TERMS * RNNI_BLOCK, &sum, sizeof sum);
    }
}

static void fill_int8(float *to, const struct units *units)
{
    float *sums = to + RNNI_BLOCK;
    int8_t *bytes = (int8_t *)(sums + rnni_narrow_chunks(units->k) * RNNI_BLOCK);
    memset(to, 0, rnni_narrow_panel(RNN_PRECISION_INT8, units->k) * sizeof *to);
    for (size_t j = 0; j < units->valid; j++) {
        float largest = rnni_updates()->magnitude(units->w + j * units->row, units->k); /* infinite for NaN */
        to[j] = largest > FLT_MAX ? NAN : largest / 127;
        fill_column(bytes + 4 * j, sums + j, units, j, largest);
    }
}

/* ---- panels ------------------------------------------------------------------------------------------------------ */

static void pack(int64_t precision, float *data, struct units all, size_t units, size_t gates, struct rnni_part part)
{
    const float *w = all.w;
    size_t size = rnni_narrow_panel(precision, all.k);
    for (size_t unit = part.first; unit < part.first + part.count; unit += RNNI_BLOCK)
        for (size_t gate = 0; gate < gates; gate++) {
            all.w = w + (gate * units + unit) * all.row;
            all.valid = units - unit < RNNI_BLOCK ? units - unit : RNNI_BLOCK;
            (precision == RNN_PRECISION_BF16 ? fill_bf16 : fill_int8)(data + (unit / RNNI_BLOCK * gates + gate) * size,
                                                                      &all);
        }
}

void rnni_narrow_pack(int64_t precision, float *data, const float *w, size_t row, size_t k, size_t units, size_t gates,
                      size_t index, size_t parts)
{
    RNNI_ASSERT(gates >= 1 && gates <= RNNI_PANEL_GATES && row >= k);
    struct units all = {.w = w, .row = row, .k = k, .taps = 1};
    if (!precision)
        rnni_panels_pack(data, w, row, k, units, gates, 1, index, parts);
    else
        pack(precision, data, all, units, gates, rnni_part_of(units, RNNI_BLOCK, index, parts));
}

void rnni_narrow_pack_taps(int64_t precision, float *data, const float *w, size_t k, size_t units, size_t taps,
                           size_t index, size_t parts)
{
    RNNI_ASSERT(taps >= 1 && k % taps == 0);
    struct units all = {.w = w, .row = k, .k = k, .taps = taps};
    pack(precision, data, all, units, 1, rnni_part_of(units, RNNI_BLOCK, index, parts));
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
        uint16_t half = rnni_bf16_of(w[j * step]);
        memcpy((char *)to + j * sizeof half, &half, sizeof half);
    }
}

static void fill_row_int8(float *to, const float *w, size_t columns, size_t step)
{
    int8_t *bytes = (int8_t *)(to + 1);
    float largest = 0;
    for (size_t j = 0; j < columns; j++) { /* infinite for NaN */
        float size = fabsf(w[j * step]);
        largest = size > largest ? size : isnan(size) ? INFINITY : largest;
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
