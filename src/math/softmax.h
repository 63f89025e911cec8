/* Kernels of the softmax. */
#ifndef RNNI_SOFTMAX_H
#define RNNI_SOFTMAX_H

#include <stddef.h>

struct rnni_softmax_kernels {
    /* The largest of o [n], n >= 1; NaNs are passed over unless they come first. */
    float (*largest)(const float *o, size_t n);

    /* Returns the sum of exp(o - top) over o [n], top being the largest; p [n] gets the terms unless it is NULL, and
     * may be o. */
    double (*exp_shifted)(float *p, const float *o, float top, size_t n);

    /* d [n] = p (d - p' d), for p = softmax(...); 0 where that is below 1e-30. */
    void (*backward)(float *d, const float *p, size_t n);
};

/* Those in use: see kernels.h. */
const struct rnni_softmax_kernels *rnni_softmax(void);

#endif
