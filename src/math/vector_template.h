/* The one source of the kernels of vector.h.  A file per instruction set defines RNNI_VECTOR_NAME and includes this;
 * the build compiles each with the options of its set, and the loops marked simd become vectors of that width. */
#include "math/vector.h"

#if defined(__i386__) && !defined(__SSE2_MATH__)
#error "the x87 unit rounds otherwise than these kernels expect: add -msse2 -mfpmath=sse to CMAKE_C_FLAGS"
#endif

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* WIDTH: floats in a vector register.  The sums of a product stay in registers: of TILE_ROWS rows by TILE_BLOCKS blocks
 * of 16 columns, or of one row by ROW_BLOCKS blocks. */
#if defined(__AVX512F__)
#define WIDTH       16
#define TILE_ROWS   6
#define TILE_BLOCKS 4
#define ROW_BLOCKS  4
#define ROW_PANELS  2
#define AHEAD       1
#elif defined(__AVX2__)
#define WIDTH       8
#define TILE_ROWS   6
#define TILE_BLOCKS 1
#define ROW_BLOCKS  4
#define ROW_PANELS  1
#define AHEAD       1
#elif defined(__aarch64__)
#define WIDTH       4
#define TILE_ROWS   6
#define TILE_BLOCKS 1
#define ROW_BLOCKS  4
#define ROW_PANELS  1
#define AHEAD       1
#else
#define WIDTH       4
#define TILE_ROWS   3
#define TILE_BLOCKS 1
#define ROW_BLOCKS  2
#define ROW_PANELS  0
#define AHEAD       0
#endif

/* A compiler that reads a vector from memory again for each row of a tile has more loads than multiplications. */
#if defined(__AVX512F__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#elif defined(__x86_64__)
#define IN_REGISTER(vector) __asm__("" : "+x"(vector))
#else
#define IN_REGISTER(vector) (void)0
#endif

#define SIMD               _Pragma("omp simd")
#define SIMD_SUM(variable) _Pragma(SIMD_TEXT(omp simd reduction(+ : variable)))
#define SIMD_TEXT(text)    #text

/* ---- exp and tanh ---------------------------------------------------------------------------------------------- */

/* exp(v) = 2^n exp(r) with n = round(v / ln 2), |r| <= ln(2)/2. */
struct power {
    float scale; /* 2^n */
    float rest;  /* exp(r) - 1 */
};

/* For -87 <= v <= 88, or NaN, which comes out in `rest`.  The polynomial is a minimax fit of (exp(r) - 1 - r) / r^2
 * whose relative error in exp(r) - 1 is 0.22 ulp. */
static inline struct power split(float v)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it leaves round(v / ln 2) in the low bits */
    float shifted = v * 1.44269504f + magic;
    float n = shifted - magic;
    float r = v - n * 0.693359375f; /* ln 2 in two parts, the first exact in 9 bits */
    r = r - n * -2.12194440e-4f;
    float q = 1.388251625e-03f;
    q = q * r + 8.366547140e-03f;
    q = q * r + 4.166720071e-02f;
    q = q * r + 1.666654342e-01f;
    q = q * r + 4.999999815e-01f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000u; /* the exponent field of 2^n */
    struct power power;
    memcpy(&power.scale, &bits, sizeof bits);
    power.rest = r * r * q + r;
    return power;
}

/* tanh(a) = m / (m + 2) with m = exp(2a) - 1, on |a| so that it is odd; from |a| = 9.1 on it rounds to 1. */
static inline float tanh_of(float x)
{
    float a = fabsf(x);
    a = a > 9.1f ? 9.1f : a;
    a = a < RNNI_NEGLIGIBLE ? 0 : a;
    struct power e = split(2 * a);
    float m = e.scale * e.rest + (e.scale - 1);
    return copysignf(m / (m + 2), x);
}

static void tanh_kernel(float *restrict h, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        h[i] = tanh_of(h[i]);
}

static void tanh_backward_kernel(float *restrict d, const float *restrict h, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        d[i] = fabsf(d[i]) < RNNI_NEGLIGIBLE ? 0 : d[i] * (1 - h[i] * h[i]);
}

