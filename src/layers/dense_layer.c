/* A dense layer: y = f(W x + b) for every row. */
#include "base/part.h"
#include "layers/layer_run.h"
#include "session/parallel.h"

static const struct rnni_dense *product_of(const struct rnni_layer_run *run)
{
    return run->session->list->product[run->index];
}

static size_t multiplications(const struct rnni_layer_run *run)
{
    return run->to->rows * run->layer->inputs * run->layer->outputs;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void share_forward(void *context, size_t index)
{
    const struct rnni_layer_share *share = context;
    const struct rnni_layer_run *run = share->run;
    size_t inputs = run->layer->inputs, outputs = run->layer->outputs;
    struct rnni_part part = rnni_layer_run_rows(share, run->to->rows, index);
    float *y = run->y + part.first * outputs;
    if (!part.count)
        return;
    struct rnni_product product = rnni_products_dense(product_of(run), y, run->x + part.first * inputs, part.count);
    rnni_products_multiply(&product);
    rnni_layer_run_activate(&run->layer->options, y, part.count * outputs);
}

static void forward(const struct rnni_layer_run *run)
{
    rnni_layer_run_shares(run, multiplications(run), share_forward);
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* d becomes da, and below da W. */
static void share_backward(void *context, size_t index)
{
    const struct rnni_layer_share *share = context;
    const struct rnni_layer_run *run = share->run;
    size_t inputs = run->layer->inputs, outputs = run->layer->outputs;
    struct rnni_part part = rnni_layer_run_rows(share, run->to->rows, index);
    float *d = run->d + part.first * outputs;
    if (!part.count)
        return;
    rnni_layer_run_activate_backward(&run->layer->options, d, run->y + part.first * outputs, part.count * outputs);
    if (run->below)
        rnni_products_rows(&product_of(run)->back, run->below + part.first * inputs, inputs, d, outputs, part.count, 0);
}

/* The gradients of W and b, which need da of all rows. */
static void share_gradients(void *context, size_t index)
{
    const struct rnni_layer_share *share = context;
    const struct rnni_layer_run *run = share->run;
    size_t inputs = run->layer->inputs, outputs = run->layer->outputs, rows = run->to->rows;
    const struct rnni_layout *layout = &run->session->model->layout;
    struct rnni_columns d = {run->d, outputs, outputs}, x = {run->x, inputs, inputs};
    struct rnni_outer_share outer = {.index = index,
                                     .count = share->count,
                                     .singly = run->to->batch == 1,
                                     .blas = layout->blas,
                                     .room = run->session->list->rows.room[index],
                                     .kernels = layout->form.product_kernels};
    rnni_products_add_outer_share(rnni_layer_run_dweight(run), d, x, rows, &outer);
    struct rnni_part part = rnni_part_of(outputs, RNNI_BLOCK, index, share->count);
    float *dbias = rnni_layer_run_dbias(run);
    if (dbias)
        layout->form.product_kernels->add_rows(dbias + part.first, NULL, run->d + part.first, outputs, rows,
                                               part.count);
}

static void backward(const struct rnni_layer_run *run)
{
    if (!run->to->rows)
        return;
    rnni_layer_run_shares(run, multiplications(run), share_backward);
    rnni_layer_run_shares(run, multiplications(run), share_gradients);
}

const struct rnni_layer_kind rnni_dense_layer = {forward, backward};
