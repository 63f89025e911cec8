#include "model/release_parameters.h"

#include "base/memory.h"

#include <string.h>

/* Where each tensor of the layout goes in the new block: RNNI_ABSENT, nowhere. */
struct moves {
    const struct rnni_layout *layout;
    size_t *to; /* [tensor_count] */
};

/* The tensor at this offset; its index. */
static size_t index_of(const struct moves *moves, size_t offset)
{
    size_t i = 0;
    while (moves->layout->tensors[i].offset != offset)
        i++;
    return i;
}

static void release(const struct moves *moves, size_t offset)
{
    if (offset != RNNI_ABSENT)
        moves->to[index_of(moves, offset)] = RNNI_ABSENT;
}

/* What stands for the old offset: a tensor that is gone has 0, because it is still known to be one of the network's. */
static size_t moved(const struct moves *moves, size_t offset)
{
    if (offset == RNNI_ABSENT)
        return RNNI_ABSENT;
    size_t to = moves->to[index_of(moves, offset)];
    return to == RNNI_ABSENT ? 0 : to;
}

/* ---- a network, whose parameters begin at `first` of the block --------------------------------------------------- */

static void release_matrices(const struct moves *moves, const struct rnni_layout *network, size_t first)
{
    static const enum rnni_role matrices[] = {RNNI_WEIGHT_IH, RNNI_WEIGHT_HH, RNNI_WEIGHT_HR};
    for (size_t i = 0; i < network->layers * network->directions; i++)
        for (size_t m = 0; m < sizeof matrices / sizeof *matrices; m++) {
            size_t offset = network->place[i].tensor[matrices[m]];
            if (offset != RNNI_ABSENT &&
                (matrices[m] == RNNI_WEIGHT_IH || rnni_cell_has_matrix(&network->form, matrices[m])))
                release(moves, first + offset);
        }
    if (network->packed_table != RNNI_ABSENT)
        release(moves, first + network->tensors[0].offset);
    if (network->classes)
        release(moves, first + network->head.weight);
}

static void move_network(const struct moves *moves, struct rnni_layout *network, size_t first)
{
    for (size_t i = 0; i < network->layers * network->directions; i++)
        for (size_t role = 0; role < RNNI_ROLES; role++) {
            size_t *offset = &network->place[i].tensor[role];
            if (*offset != RNNI_ABSENT)
                *offset = moved(moves, first + *offset);
        }
    if (network->classes) {
        network->head.weight = moved(moves, first + network->head.weight);
        network->head.bias = moved(moves, first + network->head.bias);
    }
    network->crf = moved(moves, network->crf); /* of a network that is no part */
}

/* ---- a list of layers -------------------------------------------------------------------------------------------- */

static void release_layer(const struct moves *moves, const struct rnni_list_layer *layer)
{
    if (layer->stack)
        release_matrices(moves, &layer->stack->layout, layer->stack_first);
    else if (layer->product.groups || layer->table != RNNI_ABSENT)
        release(moves, layer->tensors.weight);
}

static void move_layer(const struct moves *moves, struct rnni_list_layer *layer, float *block)
{
    if (layer->stack) {
        move_network(moves, &layer->stack->layout, layer->stack_first);
        layer->stack->parameters = block;
        layer->stack_first = 0;
    }
    layer->tensors.weight = moved(moves, layer->tensors.weight);
    layer->tensors.bias = moved(moves, layer->tensors.bias);
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

/* Decides where the tensors go; the floats of the new block. */
static size_t plan(const struct moves *moves, const struct rnn_model *model)
{
    size_t held = 0;
    memset(moves->to, 0, model->layout.tensor_count * sizeof *moves->to);
    release_matrices(moves, &model->layout, 0);
    for (size_t i = 0; i < model->list.count; i++)
        release_layer(moves, &model->list.layers[i]);
    for (size_t i = 0; i < model->layout.tensor_count; i++)
        if (moves->to[i] != RNNI_ABSENT) {
            moves->to[i] = held;
            held += model->layout.tensors[i].count;
        }
    return held;
}

int32_t rnni_release_parameters(struct rnn_model *model, struct rnni_message *message, const char *function)
{
    const struct rnni_layout *layout = &model->layout;
    struct moves moves = {layout, rnni_memory_take(layout->tensor_count, sizeof *moves.to)};
    size_t held = moves.to ? plan(&moves, model) : 0;
    float *block = moves.to ? rnni_memory_take(held, sizeof *block) : NULL;
    if (!block) {
        rnni_memory_release(moves.to);
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function, held);
    }
    for (size_t i = 0; i < layout->tensor_count; i++)
        if (moves.to[i] != RNNI_ABSENT)
            memcpy(block + moves.to[i], model->parameters + layout->tensors[i].offset,
                   layout->tensors[i].count * sizeof *block);
    move_network(&moves, &model->layout, 0);
    for (size_t i = 0; i < model->list.count; i++)
        move_layer(&moves, &model->list.layers[i], block);
    rnni_memory_release(model->parameters);
    rnni_memory_release(moves.to);
    model->parameters = block;
    model->parameters_held = held;
    model->released = 1;
    return RNN_OK;
}
