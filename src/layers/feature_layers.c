/* Layers that make each row by itself, from factors and summands of its features: affine, layer norm, RMS norm. */
#include "base/part.h"
#include "cells/norm.h"
#include "layers/layer_run.h"

#include <math.h>
#include <string.h>

/* ---- affine: y = w * x + b, both fixed --------------------------------------------------------------------------- */

static void affine_forward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    const float *w = rnni_layer_run_weight(run), *b = rnni_layer_run_bias(run);
    for (size_t i = 0; i < run->from->rows; i++)
        for (size_t j = 0; j < n; j++)
            run->y[i * n + j] = run->x[i * n + j] * w[j] + b[j];
}

static void affine_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    const struct rnni_elementwise_kernels *kernels = run->session->model->layout.form.elementwise;
    for (size_t i = 0; run->below && i < run->from->rows; i++)
        kernels->multiply(run->below + i * n, run->d + i * n, rnni_layer_run_weight(run), n);
}

const struct rnni_layer_kind rnni_affine_layer = {affine_forward, affine_backward};

/* ---- layer norm: y = w * N(x) + b (Ba, Kiros and Hinton 2016, equation 3) ---------------------------------------- */

/* norm [n] = N(x); returns 1 / deviation. */
static float normalise(float *norm, const float *x, size_t n, double epsilon)
{
    memcpy(norm, x, n * sizeof *norm);
    return rnni_norm_forward(norm, n, epsilon);
}

static void layer_norm_forward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    const float *w = rnni_layer_run_weight(run), *b = rnni_layer_run_bias(run);
    const struct rnni_elementwise_kernels *kernels = run->session->model->layout.form.elementwise;
    for (size_t i = 0; i < run->from->rows; i++) {
        float *y = run->y + i * n;
        normalise(y, run->x + i * n, n, run->layer->options.epsilon);
        kernels->multiply(y, y, w, n);
        if (b)
            kernels->add(y, b, n);
    }
}

static void layer_norm_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    float *norm = run->session->list->rows.scratch[0], *dw = rnni_layer_run_dweight(run);
    float *db = rnni_layer_run_dbias(run);
    const struct rnni_elementwise_kernels *kernels = run->session->model->layout.form.elementwise;
    for (size_t i = 0; i < run->from->rows; i++) {
        float *d = run->d + i * n;
        float spread = normalise(norm, run->x + i * n, n, run->layer->options.epsilon);
        kernels->add_product(dw, d, norm, n);
        if (db)
            kernels->add(db, d, n);
        if (!run->below)
            continue;
        kernels->multiply(run->below + i * n, d, rnni_layer_run_weight(run), n);
        rnni_norm_backward(run->below + i * n, norm, spread, n);
    }
}

const struct rnni_layer_kind rnni_layer_norm_layer = {layer_norm_forward, layer_norm_backward};

/* ---- RMS norm: y = w * x / sqrt(mean(x^2) + epsilon) (Zhang and Sennrich 2019, equation 4) ----------------------- */

static float scale_of(const float *x, size_t n, double epsilon)
{
    double squares = 0;
    for (size_t j = 0; j < n; j++)
        squares += (double)x[j] * (double)x[j];
    return (float)(1 / sqrt(squares / (double)n + epsilon));
}

static void rms_norm_forward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    const float *w = rnni_layer_run_weight(run);
    for (size_t i = 0; i < run->from->rows; i++) {
        const float *x = run->x + i * n;
        float scale = scale_of(x, n, run->layer->options.epsilon);
        for (size_t j = 0; j < n; j++)
            run->y[i * n + j] = x[j] * scale * w[j];
    }
}

/* With N = x * scale: dw = sum d N, dx = scale * (d w - N mean(d w N)). */
static void rms_norm_backward(const struct rnni_layer_run *run)
{
    size_t n = run->layer->inputs;
    const float *w = rnni_layer_run_weight(run);
    float *dw = rnni_layer_run_dweight(run);
    for (size_t i = 0; i < run->from->rows; i++) {
        const float *x = run->x + i * n, *d = run->d + i * n;
        float scale = scale_of(x, n, run->layer->options.epsilon);
        double along = 0;
        for (size_t j = 0; j < n; j++) {
            float norm = x[j] * scale;
            dw[j] += d[j] * norm;
            along += (double)(d[j] * w[j]) * (double)norm;
        }
        float slope = (float)(along / (double)n);
        for (size_t j = 0; run->below && j < n; j++)
            run->below[i * n + j] = scale * (d[j] * w[j] - x[j] * scale * slope);
    }
}

const struct rnni_layer_kind rnni_rms_norm_layer = {rms_norm_forward, rms_norm_backward};
