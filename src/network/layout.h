/* The one table of a network's tensors: name, shape and place in the flat block of parameters (gradients have the same
 * layout), and beside it the places in the block of packed copies that the forward products read. */
#ifndef RNNI_LAYOUT_H
#define RNNI_LAYOUT_H

#include "network/options.h"

#include <stddef.h>

struct rnni_tensor {
    char name[32];
    size_t rank, shape[2];
    size_t count, offset; /* floats */
};

/* Where a dense map y = x W' + b lies: the input side of a layer, the recurrent side of a layer, or the head. */
struct rnni_place {
    size_t inputs, outputs;
    size_t weight; /* [outputs,inputs] in the parameters */
    size_t bias;   /* [outputs] in the parameters */
    size_t packed; /* W' [inputs,outputs] in the packed block: a product then reads it along its rows */
};

struct rnni_layer_place {
    struct rnni_place input;     /* U, bias_ih */
    struct rnni_place recurrent; /* W, bias_hh */
    size_t packed_bias;          /* [H] bias_ih + bias_hh in the packed block */
};

struct rnni_layout {
    size_t inputs;     /* I of the first layer: RNN_INPUT_SIZE, V for one-hot tokens or E */
    size_t vocabulary; /* V; 0 for real-valued input */
    size_t embedding;  /* E; 0 without a table */
    int one_hot;       /* tokens, and no table */
    size_t hidden, layers, classes;
    size_t outputs;                                     /* Y = C, or H without a head */
    size_t tensor_count, parameter_count, packed_count; /* counts are SIZE_MAX where they overflow */
    struct rnni_tensor *tensors;    /* [tensor_count]; the embedding is the first where there is one */
    struct rnni_layer_place *layer; /* [L] */
    struct rnni_place head;         /* where C > 0 */
};

/* Fills the layout from checked options.  RNN_E_MEMORY leaves nothing to release. */
int32_t rnni_layout_create(struct rnni_layout *layout, const struct rnni_options *options,
                           struct rnni_sentence *sentence, const char *function);
void rnni_layout_release(struct rnni_layout *layout);

/* NULL where there is none of that name. */
const struct rnni_tensor *rnni_layout_find(const struct rnni_layout *layout, const char *name);

#endif
