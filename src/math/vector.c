#include "math/vector.h"

#include <stdatomic.h>

static int can_run(const struct rnni_vector *kernels)
{
#ifdef RNNI_X86
    if (kernels == &rnni_vector_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("fma");
    if (kernels == &rnni_vector_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels == &rnni_vector_baseline;
}

const struct rnni_vector *rnni_vector_available(size_t index)
{
    static const struct rnni_vector *const built[] = {
        &rnni_vector_baseline,
#ifdef RNNI_X86
        &rnni_vector_avx2,
        &rnni_vector_avx512,
#endif
    };
    for (size_t i = 0; i < sizeof built / sizeof *built; i++)
        if (can_run(built[i]) && index-- == 0)
            return built[i];
    return NULL;
}

static _Atomic(const struct rnni_vector *) in_use;

void rnni_vector_select(const struct rnni_vector *kernels)
{
    atomic_store_explicit(&in_use, kernels, memory_order_release);
}

/* Threads that come here at once for the first time find the same answer, so the race between them is harmless. */
const struct rnni_vector *rnni_vector(void)
{
    const struct rnni_vector *kernels = atomic_load_explicit(&in_use, memory_order_acquire);
    if (kernels)
        return kernels;
    for (size_t i = 0; rnni_vector_available(i); i++)
        kernels = rnni_vector_available(i);
    rnni_vector_select(kernels);
    return kernels;
}
