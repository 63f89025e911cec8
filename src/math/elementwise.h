/* Kernels that make each element of an array from those at the same place in others, and of nothing else. */
#ifndef RNNI_ELEMENTWISE_H
#define RNNI_ELEMENTWISE_H

#include <math.h>
#include <stddef.h>

/* States and gradients below this become 0.  A silent stream decays, and a gradient vanishes, into subnormal numbers
 * otherwise, on which every product is up to 90 times slower. */
#define RNNI_NEGLIGIBLE 1e-30f

static inline float rnni_elementwise_settled(float v)
{
    return fabsf(v) < RNNI_NEGLIGIBLE ? 0 : v;
}

struct rnni_elementwise_kernels {
    /* h [n] = tanh(h).  Error below 3 ulp (2.61 at worst over all floats); 0 for |h| < 1e-30; NaN stays NaN. */
    void (*tanh)(float *h, size_t n);

    /* d [n] *= 1 - h^2, for h = tanh(...); 0 for |d| < 1e-30. */
    void (*tanh_backward)(float *d, const float *h, size_t n);

    /* a [n] = 1 / (1 + exp(-a)).  Error below 3 ulp (2.49 at worst over all floats); 0 where that is below 1e-30; NaN
     * stays NaN. */
    void (*sigmoid)(float *a, size_t n);

    /* d [n] *= y (1 - y), for y = sigmoid(...); 0 for |d| < 1e-30. */
    void (*sigmoid_backward)(float *d, const float *y, size_t n);

    /* out [n] = a * b;  out += a * b;  out = a * b + c * d, 0 where that is below 1e-30.  out may be one of the others.
     */
    void (*multiply)(float *out, const float *a, const float *b, size_t n);
    void (*add_product)(float *out, const float *a, const float *b, size_t n);
    void (*add)(float *out, const float *a, size_t n);
    void (*blend)(float *out, const float *a, const float *b, const float *c, const float *d, size_t n);

    /* out [n] = z * a + (1 - z) * b, 0 where that is below 1e-30; exactly a for z = 1 and b for z = 0. */
    void (*interpolate)(float *out, const float *z, const float *a, const float *b, size_t n);

    /* From d [n] = dL/dout: dz = d (a - b), da = d z, db = d (1 - z); da and db may be d. */
    void (*interpolate_backward)(float *dz, float *da, float *db, const float *d, const float *z, const float *a,
                                 const float *b, size_t n);

    /* out [n] = a where mask is above 0, else b; out may be a or b. */
    void (*choose)(float *out, const float *mask, const float *a, const float *b, size_t n);

    /* a [n] *= factor. */
    void (*scale)(float *a, float factor, size_t n);

    /* a [n] = a clipped to [-most, most]. */
    void (*clip)(float *a, float most, size_t n);
};

/* Those in use: see kernels.h. */
const struct rnni_elementwise_kernels *rnni_elementwise(void);

#endif
