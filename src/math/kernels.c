#include "math/kernels.h"

#include "base/assertion.h"
#include "math/processor.h"

#include <stdatomic.h>

const struct rnni_kernels_bounds rnni_kernels_bounds = {.tanh = 9.1f, .least = -87, .most = 87};

/* The plainest first. */
static const struct build {
    const struct rnni_kernels *kernels;
    int (*can_run)(void); /* NULL: on every machine */
} builds[] = {
    {&rnni_kernels_baseline, NULL},
#ifdef RNNI_X86
    {&rnni_kernels_avx2, rnni_processor_has_avx2},
#ifdef RNNI_DOTS
    {&rnni_kernels_avxvnni, rnni_processor_has_avxvnni},
#endif
    {&rnni_kernels_avx512, rnni_processor_has_avx512},
#ifdef RNNI_DOTS
    {&rnni_kernels_avx512vnni, rnni_processor_has_avx512vnni},
    {&rnni_kernels_avx512bf16, rnni_processor_has_avx512bf16},
#endif
#elif defined(RNNI_DOTS)
    {&rnni_kernels_dotprod, rnni_processor_has_dotprod},
#endif
};

const struct rnni_kernels *rnni_kernels_available(size_t index)
{
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
        if ((!builds[i].can_run || builds[i].can_run()) && index-- == 0)
            return builds[i].kernels;
    return NULL;
}

static _Atomic(const struct rnni_kernels *) in_use;

void rnni_kernels_select(const struct rnni_kernels *kernels)
{
    RNNI_ASSERT(kernels);
    atomic_store_explicit(&in_use, kernels, memory_order_release);
}

/* Threads that come here at once for the first time find the same answer, so the race between them is harmless. */
const struct rnni_kernels *rnni_kernels(void)
{
    const struct rnni_kernels *kernels = atomic_load_explicit(&in_use, memory_order_acquire);
    if (kernels)
        return kernels;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        kernels = rnni_kernels_available(i);
    rnni_kernels_select(kernels);
    return kernels;
}

/* ---- of one purpose ---------------------------------------------------------------------------------------------- */

const struct rnni_elementwise_kernels *rnni_elementwise(void)
{
    return rnni_kernels()->elementwise;
}

const struct rnni_gates_kernels *rnni_gates(void)
{
    return rnni_kernels()->gates;
}

const struct rnni_product_kernels *rnni_product_kernels(void)
{
    return rnni_kernels()->product;
}

const struct rnni_narrow_kernels *rnni_narrow_kernels(void)
{
    return rnni_kernels()->narrow;
}

const struct rnni_softmax_kernels *rnni_softmax(void)
{
    return rnni_kernels()->softmax;
}

const struct rnni_updates_kernels *rnni_updates(void)
{
    return rnni_kernels()->updates;
}

const struct rnni_ctc_kernels *rnni_ctc_kernels(void)
{
    return rnni_kernels()->ctc;
}

const struct rnni_attention_kernels *rnni_attention_kernels(void)
{
    return rnni_kernels()->attention;
}
