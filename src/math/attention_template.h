/* What attention does along the steps of a memory: included by vector_template.h. */

/* e [n] = v' tanh(query + key) for the rows of keys [n,units]; one sum a row, so a row is the same in every batch. */
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
            float d = rnni_vector_settled(factor * v[j] * (1 - h * h));
            dv[j] += factor * h;
            dquery[j] += d;
            dkey[j] += d;
        }
    }
}

static void softmax_backward_kernel(float *d, const float *p, size_t n)
{
    double mean = 0;
    SIMD_SUM(mean)
    for (size_t i = 0; i < n; i++)
        mean += (double)p[i] * (double)d[i];
    float m = (float)mean;
    SIMD
    for (size_t i = 0; i < n; i++)
        d[i] = rnni_vector_settled(p[i] * (d[i] - m));
}
