/* Layers without parameters: activation, dropout, skip, magnitude; and the embedding, which copies rows of its table.
 */
#include "base/random_mask.h"
#include "layers/layer_run.h"
#include "math/one_hot.h"

#include <math.h>
#include <string.h>

/* ---- activation: y = f(x) ---------------------------------------------------------------------------------------- */

static void activation_forward(const struct rnni_layer_run *run)
{
    size_t count = run->from->rows * run->layer->inputs;
    memcpy(run->y, run->x, count * sizeof *run->y);
    rnni_layer_run_activate(&run->layer->options, run->y, count);
}

static void activation_backward(const struct rnni_layer_run *run)
{
    size_t count = run->from->rows * run->layer->inputs;
    if (!run->below)
        return;
    memcpy(run->below, run->d, count * sizeof *run->below);
    rnni_layer_run_activate_backward(&run->layer->options, run->below, run->y, count);
}

const struct rnni_layer_kind rnni_activation_layer = {activation_forward, activation_backward};

/* ---- dropout: y = m * x / (1-p) in training (Srivastava et al. 2014) --------------------------------------------- */

static void drop(const struct rnni_layer_run *run, float *to, const float *from)
{
    const struct rnni_schedule *s = run->from;
    const struct rnni_masks *masks = &run->session->masks;
    size_t n = run->layer->inputs;
    double p = run->layer->options.dropout;
    float *mask = run->session->list->rows.scratch[0], scale = (float)(1 / (1 - p));
    uint64_t key = rnni_random_mask_key(masks->seed, masks->run, RNNI_RANDOM_MASK_DROPOUT, run->index, 1);
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            size_t at = rnni_schedule_row(s, t, r) * n;
            rnni_random_mask_fill(mask, n, key, masks->first_step + t, s->order[r], p);
            for (size_t j = 0; j < n; j++)
                to[at + j] = mask[j] > 0 ? 0 : from[at + j] * scale;
        }
}

static void dropout_forward(const struct rnni_layer_run *run)
{
    if (run->session->training && !run->is_step)
        drop(run, run->y, run->x);
    else
        memcpy(run->y, run->x, run->from->rows * run->layer->inputs * sizeof *run->y);
}

static void dropout_backward(const struct rnni_layer_run *run)
{
    if (run->below)
        drop(run, run->below, run->d);
}

const struct rnni_layer_kind rnni_dropout_layer = {dropout_forward, dropout_backward};

/* ---- skip: y = (x, source), or x + source ------------------------------------------------------------------------ */

/* Features of the source. */
static size_t joined(const struct rnni_list_layer *layer)
{
    return layer->options.merge == RNN_MERGE_SUM ? layer->inputs : layer->outputs - layer->inputs;
}

static void skip_forward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs, m = joined(run->layer), outputs = run->layer->outputs;
    int sums = run->layer->options.merge == RNN_MERGE_SUM;
    for (size_t i = 0; i < run->from->rows; i++) {
        float *y = run->y + i * outputs;
        memcpy(y, run->x + i * n, n * sizeof *y);
        if (sums)
            run->session->model->layout.form.elementwise->add(y, run->source + i * m, m);
        else
            memcpy(y + n, run->source + i * m, m * sizeof *y);
    }
}

static void skip_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs, m = joined(run->layer), outputs = run->layer->outputs;
    size_t from = run->layer->options.merge == RNN_MERGE_SUM ? 0 : n;
    for (size_t i = 0; i < run->from->rows; i++) {
        const float *d = run->d + i * outputs;
        if (run->below)
            memcpy(run->below + i * n, d, n * sizeof *d);
        if (run->dsource)
            run->session->model->layout.form.elementwise->add(run->dsource + i * m, d + from, m);
    }
}

const struct rnni_layer_kind rnni_skip_layer = {skip_forward, skip_backward};

/* ---- magnitude: y_i = sqrt(x_i^2 + x_(i+n)^2) ---------------------------------------------------------------------
 */

static void magnitude_forward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->outputs;
    for (size_t i = 0; i < run->from->rows; i++) {
        const float *real = run->x + 2 * i * n, *imaginary = real + n;
        for (size_t j = 0; j < n; j++)
            run->y[i * n + j] = sqrtf(real[j] * real[j] + imaginary[j] * imaginary[j]);
    }
}

/* dx = d x / y, and 0 where y is 0. */
static void magnitude_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->outputs;
    for (size_t i = 0; run->below && i < run->from->rows; i++)
        for (size_t j = 0; j < n; j++) {
            float y = run->y[i * n + j], slope = y > 0 ? run->d[i * n + j] / y : 0;
            run->below[2 * i * n + j] = slope * run->x[2 * i * n + j];
            run->below[(2 * i + 1) * n + j] = slope * run->x[(2 * i + 1) * n + j];
        }
}

const struct rnni_layer_kind rnni_magnitude_layer = {magnitude_forward, magnitude_backward};

/* ---- embedding: y = row `token` of the table --------------------------------------------------------------------- */

static void embedding_forward(const struct rnni_layer_run *run)
{
    const struct rnn_model *model = run->session->model;
    int64_t precision = model->layout.precision;
    const float *table = precision ? model->packed + run->layer->table : rnni_layer_run_weight(run);
    rnni_one_hot_embed(run->y, table, precision, run->layer->outputs, run->tokens, run->from->rows);
}

static void embedding_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->outputs;
    for (size_t i = 0; i < run->from->rows; i++)
        run->session->model->layout.form.elementwise->add(rnni_layer_run_dweight(run) + (size_t)run->tokens[i] * n,
                                                          run->d + i * n, n);
}

const struct rnni_layer_kind rnni_embedding_layer = {embedding_forward, embedding_backward};
