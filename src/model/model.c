#include "model/model.h"

#include "base/memory.h"
#include "math/matrix.h"
#include "math/narrow.h"
#include "model/list_weights.h"

#include <string.h>

/* The block of parameters and the packed one; those of a part are the list's. */
static int32_t take_blocks(struct rnn_model *model, float *parameters, struct rnni_message *message,
                           const char *function)
{
    model->is_part = model->layout.in_list = parameters != NULL;
    model->parameters = parameters ? parameters : rnni_memory_take(model->layout.parameter_count, sizeof(float));
    model->parameters_held = model->layout.parameter_count;
    if (model->parameters)
        model->packed = rnni_memory_take(model->layout.packed_count, sizeof(float));
    if (!model->packed)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function,
                                model->layout.parameter_count);
    return RNN_OK;
}

static struct rnn_model *take_model(const struct rnni_options *options)
{
    struct rnn_model *model = rnni_memory_take(1, sizeof *model);
    if (model) {
        atomic_init(&model->references, 1);
        model->options = *options;
    }
    return model;
}

/* The network of checked options that is a recurrent layer of a list, or a network without a list. */
static int32_t create_stack(struct rnn_model **out, const struct rnni_options *options, float *parameters,
                            struct rnni_message *message, const char *function)
{
    struct rnn_model *model = take_model(options);
    if (!model)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for a model", function);
    int32_t status = rnni_layout_create(&model->layout, options, message, function);
    if (!status)
        status = take_blocks(model, parameters, message, function);
    if (status)
        rnni_model_drop(model);
    else
        *out = model;
    return status;
}

static int32_t create_list(struct rnn_model **out, const struct rnni_definition *definition,
                           struct rnni_message *message, const char *function)
{
    struct rnn_model *model = take_model(&definition->options);
    if (!model)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for a model", function);
    int32_t status = rnni_layer_list_create(&model->list, &model->layout, definition, message, function);
    if (!status) {
        rnni_list_weights_place(&model->list, &model->layout, definition->options.precision);
        status = take_blocks(model, NULL, message, function);
    }
    for (size_t i = 0; i < model->list.count && !status; i++) {
        struct rnni_list_layer *layer = &model->list.layers[i];
        if (layer->options.kind == RNN_KIND_RECURRENT)
            status = create_stack(&layer->stack, &layer->options.stack, model->parameters + layer->stack_first, message,
                                  function);
    }
    if (status)
        rnni_model_drop(model);
    else
        *out = model;
    return status;
}

int32_t rnni_model_create(struct rnn_model **out, const struct rnni_definition *definition,
                          struct rnni_message *message, const char *function)
{
    struct rnn_model *model = NULL;
    if (definition->layer_count) {
        RNNI_TRY(create_list(&model, definition, message, function));
    } else {
        RNNI_TRY(rnni_options_check(&definition->options, message, function));
        RNNI_TRY(create_stack(&model, &definition->options, NULL, message, function));
    }
    model->options.products = model->layout.blas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_OWN;
    *out = model;
    return RNN_OK;
}

void rnni_model_retain(struct rnn_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
}

void rnni_model_drop(struct rnn_model *model)
{
    if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < model->list.count; i++)
        rnni_model_drop(model->list.layers[i].stack);
    rnni_layer_list_release(&model->list);
    rnni_metadata_release(model->notes);
    rnni_layout_release(&model->layout);
    if (!model->is_part)
        rnni_memory_release(model->parameters);
    rnni_memory_release(model->packed);
    rnni_memory_release(model);
}

/* ---- weights ----------------------------------------------------------------------------------------------------- */

struct rnni_weights rnni_model_weights(const struct rnn_model *model, size_t weight, size_t packed, size_t k,
                                       size_t units, size_t gates)
{
    const struct rnni_blas *blas = model->layout.blas;
    return (struct rnni_weights){blas ? model->parameters + weight : model->packed + packed,
                                 k,
                                 units,
                                 gates,
                                 blas,
                                 0,
                                 model->layout.form.product_kernels,
                                 model->layout.precision};
}

/* Of which share the panels are made. */
struct share {
    struct rnn_model *model;
    size_t index, count;
};

/* `gates` gates of a weight [gates * units, k]; a CBLAS reads it where it is. */
static void pack(const struct share *share, size_t packed, size_t weight, size_t k, size_t units, size_t gates)
{
    const struct rnni_layout *layout = &share->model->layout;
    if (packed != RNNI_ABSENT && !layout->blas)
        rnni_narrow_pack(layout->precision, share->model->packed + packed, share->model->parameters + weight, k, k,
                         units, gates, share->index, share->count);
}

static void pack_bias(struct rnn_model *model, const struct rnni_direction_place *place)
{
    const struct rnni_cell_form *form = &model->layout.form;
    const size_t *at = place->tensor;
    float *bias = model->packed + place->packed_bias; /* [GH]; stays 0 without biases */
    if (at[RNNI_BIAS_IH] != RNNI_ABSENT)
        memcpy(bias, model->parameters + at[RNNI_BIAS_IH], form->gates * form->hidden * sizeof *bias);
    for (size_t i = 0; at[RNNI_BIAS_HH] != RNNI_ABSENT && i < form->joined; i++)
        bias[i] += model->parameters[at[RNNI_BIAS_HH] + i];
}

