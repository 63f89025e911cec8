/* The matrix products: all that multiply by weights, and the sums of outer products that are gradients of weights.  The
 * kernels of this library make them, or a CBLAS: see RNN_PRODUCTS in rnn.h.  Raw pointers and sizes; nothing here can
 * fail. */
#ifndef RNNI_PRODUCTS_H
#define RNNI_PRODUCTS_H

#include "math/product.h"

#include <stdint.h>

/* The CBLAS that makes the products for RNN_PRODUCTS_... `wanted`, NULL for the kernels.  NULL where one is wanted that
 * is not there; *reason then says why. */
const struct rnni_blas *rnni_products_choose(int64_t wanted, const char **reason);

/* By the kernels, every sum begins with its start and takes its terms in the order of k, whatever the other sizes: so a
 * row has the same bits in every batch, and a unit in every share.  By a CBLAS one row is an sgemv, more are an sgemm.
 */
void rnni_products_multiply(const struct rnni_product *product);

/* By the kernels, rows of c made apart have the bits of the whole. */
void rnni_products_add_outer(const struct rnni_outer *outer);

#endif
