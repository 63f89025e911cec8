/* The one source of the kernels of vector.h.  A file per instruction set defines RNNI_VECTOR_NAME and includes this;
 * the build compiles each with the options of its set, and the loops marked simd become vectors of that width. */
#include "math/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* WIDTH: floats in a vector register.  A tile of a product holds TILE_ROWS * TILE_VECTORS sums in registers, or
 * LONGEST_ROW where it is one row. */
#if defined(__AVX512F__)
#define WIDTH        16
#define TILE_VECTORS 4
#define LONGEST_ROW  16
#elif defined(__AVX2__)
#define WIDTH        8
#define TILE_VECTORS 2
#define LONGEST_ROW  8
#else
#define WIDTH        4
#define TILE_VECTORS 2
#define LONGEST_ROW  8
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

/* States and gradients below this become 0.  A silent stream decays, and a gradient vanishes, into subnormal numbers
 * otherwise, on which every product is up to 90 times slower. */
#define NEGLIGIBLE 1e-30f

/* tanh(a) = m / (m + 2) with m = exp(2a) - 1, on |a| so that it is odd; from |a| = 9.1 on it rounds to 1. */
static inline float tanh_of(float x)
{
    float a = fabsf(x);
    a = a > 9.1f ? 9.1f : a;
    a = a < NEGLIGIBLE ? 0 : a;
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
        d[i] = fabsf(d[i]) < NEGLIGIBLE ? 0 : d[i] * (1 - h[i] * h[i]);
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

static void descend_kernel(float *restrict p, const float *restrict g, float rate, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        p[i] -= rate * g[i];
}

/* ---- products -------------------------------------------------------------------------------------------------- */

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define INLINE       static inline __attribute__((always_inline))
#define TILE_ROWS    6 /* as many as tile_of tells apart */
#define TILE_COLUMNS (TILE_VECTORS * WIDTH)
#define MOST_CHAINS  4
#define DEPTH        512 /* rows of b at a time: the columns of a tile then stay in the second-level cache */

/* A product a b: c [m,n] += a [m,k] b [k,n], with a(i,q) at a[i * row + q * column] and rows of b `stride` apart. */
struct product {
    const float *a, *b;
    size_t row, column, stride, k;
};

/* c += a b for a few rows and vectors of columns, whose sums stay in registers: `rows` and `vectors` are constants
 * wherever this is called.  b is read in place.  Rows of c are n apart. */
INLINE void tile(float *c, size_t n, struct product p, size_t rows, size_t vectors)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++)
            sum[r][v] = *(const vector *)(c + r * n + v * WIDTH);
    for (size_t q = 0; q < p.k; q++) {
        vector right[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++)
            right[v] = *(const vector *)(p.b + q * p.stride + v * WIDTH);
        for (size_t r = 0; r < rows; r++)
            for (size_t v = 0; v < vectors; v++)
                sum[r][v] += p.a[r * p.row + q * p.column] * right[v];
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++)
            *(vector *)(c + r * n + v * WIDTH) = sum[r][v];
}

/* The same for at most TILE_ROWS rows. */
INLINE void tile_of(float *c, size_t n, struct product p, size_t rows, size_t vectors)
{
    switch (rows) {
    case 1:
        tile(c, n, p, 1, vectors);
        break;
    case 2:
        tile(c, n, p, 2, vectors);
        break;
    case 3:
        tile(c, n, p, 3, vectors);
        break;
    case 4:
        tile(c, n, p, 4, vectors);
        break;
    case 5:
        tile(c, n, p, 5, vectors);
        break;
    default:
        tile(c, n, p, 6, vectors);
    }
}

/* The same for all m rows. */
INLINE void strip(float *c, size_t n, struct product p, size_t m, size_t vectors)
{
    for (size_t i = 0; i < m; i += TILE_ROWS) {
        tile_of(c + i * n, n, p, m - i < TILE_ROWS ? m - i : TILE_ROWS, vectors);
        p.a += TILE_ROWS * p.row;
    }
}

