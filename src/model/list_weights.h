/* The weights of dense layers and convolutions of a list, as products read them. */
#ifndef RNNI_LIST_WEIGHTS_H
#define RNNI_LIST_WEIGHTS_H

#include "math/products.h"
#include "model/layer_list.h"

/* Finds the places of the copies of all layers: rnni_layout_place for a list. */
void rnni_list_weights_place(struct rnni_layer_list *list, struct rnni_layout *layout, int64_t precision);

/* Part `index` of `count`: the copies of a layer for forward in the packed block, from the parameters; and for backward
 * in the block of a session.  The first must be whole before the second. */
void rnni_list_weights_pack(const struct rnni_list_layer *layer, const struct rnni_layout *layout, float *packed,
                            const float *parameters, size_t index, size_t count);
void rnni_list_weights_pack_back(const struct rnni_list_layer *layer, const struct rnni_layout *layout, float *back,
                                 const float *packed, const float *parameters, size_t index, size_t count);

/* The product of group `group`; back NULL: for inference. */
struct rnni_dense rnni_list_weights_of(const struct rnni_list_layer *layer, const struct rnni_layout *layout,
                                       const float *packed, const float *back, const float *parameters, size_t group);

/* gradients [O, I/groups, kernel] += d [O, kernel * I/groups], in the order of the taps. */
void rnni_list_weights_add_gradient(const struct rnni_list_layer *layer, float *gradients, const float *d);

#endif
