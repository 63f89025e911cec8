/* Products by a CBLAS: products.h gives them to it where weights name one.  Sizes of weights fit into an int, see
 * rnni_options_check; numbers of rows and what lies between them may not, and are made in parts. */
#ifndef RNNI_PRODUCTS_BLAS_H
#define RNNI_PRODUCTS_BLAS_H

#include "math/product.h"

/* One row is an sgemv, more are an sgemm. */
void rnni_products_blas_multiply(const struct rnni_product *product);

/* Singly: an sger for each of the k; else they are an sgemm, or one sger for k = 1. */
void rnni_products_blas_add_outer(const struct rnni_outer *outer);

#endif