static void pack_run(const struct share *share, const struct rnni_direction_place *place)
{
    struct rnn_model *model = share->model;
    const struct rnni_cell_form *form = &model->layout.form;
    size_t hidden = form->hidden, width = form->width, first = form->first_gates;
    const size_t *at = place->tensor;
    if (share->index == 0)
        pack_bias(model, place);
    if (!rnni_layout_is_one_hot(&model->layout, place))
        pack(share, place->packed_ih, at[RNNI_WEIGHT_IH], place->inputs, hidden, form->gates);
    else if (model->layout.precision)
        rnni_narrow_pack_table(model->layout.precision, model->packed + place->packed_ih,
                               model->parameters + at[RNNI_WEIGHT_IH], place->inputs, form->gates * hidden, 1,
                               place->inputs, share->index, share->count);
    else if (share->index == 0)
        rnni_matrix_transpose(model->packed + place->packed_ih, model->parameters + at[RNNI_WEIGHT_IH],
                              form->gates * hidden, place->inputs);
    pack(share, place->packed_hh, at[RNNI_WEIGHT_HH], width, hidden, first);
    if (first < form->gates)
        pack(share, place->packed_hh + rnni_narrow_count(model->layout.precision, width, hidden, first),
             at[RNNI_WEIGHT_HH] + first * hidden * width, width, hidden, form->gates - first);
    pack(share, place->packed_hr, at[RNNI_WEIGHT_HR], hidden, width, 1);
}

static void pack_share(void *context, size_t index)
{
    struct share share = *(const struct share *)context;
    const struct rnni_layout *layout = &share.model->layout;
    share.index = index;
    for (size_t i = 0; i < layout->layers * layout->directions; i++)
        pack_run(&share, &layout->place[i]);
    for (size_t i = 0; i < share.model->list.count; i++)
        rnni_list_weights_pack(&share.model->list.layers[i], layout, share.model->packed, share.model->parameters,
                               index, share.count);
    if (layout->packed_table != RNNI_ABSENT)
        rnni_narrow_pack_table(layout->precision, share.model->packed + layout->packed_table,
                               share.model->parameters + layout->tensors[0].offset, layout->vocabulary,
                               layout->embedding, layout->embedding, 1, index, share.count);
    if (layout->classes)
        pack(&share, layout->head.packed, layout->head.weight, layout->features, layout->classes, 1);
}

void rnni_model_parameters_changed(struct rnn_model *model, struct rnni_team *team)
{
    size_t shares = rnni_team_threads(team);
    model->version++;
    rnni_team_run(team, shares, pack_share, &(struct share){.model = model, .count = shares});
    for (size_t i = 0; i < model->list.count; i++)
        if (model->list.layers[i].stack)
            rnni_model_parameters_changed(model->list.layers[i].stack, team);
}

/* ---- another precision ------------------------------------------------------------------------------------------- */

/* The network, or a list and those of its layers that are networks. */
static void place(struct rnn_model *model, int64_t precision, const struct rnni_blas *blas)
{
    model->layout.blas = blas;
    if (model->list.count)
        rnni_list_weights_place(&model->list, &model->layout, precision);
    else
        rnni_layout_place(&model->layout, precision);
    for (size_t i = 0; i < model->list.count; i++)
        if (model->list.layers[i].stack)
            place(model->list.layers[i].stack, precision, blas);
}

/* Blocks for these places; 0 where there is no memory for one of them. */
static int take_renewed(struct rnn_model *model)
{
    model->renewed = rnni_memory_take(model->layout.packed_count, sizeof *model->renewed);
    int taken = model->renewed != NULL;
    for (size_t i = 0; i < model->list.count && taken; i++)
        taken = !model->list.layers[i].stack || take_renewed(model->list.layers[i].stack);
    return taken;
}

/* They replace those in use, or go. */
static void settle(struct rnn_model *model, int replace)
{
    rnni_memory_release(replace ? model->packed : model->renewed);
    if (replace) {
        model->packed = model->renewed;
        model->options.precision = model->layout.precision;
        model->options.products = model->layout.blas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_OWN;
    }
    model->renewed = NULL;
    for (size_t i = 0; i < model->list.count; i++)
        if (model->list.layers[i].stack)
            settle(model->list.layers[i].stack, replace);
}

int32_t rnni_model_set_precision(struct rnn_model *model, int64_t precision, struct rnni_message *message,
                                 const char *function)
{
    const struct rnni_blas *blas = model->layout.blas;
    int64_t before = model->layout.precision;
    place(model, precision, precision ? NULL : blas);
    int taken = take_renewed(model);
    size_t count = model->layout.parameter_count;
    if (!taken)
        place(model, before, blas);
    settle(model, taken);
    if (!taken)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function, count);
    rnni_model_parameters_changed(model, NULL);
    return RNN_OK;
}

size_t rnni_model_bytes(const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    size_t floats = layout->packed_count + (model->is_part ? 0 : model->parameters_held);
    size_t bytes = sizeof *model + floats * sizeof(float) + layout->tensor_count * sizeof *layout->tensors +
                   layout->layers * layout->directions * sizeof *layout->place +
                   model->list.count * sizeof *model->list.layers;
    for (size_t i = 0; i < model->list.count; i++)
        if (model->list.layers[i].stack)
            bytes += rnni_model_bytes(model->list.layers[i].stack);
    return bytes;
}
