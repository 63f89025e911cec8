#include "model/output_length.h"

#include "base/memory.h"

/* Through all layers; those that make no output of the first steps of a stream do so only where it begins here. */
static size_t length_of(const struct rnn_model *model, size_t steps, int begins)
{
    const struct rnni_layer_list *list = &model->list;
    size_t length = steps;
    for (size_t i = 0; i < list->count; i++)
        if (rnni_layer_list_changes(&list->layers[i]))
            length =
                rnni_layer_list_length(&list->layers[i], length, begins ? rnni_layer_list_waits(&list->layers[i]) : 0);
    return model->layout.pools ? length > 0 : length;
}

size_t rnni_output_length_of(const struct rnn_model *model, size_t steps)
{
    return length_of(model, steps, 1);
}

size_t rnni_output_length_most(const struct rnn_model *model, size_t steps)
{
    return length_of(model, steps, 0);
}

/* From the top down: the row n of a convolution, from 1, is there after waits + (n - 1) * stride + 1 rows. */
size_t rnni_output_length_least(const struct rnn_model *model)
{
    const struct rnni_layer_list *list = &model->list;
    size_t least = 1;
    for (size_t i = list->count; i-- > 0;) {
        const struct rnni_list_layer *layer = &list->layers[i];
        size_t before = rnni_memory_multiply(least - 1, (size_t)layer->options.stride);
        if (layer->options.kind == RNN_KIND_POOLING)
            least = least > 1 ? SIZE_MAX : 1;
        else if (rnni_layer_list_changes(layer))
            least = rnni_memory_add(rnni_memory_add(before, rnni_layer_list_waits(layer)), 1);
    }
    return least;
}
