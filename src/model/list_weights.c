#include "model/list_weights.h"

#include "base/memory.h"
#include "math/narrow.h"
#include "rnn.h"

/* ---- the order of the taps --------------------------------------------------------------------------------------- */

/* In PyTorch's weight [O, I/groups, kernel] the taps of one feature are neighbours.  A product takes the features of
 * one tap after those of the other, as they stand in the rows: [O, kernel, I/groups]. */
static size_t kernel_of(const struct rnni_list_layer *layer)
{
    return (size_t)layer->options.kernel_size;
}

static void order_by_taps(const struct rnni_list_layer *layer, float *to, const float *weight, size_t index,
                          size_t count)
{
    size_t kernel = kernel_of(layer), inputs = layer->product.inputs / kernel;
    struct rnni_part part = rnni_part_of(layer->outputs, 1, index, count);
    for (size_t o = part.first; o < part.first + part.count; o++)
        for (size_t k = 0; k < kernel; k++)
            for (size_t i = 0; i < inputs; i++)
                to[(o * kernel + k) * inputs + i] = weight[(o * inputs + i) * kernel + k];
}

void rnni_list_weights_add_gradient(const struct rnni_list_layer *layer, float *gradients, const float *d)
{
    size_t kernel = kernel_of(layer), inputs = layer->product.inputs / kernel;
    for (size_t o = 0; o < layer->outputs; o++)
        for (size_t k = 0; k < kernel; k++)
            for (size_t i = 0; i < inputs; i++)
                gradients[(o * inputs + i) * kernel + k] += d[(o * kernel + k) * inputs + i];
}

/* W of a group [Out,In], in the order of the products. */
static const float *rows_of(const struct rnni_list_layer *layer, const float *packed, const float *parameters,
                            size_t group)
{
    const struct rnni_layer_product *product = &layer->product;
    const float *rows = product->rows == RNNI_ABSENT ? parameters + layer->tensors.weight : packed + product->rows;
    return rows + group * product->outputs * product->inputs;
}

/* ---- places of copies -------------------------------------------------------------------------------------------- */

static void place_product(struct rnni_list_layer *layer, struct rnni_layout *layout)
{
    struct rnni_layer_product *product = &layer->product;
    product->rows = product->packed = product->back = RNNI_ABSENT;
    /* A frame of sound or of a spectrum has a wide range, and bytes would lose what is quiet in it. */
    product->precision =
        layout->precision == RNN_PRECISION_INT8 && kernel_of(layer) > 1 ? RNN_PRECISION_BF16 : layout->precision;
    if (kernel_of(layer) > 1 && !product->precision)
        product->rows = rnni_layout_add_packed(&layout->packed_count, layer->tensors.weight_count);
    if (layout->blas)
        return;
    product->packed_group = rnni_narrow_count(product->precision, product->inputs, product->outputs, 1);
    product->back_group = rnni_panels_count(product->outputs, product->inputs, 1);
    product->packed =
        rnni_layout_add_packed(&layout->packed_count, rnni_memory_multiply(product->groups, product->packed_group));
    product->back =
        rnni_layout_add_packed(&layout->back_count, rnni_memory_multiply(product->groups, product->back_group));
}

void rnni_list_weights_place(struct rnni_layer_list *list, struct rnni_layout *layout, int64_t precision)
{
    rnni_layout_place(layout, precision);
    for (size_t i = 0; i < list->count; i++) {
        struct rnni_list_layer *layer = &list->layers[i];
        if (layer->product.groups)
            place_product(layer, layout);
        layer->table = layer->options.kind == RNN_KIND_EMBEDDING
                           ? rnni_layout_add_table(layout, layout->vocabulary, layer->outputs)
                           : RNNI_ABSENT;
    }
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

void rnni_list_weights_pack(const struct rnni_list_layer *layer, const struct rnni_layout *layout, float *packed,
                            const float *parameters, size_t index, size_t count)
{
    const struct rnni_layer_product *product = &layer->product;
    if (layer->table != RNNI_ABSENT)
        rnni_narrow_pack_table(layout->precision, packed + layer->table, parameters + layer->tensors.weight,
                               layout->vocabulary, layer->outputs, layer->outputs, 1, index, count);
    /* Panels are made from all rows: so one share makes both where they are in another order. */
    int ordered = product->rows != RNNI_ABSENT;
    if (!product->groups || (ordered && index > 0))
        return;
    if (ordered)
        order_by_taps(layer, packed + product->rows, parameters + layer->tensors.weight, 0, 1);
    for (size_t group = 0; group < product->groups && !layout->blas; group++) {
        float *to = packed + product->packed + group * product->packed_group;
        const float *rows = rows_of(layer, packed, parameters, group);
        size_t in = product->inputs, out = product->outputs;
        if (product->precision)
            rnni_narrow_pack_taps(product->precision, to, rows, in, out, kernel_of(layer), index, count);
        else
            rnni_panels_pack(to, rows, in, in, out, 1, 1, ordered ? 0 : index, ordered ? 1 : count);
    }
}

void rnni_list_weights_pack_back(const struct rnni_list_layer *layer, const struct rnni_layout *layout, float *back,
                                 const float *packed, const float *parameters, size_t index, size_t count)
{
    const struct rnni_layer_product *product = &layer->product;
    for (size_t group = 0; group < product->groups && !layout->blas; group++)
        rnni_panels_pack(back + product->back + group * product->back_group, rows_of(layer, packed, parameters, group),
                         product->inputs, product->outputs, product->inputs, 1, 0, index, count);
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

struct rnni_dense rnni_list_weights_of(const struct rnni_list_layer *layer, const struct rnni_layout *layout,
                                       const float *packed, const float *back, const float *parameters, size_t group)
{
    const struct rnni_layer_product *product = &layer->product;
    const struct rnni_product_kernels *kernels = layout->form.product_kernels;
    const float *rows = rows_of(layer, packed, parameters, group);
    const float *to = layout->blas ? rows : packed + product->packed + group * product->packed_group;
    const float *from = layout->blas ? rows : back ? back + product->back + group * product->back_group : NULL;
    size_t in = product->inputs, out = product->outputs;
    return (struct rnni_dense){
        .inputs = in,
        .outputs = out,
        .weights = {to, in, out, 1, layout->blas, 0, kernels, product->precision},
        .back = {from, out, in, 1, layout->blas, 1, kernels, 0},
        .bias = layer->tensors.bias == RNNI_ABSENT ? NULL : parameters + layer->tensors.bias + group * out};
}
