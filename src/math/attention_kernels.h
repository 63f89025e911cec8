/* Kernels of attention along the steps of a memory. */
#ifndef RNNI_ATTENTION_KERNELS_H
#define RNNI_ATTENTION_KERNELS_H

#include <stddef.h>

struct rnni_attention_kernels {
    /* e [n] = v' tanh(query + keys) for v, query [units] and each row of keys [n,units]. */
    void (*additive)(float *e, const float *query, const float *keys, const float *v, size_t n, size_t units);

    /* From de [n] = dL/de: adds to dquery, dv [units] and dkeys [n,units]. */
    void (*additive_backward)(float *dquery, float *dkeys, float *dv, const float *de, const float *query,
                              const float *keys, const float *v, size_t n, size_t units);
};

/* Those in use: see kernels.h. */
const struct rnni_attention_kernels *rnni_attention_kernels(void);

#endif
