#include "network/dense.h"

#include "math/matrix.h"

#include <string.h>

void rnni_dense_forward(const struct rnni_dense *dense, float *y, const float *x, size_t rows)
{
    if (dense->bias)
        rnni_matrix_fill_rows(y, dense->bias, rows, dense->outputs);
    rnni_matrix_multiply(y, x, dense->packed, rows, dense->inputs, dense->outputs, dense->bias != NULL);
}

void rnni_dense_backward(const struct rnni_dense *dense, float *dx, int add, float *dweight, float *dbias,
                         const float *dy, const float *x, size_t rows)
{
    if (dx)
        rnni_matrix_multiply(dx, dy, dense->weight, rows, dense->outputs, dense->inputs, add);
    rnni_matrix_add_outer(dweight, dy, x, rows, dense->outputs, dense->inputs);
    if (dbias)
        rnni_matrix_add_rows(dbias, dy, rows, dense->outputs);
}

void rnni_dense_forward_tokens(const struct rnni_dense *dense, float *y, const int32_t *tokens, size_t rows)
{
    size_t outputs = dense->outputs;
    for (size_t i = 0; i < rows; i++) {
        const float *chosen = dense->packed + (size_t)tokens[i] * outputs; /* [Out] */
        for (size_t j = 0; j < outputs; j++)
            y[i * outputs + j] = dense->bias ? dense->bias[j] + chosen[j] : chosen[j];
    }
}

void rnni_dense_backward_tokens(const struct rnni_dense *dense, float *dweight, float *dbias, float *scratch,
                                const float *dy, const int32_t *tokens, size_t rows)
{
    size_t outputs = dense->outputs;
    memset(scratch, 0, dense->inputs * outputs * sizeof *scratch);
    for (size_t i = 0; i < rows; i++)
        rnni_matrix_add_rows(scratch + (size_t)tokens[i] * outputs, dy + i * outputs, 1, outputs);
    rnni_matrix_add_transposed(dweight, scratch, dense->inputs, outputs);
    if (dbias)
        rnni_matrix_add_rows(dbias, dy, rows, outputs);
}
