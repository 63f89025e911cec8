#include "network/layout.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Appends a tensor and returns its offset.  `layer` below 0 leaves the name as it is, `columns` 0 makes a vector. */
static size_t add_tensor(struct rnni_layout *layout, const char *name, int layer, size_t rows, size_t columns)
{
    struct rnni_tensor *tensor = &layout->tensors[layout->tensor_count++];
    if (layer < 0)
        snprintf(tensor->name, sizeof tensor->name, "%s", name);
    else
        snprintf(tensor->name, sizeof tensor->name, "%s%d", name, layer);
    tensor->rank = columns ? 2 : 1;
    tensor->shape[0] = rows;
    tensor->shape[1] = columns;
    tensor->count = rnni_memory_multiply(rows, columns ? columns : 1);
    tensor->offset = layout->parameter_count;
    layout->parameter_count = rnni_memory_add(layout->parameter_count, tensor->count);
    return tensor->offset;
}

/* Every copy begins at a cache line. */
static size_t add_packed(struct rnni_layout *layout, size_t count)
{
    size_t offset = layout->packed_count;
    layout->packed_count = rnni_memory_add(offset, rnni_memory_multiply(count / 16 + 1, 16));
    return offset;
}

static void add_layer(struct rnni_layout *layout, int k)
{
    struct rnni_layer_place *place = &layout->layer[k];
    size_t hidden = layout->hidden;
    place->input.inputs = k ? hidden : layout->inputs;
    place->recurrent.inputs = hidden;
    place->input.outputs = place->recurrent.outputs = hidden;
    place->input.weight = add_tensor(layout, "weight_ih_l", k, hidden, place->input.inputs);
    place->recurrent.weight = add_tensor(layout, "weight_hh_l", k, hidden, hidden);
    place->input.bias = add_tensor(layout, "bias_ih_l", k, hidden, 0);
    place->recurrent.bias = add_tensor(layout, "bias_hh_l", k, hidden, 0);
    place->input.packed = add_packed(layout, rnni_memory_multiply(hidden, place->input.inputs));
    place->recurrent.packed = add_packed(layout, rnni_memory_multiply(hidden, hidden));
    place->packed_bias = add_packed(layout, hidden);
}

static void add_head(struct rnni_layout *layout)
{
    struct rnni_place *head = &layout->head;
    head->inputs = layout->hidden;
    head->outputs = layout->classes;
    head->weight = add_tensor(layout, "head.weight", -1, layout->classes, layout->hidden);
    head->bias = add_tensor(layout, "head.bias", -1, layout->classes, 0);
    head->packed = add_packed(layout, rnni_memory_multiply(layout->classes, layout->hidden));
}

static void take_sizes(struct rnni_layout *layout, const struct rnni_options *options)
{
    memset(layout, 0, sizeof *layout);
    layout->vocabulary = (size_t)options->vocabulary;
    layout->embedding = (size_t)options->embedding_size;
    layout->one_hot = layout->vocabulary && !layout->embedding;
    layout->hidden = (size_t)options->hidden_size;
    layout->layers = (size_t)options->layers;
    layout->classes = (size_t)options->classes;
    layout->outputs = layout->classes ? layout->classes : layout->hidden;
    layout->inputs = layout->embedding    ? layout->embedding
                     : layout->vocabulary ? layout->vocabulary
                                          : (size_t)options->input_size;
}

int32_t rnni_layout_create(struct rnni_layout *layout, const struct rnni_options *options,
                           struct rnni_sentence *sentence, const char *function)
{
    take_sizes(layout, options);
    layout->tensors = rnni_memory_take(3 + 4 * layout->layers, sizeof *layout->tensors);
    layout->layer = rnni_memory_take(layout->layers, sizeof *layout->layer);
    if (!layout->tensors || !layout->layer) {
        rnni_layout_release(layout);
        return rnni_status_fail(sentence, RNN_E_MEMORY, "%s: no memory for the table of tensors", function);
    }
    if (layout->embedding)
        add_tensor(layout, "embedding.weight", -1, layout->vocabulary, layout->embedding);
    for (size_t k = 0; k < layout->layers; k++)
        add_layer(layout, (int)k);
    if (layout->classes)
        add_head(layout);
    return RNN_OK;
}

void rnni_layout_release(struct rnni_layout *layout)
{
    rnni_memory_release(layout->tensors);
    rnni_memory_release(layout->layer);
    layout->tensors = NULL;
    layout->layer = NULL;
}

const struct rnni_tensor *rnni_layout_find(const struct rnni_layout *layout, const char *name)
{
    for (size_t i = 0; i < layout->tensor_count; i++)
        if (!strcmp(layout->tensors[i].name, name))
            return &layout->tensors[i];
    return NULL;
}
