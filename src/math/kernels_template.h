/* The one source of the kernels of kernels.h.  A file per instruction set includes this and defines its tables; the
 * build compiles each with the options of its set, and the loops marked simd become vectors of that width.
 *
 * Each template begins with the reasons why its kernels are fast, and its parameters.  Those that more than one needs
 * are in vector_template.h, and here:
 *
 *     SUMMED    256    terms that one float sums
 *
 * SUMMED: each term rounds the sum, and a float that sums a million terms loses digits.  So partial sums of 256 terms
 * are added in double. */
#include "math/kernels.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define SUMMED 256

/* Shared by those below them. */
#include "math/vector_template.h"

#include "math/exponential_template.h"

#include "math/elementwise_template.h"

#include "math/places_template.h"

#include "math/tile_template.h"

#include "math/product_template.h"

#include "math/outer_template.h"
#include "math/rows_template.h"

#include "math/attention_template.h"
#include "math/ctc_template.h"
#include "math/gates_template.h"
#include "math/softmax_template.h"
#include "math/updates_template.h"

#include "math/gates_row_template.h"

static const struct rnni_product_kernels product_kernels = {
    .ahead = AHEAD,
    .product = product_kernel,
    .outer = outer_kernel,
    .add_rows = add_rows_kernel,
};

/* A table of these kernels with those for weights of fewer bits: KERNELS(avx2, &rnni_narrow_avx2). */
#define KERNELS(set, narrow_kernels)                                                                                   \
    const struct rnni_kernels rnni_kernels_##set = {                                                                   \
        .name = #set,                                                                                                  \
        .elementwise = &elementwise_kernels,                                                                           \
        .gates = &gates_kernels,                                                                                       \
        .product = &product_kernels,                                                                                   \
        .narrow = narrow_kernels,                                                                                      \
        .softmax = &softmax_kernels,                                                                                   \
        .updates = &updates_kernels,                                                                                   \
        .ctc = &ctc_kernels,                                                                                           \
        .attention = &attention_kernels,                                                                               \
    }
