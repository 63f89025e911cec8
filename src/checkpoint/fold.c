#include "checkpoint/fold.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>

#define EPSILON 1e-5 /* of PyTorch's batch norm; no file has it */

int rnni_fold_fits(const struct rnni_safetensors_tensor *v, const struct rnni_safetensors_tensor *g)
{
    if (!v->rank || v->rank != g->rank || v->shape[0] != g->shape[0])
        return 0;
    for (size_t i = 1; i < g->rank; i++)
        if (g->shape[i] != 1)
            return 0;
    return 1;
}

int32_t rnni_fold_expect(const struct rnni_fold *fold, const size_t *shape, size_t rank, const char *function)
{
    size_t of_magnitude[RNNI_SAFETENSORS_RANK];
    for (size_t i = 0; i < rank; i++)
        of_magnitude[i] = i ? 1 : shape[0];
    for (enum rnni_fold_part p = 0; p < RNNI_FOLD_PARTS; p++)
        if (fold->part[p] && p != RNNI_FOLD_BATCHES)
            RNNI_TRY(rnni_safetensors_expect(fold->part[p], p == RNNI_FOLD_MAGNITUDE ? of_magnitude : shape, rank,
                                             function));
    return RNN_OK;
}

/* ---- weight norm ------------------------------------------------------------------------------------------------- */

/* w [rows,columns] from v and g [rows] */
static void scale_rows(float *w, const float *g, size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; r++) {
        float *row = w + r * columns;
        double squares = 0;
        for (size_t k = 0; k < columns; k++)
            squares += (double)row[k] * row[k];
        double norm = sqrt(squares);
        for (size_t k = 0; k < columns; k++)
            row[k] = (float)(g[r] * (double)row[k] / norm);
    }
}

static int32_t read_weight_norm(float *out, const struct rnni_fold *fold, const struct rnni_safetensors *file,
                                size_t rows, size_t count, float *room, const char *function)
{
    RNNI_TRY(rnni_safetensors_read_floats(out, file, fold->part[RNNI_FOLD_TENSOR], function));
    RNNI_TRY(rnni_safetensors_read_floats(room, file, fold->part[RNNI_FOLD_MAGNITUDE], function));
    scale_rows(out, room, rows, count / rows); /* a tensor of a network has rows */
    return RNN_OK;
}

/* ---- batch norm -------------------------------------------------------------------------------------------------- */

static int32_t read_or_fill(float *out, const struct rnni_fold *fold, enum rnni_fold_part part, float absent,
                            const struct rnni_safetensors *file, size_t count, const char *function)
{
    if (fold->part[part])
        return rnni_safetensors_read_floats(out, file, fold->part[part], function);
    for (size_t i = 0; i < count; i++)
        out[i] = absent;
    return RNN_OK;
}

/* room [4,count] */
static int32_t read_batch_norm(float *out, const struct rnni_fold *fold, const struct rnni_safetensors *file,
                               size_t count, float *room, const char *function)
{
    float *weight = room, *bias = room + count, *mean = bias + count, *variance = mean + count;
    RNNI_TRY(read_or_fill(weight, fold, RNNI_FOLD_WEIGHT, 1, file, count, function));
    RNNI_TRY(read_or_fill(bias, fold, RNNI_FOLD_BIAS, 0, file, count, function));
    RNNI_TRY(read_or_fill(mean, fold, RNNI_FOLD_MEAN, 0, file, count, function));
    RNNI_TRY(read_or_fill(variance, fold, RNNI_FOLD_VARIANCE, 0, file, count, function));
    for (size_t i = 0; i < count; i++) {
        double factor = weight[i] / sqrt((double)variance[i] + EPSILON);
        out[i] = (float)(fold->kind == RNNI_FOLD_BATCH_WEIGHT ? factor : bias[i] - factor * mean[i]);
    }
    return RNN_OK;
}

int32_t rnni_fold_read(float *out, const struct rnni_fold *fold, const struct rnni_safetensors *file, size_t rows,
                       size_t count, const char *function)
{
    if (fold->kind == RNNI_FOLD_NONE)
        return rnni_safetensors_read_floats(out, file, fold->part[RNNI_FOLD_TENSOR], function);
    float *room = rnni_memory_take(rnni_memory_multiply(4, rows), sizeof *room);
    if (!room)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the norms of %zu rows", function, rows);
    int32_t status = fold->kind == RNNI_FOLD_WEIGHT_NORM
                         ? read_weight_norm(out, fold, file, rows, count, room, function)
                         : read_batch_norm(out, fold, file, rows, room, function);
    rnni_memory_release(room);
    return status;
}
