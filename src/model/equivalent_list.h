/* The list of layers that computes what a common network does, from the options of that network: perhaps an embedding,
 * its recurrent layers, perhaps a pooling, perhaps a dense head.  Its tensors have the same names. */
#ifndef RNNI_EQUIVALENT_LIST_H
#define RNNI_EQUIVALENT_LIST_H

#include "model/layer_options.h"

/* Why there is no such list; NULL: there is one. */
const char *rnni_equivalent_list_objection(const struct rnni_options *options);

/* The number of its layers, and one of them. */
size_t rnni_equivalent_list_count(const struct rnni_options *options);
void rnni_equivalent_list_layer(struct rnni_layer_options *layer, const struct rnni_options *options, size_t index);

/* RNN_PREFIX of a layer of that kind, in the options of the network. */
const char *rnni_equivalent_list_prefix(const struct rnni_options *options, int64_t kind);

#endif