/* The last columns, fewer than a vector: the same on copies that are filled up with zeros. */
static void edge(float *c, size_t n, struct product p, size_t m, size_t columns)
{
    float right[DEPTH * WIDTH], left[TILE_ROWS * WIDTH];
    memset(right, 0, p.k * WIDTH * sizeof *right);
    for (size_t q = 0; q < p.k; q++)
        memcpy(right + q * WIDTH, p.b + q * p.stride, columns * sizeof *right);
    p.b = right;
    p.stride = WIDTH;
    for (size_t i = 0; i < m; i += TILE_ROWS) {
        size_t rows = m - i < TILE_ROWS ? m - i : TILE_ROWS;
        memset(left, 0, sizeof left);
        tile_of(left, WIDTH, p, rows, 1);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < columns; j++)
                c[(i + r) * n + j] += left[r * WIDTH + j];
        p.a += TILE_ROWS * p.row;
    }
}

/* One row alone, without gaps (p.column is 1): with few vectors, each sum is made of `chains` that do not wait for one
 * another. */
INLINE void tile_row(float *c, struct product p, size_t vectors, size_t chains)
{
    vector sum[MOST_CHAINS][LONGEST_ROW] = {{{0}}};
    size_t q = 0;
    for (; q + chains <= p.k; q += chains)
        for (size_t i = 0; i < chains; i++)
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] += p.a[q + i] * *(const vector *)(p.b + (q + i) * p.stride + v * WIDTH);
    for (; q < p.k; q++)
        for (size_t v = 0; v < vectors; v++)
            sum[0][v] += p.a[q] * *(const vector *)(p.b + q * p.stride + v * WIDTH);
    for (size_t v = 0; v < vectors; v++) {
        for (size_t i = 1; i < chains; i++)
            sum[0][v] += sum[i][v];
        *(vector *)(c + v * WIDTH) += sum[0][v];
    }
}

static void product_of_row(float *c, struct product p, size_t n)
{
    size_t j = 0;
    for (; j + LONGEST_ROW * WIDTH <= n; j += LONGEST_ROW * WIDTH, p.b += LONGEST_ROW * WIDTH)
        tile_row(c + j, p, LONGEST_ROW, 1);
    for (; j + 4 * WIDTH <= n; j += 4 * WIDTH, p.b += 4 * WIDTH)
        tile_row(c + j, p, 4, 2);
    for (; j + 2 * WIDTH <= n; j += 2 * WIDTH, p.b += 2 * WIDTH)
        tile_row(c + j, p, 2, MOST_CHAINS);
    for (; j + WIDTH <= n; j += WIDTH, p.b += WIDTH)
        tile_row(c + j, p, 1, MOST_CHAINS);
    if (j < n)
        edge(c + j, n, p, 1, n - j);
}

static void product_of_rows(float *c, size_t n, struct product p, size_t m)
{
    size_t j = 0;
    for (; j + TILE_COLUMNS <= n; j += TILE_COLUMNS, p.b += TILE_COLUMNS)
        strip(c + j, n, p, m, TILE_VECTORS);
    for (; j + 2 * WIDTH <= n; j += 2 * WIDTH, p.b += 2 * WIDTH)
        strip(c + j, n, p, m, 2);
    for (; j + WIDTH <= n; j += WIDTH, p.b += WIDTH)
        strip(c + j, n, p, m, 1);
    if (j < n)
        edge(c + j, n, p, m, n - j);
}

static void product_kernel(float *c, const float *a, size_t row, size_t column, const float *b, size_t m, size_t k,
                           size_t n)
{
    for (size_t q = 0; m > 0 && q < k; q += DEPTH) {
        size_t depth = k - q < DEPTH ? k - q : DEPTH;
        struct product p = {.a = a + q * column, .b = b + q * n, .row = row, .column = column, .stride = n, .k = depth};
        if (m == 1)
            product_of_row(c, p, n);
        else
            product_of_rows(c, n, p, m);
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
    .wide = WIDTH >= 8,
    .product = product_kernel,
};
