/* The one table of a network's tensors: name, shape and place in the flat block of parameters (gradients have the same
 * layout), and beside it the places in the block of packed copies that the forward products read. */
#ifndef RNNI_LAYOUT_H
#define RNNI_LAYOUT_H

#include "model/cell_form.h"

#include <stddef.h>

struct rnni_tensor {
    char name[RNNI_TEXT_SIZE + 32];
    size_t rank, shape[3];
    size_t count, offset; /* floats */
    int fixed;            /* it is no parameter that is trained */
};

#define RNNI_ABSENT SIZE_MAX /* the offset of a tensor that is not there */

/* One layer in one direction. */
struct rnni_direction_place {
    size_t inputs;                          /* K */
    size_t tensor[RNNI_ROLES];              /* offsets in the parameters */
    size_t packed_ih, packed_hh, packed_hr; /* panels of the weights transposed, [K,GH], [R,GH] and [H,P], in the
                                               packed block, absent with a CBLAS; for one-hot tokens packed_ih is no
                                               panels but [K,GH], or a table of narrow.h */
    size_t packed_bias; /* [GH] what joins the input product: bias_ih, and bias_hh so far as that joins it */
    size_t back_ih, back_hh, back_hr; /* panels of the weights [GH,K], [GH,R] and [P,H] in the block of a session */
};

/* The head. */
struct rnni_head_place {
    size_t weight, bias; /* [C,F], [C] in the parameters */
    size_t packed;       /* panels [F,C] in the packed block */
    size_t back;         /* panels [C,F] in the block of a session */
};

/* The probabilities of what is random; 0: it is not. */
struct rnni_rates {
    double dropout, recurrent;
    double zoneout[2]; /* of h, of c */
};

struct rnni_layout {
    struct rnni_cell_form form;
    const struct rnni_blas *blas; /* makes the products; NULL: the kernels do */
    int64_t precision;            /* RNN_PRECISION_... of the packed weights */
    size_t inputs;                /* K of the first layer: RNN_INPUT_SIZE, V for one-hot tokens or E */
    size_t vocabulary;            /* V; 0 for real-valued input */
    size_t embedding;             /* E; 0 without a table */
    int one_hot;                  /* tokens, and no table */
    size_t layers, directions, classes;
    int reversed;       /* the first direction, of one, is the reverse one */
    int reverses;       /* there is a reverse direction */
    int sums;           /* two directions are summed */
    int residual;       /* layers add their input */
    int64_t output;     /* RNN_OUTPUT_... */
    int pools;          /* a sequence has one output */
    int in_list;        /* of a recurrent layer of a list: what enters is packed already */
    int changes_length; /* of a list: its outputs may have other lengths than its inputs */
    size_t features;    /* F */
    size_t top_width;   /* W: elements of a row of the top layer before pooling: two directions that will be summed are
                           still apart there; else F */
    size_t outputs;     /* Y = C, or F without a head */
    struct rnni_rates rates;
    int zones;                                                      /* there is zoneout */
    size_t tensor_count, parameter_count, packed_count, back_count; /* counts are SIZE_MAX where they overflow */
    uint64_t tensors_hash;                                          /* see rnni_optimizer_tensors_hash */
    size_t tensor_room;
    struct rnni_tensor *tensors;        /* [tensor_count]; the embedding is the first where there is one */
    struct rnni_direction_place *place; /* [L*D] */
    struct rnni_head_place head;        /* where C > 0 */
    size_t packed_table;                /* the embedding in fewer bits: a table of narrow.h, or RNNI_ABSENT */
    size_t crf; /* where the transitions of a CRF are in the parameters, start [C], end [C], transitions [C,C] one
                   behind the other; RNNI_ABSENT: there are none */
};

/* Fills the layout from checked options.  RNN_E_MEMORY leaves nothing to release. */
int32_t rnni_layout_create(struct rnni_layout *layout, const struct rnni_options *options, struct rnni_message *message,
                           const char *function);

/* Parts of it, for a network that is a list of layers: what does not depend on the layers; room for `count` more
 * tensors, RNN_E_MEMORY leaves those that are there; and a tensor, for which there is room, whose offset it returns. */
int32_t rnni_layout_begin(struct rnni_layout *layout, const struct rnni_options *options, struct rnni_message *message,
                          const char *function);
int32_t rnni_layout_room(struct rnni_layout *layout, size_t count, struct rnni_message *message, const char *function);
size_t rnni_layout_add(struct rnni_layout *layout, const char *prefix, const char *name, const size_t *shape,
                       size_t rank);

/* Finds the places of packed copies, those of forward with weights of that RNN_PRECISION_...; of a list, those of its
 * layers come behind. */
void rnni_layout_place(struct rnni_layout *layout, int64_t precision);

/* A table of that precision in the packed block; RNNI_ABSENT for RNN_PRECISION_FLOAT32. */
size_t rnni_layout_add_table(struct rnni_layout *layout, size_t rows, size_t columns);

/* The offset of `count` floats in a block of packed copies of which *used are taken; each begins at a cache line. */
size_t rnni_layout_add_packed(size_t *used, size_t count);

void rnni_layout_release(struct rnni_layout *layout);

/* NULL where there is none of that name. */
const struct rnni_tensor *rnni_layout_find(const struct rnni_layout *layout, const char *name);

/* Whether a run's input is one-hot tokens. */
static inline int rnni_layout_is_one_hot(const struct rnni_layout *layout, const struct rnni_direction_place *place)
{
    return layout->one_hot && place < layout->place + layout->directions;
}

/* Whether the layers of a network of these options have a tensor of that role. */
int rnni_layout_has(const struct rnni_options *options, enum rnni_role role);

/* The name in a checkpoint of a tensor of layer k, behind the prefix: "weight_ih_l0_reverse". */
void rnni_layout_role_name(char *name, size_t size, const char *prefix, enum rnni_role role, size_t layer, int reverse);

/* Whether `name`, behind the prefix, is one of these names, and of which tensor. */
int rnni_layout_read_name(const char *name, enum rnni_role *role, size_t *layer, int *reverse);

#endif
