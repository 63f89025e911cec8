#include "cells/recurrent.h"

#include "cells/norm.h"
#include "math/matrix.h"
#include "math/vector.h"

#include <string.h>

static void fill_bias(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights, float *q, size_t rows)
{
    const float *bias = weights->tensor[RNNI_BIAS_HH];
    if (bias)
        rnni_matrix_fill_rows(q, bias + form->joined, rows, form->hidden);
    else
        memset(q, 0, rows * form->hidden * sizeof *q);
}

static void normalised_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                               const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    const float *gain = weights->tensor[RNNI_NORM_HH];
    rnni_matrix_multiply(step->norm, step->seen, weights->packed_hh, step->rows, form->width, width, 0);
    for (size_t i = 0; i < step->rows; i++) {
        float *norm = step->norm + i * width;
        rnni_norm_gates_forward(form, norm, step->spread + 2 * i);
        rnni_vector()->add_product(step->a + i * width, gain, norm, joined);
        if (joined < width)
            rnni_vector()->add_product(step->q + i * form->hidden, gain + joined, norm + joined, form->hidden);
    }
}

void rnni_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    if (joined < width)
        fill_bias(form, weights, step->q, step->rows);
    if (form->layer_norm) {
        normalised_forward(form, weights, step);
        return;
    }
    rnni_matrix_multiply_part(step->a, width, step->seen, form->width, weights->packed_hh, width, step->rows,
                              form->width, joined, 1);
    if (joined < width)
        rnni_matrix_multiply_part(step->q, form->hidden, step->seen, form->width, weights->packed_hh + joined, width,
                                  step->rows, form->width, form->hidden, 1);
}

static void normalised_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
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
    rnni_matrix_multiply(step->dstate[0], step->norm, weights->tensor[RNNI_WEIGHT_HH], step->rows, width, form->width,
                         0);
}

void rnni_recurrent_mask(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    if (step->mask)
        rnni_vector()->multiply(step->dstate[0], step->dstate[0], step->mask, step->rows * form->width);
}

void rnni_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                             const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    const float *weight = weights->tensor[RNNI_WEIGHT_HH]; /* [GH,R] */
    if (form->layer_norm) {
        normalised_backward(form, weights, gradients, step);
    } else {
        rnni_matrix_multiply_part(step->dstate[0], form->width, step->da, width, weight, form->width, step->rows,
                                  joined, form->width, 0);
        if (joined < width)
            rnni_matrix_multiply(step->dstate[0], step->q, weight + joined * form->width, step->rows, form->hidden,
                                 form->width, 1);
    }
    rnni_recurrent_mask(form, step);
}

void rnni_recurrent_weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                                    const struct rnni_cell_step *all)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    float *dweight = gradients->tensor[RNNI_WEIGHT_HH], *dbias = gradients->tensor[RNNI_BIAS_HH];
    if (form->layer_norm) {
        rnni_matrix_add_outer(dweight, all->norm, all->seen, all->rows, width, form->width);
    } else {
        rnni_matrix_add_outer_part(dweight, all->da, width, all->seen, form->width, all->rows, joined, form->width);
        if (joined < width)
            rnni_matrix_add_outer(dweight + joined * form->width, all->q, all->seen, all->rows, form->hidden,
                                  form->width);
    }
    if (!dbias)
        return;
    rnni_matrix_add_rows_part(dbias, all->da, width, all->rows, joined);
    if (joined < width)
        rnni_matrix_add_rows(dbias + joined, all->q, all->rows, form->hidden);
}
