#include "model/model.h"

#include "base/memory.h"
#include "math/matrix.h"

#include <string.h>

int32_t rnni_model_create(struct rnn_model **out, const struct rnni_options *options, struct rnni_message *message,
                          const char *function)
{
    int32_t status = rnni_options_check(options, message, function);
    if (status)
        return status;
    struct rnn_model *model = rnni_memory_take(1, sizeof *model);
    if (!model)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for a model", function);
    atomic_init(&model->references, 1);
    model->options = *options;
    status = rnni_layout_create(&model->layout, options, message, function);
    if (!status) {
        model->options.products = model->layout.blas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_OWN;
        model->parameters = rnni_memory_take(model->layout.parameter_count, sizeof(float));
        if (model->parameters)
            model->packed = rnni_memory_take(model->layout.packed_count, sizeof(float));
        if (!model->packed)
            status = rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function,
                                      model->layout.parameter_count);
    }
    if (status)
        rnni_model_drop(model);
    else
        *out = model;
    return status;
}

void rnni_model_retain(struct rnn_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
}

void rnni_model_drop(struct rnn_model *model)
{
    if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
        return;
    rnni_metadata_release(model->notes);
    rnni_layout_release(&model->layout);
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
                                 model->layout.form.product_kernels};
}

/* Of which share the panels are made. */
struct share {
    struct rnn_model *model;
    size_t index, count;
};

/* `gates` gates of a weight [gates * units, k]; a CBLAS reads it where it is. */
static void pack(const struct share *share, size_t packed, size_t weight, size_t k, size_t units, size_t gates)
{
    if (packed != RNNI_ABSENT && !share->model->layout.blas)
        rnni_panels_pack(share->model->packed + packed, share->model->parameters + weight, k, k, units, gates, 1,
                         share->index, share->count);
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
    else if (share->index == 0)
        rnni_matrix_transpose(model->packed + place->packed_ih, model->parameters + at[RNNI_WEIGHT_IH],
                              form->gates * hidden, place->inputs);
    pack(share, place->packed_hh, at[RNNI_WEIGHT_HH], width, hidden, first);
    if (first < form->gates)
        pack(share, place->packed_hh + rnni_panels_count(width, hidden, first),
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
    if (layout->classes)
        pack(&share, layout->head.packed, layout->head.weight, layout->features, layout->classes, 1);
}

void rnni_model_parameters_changed(struct rnn_model *model, struct rnni_team *team)
{
    size_t shares = rnni_team_threads(team);
    model->version++;
    rnni_team_run(team, shares, pack_share, &(struct share){.model = model, .count = shares});
}

size_t rnni_model_bytes(const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    return sizeof *model + (layout->parameter_count + layout->packed_count) * sizeof(float) +
           layout->tensor_count * sizeof *layout->tensors + layout->layers * layout->directions * sizeof *layout->place;
}
