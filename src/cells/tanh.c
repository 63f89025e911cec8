/* The simple recurrent network (Elman 1990; Goodfellow et al. 2016, equations 10.8 and 10.9):
 *
 *     h(t) = tanh(U x(t) + W h(t-1) + b)
 *
 * One gate; saved for backward: h(t), which is also the output. */
#include "cells/cell.h"
#include "math/vector.h"

static void forward(float *h /* [n] */, size_t n)
{
    rnni_vector()->tanh(h, n);
}

/* d tanh(a)/da = 1 - tanh(a)^2, so a(t) = diag(1 - h(t)^2) delta(t). */
static void backward(float *d /* [n] */, const float *h /* [n] */, size_t n)
{
    rnni_vector()->tanh_backward(d, h, n);
}

const struct rnni_cell rnni_cell_tanh = {.forward = forward, .backward = backward};
