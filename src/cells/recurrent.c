#include "cells/recurrent.h"

#include "cells/norm.h"
#include "math/elementwise.h"
#include "math/matrix.h"

#include <string.h>

/* ---- products ---------------------------------------------------------------------------------------------------- */

void rnni_recurrent_multiply(const struct rnni_weights *weights, float *c, size_t c_row, const float *a, size_t a_row,
                             size_t rows, struct rnni_part units, int add)
{
    struct rnni_product product = {.weights = weights,
                                   .k = weights->k,
                                   .first = units.first,
                                   .units = units.count,
                                   .a = a,
                                   .a_row = a_row,
                                   .rows = rows};
    for (size_t gate = 0; gate < weights->gates; gate++) {
        float *to = c + gate * weights->units;
        product.target[gate] = (struct rnni_target){to, c_row, add ? to : NULL, c_row};
    }
    rnni_products_multiply(&product);
}

void rnni_recurrent_multiply_back(const struct rnni_cell_weights *weights, float *dh, const float *d, size_t d_row,
                                  size_t from, size_t k, const struct rnni_cell_step *step, int add)
{
    const struct rnni_weights *back = &weights->back_hh;
    struct rnni_product product = {.weights = back,
                                   .from = from,
                                   .k = k,
                                   .first = step->units.first,
                                   .units = step->units.count,
                                   .target = {{dh, back->units, add ? dh : NULL, back->units}},
                                   .a = d,
                                   .a_row = d_row,
                                   .rows = step->rows};
    rnni_products_multiply(&product);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void normalised_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                               const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    const float *gain = weights->tensor[RNNI_NORM_HH], *bias = weights->tensor[RNNI_BIAS_HH];
    rnni_recurrent_multiply(&weights->hh[0], step->norm, width, step->seen, form->width, step->rows, step->units, 0);
    for (size_t i = 0; i < step->rows; i++) {
        float *norm = step->norm + i * width;
        rnni_norm_gates_forward(form, norm, step->spread + 2 * i);
        rnni_elementwise()->add_product(step->a + i * width, gain, norm, joined);
        if (joined == width)
            continue;
        float *q = step->q + i * form->hidden;
        if (bias)
            memcpy(q, bias + joined, form->hidden * sizeof *q);
        else
            memset(q, 0, form->hidden * sizeof *q);
        rnni_elementwise()->add_product(q, gain + joined, norm + joined, form->hidden);
    }
}

void rnni_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                            const struct rnni_cell_step *step)
{
    const float *bias = weights->tensor[RNNI_BIAS_HH];
    size_t hidden = form->hidden, width = form->gates * hidden;
    if (form->layer_norm) {
        normalised_forward(form, weights, step);
        return;
    }
    struct rnni_product product = {.weights = &weights->hh[0],
                                   .k = form->width,
                                   .first = step->units.first,
                                   .units = step->units.count,
                                   .a = step->seen,
                                   .a_row = form->width,
                                   .rows = step->rows};
    for (size_t gate = 0; gate < form->gates; gate++) {
        float *a = step->a + gate * hidden;
        if (gate * hidden < form->joined)
            product.target[gate] = (struct rnni_target){a, width, a, width};
        else
            product.target[gate] = (struct rnni_target){step->q, hidden, bias ? bias + gate * hidden : NULL, 0};
    }
    rnni_products_multiply(&product);
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

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
    rnni_recurrent_multiply_back(weights, step->dstate[0], step->norm, width, 0, width, step, 0);
}

void rnni_recurrent_mask(const struct rnni_cell_form *form, const struct rnni_cell_step *step)
{
    if (step->mask)
        rnni_elementwise()->multiply(step->dstate[0], step->dstate[0], step->mask, step->rows * form->width);
}

void rnni_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                             const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step)
{
    size_t width = form->gates * form->hidden, joined = form->joined;
    if (form->layer_norm) {
        normalised_backward(form, weights, gradients, step);
    } else {
        rnni_recurrent_multiply_back(weights, step->dstate[0], step->da, width, 0, joined, step, 0);
        if (joined < width)
            rnni_recurrent_multiply_back(weights, step->dstate[0], step->q, form->hidden, joined, form->hidden, step,
                                         1);
    }
    rnni_recurrent_mask(form, step);
}

/* ---- gradients of the weights ------------------------------------------------------------------------------------ */

void rnni_recurrent_add_outer(float *dweight, const float *d, size_t d_row, size_t columns, const float *x,
                              size_t x_columns, const struct rnni_cell_step *all)
{
    struct rnni_part part = rnni_part_of(columns, 1, all->share, all->shares);
    rnni_products_add_outer(&(struct rnni_outer){.c = dweight + part.first * x_columns,
                                                 .a = d + part.first,
                                                 .a_row = d_row,
                                                 .b = x,
                                                 .b_row = x_columns,
                                                 .k = all->rows,
                                                 .m = part.count,
                                                 .n = x_columns,
                                                 .blas = all->blas,
                                                 .singly = all->singly,
                                                 .room = all->scratch});
}

void rnni_recurrent_weight_gradient(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                                    const struct rnni_cell_step *all)
{
    size_t hidden = form->hidden, width = form->gates * hidden, joined = form->joined;
    float *dweight = gradients->tensor[RNNI_WEIGHT_HH], *dbias = gradients->tensor[RNNI_BIAS_HH];
    if (form->layer_norm)
        rnni_recurrent_add_outer(dweight, all->norm, width, width, all->seen, form->width, all);
    else
        rnni_recurrent_add_outer(dweight, all->da, width, joined, all->seen, form->width, all);
    if (joined == width)
        return;
    struct rnni_part part = rnni_part_of(hidden, RNNI_BLOCK, all->share, all->shares);
    if (dbias)
        rnni_matrix_add_rows(dbias + joined + part.first, NULL, all->q + part.first, hidden, all->rows, part.count);
    if (!form->layer_norm)
        rnni_recurrent_add_outer(dweight + joined * form->width, all->q, hidden, hidden, all->seen, form->width, all);
}
