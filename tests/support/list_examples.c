#include "support/list_examples.h"

#include <string.h>

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static const struct network strided = {
    .loss = RNN_LOSS_CROSS_ENTROPY,
    .least = 1,
    .layers = {{.kind = RNN_KIND_CONV1D, .kernel = 3, .stride = 2, .padding = RNN_PADDING_CAUSAL},
               {.kind = RNN_KIND_DROPOUT},
               {.kind = RNN_KIND_RECURRENT, .cell = RNN_CELL_LSTM},
               {.kind = RNN_KIND_DENSE}}};
static const struct network unpadded = {
    .loss = RNN_LOSS_SQUARED_ERROR,
    .least = 5,
    .layers = {{.kind = RNN_KIND_CONV1D, .kernel = 5, .stride = 1, .padding = RNN_PADDING_NONE},
               {.kind = RNN_KIND_RECURRENT, .cell = RNN_CELL_GRU},
               {.kind = RNN_KIND_DENSE}}};
static const struct network labels = {
    .loss = RNN_LOSS_CTC,
    .least = 1,
    .whole = 1,
    .layers = {{.kind = RNN_KIND_CONV1D, .kernel = 3, .stride = 2, .padding = RNN_PADDING_CENTRED},
               {.kind = RNN_KIND_RECURRENT, .cell = RNN_CELL_LSTM},
               {.kind = RNN_KIND_DENSE}}};
/* T' = ceil((ceil(T / 2) - 2) / 3) */
static const struct network deep = {
    .loss = RNN_LOSS_CROSS_ENTROPY,
    .least = 5,
    .layers = {{.kind = RNN_KIND_CONV1D, .kernel = 2, .stride = 2, .padding = RNN_PADDING_CAUSAL},
               {.kind = RNN_KIND_RECURRENT, .cell = RNN_CELL_GRU},
               {.kind = RNN_KIND_CONV1D, .kernel = 3, .stride = 3, .padding = RNN_PADDING_NONE},
               {.kind = RNN_KIND_DENSE}}};
static const struct network pooled = {
    .loss = RNN_LOSS_CROSS_ENTROPY,
    .least = 3,
    .pools = 1,
    .whole = 1,
    .layers = {{.kind = RNN_KIND_CONV1D, .kernel = 3, .stride = 2, .padding = RNN_PADDING_NONE},
               {.kind = RNN_KIND_RECURRENT, .cell = RNN_CELL_TANH},
               {.kind = RNN_KIND_POOLING},
               {.kind = RNN_KIND_DENSE}}};
const struct network *const example_networks[EXAMPLE_NETWORKS] = {&strided, &unpadded, &labels, &deep, &pooled};

static void set(rnn_config *config, size_t layer, int32_t key, int64_t value)
{
    assert_ok(rnn_config_set_layer_int(config, layer, key, value));
}

static void add_layer(rnn_config *config, const struct layer *layer)
{
    size_t i;
    assert_ok(rnn_config_add_layer(config, &i, layer->kind));
    if (layer->kind == RNN_KIND_DROPOUT)
        assert_ok(rnn_config_set_layer_real(config, i, RNN_DROPOUT, 0.3));
    if (layer->kind == RNN_KIND_DENSE || layer->kind == RNN_KIND_CONV1D)
        set(config, i, RNN_OUTPUT_SIZE, OUTPUTS);
    if (layer->kind == RNN_KIND_CONV1D) {
        set(config, i, RNN_KERNEL_SIZE, layer->kernel);
        set(config, i, RNN_STRIDE, layer->stride);
        set(config, i, RNN_PADDING, layer->padding);
        set(config, i, RNN_ACTIVATION, RNN_ACTIVATION_TANH);
    }
    if (layer->kind == RNN_KIND_RECURRENT) {
        set(config, i, RNN_CELL, layer->cell);
        set(config, i, RNN_HIDDEN_SIZE, 5);
        set(config, i, RNN_INITIAL_STATE, 1);
    }
}

rnn_model *examples_model(const struct network *network, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    for (size_t i = 0; i < EXAMPLE_LAYERS && network->layers[i].kind; i++)
        add_layer(config, &network->layers[i]);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

int examples_have_values(const struct network *network)
{
    return network->loss == RNN_LOSS_SQUARED_ERROR;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

static size_t rows_of(rnn_model *model, size_t steps)
{
    static const float x[MOST * INPUTS];
    float y[MOST * OUTPUTS];
    int32_t length;
    size_t left;
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_session_output_steps(session, steps, &left));
    assert_ok(rnn_forward(session, left ? y : NULL, left * OUTPUTS, x, steps * INPUTS, NULL, 0, steps));
    assert_ok(rnn_session_output_lengths(session, &length, 1));
    rnn_session_destroy(session);
    return (size_t)length;
}

static size_t below(size_t end, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)end);
}

struct examples examples_made(const struct network *network, uint64_t seed)
{
    struct examples made = {.network = network};
    rnn_model *model = examples_model(network, 1);
    for (size_t i = 0; i < COUNT; i++) {
        struct example *e = &made.of[i];
        e->steps = i == 3 ? MOST : network->least + below(MOST - network->least, &seed);
        e->rows = rows_of(model, e->steps);
        e->labels = below(e->rows + 1, &seed);
        e->weight = 0.5 + (double)(i % 3);
        e->has_mask = i % 2 && network->loss != RNN_LOSS_CTC && !network->pools;
        fill_uniform(e->x, MOST * INPUTS, &seed);
        fill_uniform(e->values, MOST * OUTPUTS, &seed);
        for (size_t t = 0; t < MOST; t++) {
            e->mask[t] = (float)(t % 3) / 2;
            e->classes[t] = (int32_t)below(OUTPUTS - 1, &seed) + 1;
        }
    }
    rnn_destroy(model);
    return made;
}

static void set_targets(rnn_dataset *dataset, const struct examples *examples, size_t i)
{
    const struct example *e = &examples->of[i];
    size_t classes = examples->network->loss == RNN_LOSS_CTC ? e->labels : e->rows;
    if (examples_have_values(examples->network))
        assert_ok(rnn_dataset_set_values(dataset, i, e->values, e->rows * OUTPUTS));
    else
        assert_ok(rnn_dataset_set_classes(dataset, i, e->classes, classes));
}

rnn_dataset *examples_dataset(const struct examples *examples)
{
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < COUNT; i++) {
        const struct example *e = &examples->of[i];
        assert_ok(rnn_dataset_add(dataset, NULL, e->x, e->steps * INPUTS, e->steps));
        set_targets(dataset, examples, i);
        assert_ok(rnn_dataset_set_weight(dataset, i, e->weight));
        if (e->has_mask)
            assert_ok(rnn_dataset_set_mask(dataset, i, e->mask, e->rows));
    }
    return dataset;
}

rnn_loss *examples_loss(const struct network *network)
{
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, network->loss));
    if (network->loss == RNN_LOSS_CTC)
        assert_ok(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, 1));
    return loss;
}
