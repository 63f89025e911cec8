/* What a network is made from: its options, and a list of layers or, for the common network, none. */
#ifndef RNNI_DEFINITION_H
#define RNNI_DEFINITION_H

#include "model/layer_options.h"

#define RNNI_LAYERS_MOST 1024 /* of a list */

struct rnni_definition {
    struct rnni_options options;
    struct rnni_layer_options *layers; /* [layer_count] owned */
    size_t layer_count, layer_room;
};

void rnni_definition_default(struct rnni_definition *definition);
void rnni_definition_release(struct rnni_definition *definition);

/* Appends a layer with the defaults of its kind.  RNN_E_VALUE, RNN_E_MEMORY: nothing has changed. */
int32_t rnni_definition_add(struct rnni_definition *definition, int64_t kind, struct rnni_message *message,
                            const char *function);

#endif
