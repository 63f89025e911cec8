/* The activations that a gate may have: ONNX's table (RNN_ACTIVATION_... of rnn.h), with derivatives from the output,
 * so that a gate is kept as what it became. */
#ifndef RNNI_ACTIVATION_H
#define RNNI_ACTIVATION_H

#include "math/elementwise.h"

#include <stddef.h>
#include <stdint.h>

struct rnni_activation {
    void (*forward)(const struct rnni_activation *activation, float *a, size_t n); /* a [n] = f(a) */
    /* d [n] *= f'(x), for y [n] = f(x). */
    void (*backward)(const struct rnni_activation *activation, float *d, const float *y, size_t n);
    float alpha, beta;
    const struct rnni_elementwise_kernels *elementwise;
};

/* `kind` is one of RNN_ACTIVATION_...; alpha and beta that are not a number stand for the defaults of rnn.h. */
struct rnni_activation rnni_activation_of(int64_t kind, double alpha, double beta);

/* What is expected of alpha and beta, such as "alpha of at least 0", where they are not so; or NULL. */
const char *rnni_activation_objection(int64_t kind, double alpha, double beta);

const char *rnni_activation_name(int64_t kind); /* "tanh" and so on */

#define RNNI_ACTIVATION_LAST 11 /* kinds are 1 to this */

#endif
