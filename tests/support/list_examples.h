/* For tests of rnn_fit with lists whose layers change the length of sequences: such networks, and sequences with as
 * many targets as their outputs have steps. */
#ifndef RNN_TESTS_LIST_EXAMPLES_H
#define RNN_TESTS_LIST_EXAMPLES_H

#include "support/fitting.h"

enum { MOST = 17, COUNT = 10, EXAMPLE_LAYERS = 5 };

struct layer {
    int32_t kind; /* 0: past the last one */
    int64_t cell, kernel, stride, padding;
};

struct network {
    int32_t loss;
    size_t least; /* steps of the shortest sequence that has an output */
    int pools, whole;
    struct layer layers[EXAMPLE_LAYERS];
};

enum { STRIDED, UNPADDED, LABELS, DEEP, POOLED, EXAMPLE_NETWORKS };
extern const struct network *const example_networks[EXAMPLE_NETWORKS];

struct example {
    size_t steps, rows, labels; /* rows: of the output, found by running the network */
    float x[MOST * INPUTS], values[MOST * OUTPUTS], mask[MOST];
    int32_t classes[MOST];
    double weight;
    int has_mask;
};

struct examples {
    const struct network *network;
    struct example of[COUNT];
};

int examples_have_values(const struct network *network);
rnn_model *examples_model(const struct network *network, int64_t seed);
rnn_loss *examples_loss(const struct network *network);

/* Number 3 is the longest, with MOST steps. */
struct examples examples_made(const struct network *network, uint64_t seed);
rnn_dataset *examples_dataset(const struct examples *examples);

#endif
