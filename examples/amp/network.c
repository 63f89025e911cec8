/* The network of Wright, Damskagg, Juvela and Valimaki 2020: an LSTM and a dense layer, whose output is added to the
 * input.  Around it are fixed scales, so that quiet and loud recordings are learned alike. */
#include "amp.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE_NOTE "amp_rate" /* key of the note */

static float root_mean_square(const float *x, size_t count)
{
    return (float)sqrt(energy(x, NULL, count, 0) / (double)count);
}

/* Appends a layer with one option, or none if the key is 0. */
static size_t add(rnn_config *config, int32_t kind, int32_t key, int64_t value)
{
    size_t layer;

    check(rnn_config_add_layer(config, &layer, kind));
    if (key)
        check(rnn_config_set_layer_int(config, layer, key, value));
    return layer;
}

rnn_model *network_create(const recording *r, int64_t units, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    char rate[16];

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    check(rnn_config_set_int(config, RNN_SEED, seed));
    size_t scaled = add(config, RNN_KIND_AFFINE, 0, 0); /* 0 */
    size_t lstm = add(config, RNN_KIND_RECURRENT, RNN_CELL, RNN_CELL_LSTM);
    check(rnn_config_set_layer_int(config, lstm, RNN_HIDDEN_SIZE, units));
    add(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 1);
    size_t sum = add(config, RNN_KIND_SKIP, RNN_SOURCE, (int64_t)scaled);
    check(rnn_config_set_layer_int(config, sum, RNN_MERGE, RNN_MERGE_SUM));
    add(config, RNN_KIND_AFFINE, 0, 0); /* 4 */
    check(rnn_create(&model, config));
    rnn_config_destroy(config);

    float in = 1 / root_mean_square(r->x, r->validation), out = root_mean_square(r->y, r->validation);
    check(rnn_model_set_parameter(model, "0.weight", &in, 1));
    check(rnn_model_set_parameter(model, "4.weight", &out, 1));
    snprintf(rate, sizeof rate, "%" PRId32, r->rate);
    check(rnn_model_set_metadata(model, RATE_NOTE, rate));
    return model;
}

rnn_model *network_load(const char *path, int32_t *rate)
{
    rnn_model *model;
    const char *note;

    check(rnn_load(&model, path));
    if (rnn_model_get_metadata(model, RATE_NOTE, &note) != RNN_OK)
        die("%s: not a model of amp: %s", path, rnn_last_error());
    *rate = (int32_t)strtol(note, NULL, 10);
    return model;
}
