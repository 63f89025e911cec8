/* The one source of the kernels of narrow_kernels.h: a file per instruction set defines RNNI_NARROW_NAME and includes
 * this, and the build compiles each with the options of its set.  Of AVX-512 they have the instructions for bytes and
 * bf16; their vectors of floats are those of AVX2. */
#include "base/bf16.h"
#include "math/narrow.h"
#include "math/narrow_kernels.h"
#include "math/updates.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
#define WIDTH 8
#endif
#ifdef __AVX2__
#define TILE_ROWS 5 /* of words of bf16: with 6 gcc 12 keeps sums on the stack, and twice the time */
#endif
#include "math/vector_template.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#endif

#include "math/places_template.h"

#include "math/narrow_template.h"

#ifdef __AVX512BF16__
#include "math/bf16_dots_template.h"
#else
#include "math/bf16_template.h"
#endif
#include "math/int8_template.h"

/* ---- rows of tables ---------------------------------------------------------------------------------------------- */

static void choose_bf16_kernel(float *y, const float *start, const float *row, size_t n)
{
    const uint16_t *half = (const uint16_t *)(const void *)row;
    SIMD
    for (size_t j = 0; j < n; j++) {
        uint32_t bits = (uint32_t)half[j] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        y[j] = start ? start[j] + value : value;
    }
}

static void choose_int8_kernel(float *y, const float *start, const float *row, size_t n)
{
    const int8_t *byte = (const int8_t *)(row + 1);
    float scale = *row;
    SIMD
    for (size_t j = 0; j < n; j++)
        y[j] = start ? start[j] + scale * (float)byte[j] : scale * (float)byte[j];
}

#define TABLE_OF(name) rnni_narrow_##name
#define TABLE(name)    TABLE_OF(name)

const struct rnni_narrow_kernels TABLE(RNNI_NARROW_NAME) = {
    .rounds_rows = ROUNDS_ROWS,
    .bf16 = bf16_kernel,
    .int8 = int8_kernel,
    .choose_bf16 = choose_bf16_kernel,
    .choose_int8 = choose_int8_kernel,
};
