/* Kernels that are compiled once per instruction set, from vector_template.h, and chosen by what the machine has. */
#ifndef RNNI_VECTOR_H
#define RNNI_VECTOR_H

#include <stddef.h>

struct rnni_vector {
    const char *name;
    int wide; /* vectors of 8 floats or more */

    /* h [n] = tanh(h).  Error below 3 ulp; 0 for |h| < 1e-30; NaN stays NaN. */
    void (*tanh)(float *h, size_t n);

    /* d [n] *= 1 - h^2, for h = tanh(...); 0 for |d| < 1e-30. */
    void (*tanh_backward)(float *d, const float *h, size_t n);

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

    /* p [n] -= rate * g. */
    void (*descend)(float *p, const float *g, float rate, size_t n);

    /* c [m,n] += a b, with element (i,q) of a [m,k] at a[i * row + q * column], b [k,n] row-major; for
     * m = 1, column is 1.  Nothing is packed: meant for few rows of a, or where there is nothing better. */
    void (*product)(float *c, const float *a, size_t row, size_t column, const float *b, size_t m, size_t k, size_t n);
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
