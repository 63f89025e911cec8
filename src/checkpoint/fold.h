/* A tensor of a network that is computed from several tensors of a file, in double: w = g * v / |v| of weight norm, and
 * the factor and the summand that batch norm has in inference. */
#ifndef RNNI_FOLD_H
#define RNNI_FOLD_H

#include "io/safetensors.h"

enum rnni_fold_kind {
    RNNI_FOLD_NONE,         /* the tensor itself */
    RNNI_FOLD_WEIGHT_NORM,  /* over all dimensions but the first */
    RNNI_FOLD_BATCH_WEIGHT, /* weight / sqrt(variance + 1e-5) */
    RNNI_FOLD_BATCH_BIAS    /* bias - mean * weight / sqrt(variance + 1e-5) */
};

enum rnni_fold_part {
    RNNI_FOLD_TENSOR,    /* the tensor itself, or v */
    RNNI_FOLD_MAGNITUDE, /* g [rows,1,...] */
    RNNI_FOLD_WEIGHT,    /* of batch norm [K]; may be absent: 1 */
    RNNI_FOLD_BIAS,      /* [K]; may be absent: 0 */
    RNNI_FOLD_MEAN,      /* [K] */
    RNNI_FOLD_VARIANCE,  /* [K] */
    RNNI_FOLD_BATCHES,   /* num_batches_tracked, which is not read; may be absent */
    RNNI_FOLD_PARTS
};

struct rnni_fold {
    enum rnni_fold_kind kind;
    const struct rnni_safetensors_tensor *part[RNNI_FOLD_PARTS]; /* NULL: absent */
};

/* Whether g and v have shapes of weight norm over the first dimension. */
int rnni_fold_fits(const struct rnni_safetensors_tensor *v, const struct rnni_safetensors_tensor *g);

/* rnni_safetensors_expect for a tensor that is made so. */
int32_t rnni_fold_expect(const struct rnni_fold *fold, const size_t *shape, size_t rank, const char *function);

/* Its `count` numbers in `rows` rows.  Statuses: as rnni_safetensors_read_floats, and RNN_E_MEMORY; `out` is then in an
 * unknown state. */
int32_t rnni_fold_read(float *out, const struct rnni_fold *fold, const struct rnni_safetensors *file, size_t rows,
                       size_t count, const char *function);

#endif