/* exp(v) for v <= 0 or NaN; 0 below -87, where floats are about to end. */
static inline float exp_of(float v)
{
    struct power e = split(v < -87 ? -87 : v);
    return v < -87 ? 0 : e.scale * e.rest + e.scale;
}

/* exp(-x) stays within range, and what is below 1e-30 is 0. */
static inline float sigmoid_of(float x)
{
    float v = -x;
    v = v < -87 ? -87 : v;
    v = v > 87 ? 87 : v;
    struct power e = split(v);
    float y = 1 / (1 + (e.scale * e.rest + e.scale));
    return y < RNNI_NEGLIGIBLE ? 0 : y;
}

static void sigmoid_kernel(float *restrict a, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        a[i] = sigmoid_of(a[i]);
}

static void sigmoid_backward_kernel(float *restrict d, const float *restrict y, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        d[i] = fabsf(d[i]) < RNNI_NEGLIGIBLE ? 0 : d[i] * (y[i] * (1 - y[i]));
}

/* ---- what gates do --------------------------------------------------------------------------------------------- */

static void multiply_kernel(float *out, const float *a, const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_vector_settled(a[i] * b[i]);
}

static void add_product_kernel(float *out, const float *a, const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] += a[i] * b[i];
}

static void add_kernel(float *out, const float *a, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_vector_settled(out[i] + a[i]);
}

static void blend_kernel(float *out, const float *a, const float *b, const float *c, const float *d, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_vector_settled(a[i] * b[i] + c[i] * d[i]);
}

/* ---- softmax --------------------------------------------------------------------------------------------------- */

static float largest_kernel(const float *o, size_t n)
{
    float lanes[WIDTH], top = o[0];
    for (size_t j = 0; j < WIDTH; j++)
        lanes[j] = top;
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        SIMD
        for (size_t j = 0; j < WIDTH; j++)
            lanes[j] = o[i + j] > lanes[j] ? o[i + j] : lanes[j];
    }
    for (; i < n; i++)
        top = o[i] > top ? o[i] : top;
    for (size_t j = 0; j < WIDTH; j++)
        top = lanes[j] > top ? lanes[j] : top;
    return top;
}

#define SUMMED 256 /* terms that one float may sum */

static float exp_shifted_piece(float *p, const float *o, float top, size_t n)
{
    float sum = 0;
    SIMD_SUM(sum)
    for (size_t i = 0; i < n; i++)
        sum += p[i] = exp_of(o[i] - top);
    return sum;
}

static double exp_shifted_kernel(float *p, const float *o, float top, size_t n)
{
    float unwanted[SUMMED];
    double sum = 0;
    for (size_t i = 0; i < n; i += SUMMED)
        sum += (double)exp_shifted_piece(p ? p + i : unwanted, o + i, top, n - i < SUMMED ? n - i : SUMMED);
    return sum;
}

/* ---- arithmetic on flat arrays --------------------------------------------------------------------------------- */

static void scale_kernel(float *a, float factor, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        a[i] *= factor;
}

static void clip_kernel(float *a, float most, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++) {
        float low = a[i] < -most ? -most : a[i];
        a[i] = low > most ? most : low;
    }
}

static double sum_of_squares_kernel(const float *a, size_t n)
{
    double sum = 0;
    SIMD_SUM(sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)a[i];
    return sum;
}

/* As bits: infinity is the first whose exponent is full, and behind it is what is not a number.  An integer maximum
 * takes one cycle, where a sum of floats waits four for each. */
static float magnitude_kernel(const float *a, size_t n)
{
    uint32_t most = 0;
    _Pragma("omp simd reduction(max : most)") for (size_t i = 0; i < n; i++)
    {
        uint32_t bits;
        memcpy(&bits, &a[i], sizeof bits);
        bits &= 0x7fffffffu;
        most = bits > most ? bits : most;
    }
    most = most > 0x7f800000u ? 0x7f800000u : most;
    float magnitude;
    memcpy(&magnitude, &most, sizeof most);
    return magnitude;
}

