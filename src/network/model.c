#include "network/model.h"

#include "base/memory.h"
#include "base/random.h"
#include "math/matrix.h"

#include <math.h>

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

/* PyTorch's rule: every weight and bias uniform in [-r, r] with r = 1/sqrt(H), the embedding normal(0,1). */
void rnni_model_draw(struct rnn_model *model)
{
    struct rnni_random random = {(uint64_t)model->options.seed};
    double range = model->options.init_range;
    if (range == 0)
        range = 1 / sqrt((double)model->layout.hidden);
    for (size_t i = 0; i < model->layout.tensor_count; i++) {
        const struct rnni_tensor *tensor = &model->layout.tensors[i];
        float *values = model->parameters + tensor->offset; /* [tensor->count] */
        int table = i == 0 && model->layout.embedding;
        for (size_t j = 0; j < tensor->count; j++)
            values[j] = (float)(table ? rnni_random_normal(&random) : range * rnni_random_uniform(&random));
    }
    rnni_model_parameters_changed(model);
}

static void pack(struct rnn_model *model, const struct rnni_place *place)
{
    rnni_matrix_transpose(model->packed + place->packed, model->parameters + place->weight, place->outputs,
                          place->inputs);
}

void rnni_model_parameters_changed(struct rnn_model *model)
{
    model->version++;
    for (size_t k = 0; k < model->layout.layers; k++) {
        const struct rnni_layer_place *place = &model->layout.layer[k];
        pack(model, &place->input);
        pack(model, &place->recurrent);
        float *bias = model->packed + place->packed_bias;                 /* [H] */
        const float *bias_ih = model->parameters + place->input.bias;     /* [H] */
        const float *bias_hh = model->parameters + place->recurrent.bias; /* [H] */
        for (size_t i = 0; i < model->layout.hidden; i++)
            bias[i] = bias_ih[i] + bias_hh[i];
    }
    if (model->layout.classes)
        pack(model, &model->layout.head);
}
