/* The weights of one layer in one direction, as its time loop reads them: where in the parameters, or in which panels,
 * each of them is. */
#ifndef RNNI_BOUND_WEIGHTS_H
#define RNNI_BOUND_WEIGHTS_H

#include "math/products.h"
#include "model/model.h"

struct rnni_bound_weights {
    const struct rnni_cell_form *form;
    size_t index;     /* k*D + direction */
    size_t layer;     /* k */
    size_t direction; /* 0 or 1: which of the layer's */
    int reverse;
    size_t column;           /* where its h begins in a row that the layer hands on */
    struct rnni_dense input; /* U, and what of the biases joins it */
    struct rnni_cell_weights weights;
    struct rnni_cell_gradients gradients; /* NULL in a session for inference */
};

/* back [back_count] has the panels that backward reads, gradients [parameter_count]; both NULL for inference. */
struct rnni_bound_weights rnni_bound_weights_of(const struct rnn_model *model, const float *back, float *gradients,
                                                size_t layer, size_t direction);

/* The same for the head. */
struct rnni_dense rnni_bound_weights_head(const struct rnn_model *model, const float *back);

#endif
