/* The one source of the kernels of kernels.h.  A file per instruction set defines RNNI_KERNELS_NAME and includes this;
 * the build compiles each with the options of its set, and the loops marked simd become vectors of that width. */
#include "math/kernels.h"

#if defined(__i386__) && !defined(__SSE2_MATH__)
#error "the x87 unit rounds otherwise than these kernels expect: add -msse2 -mfpmath=sse to CMAKE_C_FLAGS"
#endif

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* WIDTH: floats in a vector register.  The sums of a product stay in registers: of TILE_ROWS rows by TILE_BLOCKS blocks
 * of 16 columns, or of one row by ROW_BLOCKS blocks. */
#if defined(__AVX512F__)
#define WIDTH       16
#define TILE_ROWS   6
#define TILE_BLOCKS 4
#define ROW_BLOCKS  4
#define ROW_PANELS  2
#define AHEAD       1
#elif defined(__AVX2__)
#define WIDTH       8
#define TILE_ROWS   6
#define TILE_BLOCKS 1
#define ROW_BLOCKS  4
#define ROW_PANELS  1
#define AHEAD       1
#elif defined(__aarch64__)
#define WIDTH       4
#define TILE_ROWS   6
#define TILE_BLOCKS 1
#define ROW_BLOCKS  4
#define ROW_PANELS  1
#define AHEAD       1
#else
#define WIDTH       4
#define TILE_ROWS   3
#define TILE_BLOCKS 1
#define ROW_BLOCKS  2
#define ROW_PANELS  0
#define AHEAD       0
#endif

/* A compiler that reads a vector from memory again for each row of a tile has more loads than multiplications. */
#if defined(__AVX512F__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#elif defined(__x86_64__)
#define IN_REGISTER(vector) __asm__("" : "+x"(vector))
#else
#define IN_REGISTER(vector) (void)0
#endif

#define SIMD               _Pragma("omp simd")
#define SIMD_SUM(variable) _Pragma(SIMD_TEXT(omp simd reduction(+ : variable)))
#define SIMD_TEXT(text)    #text

#define SUMMED 256 /* terms that one float may sum */

/* Shared by those below them. */
#include "math/exponential_template.h"

#include "math/elementwise_template.h"

#include "math/product_template.h"

#include "math/outer_template.h"
#include "math/rows_template.h"

#include "math/attention_template.h"
#include "math/ctc_template.h"
#include "math/gates_template.h"
#include "math/softmax_template.h"
#include "math/updates_template.h"

static const struct rnni_product_kernels product_kernels = {
    .ahead = AHEAD,
    .product = product_kernel,
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
