#include "network/model.h"

#include "base/memory.h"
#include "math/matrix.h"

#include <string.h>

int32_t rnni_model_create(struct rnn_model **out, const struct rnni_options *options, struct rnni_sentence *sentence,
                          const char *function)
{
    int32_t status = rnni_options_check(options, sentence, function);
    if (status)
        return status;
    struct rnn_model *model = rnni_memory_take(1, sizeof *model);
    if (!model)
        return rnni_status_fail(sentence, RNN_E_MEMORY, "%s: no memory for a model", function);
    atomic_init(&model->references, 1);
    model->options = *options;
    status = rnni_layout_create(&model->layout, options, sentence, function);
    if (!status) {
        model->parameters = rnni_memory_take(model->layout.parameter_count, sizeof(float));
        if (model->parameters)
            model->packed = rnni_memory_take(model->layout.packed_count, sizeof(float));
        if (!model->packed)
            status = rnni_status_fail(sentence, RNN_E_MEMORY, "%s: no memory for %zu parameters", function,
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
    rnni_notes_release(model->notes);
    rnni_layout_release(&model->layout);
    rnni_memory_release(model->parameters);
    rnni_memory_release(model->packed);
    rnni_memory_release(model);
}

static void pack(struct rnn_model *model, size_t packed, size_t weight, size_t rows, size_t columns)
{
    if (weight != RNNI_ABSENT)
        rnni_matrix_transpose(model->packed + packed, model->parameters + weight, rows, columns);
}

static void pack_run(struct rnn_model *model, const struct rnni_run_place *place)
{
    const struct rnni_cell_form *form = &model->layout.form;
    size_t gates = form->gates * form->hidden;
    const size_t *at = place->tensor;
    float *bias = model->packed + place->packed_bias; /* [GH]; stays 0 without biases */
    pack(model, place->packed_ih, at[RNNI_WEIGHT_IH], gates, place->inputs);
    pack(model, place->packed_hh, at[RNNI_WEIGHT_HH], gates, form->width);
    pack(model, place->packed_hr, at[RNNI_WEIGHT_HR], form->width, form->hidden);
    if (at[RNNI_BIAS_IH] != RNNI_ABSENT)
        memcpy(bias, model->parameters + at[RNNI_BIAS_IH], gates * sizeof *bias);
    for (size_t i = 0; at[RNNI_BIAS_HH] != RNNI_ABSENT && i < form->joined; i++)
        bias[i] += model->parameters[at[RNNI_BIAS_HH] + i];
}

void rnni_model_parameters_changed(struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    model->version++;
    for (size_t i = 0; i < layout->layers * layout->directions; i++)
        pack_run(model, &layout->run[i]);
    if (layout->classes)
        pack(model, layout->head.packed, layout->head.weight, layout->classes, layout->features);
}

size_t rnni_model_bytes(const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    return sizeof *model + (layout->parameter_count + layout->packed_count) * sizeof(float) +
           layout->tensor_count * sizeof *layout->tensors + layout->layers * layout->directions * sizeof *layout->run;
}
