/* Kernels that update parameters by their gradients, and measure the gradients. */
#ifndef RNNI_UPDATES_H
#define RNNI_UPDATES_H

#include <float.h>
#include <math.h>
#include <stddef.h>

/* How an optimiser updates, in the letters of rnn.h: the kinds take what they need of it. */
struct rnni_rule {
    float scale, scale_again; /* what clipping by norm multiplies a gradient with; two, as one could be subnormal */
    float most;               /* clipping by value */
    float decay;              /* of the weights, as part of the gradient */
    float shrink;             /* and apart from it: 1 - r * decay */
    float rate, epsilon, momentum;
    float keep_m, take_m; /* a, 1 - a */
    float keep_v, take_v; /* b, 1 - b */
    float root;           /* 1 / sqrt(1 - b^n) */
    int nesterov;
};

/* What clipping and weight decay make of a gradient.  An infinite parameter, such as a transition that is forbidden,
 * has no decay: it stays what it is. */
static inline float rnni_updates_gradient(const struct rnni_rule *rule, float g, float p)
{
    g = g * rule->scale * rule->scale_again;
    g = g < -rule->most ? -rule->most : g;
    g = g > rule->most ? rule->most : g;
    return rule->decay > 0 ? g + rule->decay * (fabsf(p) > FLT_MAX ? 0 : p) : g;
}

struct rnni_updates_kernels {
    /* The sum of a^2, in double. */
    double (*sum_of_squares)(const float *a, size_t n);

    /* The largest |a| of a [n], 0 for none; infinite where one is not a number. */
    float (*magnitude)(const float *a, size_t n);

    /* p [n] -= rate * g. */
    void (*descend)(float *p, const float *g, float rate, size_t n);

    /* Updates of p [n] by g [n], with moments m and v [n]: the optimisers of rnn.h. */
    void (*sgd)(float *p, const float *g, const struct rnni_rule *rule, size_t n);
    void (*momentum)(float *p, float *m, const float *g, const struct rnni_rule *rule, size_t n);
    void (*rmsprop)(float *p, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*rmsprop_momentum)(float *p, float *m, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*adagrad)(float *p, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*adam)(float *p, float *m, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*amsgrad)(float *p, float *m, float *v, float *v_max, const float *g, const struct rnni_rule *rule, size_t n);
};

/* Those in use: see kernels.h. */
const struct rnni_updates_kernels *rnni_updates(void);

#endif
