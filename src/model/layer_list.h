/* The layers of a network that is a list: what enters and leaves each, its tensors, and its length rule. */
#ifndef RNNI_LAYER_LIST_H
#define RNNI_LAYER_LIST_H

#include "model/definition.h"
#include "model/layout.h"

struct rnn_model;

/* The tensors of a layer that is not recurrent. */
struct rnni_layer_tensors {
    size_t weight, bias;             /* offsets in the parameters, or RNNI_ABSENT */
    size_t weight_count, bias_count; /* elements */
};

/* A dense layer, or a convolution: y = f(W [taps] + b) by groups.  The taps of an output are In = kernel * inputs /
 * groups numbers, tap after tap. */
struct rnni_layer_product {
    size_t groups, inputs, outputs; /* In, Out of one group */
    size_t rows;                    /* [groups][Out,In] in the packed block, where the weight has another order */
    size_t packed, back;            /* panels of all groups; of one: packed_group, back_group floats */
    size_t packed_group, back_group;
    int64_t precision; /* RNN_PRECISION_... of the packed panels */
};

struct rnni_list_layer {
    struct rnni_layer_options options;
    size_t inputs, outputs; /* features of a row */
    size_t level, above;    /* which lengths the rows have that enter, and that leave: see struct rnni_layer_list */
    struct rnni_layer_tensors tensors;
    struct rnni_layer_product product;
    size_t table;            /* embedding in fewer bits: a table of narrow.h in the packed block, or RNNI_ABSENT */
    size_t reach;            /* convolution: steps from the oldest to the newest tap */
    size_t source;           /* skip: the layer whose output joins, RNNI_ABSENT for the network's input */
    int is_source;           /* its output joins later ones */
    struct rnn_model *stack; /* recurrent: a network of its own, whose parameters are some of the list's */
    size_t stack_first;      /* their offset */
};

struct rnni_layer_list {
    struct rnni_list_layer *layers; /* [count] */
    size_t count;                   /* 0: the network is no list */
    size_t levels;                  /* 1 and one for each layer that changes the length of sequences */
    int whole;                      /* needs whole sequences: no single steps */
    int input_is_source;            /* the network's input joins a layer */
};

/* Steps that leave a layer for `length` that enter, and for a stream of which the first `waits` give none. */
size_t rnni_layer_list_length(const struct rnni_list_layer *layer, size_t length, size_t waits);

/* Steps at the beginning of a stream for which nothing leaves the layer. */
size_t rnni_layer_list_waits(const struct rnni_list_layer *layer);

/* Whether the layer is a convolution that sees later steps; a kernel of one step never does. */
static inline int rnni_layer_list_is_centred(const struct rnni_list_layer *layer)
{
    return layer->options.padding == RNN_PADDING_CENTRED && layer->reach > 0;
}

/* Whether lengths may change in the layer. */
static inline int rnni_layer_list_changes(const struct rnni_list_layer *layer)
{
    return layer->level != layer->above;
}

/* Fills the list and the layout from a definition.  Whatever the status, rnni_layer_list_release releases the list and
 * rnni_layout_release the layout. */
int32_t rnni_layer_list_create(struct rnni_layer_list *list, struct rnni_layout *layout,
                               const struct rnni_definition *definition, struct rnni_message *message,
                               const char *function);
void rnni_layer_list_release(struct rnni_layer_list *list);

#endif