static void descend_kernel(float *restrict p, const float *restrict g, float rate, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        p[i] -= rate * g[i];
}

/* ---- sums over rows ---------------------------------------------------------------------------------------------- */

#define STRIP 512 /* columns at a time: their sums stay in the first-level cache */

/* part [columns] += rows first .. end of a, four at a time. */
static void add_some_rows(float *part, const float *a, size_t a_row, size_t first, size_t end, size_t columns)
{
    size_t i = first;
    for (; i + 4 <= end; i += 4) {
        const float *r = a + i * a_row, *s = r + a_row, *t = s + a_row, *u = t + a_row;
        SIMD
        for (size_t j = 0; j < columns; j++)
            part[j] += (r[j] + s[j]) + (t[j] + u[j]);
    }
    for (; i < end; i++) {
        SIMD
        for (size_t j = 0; j < columns; j++)
            part[j] += a[i * a_row + j];
    }
}

/* By pieces: a float that sums a million numbers loses them. */
static void add_strip(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns)
{
    double total[STRIP] = {0};
    for (size_t begin = 0; begin < rows; begin += SUMMED) {
        float part[STRIP] = {0};
        add_some_rows(part, a, a_row, begin, begin + SUMMED < rows ? begin + SUMMED : rows, columns);
        SIMD
        for (size_t j = 0; j < columns; j++)
            total[j] += (double)part[j];
    }
    for (size_t j = 0; j < columns; j++)
        sum[j] += (float)total[j];
    for (size_t j = 0; also && j < columns; j++)
        also[j] += (float)total[j];
}

static void add_rows_kernel(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns)
{
    if (rows == 1 && !also) {
        SIMD
        for (size_t j = 0; j < columns; j++)
            sum[j] += a[j];
        return;
    }
    for (size_t j = 0; j < columns; j += STRIP)
        add_strip(sum + j, also ? also + j : NULL, a + j, a_row, rows, columns - j < STRIP ? columns - j : STRIP);
}

/* In this order. */
#include "math/gates_template.h"
#include "math/product_template.h"

#include "math/outer_template.h"

#include "math/attention_template.h"
#include "math/ctc_template.h"
#include "math/update_template.h"

#define TABLE_OF(name) rnni_vector_##name
#define TABLE(name)    TABLE_OF(name)
#define NAME_OF(name)  #name
#define NAME(name)     NAME_OF(name)

const struct rnni_vector TABLE(RNNI_VECTOR_NAME) = {
    .name = NAME(RNNI_VECTOR_NAME),
    .tanh = tanh_kernel,
    .tanh_backward = tanh_backward_kernel,
    .sigmoid = sigmoid_kernel,
    .sigmoid_backward = sigmoid_backward_kernel,
    .multiply = multiply_kernel,
    .add_product = add_product_kernel,
    .add = add_kernel,
    .blend = blend_kernel,
    .interpolate = interpolate_kernel,
    .interpolate_backward = interpolate_backward_kernel,
    .choose = choose_kernel,
    .largest = largest_kernel,
    .exp_shifted = exp_shifted_kernel,
    .scale = scale_kernel,
    .clip = clip_kernel,
    .sum_of_squares = sum_of_squares_kernel,
    .magnitude = magnitude_kernel,
    .descend = descend_kernel,
    .ahead = AHEAD,
    .lstm = lstm_kernel,
    .lstm_backward = lstm_backward_kernel,
    .gru = gru_kernel,
    .gru_backward = gru_backward_kernel,
    .product = product_kernel,
    .outer = outer_kernel,
    .add_rows = add_rows_kernel,
    .sgd = sgd_kernel,
    .momentum = momentum_kernel,
    .rmsprop = rmsprop_kernel,
    .rmsprop_momentum = rmsprop_momentum_kernel,
    .adagrad = adagrad_kernel,
    .adam = adam_kernel,
    .amsgrad = amsgrad_kernel,
    .ctc_step = ctc_step_kernel,
    .ctc_occupancy = ctc_occupancy_kernel,
    .additive = additive_kernel,
    .additive_backward = additive_backward_kernel,
    .softmax_backward = softmax_backward_kernel,
};
