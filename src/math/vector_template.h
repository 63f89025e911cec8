/* The one source of the kernels of vector.h.  A file per instruction set defines RNNI_VECTOR_NAME and includes this;
 * the build compiles each with the options of its set, and the loops marked simd become vectors of that width. */
#include "math/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define WIDTH       16 /* floats in a vector register */
#define TILE_ROWS   8
#define ROW_VECTORS 16 /* sums of a row that are held in registers */
#elif defined(__AVX2__)
#define WIDTH       8
#define TILE_ROWS   4
#define ROW_VECTORS 8
#else
#define WIDTH     4
#define TILE_ROWS 4
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
        d[i] *= 1 - h[i] * h[i];
}

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

/* exp(v) for v <= 0 or NaN; 0 below -87, where floats are about to end. */
static inline float exp_of(float v)
{
    struct power e = split(v < -87 ? -87 : v);
    return v < -87 ? 0 : e.scale * e.rest + e.scale;
}

static double exp_shifted_kernel(float *p, const float *o, float top, size_t n)
{
    float sum = 0;
    if (p) {
        SIMD_SUM(sum)
        for (size_t i = 0; i < n; i++)
            sum += p[i] = exp_of(o[i] - top);
    } else {
        SIMD_SUM(sum)
        for (size_t i = 0; i < n; i++)
            sum += exp_of(o[i] - top);
    }
    return (double)sum;
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

static void descend_kernel(float *restrict p, const float *restrict g, float rate, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        p[i] -= rate * g[i];
}

/* ---- product --------------------------------------------------------------------------------------------------- */

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#ifdef ROW_VECTORS
/* y += x b for the first vectors * WIDTH columns of b, whose rows are n long.  `vectors` is a constant wherever this is
 * called, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void row_columns(float *y, const float *x, const float *b, size_t k,
                                                              size_t n, size_t vectors)
{
    vector sum[ROW_VECTORS];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = *(const vector *)(y + v * WIDTH);
    for (size_t q = 0; q < k; q++)
        for (size_t v = 0; v < vectors; v++)
            sum[v] += x[q] * *(const vector *)(b + q * n + v * WIDTH);
    for (size_t v = 0; v < vectors; v++)
        *(vector *)(y + v * WIDTH) = sum[v];
}

static void row_tail(float *restrict y, const float *x, const float *b, size_t k, size_t n, size_t columns)
{
    for (size_t q = 0; q < k; q++)
        for (size_t j = 0; j < columns; j++)
            y[j] += x[q] * b[q * n + j];
}

static void row_product_kernel(float *restrict y, const float *x, const float *restrict b, size_t k, size_t n)
{
    size_t j = 0;
    for (; j + ROW_VECTORS * WIDTH <= n; j += ROW_VECTORS * WIDTH)
        row_columns(y + j, x, b + j, k, n, ROW_VECTORS);
    for (; j + 4 * WIDTH <= n; j += 4 * WIDTH)
        row_columns(y + j, x, b + j, k, n, 4);
    for (; j + WIDTH <= n; j += WIDTH)
        row_columns(y + j, x, b + j, k, n, 1);
    row_tail(y + j, x, b + j, k, n, n - j);
}
#else
#define row_product_kernel NULL
#endif

#define TILE_COLUMNS (2 * WIDTH)
#define DEPTH        128 /* rows of b at a time: a panel of them stays in the first-level cache */

/* c [m,n] += a b for few rows, reading b once, in place. */
static void product_of_rows(float *restrict c, const float *a, size_t row, size_t column, const float *restrict b,
                            size_t m, size_t k, size_t n)
{
    for (size_t i = 0; i < m; i++) {
        size_t q = 0;
        for (; q + 4 <= k; q += 4) {
            const float *at = a + i * row + q * column, *from = b + q * n;
            float a0 = at[0], a1 = at[column], a2 = at[2 * column], a3 = at[3 * column];
            SIMD
            for (size_t j = 0; j < n; j++)
                c[i * n + j] += a0 * from[j] + a1 * from[n + j] + a2 * from[2 * n + j] + a3 * from[3 * n + j];
        }
        for (; q < k; q++) {
            float a0 = a[i * row + q * column];
            SIMD
            for (size_t j = 0; j < n; j++)
                c[i * n + j] += a0 * b[q * n + j];
        }
    }
}

/* out [TILE_ROWS,TILE_COLUMNS] = the rows of a at `at`, times panel [k,TILE_COLUMNS]; the sums stay in registers. */
static inline void product_tile(vector out[TILE_ROWS][2], const float *const at[TILE_ROWS], size_t column,
                                const float *panel, size_t k)
{
    vector sum[TILE_ROWS][2] = {{{0}}};
    for (size_t q = 0; q < k; q++) {
        vector left = *(const vector *)(panel + q * TILE_COLUMNS);
        vector right = *(const vector *)(panel + q * TILE_COLUMNS + WIDTH);
        for (size_t r = 0; r < TILE_ROWS; r++) {
            sum[r][0] += at[r][q * column] * left;
            sum[r][1] += at[r][q * column] * right;
        }
    }
    memcpy(out, sum, sizeof sum);
}

/* The same for one panel and all rows of c; at the bottom, tiles repeat the last row and throw the copies away. */
static void product_of_panel(float *restrict c, const float *a, size_t row, size_t column, const float *panel, size_t m,
                             size_t k, size_t n, size_t columns)
{
    for (size_t i = 0; i < m; i += TILE_ROWS) {
        const float *at[TILE_ROWS];
        for (size_t r = 0; r < TILE_ROWS; r++)
            at[r] = a + (i + r < m ? i + r : m - 1) * row;
        vector tile[TILE_ROWS][2];
        product_tile(tile, at, column, panel, k);
        for (size_t r = 0; r < TILE_ROWS && i + r < m; r++) {
            const float *sums = (const float *)tile[r];
            SIMD
            for (size_t j = 0; j < columns; j++)
                c[(i + r) * n + j] += sums[j];
        }
    }
}

static void product_kernel(float *restrict c, const float *a, size_t row, size_t column, const float *restrict b,
                           size_t m, size_t k, size_t n)
{
    if (m < TILE_ROWS) {
        product_of_rows(c, a, row, column, b, m, k, n);
        return;
    }
    float panel[DEPTH * TILE_COLUMNS];
    for (size_t q = 0; q < k; q += DEPTH) {
        size_t depth = k - q < DEPTH ? k - q : DEPTH;
        for (size_t j = 0; j < n; j += TILE_COLUMNS) {
            size_t columns = n - j < TILE_COLUMNS ? n - j : TILE_COLUMNS;
            for (size_t p = 0; p < depth; p++) {
                memcpy(panel + p * TILE_COLUMNS, b + (q + p) * n + j, columns * sizeof *b);
                memset(panel + p * TILE_COLUMNS + columns, 0, (TILE_COLUMNS - columns) * sizeof *b);
            }
            product_of_panel(c + j, a + q * column, row, column, panel, m, depth, n, columns);
        }
    }
}

#define TABLE_OF(name) rnni_vector_##name
#define TABLE(name)    TABLE_OF(name)
#define NAME_OF(name)  #name
#define NAME(name)     NAME_OF(name)

const struct rnni_vector TABLE(RNNI_VECTOR_NAME) = {
    .name = NAME(RNNI_VECTOR_NAME),
    .tanh = tanh_kernel,
    .tanh_backward = tanh_backward_kernel,
    .largest = largest_kernel,
    .exp_shifted = exp_shifted_kernel,
    .scale = scale_kernel,
    .clip = clip_kernel,
    .sum_of_squares = sum_of_squares_kernel,
    .descend = descend_kernel,
    .row_product = row_product_kernel,
    .product = product_kernel,
};
