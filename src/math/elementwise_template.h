/* Element by element.
 *
 * Why it is fast: loops marked simd without a call or a branch; what depends on a value is a selection between numbers
 * that are loaded in any case (gcc makes no vectors of a load under a condition without masks).  All but those of tanh
 * and sigmoid are limited by loads and stores.  There are no parameters but WIDTH: the compiler chooses how far to
 * unroll. */
#include "math/elementwise.h"

static void tanh_kernel(float *restrict h, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        h[i] = tanh_of(h[i]);
}

static void tanh_backward_kernel(float *restrict d, const float *restrict h, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++) {
        float changed = d[i] * (1 - h[i] * h[i]);
        d[i] = fabsf(d[i]) < RNNI_NEGLIGIBLE ? 0 : changed;
    }
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
    for (size_t i = 0; i < n; i++) {
        float changed = d[i] * (y[i] * (1 - y[i]));
        d[i] = fabsf(d[i]) < RNNI_NEGLIGIBLE ? 0 : changed;
    }
}

/* ---- products and sums ------------------------------------------------------------------------------------------- */

static void multiply_kernel(float *out, const float *a, const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_elementwise_settled(a[i] * b[i]);
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
        out[i] = rnni_elementwise_settled(out[i] + a[i]);
}

static void blend_kernel(float *out, const float *a, const float *b, const float *c, const float *d, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_elementwise_settled(a[i] * b[i] + c[i] * d[i]);
}

/* z a + (1 - z) b: exactly a for z = 1 and exactly b for z = 0, for all finite a and b, which b + z (a - b) is not. The
 * form for fused operations can be fused in one way only, so that a row is the same wherever it stands; without them it
 * would lose digits for a z near 1. */
static inline float interpolation_of(float z, float a, float b)
{
#if defined(__FMA__) || defined(__aarch64__)
    return (b - z * b) + z * a;
#else
    return (1 - z) * b + z * a;
#endif
}

static void interpolate_kernel(float *out, const float *z, const float *a, const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++)
        out[i] = rnni_elementwise_settled(interpolation_of(z[i], a[i], b[i]));
}

static void choose_kernel(float *out, const float *mask, const float *a, const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++) {
        float one = a[i], other = b[i];
        out[i] = mask[i] > 0 ? one : other;
    }
}

static void interpolate_backward_kernel(float *dz, float *da, float *db, const float *d, const float *z, const float *a,
                                        const float *b, size_t n)
{
    SIMD
    for (size_t i = 0; i < n; i++) {
        float now = rnni_elementwise_settled(d[i]);
        dz[i] = now * (a[i] - b[i]);
        da[i] = now * z[i];
        db[i] = now * (1 - z[i]);
    }
}

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

static const struct rnni_elementwise_kernels elementwise_kernels = {
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
    .scale = scale_kernel,
    .clip = clip_kernel,
};
