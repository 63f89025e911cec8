/* Connectionist temporal classification in log space.
 *
 * Why it is fast: the states of a step do not depend on one another, so they fill vectors.  Logarithms are summed in
 * double, but what one step adds is made in float: twice as many elements in a vector, and short polynomials.
 *
 * Parameters, the same in all sets:
 *
 *     log              series in s = f / (2 + f) up to s^9, for 1 + f between sqrt(1/2) and sqrt(2): error below 1e-7
 *     1 <= x <= 3      the range of log: sums of up to three exponentials of which the largest is 1
 *     RNNI_LOG_ZERO    what is below becomes this, so that sums of it stay finite */
#include "math/ctc_kernels.h"

/* log(x) for 1 <= x <= 3 or NaN: x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and the odd series of
 * s = f / (2 + f): log(1 + f) = 2 (s + s^3/3 + s^5/5 + ...).  Error below 1e-7. */
static inline float log_of(float x)
{
    float k = x > 1.41421356f ? 1.0f : 0.0f;
    k = x > 2.82842712f ? 2.0f : k;
    float scale = x > 1.41421356f ? 0.5f : 1.0f;
    scale = x > 2.82842712f ? 0.25f : scale;
    float f = x * scale - 1;
    float s = f / (2 + f);
    float z = s * s;
    float q = 1.0f / 9;
    q = q * z + 1.0f / 7;
    q = q * z + 1.0f / 5;
    q = q * z + 1.0f / 3;
    return k * 0.693147181f + 2 * (s + s * z * q);
}

/* log(exp(a) + exp(b) + exp(c)); what is not a number comes through. */
static inline double log_add(double a, double b, double c)
{
    double top = a > b ? a : b;
    top = top > c ? top : c;
    return top + (double)log_of(exp_of((float)(a - top)) + exp_of((float)(b - top)) + exp_of((float)(c - top)));
}

static inline double log_add_two(double a, double b)
{
    double top = a > b ? a : b;
    double low = a > b ? b : a;
    return top + (double)log_of(1 + exp_of((float)(low - top)));
}

static inline double log_bounded(double v)
{
    return v < RNNI_LOG_ZERO ? RNNI_LOG_ZERO : v;
}

static void ctc_step_kernel(const struct rnni_ctc_step *step)
{
    const double *blank = step->blank, *beside = step->beside, *label = step->label, *enter = step->enter;
    const double *jump = step->jump, *skip = step->skip, *p = step->p;
    double *restrict blank_out = step->blank_out, *restrict label_out = step->label_out;
    double p_blank = step->p_blank;
    size_t count = step->count;
    SIMD
    for (size_t i = 0; i < count; i++)
        blank_out[i] = log_bounded(log_add_two(blank[i], beside[i]) + p_blank);
    SIMD
    for (size_t i = 0; i < count; i++)
        label_out[i] = log_bounded(log_add(label[i], enter[i], jump[i] + skip[i]) + p[i]);
}

static float ctc_occupancy_kernel(float *restrict w, const double *a, const double *b, const double *p, double log_p,
                                  size_t n)
{
    float sum = 0;
    SIMD_SUM(sum)
    for (size_t i = 0; i < n; i++)
        sum += w[i] = exp_of((float)(a[i] + b[i] - (p ? p[i] : 0) - log_p));
    return sum;
}

static const struct rnni_ctc_kernels ctc_kernels = {
    .step = ctc_step_kernel,
    .occupancy = ctc_occupancy_kernel,
};
