#include "cells/gate.h"

#include "math/elementwise.h"

#include <math.h>

static void clip(float *a, float *open, float most, size_t n)
{
    for (size_t i = 0; open && i < n; i++)
        open[i] = fabsf(a[i]) < most ? 1 : 0;
    rnni_elementwise()->clip(a, most, n);
}

void rnni_gate_forward(const struct rnni_cell_form *form, const struct rnni_activation *activation, float *a,
                       float *open, size_t n)
{
    if (form->clip > 0)
        clip(a, open, form->clip, n);
    activation->forward(activation, a, n);
}

void rnni_gate_backward(const struct rnni_activation *activation, float *d, const float *y, const float *open, size_t n)
{
    activation->backward(activation, d, y, n);
    if (open)
        rnni_elementwise()->multiply(d, d, open, n);
}
