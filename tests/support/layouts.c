#include "support/layouts.h"

#include <stdlib.h>
#include <string.h>

static const struct form forms[] = {
    {"tanh", RNN_CELL_TANH, 0, 0, 0, "n", "n", "n"},
    {"relu", RNN_CELL_RELU, 0, 0, 0, "n", "n", "n"},
    {"GRU, reset after", RNN_CELL_GRU, RNN_RESET_AFTER, 0, 0, "rzn", "zrn", "zrn"},
    {"GRU, reset before", RNN_CELL_GRU, RNN_RESET_BEFORE, 0, 0, "rzn", "zrn", "zrn"},
    {"LSTM", RNN_CELL_LSTM, 0, 0, 0, "ifgo", "iofg", "ifgo"},
    {"LSTM, peepholes", RNN_CELL_LSTM, 0, 1, 0, "ifgo", "iofg", NULL},
    {"LSTM, f = 1 - i", RNN_CELL_LSTM, 0, 0, RNN_COUPLE_FORGET, "igo", "iofg", NULL},
    {"LSTM, f = 1 - i, peepholes", RNN_CELL_LSTM, 0, 1, RNN_COUPLE_FORGET, "igo", "iofg", NULL},
};
#define FORMS (sizeof forms / sizeof *forms)

const struct network lstm_with_all = {&forms[5], RNN_DIRECTION_BOTH, 1};
const struct network gru_after = {&forms[2], RNN_DIRECTION_BOTH, 1};
const struct network gru_before = {&forms[3], RNN_DIRECTION_BOTH, 1};

int network_at(struct network *network, size_t index)
{
    network->bias = (int32_t)(index % 2);
    network->direction = RNN_DIRECTION_FORWARD + (int32_t)(index / 2 % 3);
    if (index / 6 >= FORMS)
        return 0;
    network->form = &forms[index / 6];
    return 1;
}

size_t directions(const struct network *n)
{
    return n->direction == RNN_DIRECTION_BOTH ? 2 : 1;
}

size_t inputs(const struct network *n, size_t layer)
{
    return layer == 0 ? I : directions(n) * H;
}

rnn_config *network_config(const struct network *n)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, n->form->cell));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, n->direction));
    assert_ok(rnn_config_set_int(config, RNN_BIAS, n->bias));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    if (n->form->reset)
        assert_ok(rnn_config_set_int(config, RNN_RESET, n->form->reset));
    if (n->form->peepholes)
        assert_ok(rnn_config_set_int(config, RNN_PEEPHOLES, 1));
    if (n->form->couple)
        assert_ok(rnn_config_set_int(config, RNN_COUPLE, n->form->couple));
    return config;
}

rnn_model *create_from(rnn_config *config, int64_t seed)
{
    rnn_model *model;
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

rnn_model *create(const struct network *n, int64_t seed)
{
    return create_from(network_config(n), seed);
}

size_t copy_parameters(float *to, const rnn_model *model)
{
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_true(count <= MOST_PARAMETERS);
    memcpy(to, values, count * sizeof *to);
    return count;
}

/* NULL if it is absent. */
static float *to_block(const struct array *a)
{
    if (!a->count)
        return NULL;
    float *block = calloc(a->count, sizeof *block);
    assert_non_null(block);
    memcpy(block, a->values, a->count * sizeof *block);
    return block;
}

static void from_block(struct array *a, float *block)
{
    if (block)
        memcpy(a->values, block, a->count * sizeof *block);
    free(block);
}

void onnx_arrays(struct onnx *a, const struct network *n, size_t layer, uint64_t seed)
{
    size_t rows = directions(n) * strlen(n->form->onnx) * H;
    a->w.count = rows * inputs(n, layer);
    a->r.count = rows * H;
    a->b.count = n->bias ? 2 * rows : 0;
    a->p.count = n->form->peepholes ? directions(n) * 3 * H : 0;
    for (size_t i = 0; i < 4; i++)
        fill_uniform(a->all[i].values, MOST, &seed);
}

int32_t convert_one(const struct convert_call *call, int32_t which, struct array *a)
{
    const struct convert_call *c = call;
    float *block = to_block(a);
    int32_t status;
    if (c->keras)
        status = c->exports ? rnn_model_export_keras(c->from, c->layer, c->direction, which, block, a->count)
                            : rnn_model_import_keras(c->to, c->layer, c->direction, which, block, a->count);
    else
        status = c->exports ? rnn_model_export_onnx(c->from, c->layer, which, block, a->count)
                            : rnn_model_import_onnx(c->to, c->layer, which, block, a->count);
    from_block(a, block);
    return status;
}

static int32_t convert_all(struct convert_call call, struct array *all, int32_t count)
{
    int32_t status = RNN_OK;
    for (int32_t i = 0; i < count && !status; i++)
        if (!call.exports || all[i].count)
            status = convert_one(&call, i + 1, &all[i]);
    return status;
}

int32_t import_onnx(rnn_model *model, size_t layer, struct onnx *a)
{
    return convert_all((struct convert_call){.to = model, .layer = layer}, a->all, 4);
}

int32_t export_onnx(const rnn_model *model, size_t layer, struct onnx *a)
{
    return convert_all((struct convert_call){.from = model, .layer = layer, .exports = 1}, a->all, 4);
}

void keras_arrays(struct keras *a, const struct network *n, size_t layer, uint64_t seed)
{
    size_t columns = strlen(n->form->keras) * H;
    a->kernel.count = inputs(n, layer) * columns;
    a->recurrent.count = H * columns;
    a->bias.count = !n->bias ? 0 : n->form->reset == RNN_RESET_AFTER ? 2 * columns : columns;
    for (size_t i = 0; i < 3; i++)
        fill_uniform(a->all[i].values, MOST, &seed);
}

int32_t import_keras(rnn_model *model, size_t layer, size_t direction, struct keras *a)
{
    return convert_all((struct convert_call){.to = model, .layer = layer, .direction = direction, .keras = 1}, a->all,
                       3);
}

int32_t export_keras(const rnn_model *model, size_t layer, size_t direction, struct keras *a)
{
    return convert_all((struct convert_call){NULL, model, layer, direction, 1, 1}, a->all, 3);
}
