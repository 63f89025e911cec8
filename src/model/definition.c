#include "model/definition.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

void rnni_definition_default(struct rnni_definition *definition)
{
    rnni_options_default(&definition->options);
    definition->layers = NULL;
    definition->layer_count = definition->layer_room = 0;
}

void rnni_definition_release(struct rnni_definition *definition)
{
    rnni_memory_release(definition->layers);
    definition->layers = NULL;
    definition->layer_count = definition->layer_room = 0;
}

/* 0: out of memory. */
static int take_room(struct rnni_definition *definition)
{
    size_t count = definition->layer_count, room = 2 * count + 4;
    if (count < definition->layer_room)
        return 1;
    struct rnni_layer_options *layers = rnni_memory_take(room, sizeof *layers);
    if (!layers)
        return 0;
    if (count)
        memcpy(layers, definition->layers, count * sizeof *layers);
    rnni_memory_release(definition->layers);
    definition->layers = layers;
    definition->layer_room = room;
    return 1;
}

int32_t rnni_definition_add(struct rnni_definition *definition, int64_t kind, struct rnni_message *message,
                            const char *function)
{
    size_t count = definition->layer_count;
    if (kind < 1 || kind > RNNI_LAYER_KIND_LAST)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: kind is %" PRId64 ", expected one of RNN_KIND_...", function,
                                kind);
    if (count == RNNI_LAYERS_MOST)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: the list has %d layers already, the most there can be",
                                function, RNNI_LAYERS_MOST);
    if (!take_room(definition))
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for %zu layers", function, count + 1);
    rnni_layer_options_default(&definition->layers[count], kind, count);
    definition->layer_count++;
    return RNN_OK;
}
