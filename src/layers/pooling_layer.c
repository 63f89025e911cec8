/* Pooling: one row for each sequence that has steps: its last step, or the mean or the maximum of all. */
#include "layers/layer_run.h"

#include <string.h>

/* Where the sequence of pooled row i stands in what enters: the two orders may differ.  Sequences without steps have no
 * row. */
static size_t source_of(const struct rnni_layer_run *run, size_t i)
{
    return run->session->list->rows.place[run->to->order[i]];
}

static const float *row_of(const struct rnni_layer_run *run, size_t t, size_t place)
{
    return run->x + rnni_schedule_row(run->from, t, place) * run->layer->inputs;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void pool(const struct rnni_layer_run *run, float *y, size_t place)
{
    const struct rnni_elementwise_kernels *kernels = run->session->model->layout.form.elementwise;
    size_t n = run->layer->inputs, length = run->from->length[place];
    int64_t output = run->layer->options.output;
    memcpy(y, row_of(run, output == RNN_OUTPUT_LAST_STEP ? length - 1 : 0, place), n * sizeof *y);
    for (size_t t = 1; output != RNN_OUTPUT_LAST_STEP && t < length; t++) {
        const float *x = row_of(run, t, place);
        if (output == RNN_OUTPUT_MEAN)
            kernels->add(y, x, n);
        for (size_t j = 0; output == RNN_OUTPUT_MAXIMUM && j < n; j++)
            y[j] = x[j] > y[j] || x[j] != x[j] ? x[j] : y[j];
    }
    if (output == RNN_OUTPUT_MEAN)
        kernels->scale(y, 1 / (float)length, n);
}

static void forward(const struct rnni_layer_run *run)
{
    rnni_layer_run_find_places(run);
    for (size_t i = 0; i < run->to->rows; i++)
        pool(run, run->y + i * run->layer->outputs, source_of(run, i));
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

static float *drow_of(const struct rnni_layer_run *run, size_t t, size_t place)
{
    return run->below + rnni_schedule_row(run->from, t, place) * run->layer->inputs;
}

/* The first step that has the maximum gets its gradient, as in PyTorch. */
static void pool_maximum_backward(const struct rnni_layer_run *run, const float *d, const float *y, size_t place)
{
    for (size_t j = 0; j < run->layer->inputs; j++)
        for (size_t t = 0; t < run->from->length[place]; t++) {
            float x = row_of(run, t, place)[j];
            if (x == y[j] || x != x) {
                drow_of(run, t, place)[j] = d[j];
                break;
            }
        }
}

static void pool_backward(const struct rnni_layer_run *run, const float *d, const float *y, size_t place)
{
    size_t n = run->layer->inputs, length = run->from->length[place];
    float share = 1 / (float)length;
    if (run->layer->options.output == RNN_OUTPUT_MAXIMUM)
        pool_maximum_backward(run, d, y, place);
    else if (run->layer->options.output == RNN_OUTPUT_LAST_STEP)
        memcpy(drow_of(run, length - 1, place), d, n * sizeof *d);
    else
        for (size_t t = 0; t < length; t++)
            for (size_t j = 0; j < n; j++)
                drow_of(run, t, place)[j] = d[j] * share;
}

static void backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->outputs;
    if (!run->below)
        return;
    rnni_layer_run_find_places(run);
    memset(run->below, 0, run->from->rows * run->layer->inputs * sizeof *run->below);
    for (size_t i = 0; i < run->to->rows; i++)
        pool_backward(run, run->d + i * n, run->y + i * n, source_of(run, i));
}

const struct rnni_layer_kind rnni_pooling_layer = {forward, backward};
