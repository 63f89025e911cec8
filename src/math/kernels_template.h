/* The one source of the kernels of kernels.h.  A file per instruction set defines RNNI_KERNELS_NAME and includes this;
 * the build compiles each with the options of its set, and the loops marked simd become vectors of that width.
 *
 * Each template begins with the reasons why its kernels are fast, and its parameters.  Those that more than one needs
 * are here:
 *
 *             AVX-512   AVX2 and FMA   NEON   SSE2 and others
 *     WIDTH      16           8          4           4           floats in a vector register
 *     SUMMED    256         256        256         256           terms that one float sums
 *
 * SUMMED: each term rounds the sum, and a float that sums a million terms loses digits.  So partial sums of 256 terms
 * are added in double. */
#include "math/kernels.h"
#include "math/narrow.h"

#if defined(__i386__) && !defined(__SSE2_MATH__)
#error "the x87 unit rounds otherwise than these kernels expect: add -msse2 -mfpmath=sse to CMAKE_C_FLAGS"
#endif

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX2__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define SUMMED 256

#define SIMD               _Pragma("omp simd")
#define SIMD_SUM(variable) _Pragma(SIMD_TEXT(omp simd reduction(+ : variable)))
#define SIMD_TEXT(text)    #text

/* Shared by those below them. */
#include "math/exponential_template.h"

#include "math/elementwise_template.h"

#include "math/tile_template.h"

#include "math/product_template.h"

#include "math/narrow_template.h"

#include "math/bf16_template.h"

#include "math/outer_template.h"
#include "math/rows_template.h"

#include "math/attention_template.h"
#include "math/ctc_template.h"
#include "math/gates_template.h"
#include "math/softmax_template.h"
#include "math/updates_template.h"

#include "math/int8_template.h"

#include "math/gates_row_template.h"

static const struct rnni_product_kernels product_kernels = {
    .ahead = AHEAD,
    .product = product_kernel,
    .bf16 = bf16_kernel,
    .int8 = int8_kernel,
    .outer = outer_kernel,
    .add_rows = add_rows_kernel,
};

#define TABLE_OF(name) rnni_kernels_##name
#define TABLE(name)    TABLE_OF(name)
#define NAME_OF(name)  #name
#define NAME(name)     NAME_OF(name)

const struct rnni_kernels TABLE(RNNI_KERNELS_NAME) = {
    .name = NAME(RNNI_KERNELS_NAME),
    .elementwise = &elementwise_kernels,
    .gates = &gates_kernels,
    .product = &product_kernels,
    .softmax = &softmax_kernels,
    .updates = &updates_kernels,
    .ctc = &ctc_kernels,
    .attention = &attention_kernels,
};
