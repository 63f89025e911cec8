/* exp, tanh and the sigmoid of one element, which the other templates inline.
 *
 * Why they are fast: no call, no table and no branch, so a loop over them becomes vectors.  exp is a polynomial and an
 * integer shift; tanh and the sigmoid cost one exp and one division each.
 *
 * Parameters, the same in all sets, which differ in the rounding of fused operations alone:
 *
 *     polynomial      5 coefficients, for |r| <= ln(2)/2: the error of exp(r) - 1 is 0.22 ulp
 *     ln 2            two parts, the first exact in 9 bits: n times it is exact
 *     9.1             tanh rounds to 1 from there on
 *     -87 .. 88       2^n stays a normal float
 *     1e-30           RNNI_NEGLIGIBLE: what is below becomes 0 */
#include <math.h>
#include <stdint.h>
#include <string.h>

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

/* v, or the bound where v is beyond it; not a number stays so.  gcc makes one instruction of it, unless the bound is a
 * constant: see rnni_kernels_bounds. */
static inline float at_least(float bound, float v)
{
    return bound > v ? bound : v;
}

static inline float at_most(float bound, float v)
{
    return bound < v ? bound : v;
}

/* tanh(a) = m / (m + 2) with m = exp(2a) - 1, on |a| so that it is odd; from |a| = 9.1 on it rounds to 1. */
static inline float tanh_of(float x)
{
    float a = fabsf(x);
    a = at_most(rnni_kernels_bounds.tanh, a);
    a = a < RNNI_NEGLIGIBLE ? 0 : a;
    struct power e = split(2 * a);
    float m = e.scale * e.rest + (e.scale - 1);
    return copysignf(m / (m + 2), x);
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
    x = at_most(rnni_kernels_bounds.most, at_least(rnni_kernels_bounds.least, x));
    struct power e = split(-x);
    float y = 1 / (1 + (e.scale * e.rest + e.scale));
    return y < RNNI_NEGLIGIBLE ? 0 : y;
}
