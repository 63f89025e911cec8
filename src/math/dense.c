#include "math/dense.h"

#include "base/assertion.h"
#include "base/part.h"
#include "math/matrix.h"

#include <string.h>

static struct rnni_product product_of(const struct rnni_dense *dense, float *y, const float *x, size_t rows)
{
    const struct rnni_weights *weights = &dense->weights;
    struct rnni_product product = {
        .weights = weights, .k = weights->k, .units = weights->units, .a = x, .a_row = dense->inputs, .rows = rows};
    for (size_t gate = 0; gate < weights->gates; gate++) {
        size_t column = gate * weights->units;
        product.target[gate] =
            (struct rnni_target){y + column, dense->outputs, dense->bias ? dense->bias + column : NULL, 0};
    }
    return product;
}

void rnni_dense_forward(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines, const float *x,
                        struct rnni_lines x_lines, size_t rows)
{
    struct rnni_product product = product_of(dense, y, x, rows);
    product.a_lines = x_lines;
    product.c_lines = y_lines;
    rnni_products_multiply(&product);
}

void rnni_dense_forward_units(const struct rnni_dense *dense, float *y, const float *x, size_t rows,
                              struct rnni_part units)
{
    struct rnni_product product = product_of(dense, y, x, rows);
    product.first = units.first;
    product.units = units.count;
    rnni_products_multiply(&product);
}

void rnni_dense_backward(const struct rnni_dense *dense, float *dx, int add, const float *dy, size_t rows)
{
    struct rnni_product product = {.weights = &dense->back,
                                   .k = dense->outputs,
                                   .units = dense->inputs,
                                   .target = {{dx, dense->inputs, add ? dx : NULL, dense->inputs}},
                                   .a = dy,
                                   .a_row = dense->outputs,
                                   .rows = rows};
    rnni_products_multiply(&product);
}

void rnni_dense_gradient(const struct rnni_dense *dense, float *dweight, float *dbias, const float *dy, const float *x,
                         size_t rows, const struct rnni_dense_share *share)
{
    struct rnni_part part = rnni_part_of(dense->outputs, 1, share->index, share->shares);
    rnni_products_add_outer(&(struct rnni_outer){.c = dweight + part.first * dense->inputs,
                                                 .a = dy + part.first,
                                                 .a_row = dense->outputs,
                                                 .b = x,
                                                 .b_row = dense->inputs,
                                                 .k = rows,
                                                 .m = part.count,
                                                 .n = dense->inputs,
                                                 .blas = dense->weights.blas,
                                                 .singly = share->singly,
                                                 .room = share->room});
    if (!dbias)
        return;
    part = rnni_part_of(dense->outputs, RNNI_BLOCK, share->index, share->shares);
    rnni_matrix_add_rows(dbias + part.first, NULL, dy + part.first, dense->outputs, rows, part.count);
}

/* ---- one-hot rows ------------------------------------------------------------------------------------------------ */

void rnni_dense_forward_tokens(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines,
                               const int32_t *tokens, struct rnni_lines lines, size_t rows)
{
    RNNI_ASSERT(dense->rows);
    size_t outputs = dense->outputs;
    for (size_t i = 0; i < rows; i++) {
        size_t token = (size_t)tokens[rnni_product_line(lines, i)];
        RNNI_ASSERT(token < dense->inputs);
        const float *chosen = dense->rows + token * outputs;     /* [Out] */
        float *to = y + rnni_product_line(y_lines, i) * outputs; /* [Out] */
        for (size_t j = 0; j < outputs; j++)
            to[j] = dense->bias ? dense->bias[j] + chosen[j] : chosen[j];
    }
}

void rnni_dense_gradient_tokens(const struct rnni_dense *dense, float *dweight, float *scratch, const float *dy,
                                const int32_t *tokens, size_t rows, size_t index, size_t shares)
{
    size_t outputs = dense->outputs, inputs = dense->inputs;
    struct rnni_part part = rnni_part_of(outputs, RNNI_BLOCK, index, shares);
    for (size_t i = 0; i < inputs; i++)
        memset(scratch + i * outputs + part.first, 0, part.count * sizeof *scratch);
    for (size_t i = 0; i < rows; i++) {
        RNNI_ASSERT((size_t)tokens[i] < inputs);
        rnni_matrix_add_rows(scratch + (size_t)tokens[i] * outputs + part.first, NULL, dy + i * outputs + part.first,
                             outputs, 1, part.count);
    }
    rnni_matrix_add_transposed(dweight + part.first * inputs, scratch + part.first, outputs, inputs, part.count);
}
