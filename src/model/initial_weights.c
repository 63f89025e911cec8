/* One stream of random numbers runs through the tensors in their order.  The build forbids this file to fuse
 * multiplications and additions, which would round differently from one machine to the next. */
#include "model/initial_weights.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>

#define CRF_RANGE 0.1 /* of the transitions, as in pytorch-crf */

struct draw {
    struct rnni_random random;
    double range; /* of RNN_INIT_UNIFORM */
};

static void fill(float *values, size_t count, float value)
{
    for (size_t i = 0; i < count; i++)
        values[i] = value;
}

static void uniform(struct draw *draw, float *values, size_t count, double range)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(range * rnni_random_uniform(&draw->random));
}

static void xavier(struct draw *draw, float *values, size_t rows, size_t columns)
{
    uniform(draw, values, rows * columns, sqrt(6 / ((double)rows + (double)columns)));
}

/* ---- orthogonal -------------------------------------------------------------------------------------------------- */

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Takes from vector k what lies along the k before it, twice, as the first time leaves a rest of rounding; then makes
 * its length 1.  Gram and Schmidt. */
static void orthonormalise(double *vectors, size_t k, size_t n)
{
    double *v = vectors + k * n;
    for (int time = 0; time < 2; time++)
        for (size_t i = 0; i < k; i++) {
            double along = product(vectors + i * n, v, n);
            for (size_t j = 0; j < n; j++)
                v[j] -= along * vectors[i * n + j];
        }
    double length = sqrt(product(v, v, n));
    for (size_t j = 0; j < n; j++)
        v[j] /= length;
}

/* values [rows,columns] with orthonormal rows, or columns where there are fewer of these; vectors [the fewer, the more]
 * is scratch. */
