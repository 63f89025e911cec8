/* Where the bits of a number lie:
 *
 *             sign   exponent, its bias   fraction
 *     float   31     30-23    127         22-0
 *     F64     63     62-52    1023        51-0
 *     F16     15     14-10    15          9-0
 *     BF16    15     14-7     127         6-0 */
#include "io/dtype.h"

#include <stdint.h>
#include <string.h>

/* Every F16 below 2^-14 is a normal float: its leading bit is found and goes where bit 10 is, which nothing stores. */
static uint32_t subnormal_bits(uint32_t fraction)
{
    uint32_t exponent = 127 - 14;
    if (fraction == 0)
        return 0;
    for (; !(fraction & 0x400); exponent--)
        fraction <<= 1;
    return exponent << 23 | (fraction & 0x3FF) << 13;
}

static uint32_t f16_bits(uint32_t half)
{
    uint32_t sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3FF;
    if (exponent == 31) /* infinity, or NaN: bit 22 makes it quiet */
        return sign | 0x7F800000 | fraction << 13 | (fraction ? 0x400000 : 0);
    if (exponent == 0)
        return sign | subnormal_bits(fraction);
    return sign | (exponent + 127 - 15) << 23 | fraction << 13;
}

static uint32_t read_half(const unsigned char *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8;
}

/* An F64 of the size of a float, or larger: bits behind the last are rounded off, which may carry into the exponent and
 * so give infinity.  A smaller one is a subnormal float, of fewer bits. */
static uint32_t f64_bits(uint64_t number)
{
    uint32_t sign = (uint32_t)(number >> 32) & 0x80000000, exponent = number >> 52 & 0x7FF;
    uint64_t fraction = number & 0xFFFFFFFFFFFFF;
    if (exponent == 0x7FF) /* infinity, or NaN: bit 22 makes it quiet */
        return sign | 0x7F800000 | (uint32_t)(fraction >> 29) | (fraction ? 0x400000 : 0);
    if (exponent > 1023 + 127)
        return sign | 0x7F800000;
    if (exponent < 1023 - 126 - 24) /* below half of the smallest */
        return sign;
    uint32_t behind = 29, above = 0;
    if (exponent > 1023 - 127) {
        above = (exponent - (1023 - 127)) << 23;
    } else {
        behind += 1023 - 126 - exponent;
        fraction |= (uint64_t)1 << 52;
    }
    uint64_t half = (uint64_t)1 << (behind - 1), rest = fraction & (2 * half - 1);
    uint32_t kept = (uint32_t)(fraction >> behind);
    return sign | (above + kept + (rest > half || (rest == half && (kept & 1))));
}

void rnni_dtype_f32(float *out, const unsigned char *in, size_t count)
{
    for (size_t i = 0; i < count; i++, in += 4) { /* compilers see a plain copy where it is one */
        uint32_t bits = read_half(in) | read_half(in + 2) << 16;
        memcpy(&out[i], &bits, 4);
    }
}

void rnni_dtype_f16(float *out, const unsigned char *in, size_t count)
{
    for (size_t i = 0; i < count; i++, in += 2) {
        uint32_t bits = f16_bits(read_half(in));
        memcpy(&out[i], &bits, 4);
    }
}

void rnni_dtype_bf16(float *out, const unsigned char *in, size_t count)
{
    for (size_t i = 0; i < count; i++, in += 2) {
        uint32_t bits = read_half(in) << 16;
        memcpy(&out[i], &bits, 4);
    }
}

void rnni_dtype_f64(float *out, const unsigned char *in, size_t count)
{
    for (size_t i = 0; i < count; i++, in += 8) {
        uint64_t low = read_half(in) | read_half(in + 2) << 16, high = read_half(in + 4) | read_half(in + 6) << 16;
        uint32_t bits = f64_bits(low | high << 32);
        memcpy(&out[i], &bits, 4);
    }
}
