/* Updates of parameters by their gradients: included by vector_template.h.  The equations are in rnn.h. */

/* What clipping and weight decay make of a gradient. */
static inline float rule_gradient(const struct rnni_rule *rule, float g, float p)
{
    g = g * rule->scale * rule->scale_again;
    g = g < -rule->most ? -rule->most : g;
    g = g > rule->most ? rule->most : g;
    return g + rule->decay * p;
}

static void sgd_kernel(float *restrict p, const float *restrict g, const struct rnni_rule *rule, size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++)
        p[i] -= r.rate * rule_gradient(&r, g[i], p[i]);
}

static void momentum_kernel(float *restrict p, float *restrict m, const float *restrict g, const struct rnni_rule *rule,
                            size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rule_gradient(&r, g[i], p[i]);
        m[i] = rnni_settled(r.momentum * m[i] + d);
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
        float d = rule_gradient(&r, g[i], p[i]);
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
        float d = rule_gradient(&r, g[i], p[i]);
        v[i] = rule_average(&r, v[i], d);
        m[i] = rnni_settled(r.momentum * m[i] + d / (sqrtf(v[i]) + r.epsilon));
        p[i] -= r.rate * m[i];
    }
}

static void adagrad_kernel(float *restrict p, float *restrict v, const float *restrict g, const struct rnni_rule *rule,
                           size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rule_gradient(&r, g[i], p[i]);
        v[i] += d * d;
        p[i] -= r.rate * d / (sqrtf(v[i]) + r.epsilon);
    }
}

/* With the rate and the root of v already corrected for the bias of their beginning. */
static void adam_kernel(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                        const struct rnni_rule *rule, size_t n)
{
    const struct rnni_rule r = *rule;
    SIMD
    for (size_t i = 0; i < n; i++) {
        float d = rule_gradient(&r, g[i], p[i]);
        m[i] = rnni_settled(r.keep_m * m[i] + r.take_m * d);
        v[i] = rule_average(&r, v[i], d);
        p[i] = r.shrink * p[i] - r.rate * m[i] / (sqrtf(v[i]) * r.root + r.epsilon);
    }
}
