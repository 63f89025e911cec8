/* Kernels of products with weights of fewer bits (narrow.h): products.h calls them. */
#ifndef RNNI_NARROW_KERNELS_H
#define RNNI_NARROW_KERNELS_H

#include "math/product.h"

struct rnni_narrow_kernels {
    int rounds_rows; /* bf16 rounds the rows of a to bf16 too */

    /* See product.h; the product has no input. */
    void (*bf16)(const struct rnni_product *product);
    void (*int8)(const struct rnni_product *product);

    /* y [n] = start + a row of a table; start NULL: of 0. */
    void (*choose_bf16)(float *y, const float *start, const float *row, size_t n);
    void (*choose_int8)(float *y, const float *start, const float *row, size_t n);
};

/* Those in use: see kernels.h. */
const struct rnni_narrow_kernels *rnni_narrow_kernels(void);

extern const struct rnni_narrow_kernels rnni_narrow_baseline;
#ifdef RNNI_X86
extern const struct rnni_narrow_kernels rnni_narrow_avx2;
#endif
#ifdef RNNI_DOTS /* instructions that add products of bytes or of bf16 to a sum */
#ifdef RNNI_X86
extern const struct rnni_narrow_kernels rnni_narrow_avxvnni;
extern const struct rnni_narrow_kernels rnni_narrow_avx512vnni;
extern const struct rnni_narrow_kernels rnni_narrow_avx512bf16;
#else
extern const struct rnni_narrow_kernels rnni_narrow_dotprod;
#endif
#endif

#endif
