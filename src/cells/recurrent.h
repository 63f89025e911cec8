/* The recurrent product W h(t-1) + b_h, which the cells share.  Its first `joined` columns are added to a; those that
 * the reset gate of a GRU multiplies go to q, with their bias.  The bias of the joined ones is in a already. */
#ifndef RNNI_RECURRENT_H
#define RNNI_RECURRENT_H

#include "cells/cell.h"

void rnni_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step);

/* From da [rows,GH], and q, which holds the gradient of q, to dstate[0] = dL/dh(t-1) so far as it comes through here,
 * overwritten.  With layer normalisation `norm` becomes the gradient of the product. */
void rnni_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                             const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step);

/* weight_hh and bias_hh get theirs. */
void rnni_recurrent_weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                                    const struct rnni_cell_step *all);

/* dstate[0] *= mask, where there is dropout. */
void rnni_recurrent_mask(const struct rnni_cell_form *form, const struct rnni_cell_step *step);

#endif
