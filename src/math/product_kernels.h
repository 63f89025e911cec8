/* Kernels of matrix products, and of sums over the rows of a matrix: products.h and matrix.h call them. */
#ifndef RNNI_PRODUCT_KERNELS_H
#define RNNI_PRODUCT_KERNELS_H

#include "math/product.h"

#include <stddef.h>

struct rnni_product_kernels {
    int ahead; /* they are faster than the products of a BLAS */

    void (*product)(const struct rnni_product *product); /* see product.h; weights of floats */

    /* See rnni_matrix_add_rows. */
    void (*add_rows)(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns);

    /* c [m,n] += a' b for a [k,m] and b [k,n], whose rows are c_row, a_row and b_row floats apart.  room
     * [RNNI_OUTER_ROOM] is overwritten. */
    void (*outer)(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                  size_t m, size_t n, float *room);
};

/* Those in use: see kernels.h. */
const struct rnni_product_kernels *rnni_product_kernels(void);

#endif
