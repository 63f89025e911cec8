#include "cells/norm.h"

#include <math.h>
#include <string.h>

float rnni_norm_forward(float *x, size_t n, double epsilon)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    float mean = (float)(sum / (double)n);
    for (size_t i = 0; i < n; i++) {
        x[i] -= mean;
        squares += (double)x[i] * (double)x[i];
    }
    float spread = (float)(1 / sqrt(squares / (double)n + epsilon));
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
    spread[0] = rnni_norm_forward(x, form->block[0], RNNI_NORM_EPSILON);
    if (form->block[1])
        spread[1] = rnni_norm_forward(x + form->block[0], form->block[1], RNNI_NORM_EPSILON);
}

void rnni_norm_gates_backward(const struct rnni_cell_form *form, float *d, float *dgain, const float *gain,
                              const float *norm, const float *spread)
{
    size_t first = form->block[0], second = form->block[1];
    form->elementwise->add_product(dgain, d, norm, first + second);
    form->elementwise->multiply(d, d, gain, first + second);
    rnni_norm_backward(d, norm, spread[0], first);
    if (second)
        rnni_norm_backward(d + first, norm + first, spread[1], second);
}

/* ---- of the recurrent product ------------------------------------------------------------------------------------ */

void rnni_norm_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                                 const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    const float *gain = weights->tensor[RNNI_NORM_HH], *bias = weights->tensor[RNNI_BIAS_HH];
    for (size_t i = 0; i < step->rows; i++) {
        float *norm = step->norm + i * width; /* [GH] */
        rnni_norm_gates_forward(form, norm, step->spread + 2 * i);
        form->elementwise->add_product(step->a + i * width, gain, norm, joined);
        if (joined == width)
            continue;
        float *q = step->q + i * form->hidden; /* [H] */
        if (bias)
            memcpy(q, bias + joined, form->hidden * sizeof *q);
        else
            memset(q, 0, form->hidden * sizeof *q);
        form->elementwise->add_product(q, gain + joined, norm + joined, form->hidden);
    }
}

void rnni_norm_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                                  const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    float *d = step->scratch; /* [GH] */
    for (size_t i = 0; i < step->rows; i++) {
        memcpy(d, step->da + i * width, joined * sizeof *d);
        if (joined < width)
            memcpy(d + joined, step->q + i * form->hidden, form->hidden * sizeof *d);
        rnni_norm_gates_backward(form, d, gradients->tensor[RNNI_NORM_HH], weights->tensor[RNNI_NORM_HH],
                                 step->norm + i * width, step->spread + 2 * i);
        memcpy(step->norm + i * width, d, width * sizeof *d);
    }
}
