/* What a recurrent cell is to the layer that runs it: the arithmetic between the products.  Cells are pure: raw
 * pointers and sizes, nothing that can fail. */
#ifndef RNNI_CELL_H
#define RNNI_CELL_H

#include <stddef.h>

struct rnni_cell {
    /* h [n] holds the pre-activations U x(t) + W h(t-1) + b of n hidden units and becomes h(t). */
    void (*forward)(float *h, size_t n);

    /* d [n] holds dL/dh(t) and becomes dL/d(pre-activation), from the saved h(t) [n]. */
    void (*backward)(float *d, const float *h, size_t n);
};

extern const struct rnni_cell rnni_cell_tanh;

#endif