static void orthogonal(struct draw *draw, float *values, double *vectors, size_t rows, size_t columns)
{
    size_t count = rows < columns ? rows : columns, n = rows < columns ? columns : rows;
    for (size_t i = 0; i < count * n; i++)
        vectors[i] = rnni_random_normal(&draw->random);
    for (size_t k = 0; k < count; k++)
        orthonormalise(vectors, k, n);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            values[i * columns + j] = (float)(rows < columns ? vectors[i * n + j] : vectors[j * n + i]);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

/* A weight of `gates` blocks of rows. */
static void weight(struct draw *draw, float *values, int64_t rule, double *vectors, size_t gates, size_t rows,
                   size_t columns)
{
    for (size_t gate = 0; gate < gates; gate++, values += rows * columns)
        if (rule == RNN_INIT_ORTHOGONAL)
            orthogonal(draw, values, vectors, rows, columns);
        else if (rule == RNN_INIT_XAVIER)
            xavier(draw, values, rows, columns);
        else
            uniform(draw, values, rows * columns, draw->range);
}

static void bias(struct draw *draw, float *values, int64_t rule, size_t count)
{
    if (rule == RNN_INIT_ZERO)
        fill(values, count, 0);
    else
        uniform(draw, values, count, draw->range);
}

static void draw_role(struct draw *draw, const struct rnn_model *model, const struct rnni_direction_place *place,
                      enum rnni_role role, double *vectors)
{
    const struct rnni_cell_form *form = &model->layout.form;
    const struct rnni_cell_tensor *tensor = &form->cell->tensors[role];
    struct rnni_cell_shape shape = rnni_cell_shape(form, role, place->inputs);
    const struct rnni_options *o = &model->options;
    float *values = model->parameters + place->tensor[role];
    size_t blocks = tensor->rows == RNNI_GH ? form->gates : 1;
    size_t rows = shape.rows / blocks, columns = shape.columns ? shape.columns : 1;
    switch (tensor->start) {
    case RNNI_START_INPUT:
        weight(draw, values, o->init_input, vectors, blocks, rows, columns);
        break;
    case RNNI_START_RECURRENT:
        weight(draw, values, o->init_recurrent, vectors, blocks, rows, columns);
        break;
    case RNNI_START_BIAS:
        bias(draw, values, o->init_bias, shape.rows * columns);
        break;
    default:
        fill(values, shape.rows * columns, tensor->start == RNNI_START_ONE ? 1 : 0);
    }
}

/* The whole bias of the forget gate is that of bias_ih; of coupled gates it is the first. */
static void set_forget_bias(const struct rnn_model *model, const struct rnni_direction_place *place)
{
    size_t hidden = model->layout.form.hidden,
           at = model->options.couple ? 0 : model->layout.form.cell->forget_gate * hidden;
    if (isnan(model->options.forget_bias))
        return;
    fill(model->parameters + place->tensor[RNNI_BIAS_IH] + at, hidden, (float)model->options.forget_bias);
    fill(model->parameters + place->tensor[RNNI_BIAS_HH] + at, hidden, 0);
}

static void draw_run(struct draw *draw, const struct rnn_model *model, const struct rnni_direction_place *place,
                     double *vectors)
{
    for (enum rnni_role role = 0; role < RNNI_ROLES; role++)
        if (place->tensor[role] != RNNI_ABSENT)
            draw_role(draw, model, place, role, vectors);
    set_forget_bias(model, place);
}

/* [V,E] */
static void draw_table(struct draw *draw, float *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table[i] = (float)rnni_random_normal(&draw->random);
}

static void draw_head(struct draw *draw, const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    if (!model->options.tied)
        weight(draw, model->parameters + layout->head.weight, model->options.init_input, NULL, 1, layout->classes,
               layout->features);
    bias(draw, model->parameters + layout->head.bias, model->options.init_bias, layout->classes);
}

/* 0: out of memory. */
static int draw_stack(struct draw *draw, const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    const struct rnni_options *o = &model->options;
    double *vectors = NULL;
    draw->range = o->init_range > 0 ? o->init_range : 1 / sqrt((double)layout->form.hidden);
    if (o->init_recurrent == RNN_INIT_ORTHOGONAL) {
        vectors = rnni_memory_take(rnni_memory_multiply(layout->form.hidden, layout->form.width), sizeof *vectors);
        if (!vectors)
            return 0;
    }
    if (layout->embedding)
        draw_table(draw, model->parameters, layout->tensors[0].count); /* the first tensor */
    for (size_t i = 0; i < layout->layers * layout->directions; i++)
        draw_run(draw, model, &layout->place[i], vectors);
    if (layout->classes)
        draw_head(draw, model);
    if (layout->crf != RNNI_ABSENT)
        uniform(draw, model->parameters + layout->crf, layout->classes * (layout->classes + 2), CRF_RANGE);
    rnni_memory_release(vectors);
    return 1;
}

/* ---- layers of a list -------------------------------------------------------------------------------------------- */

/* PyTorch's rule for a dense layer and a convolution: both tensors uniform, by the number of inputs. */
static void draw_product(struct draw *draw, float *parameters, const struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    size_t columns = layer->product.inputs;
    draw->range = o->init_range > 0 ? o->init_range : 1 / sqrt((double)columns);
    if (!o->tied)
        weight(draw, parameters + layer->tensors.weight, o->init_input, NULL, 1, layer->tensors.weight_count / columns,
               columns);
    if (layer->tensors.bias_count)
        bias(draw, parameters + layer->tensors.bias, o->init_bias, layer->tensors.bias_count);
}

static void draw_layer(struct draw *draw, float *parameters, const struct rnni_list_layer *layer)
{
    const struct rnni_layer_tensors *tensors = &layer->tensors;
    if (layer->product.groups) {
        draw_product(draw, parameters, layer);
    } else if (layer->options.kind == RNN_KIND_EMBEDDING) {
        draw_table(draw, parameters + tensors->weight, tensors->weight_count);
    } else if (tensors->weight_count) {
        fill(parameters + tensors->weight, tensors->weight_count, 1);
        if (tensors->bias_count)
            fill(parameters + tensors->bias, tensors->bias_count, 0);
    }
}

int rnni_initial_weights_draw(struct rnn_model *model)
{
    struct draw draw = {.random = {(uint64_t)model->options.seed}};
    for (size_t i = 0; i < model->list.count; i++) {
        const struct rnni_list_layer *layer = &model->list.layers[i];
        if (!layer->stack)
            draw_layer(&draw, model->parameters, layer);
        else if (!draw_stack(&draw, layer->stack))
            return 0;
    }
    if (!model->list.count && !draw_stack(&draw, model))
        return 0;
    rnni_model_parameters_changed(model, NULL);
    return 1;
}
