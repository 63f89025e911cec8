/* Updates of parameters by their gradients, and norms of gradients.  The equations are in rnn.h.
 *
 * Why it is fast: one pass over parameters, gradients and moments, without branches in a loop: what a rule does not
 * have is a factor of 1 or 0, and the compiler makes a loop with weight decay and one without.  Adam is limited by
 * arithmetic, so it has another loop without clipping and decay.
 *
 * Parameters, the same in all sets:
 *
 *     FLOOR_V   2^-103   v of Adam, where it is small, becomes a multiple of 2^-126, the smallest normal float
 *     FLOOR_M   2^-100   m of Adam, where it is small, becomes a multiple of 2^-123
 *
 * Subnormal numbers are slow.  To add and subtract a constant rounds what is small to a multiple of the constant's last
 * place, and leaves the rest as it is: two operations, where to compare and select is three. */
#define FLOOR_V 0x1p-103f
#define FLOOR_M 0x1p-100f
#include "math/updates.h"

#include <float.h>

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

static void sgd_kernel(float *restrict p, const float *restrict g, const struct rnni_rule *rule, size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++)
        p[i] -= r.rate * rnni_updates_gradient(&r, g[i], p[i]);
}

static void momentum_kernel(float *restrict p, float *restrict m, const float *restrict g, const struct rnni_rule *rule,
                            size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rnni_updates_gradient(&r, g[i], p[i]);
        m[i] = rnni_elementwise_settled(r.momentum * m[i] + d);
        p[i] -= r.rate * (r.nesterov ? d + r.momentum * m[i] : m[i]);
    }
}

static inline float rule_average(const struct rnni_rule *rule, float v, float d)
{
    v = rule->keep_v * v + rule->take_v * d * d;
    return v < FLT_MIN ? 0 : v; /* subnormal numbers are slow */
}

static void rmsprop_kernel(float *restrict p, float *restrict v, const float *restrict g, const struct rnni_rule *rule,
                           size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rnni_updates_gradient(&r, g[i], p[i]);
        v[i] = rule_average(&r, v[i], d);
        p[i] -= r.rate * (d / (sqrtf(v[i]) + r.epsilon));
    }
}

static void rmsprop_momentum_kernel(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                                    const struct rnni_rule *rule, size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rnni_updates_gradient(&r, g[i], p[i]);
        v[i] = rule_average(&r, v[i], d);
        m[i] = rnni_elementwise_settled(r.momentum * m[i] + d / (sqrtf(v[i]) + r.epsilon));
        p[i] -= r.rate * m[i];
    }
}

static void adagrad_kernel(float *restrict p, float *restrict v, const float *restrict g, const struct rnni_rule *rule,
                           size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rnni_updates_gradient(&r, g[i], p[i]);
        v[i] += d * d;
        p[i] -= r.rate * d / (sqrtf(v[i]) + r.epsilon);
    }
}

/* With the rate and the root of v already corrected for the bias of their beginning.  What it waits for are the
 * operations of each element, so clipping and decay, which are seldom wanted, are left out where they do nothing.
 * plain, amsgrad: constants wherever this is called, so no loop has a branch; v_max is NULL without amsgrad. */
INLINE void adam_elements(float *restrict p, float *restrict m, float *restrict v, float *restrict v_max,
                          const float *restrict g, const struct rnni_rule *rule, size_t n, int plain, int amsgrad)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = plain ? r.scale * g[i] : rnni_updates_gradient(&r, g[i], p[i]);
        float new_m = (r.keep_m * m[i] + (r.take_m * d + FLOOR_M)) - FLOOR_M;
        float new_v = (r.keep_v * v[i] + (r.take_v * d * d + FLOOR_V)) - FLOOR_V;
        m[i] = new_m;
        v[i] = new_v;
        if (amsgrad) {
            new_v = new_v > v_max[i] ? new_v : v_max[i]; /* NaN stays NaN */
            v_max[i] = new_v;
        }
        p[i] = r.shrink * p[i] - r.rate * new_m / (sqrtf(new_v) * r.root + r.epsilon);
    }
}

static void adam_kernel(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                        const struct rnni_rule *rule, size_t n)
{
    if (rule->decay == 0 && rule->scale_again == 1 && rule->most == FLT_MAX)
        adam_elements(p, m, v, NULL, g, rule, n, 1, 0);
    else
        adam_elements(p, m, v, NULL, g, rule, n, 0, 0);
}

static void amsgrad_kernel(float *restrict p, float *restrict m, float *restrict v, float *restrict v_max,
                           const float *restrict g, const struct rnni_rule *rule, size_t n)
{
    adam_elements(p, m, v, v_max, g, rule, n, 0, 1);
}

static const struct rnni_updates_kernels updates_kernels = {
    .sum_of_squares = sum_of_squares_kernel,
    .magnitude = magnitude_kernel,
    .descend = descend_kernel,
    .sgd = sgd_kernel,
    .momentum = momentum_kernel,
    .rmsprop = rmsprop_kernel,
    .rmsprop_momentum = rmsprop_momentum_kernel,
    .adagrad = adagrad_kernel,
    .adam = adam_kernel,
    .amsgrad = amsgrad_kernel,
};
