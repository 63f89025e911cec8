/* The kernels: compiled once per instruction set, from kernels_template.h, and chosen by what the machine has.  Those
 * of one purpose have one table, in a header of their own, and who uses them includes that header alone. */
#ifndef RNNI_KERNELS_H
#define RNNI_KERNELS_H

#include "math/attention_kernels.h"
#include "math/ctc_kernels.h"
#include "math/elementwise.h"
#include "math/gates.h"
#include "math/narrow_kernels.h"
#include "math/product_kernels.h"
#include "math/softmax.h"
#include "math/updates.h"

#include <stddef.h>

struct rnni_kernels {
    const char *name; /* of the instruction set */
    const struct rnni_elementwise_kernels *elementwise;
    const struct rnni_gates_kernels *gates;
    const struct rnni_product_kernels *product;
    const struct rnni_narrow_kernels *narrow;
    const struct rnni_softmax_kernels *softmax;
    const struct rnni_updates_kernels *updates;
    const struct rnni_ctc_kernels *ctc;
    const struct rnni_attention_kernels *attention;
};

/* The kernels in use: the best that the machine can run. */
const struct rnni_kernels *rnni_kernels(void);

/* All kernels that this build has and this machine can run, the plainest first; `index` past the last gives NULL. */
const struct rnni_kernels *rnni_kernels_available(size_t index);

/* Puts others in use, for tests; not to be called while anything runs. */
void rnni_kernels_select(const struct rnni_kernels *kernels);

/* Bounds of what exp is computed of: see exponential_template.h, which must not know their values. */
extern const struct rnni_kernels_bounds {
    float tanh, least, most;
} rnni_kernels_bounds;

extern const struct rnni_kernels rnni_kernels_baseline;
#ifdef RNNI_X86
extern const struct rnni_kernels rnni_kernels_avx2;
extern const struct rnni_kernels rnni_kernels_avx512;
#endif
#ifdef RNNI_DOTS
#ifdef RNNI_X86
extern const struct rnni_kernels rnni_kernels_avxvnni;
extern const struct rnni_kernels rnni_kernels_avx512vnni;
extern const struct rnni_kernels rnni_kernels_avx512bf16;
#else
extern const struct rnni_kernels rnni_kernels_dotprod;
#endif
#endif

#endif
