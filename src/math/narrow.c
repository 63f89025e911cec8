#include "math/narrow.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/part.h"
#include "math/updates.h"
#include "rnn.h"

#include <float.h>
#include <math.h>
#include <string.h>

size_t rnni_narrow_panel(int64_t precision, size_t k)
{
    RNNI_ASSERT(precision == RNN_PRECISION_BF16 || precision == RNN_PRECISION_INT8);
    if (precision == RNN_PRECISION_BF16)
        return rnni_memory_multiply(k, RNNI_BLOCK / 2);
    return rnni_memory_add(RNNI_BLOCK, rnni_memory_multiply(k / 4 + (k % 4 != 0), RNNI_BLOCK));
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

/* Of a panel [k,8] whose columns are `valid` rows of w. */
static void fill_bf16(uint32_t *to, const float *w, size_t row, size_t k, size_t valid)
{
    const size_t half = RNNI_BLOCK / 2;
    for (size_t q = 0; q < k; q++)
        for (size_t j = 0; j < half; j++) {
            uint32_t low = j < valid ? bf16_of(w[j * row + q]) : 0;
            uint32_t high = j + half < valid ? bf16_of(w[(j + half) * row + q]) : 0;
            to[q * half + j] = low | high << 16;
        }
}

/* ---- int8 -------------------------------------------------------------------------------------------------------- */

/* Column j, of bytes 4 * RNNI_BLOCK apart.  In double, so that the smallest numbers have a scale too. */
static void fill_column(int8_t *to, const float *w, size_t k, float largest)
{
    double scale = largest > 0 && largest <= FLT_MAX ? 127 / (double)largest : 0;
    for (size_t q = 0; q < k; q++)
        to[q / 4 * 4 * RNNI_BLOCK + q % 4] = (int8_t)(scale > 0 ? nearbyint((double)w[q] * scale) : 0);
}

static void fill_int8(float *to, const float *w, size_t row, size_t k, size_t valid)
{
    int8_t *bytes = (int8_t *)(to + RNNI_BLOCK);
    memset(to, 0, rnni_narrow_panel(RNN_PRECISION_INT8, k) * sizeof *to);
    for (size_t j = 0; j < valid; j++) {
        float largest = rnni_updates()->magnitude(w + j * row, k); /* infinite for NaN */
        to[j] = largest > FLT_MAX ? NAN : largest / 127;
        fill_column(bytes + 4 * j, w + j * row, k, largest);
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
                fill_bf16((uint32_t *)panel, from, row, k, valid);
            else
                fill_int8(panel, from, row, k, valid);
        }
    }
}
