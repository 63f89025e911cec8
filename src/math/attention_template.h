/* What attention does along the steps of a memory.
 *
 * Why it is fast: a row of keys is read once, and its tanh is never stored: backward computes it again.  One row of
 * keys after another, each with one sum, so a row is the same in every batch.  The time is that of tanh.  There are no
 * parameters but WIDTH. */
#include "math/attention_kernels.h"

static void additive_kernel(float *e, const float *query, const float *keys, const float *v, size_t n, size_t units)
{
    for (size_t s = 0; s < n; s++) {
        const float *key = keys + s * units;
        float sum = 0;
        SIMD_SUM(sum)
        for (size_t j = 0; j < units; j++)
            sum += v[j] * tanh_of(query[j] + key[j]);
        e[s] = sum;
    }
}

static void additive_backward_kernel(float *dquery, float *dkeys, float *dv, const float *de, const float *query,
                                     const float *keys, const float *v, size_t n, size_t units)
{
    for (size_t s = 0; s < n; s++) {
        const float *key = keys + s * units;
        float factor = de[s];
        float *dkey = dkeys + s * units;
        SIMD
        for (size_t j = 0; j < units; j++) {
            float h = tanh_of(query[j] + key[j]);
            float d = rnni_elementwise_settled(factor * v[j] * (1 - h * h));
            dv[j] += factor * h;
            dquery[j] += d;
            dkey[j] += d;
        }
    }
}

static const struct rnni_attention_kernels attention_kernels = {
    .additive = additive_kernel,
    .additive_backward = additive_backward_kernel,
};
