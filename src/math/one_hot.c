#include "math/one_hot.h"

#include "base/assertion.h"
#include "math/matrix.h"
#include "math/narrow.h"

#include <string.h>

void rnni_one_hot_forward(const struct rnni_dense *dense, float *y, struct rnni_lines y_lines, const int32_t *tokens,
                          struct rnni_lines lines, size_t rows)
{
    RNNI_ASSERT(dense->rows);
    size_t outputs = dense->outputs;
    for (size_t i = 0; i < rows; i++) {
        size_t token = (size_t)tokens[rnni_product_line(lines, i)];
        RNNI_ASSERT(token < dense->inputs);
        float *to = y + rnni_product_line(y_lines, i) * outputs; /* [Out] */
        if (dense->precision) {
            rnni_narrow_choose(dense->precision, to, dense->bias, dense->rows, token, outputs);
            continue;
        }
        const float *chosen = dense->rows + token * outputs; /* [Out] */
        for (size_t j = 0; j < outputs; j++)
            to[j] = dense->bias ? dense->bias[j] + chosen[j] : chosen[j];
    }
}

void rnni_one_hot_embed(float *y, const float *table, int64_t precision, size_t columns, const int32_t *tokens,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (precision)
            rnni_narrow_choose(precision, y + i * columns, NULL, table, (size_t)tokens[i], columns);
        else
            memcpy(y + i * columns, table + (size_t)tokens[i] * columns, columns * sizeof *y);
}

void rnni_one_hot_gradient(const struct rnni_dense *dense, float *dweight, float *scratch, const float *dy,
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
