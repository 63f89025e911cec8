/* Kernels that are compiled once per instruction set, from vector_template.h, and chosen by what the machine has. */
#ifndef RNNI_VECTOR_H
#define RNNI_VECTOR_H

#include "math/product.h"

#include <math.h>
#include <stddef.h>

/* States and gradients below this become 0.  A silent stream decays, and a gradient vanishes, into subnormal numbers
 * otherwise, on which every product is up to 90 times slower. */
#define RNNI_NEGLIGIBLE 1e-30f

static inline float rnni_vector_settled(float v)
{
    return fabsf(v) < RNNI_NEGLIGIBLE ? 0 : v;
}

/* Parts of a row of gates, and of their gradients. */
struct rnni_lstm_gates {
    const float *i, *f, *g, *o;
};

struct rnni_lstm_gradients {
    float *i, *f, *g, *o;
};

struct rnni_gru_gates {
    const float *r, *z, *n;
};

struct rnni_gru_gradients {
    float *r, *z, *n;
};

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

/* What clipping and weight decay make of a gradient. */
static inline float rnni_vector_rule_gradient(const struct rnni_rule *rule, float g, float p)
{
    g = g * rule->scale * rule->scale_again;
    g = g < -rule->most ? -rule->most : g;
    g = g > rule->most ? rule->most : g;
    return g + rule->decay * p;
}

#define RNNI_LOG_ZERO (-1e30) /* stands for log(0): sums of it stay finite */

/* One step of the recursion of CTC, for states i = 0 .. count - 1, all logarithms:
 *
 *     blank_out[i] = log(exp(blank[i]) + exp(beside[i])) + p_blank
 *     label_out[i] = log(exp(label[i]) + exp(enter[i]) + exp(jump[i] + skip[i])) + p[i]
 *
 * In double, as they fall by about the loss over a sequence; what is added at a step is small, and made in float. */
struct rnni_ctc_step {
    const double *blank, *beside, *label, *enter, *jump, *skip, *p; /* [count] */
    double p_blank;
    double *blank_out, *label_out; /* [count] */
    size_t count;
};

struct rnni_vector {
    const char *name;
    int ahead; /* its products are faster than those of a BLAS */

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

    /* The largest of o [n], n >= 1; NaNs are passed over unless they come first. */
    float (*largest)(const float *o, size_t n);

    /* Returns the sum of exp(o - top) over o [n], top being the largest; p [n] gets the terms unless it is NULL, and
     * may be o. */
    double (*exp_shifted)(float *p, const float *o, float top, size_t n);

    /* a [n] *= factor. */
    void (*scale)(float *a, float factor, size_t n);

    /* a [n] = a clipped to [-most, most]. */
    void (*clip)(float *a, float most, size_t n);

    /* The sum of a^2, in double. */
    double (*sum_of_squares)(const float *a, size_t n);

    /* The largest |a| of a [n], 0 for none; infinite where one is not a number. */
    float (*magnitude)(const float *a, size_t n);

    /* p [n] -= rate * g. */
    void (*descend)(float *p, const float *g, float rate, size_t n);

    /* A row of an LSTM, n units of it.  i, f, g, o hold what enters the gates and become the gates; cell [n] = f *
     * before + i * g and may be `before`; out [n] = o * tanh(cell). */
    void (*lstm)(float *i, float *f, float *g, float *o, const float *before, float *cell, float *out, size_t n);

    /* From dh = dL/dout and dcell = dL/dcell to the gradients of what entered the gates, which may be where the gates
     * are, and dcell becomes dL/dbefore. */
    void (*lstm_backward)(const struct rnni_lstm_gates *gates, const struct rnni_lstm_gradients *gradients,
                          const float *before, const float *dh, float *dcell, size_t n);

    /* A row of a GRU with the reset after.  n holds U_n x + b_in, q what r is multiplied with; out [count] = z * before
     * + (1 - z) * tanh(n + r * q). */
    void (*gru)(float *r, float *z, float *n, const float *q, const float *before, float *out, size_t count);

    /* From dh = dL/dout to the gradients of what entered the gates; q becomes dL/dq, and dh what of it goes straight
     * to `before`. */
    void (*gru_backward)(const struct rnni_gru_gates *gates, const struct rnni_gru_gradients *gradients,
                         const float *before, float *q, float *dh, size_t count);

    /* See product.h. */
    void (*product)(const struct rnni_product *product);

    /* See rnni_matrix_add_rows. */
    void (*add_rows)(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns);

    /* c [m,n] += a' b for a [k,m] and b [k,n], whose rows are c_row, a_row and b_row floats apart.  room
     * [RNNI_OUTER_ROOM] is overwritten. */
    void (*outer)(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                  size_t m, size_t n, float *room);

    /* Updates of p [n] by g [n], with moments m and v [n]: the optimisers of rnn.h. */
    void (*sgd)(float *p, const float *g, const struct rnni_rule *rule, size_t n);
    void (*momentum)(float *p, float *m, const float *g, const struct rnni_rule *rule, size_t n);
    void (*rmsprop)(float *p, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*rmsprop_momentum)(float *p, float *m, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*adagrad)(float *p, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*adam)(float *p, float *m, float *v, const float *g, const struct rnni_rule *rule, size_t n);
    void (*amsgrad)(float *p, float *m, float *v, float *v_max, const float *g, const struct rnni_rule *rule, size_t n);

    void (*ctc_step)(const struct rnni_ctc_step *step);

    /* w [n] = exp(a + b - p[i] - log_p), p NULL: 0; gives the sum. */
    float (*ctc_occupancy)(float *w, const double *a, const double *b, const double *p, double log_p, size_t n);

    /* e [n] = v' tanh(query + keys) for v, query [units] and each row of keys [n,units]. */
    void (*additive)(float *e, const float *query, const float *keys, const float *v, size_t n, size_t units);

    /* From de [n] = dL/de: adds to dquery, dv [units] and dkeys [n,units]. */
    void (*additive_backward)(float *dquery, float *dkeys, float *dv, const float *de, const float *query,
                              const float *keys, const float *v, size_t n, size_t units);

    /* d [n] = p (d - p' d), for p = softmax(...); 0 where that is below 1e-30. */
    void (*softmax_backward)(float *d, const float *p, size_t n);
};

/* The kernels in use: the best that the machine can run. */
const struct rnni_vector *rnni_vector(void);

/* All kernels that this build has and this machine can run, the plainest first; `index` past the last gives NULL. */
const struct rnni_vector *rnni_vector_available(size_t index);

/* Puts others in use, for tests; not to be called while anything runs. */
void rnni_vector_select(const struct rnni_vector *kernels);

extern const struct rnni_vector rnni_vector_baseline;
#ifdef RNNI_X86
extern const struct rnni_vector rnni_vector_avx2;
extern const struct rnni_vector rnni_vector_avx512;
#endif

#endif
