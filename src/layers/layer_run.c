#include "layers/layer_run.h"

#include "base/assertion.h"
#include "base/part.h"
#include "math/activation.h"
#include "session/parallel.h"

const struct rnni_layer_kind *rnni_layer_run_kind(int64_t kind)
{
    static const struct rnni_layer_kind *const kinds[] = {
        [RNN_KIND_DENSE] = &rnni_dense_layer,           [RNN_KIND_CONV1D] = &rnni_conv1d_layer,
        [RNN_KIND_EMBEDDING] = &rnni_embedding_layer,   [RNN_KIND_AFFINE] = &rnni_affine_layer,
        [RNN_KIND_LAYER_NORM] = &rnni_layer_norm_layer, [RNN_KIND_RMS_NORM] = &rnni_rms_norm_layer,
        [RNN_KIND_DROPOUT] = &rnni_dropout_layer,       [RNN_KIND_ACTIVATION] = &rnni_activation_layer,
        [RNN_KIND_POOLING] = &rnni_pooling_layer,       [RNN_KIND_SKIP] = &rnni_skip_layer,
        [RNN_KIND_MAGNITUDE] = &rnni_magnitude_layer,
    };
    RNNI_ASSERT(kind > RNN_KIND_RECURRENT && kind <= RNNI_LAYER_KIND_LAST);
    return kinds[kind];
}

/* ---- shares ------------------------------------------------------------------------------------------------------ */

void rnni_layer_run_shares(const struct rnni_layer_run *run, size_t multiplications, rnni_team_task task)
{
    size_t count = run->session->team ? rnni_parallel_shares(run->session, multiplications) : 1;
    struct rnni_layer_share share = {run, count};
    rnni_team_run(run->session->team, count, task, &share);
}

struct rnni_part rnni_layer_run_rows(const struct rnni_layer_share *share, size_t rows, size_t index)
{
    return rnni_part_of(rows, 1, index, share->count);
}

void rnni_layer_run_find_places(const struct rnni_layer_run *run)
{
    size_t *place = run->session->list->rows.place;
    for (size_t r = 0; r < run->from->batch; r++)
        place[run->from->order[r]] = r;
}

/* ---- activations ------------------------------------------------------------------------------------------------- */

void rnni_layer_run_activate(const struct rnni_layer_options *options, float *y, size_t count)
{
    if (!options->activation)
        return;
    struct rnni_activation f = rnni_activation_of(options->activation, options->alpha, options->beta);
    f.forward(&f, y, count);
}

void rnni_layer_run_activate_backward(const struct rnni_layer_options *options, float *d, const float *y, size_t count)
{
    if (!options->activation)
        return;
    struct rnni_activation f = rnni_activation_of(options->activation, options->alpha, options->beta);
    f.backward(&f, d, y, count);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

float *rnni_layer_run_dweight(const struct rnni_layer_run *run)
{
    size_t at = run->layer->tensors.weight;
    return at == RNNI_ABSENT ? NULL : run->session->gradients + at;
}

float *rnni_layer_run_dbias(const struct rnni_layer_run *run)
{
    size_t at = run->layer->tensors.bias;
    return at == RNNI_ABSENT ? NULL : run->session->gradients + at;
}

const float *rnni_layer_run_weight(const struct rnni_layer_run *run)
{
    size_t at = run->layer->tensors.weight;
    return at == RNNI_ABSENT ? NULL : run->session->model->parameters + at;
}

const float *rnni_layer_run_bias(const struct rnni_layer_run *run)
{
    size_t at = run->layer->tensors.bias;
    return at == RNNI_ABSENT ? NULL : run->session->model->parameters + at;
}
