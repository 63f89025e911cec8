#include "cells/norm.h"

#include "math/elementwise.h"

#include <math.h>

#define EPSILON 1e-5 /* PyTorch's, on the variance */

float rnni_norm_forward(float *x, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    float mean = (float)(sum / (double)n);
    for (size_t i = 0; i < n; i++) {
        x[i] -= mean;
        squares += (double)x[i] * (double)x[i];
    }
    float spread = (float)(1 / sqrt(squares / (double)n + EPSILON));
    for (size_t i = 0; i < n; i++)
        x[i] *= spread;
    return spread;
}

/* dx = (d - mean(d) - N mean(d N)) / deviation */
void rnni_norm_backward(float *d, const float *norm, float spread, size_t n)
{
    double sum = 0, along = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)d[i];
        along += (double)d[i] * (double)norm[i];
    }
    float mean = (float)(sum / (double)n), slope = (float)(along / (double)n);
    for (size_t i = 0; i < n; i++)
        d[i] = spread * (d[i] - mean - norm[i] * slope);
}

void rnni_norm_gates_forward(const struct rnni_cell_form *form, float *x, float *spread)
{
    spread[0] = rnni_norm_forward(x, form->block[0]);
    if (form->block[1])
        spread[1] = rnni_norm_forward(x + form->block[0], form->block[1]);
}

void rnni_norm_gates_backward(const struct rnni_cell_form *form, float *d, float *dgain, const float *gain,
                              const float *norm, const float *spread)
{
    size_t first = form->block[0], second = form->block[1];
    rnni_elementwise()->add_product(dgain, d, norm, first + second);
    rnni_elementwise()->multiply(d, d, gain, first + second);
    rnni_norm_backward(d, norm, spread[0], first);
    if (second)
        rnni_norm_backward(d + first, norm + first, spread[1], second);
}
