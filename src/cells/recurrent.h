/* The recurrent product W h(t-1) + b_h, which the cells share.  Its first `joined` columns are added to a; those that
 * the reset gate of a GRU multiplies go to q, with their bias.  The bias of the joined ones is in a already. */
#ifndef RNNI_RECURRENT_H
#define RNNI_RECURRENT_H

#include "cells/cell.h"

/* The tensors of a cell that makes this product. */
#define RNNI_RECURRENT_TENSORS                                                                                         \
    [RNNI_WEIGHT_IH] = {RNNI_GH, RNNI_K, RNNI_ALWAYS, RNNI_START_INPUT},                                               \
    [RNNI_WEIGHT_HH] = {RNNI_GH, RNNI_R, RNNI_ALWAYS, RNNI_START_RECURRENT},                                           \
    [RNNI_BIAS_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS},                                            \
    [RNNI_BIAS_HH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS}

/* And those of layer normalisation of both products. */
#define RNNI_RECURRENT_NORMS                                                                                           \
    [RNNI_NORM_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_LAYER_NORM, RNNI_START_ONE}, [RNNI_NORM_HH] = {                    \
                                                                                     RNNI_GH, RNNI_NONE,               \
                                                                                     RNNI_WITH_LAYER_NORM,             \
                                                                                     RNNI_START_ONE}

void rnni_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step);

/* From da [rows,GH], and q, which holds the gradient of q, to dstate[0] = dL/dh(t-1) so far as it comes through here,
 * overwritten.  With layer normalisation `norm` becomes the gradient of the product. */
void rnni_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                             const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step);

/* weight_hh gets its own, and what of bias_hh is not joined: the rest of it gets what bias_ih gets. */
void rnni_recurrent_weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                                    const struct rnni_cell_step *all);

/* dstate[0] *= mask, where there is dropout. */
void rnni_recurrent_mask(const struct rnni_cell_form *form, const struct rnni_cell_step *step);

/* For cells that make products of their own: c [rows,gates * units] = a [rows,k] W', some units of every gate, or added
 * to what c holds. */
void rnni_recurrent_multiply(const struct rnni_weights *weights, float *c, size_t c_row, const float *a, size_t a_row,
                             size_t rows, struct rnni_part units, int add);

/* dh [rows,R] = d [rows,k] W, of which rows `from` .. `from + k`, or added to what dh holds; the units of the step. */
void rnni_recurrent_multiply_back(const struct rnni_cell_weights *weights, float *dh, const float *d, size_t d_row,
                                  size_t from, size_t k, const struct rnni_cell_step *step, int add);

/* dweight [columns,x_columns] += d' x over all rows: the share of `all`. */
void rnni_recurrent_add_outer(float *dweight, const float *d, size_t d_row, size_t columns, const float *x,
                              size_t x_columns, const struct rnni_cell_step *all);

#endif
