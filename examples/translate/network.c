/* The three models. */
#define _POSIX_C_SOURCE 200809L
#include "file.h"
#include "model.h"
#include "translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- making --------------------------------------------------------------------------------------------------- */

static rnn_model *create(rnn_config *config)
{
    rnn_model *model;

    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_config *gru(const network_options *o, int64_t number)
{
    rnn_config *config;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_SEED, 3 * o->seed + number));
    return config;
}

static rnn_config *gru_of_words(const network_options *o, int64_t number, const vocabulary *v)
{
    rnn_config *config = gru(o, number);

    check(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)v->count));
    check(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, o->embedding));
    return config;
}

network network_create(const network_options *o, vocabulary source, vocabulary target)
{
    network n = {.source = source, .target = target, .units = (size_t)o->units, .memory = 2 * (size_t)o->units};
    rnn_config *encoder = gru_of_words(o, 0, &source), *queries = gru_of_words(o, 1, &target), *decoder = gru(o, 2);

    check(rnn_config_set_int(encoder, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    check(rnn_config_set_int(queries, RNN_CLASSES, (int64_t)n.memory));
    check(rnn_config_set_int(decoder, RNN_INPUT_SIZE, 2 * (int64_t)n.memory));
    check(rnn_config_set_int(decoder, RNN_CLASSES, (int64_t)target.count));
    n.encoder = create(encoder);
    n.queries = create(queries);
    n.decoder = create(decoder);
    return n;
}

size_t network_parameters(const network *n)
{
    return parameter_count(n->encoder) + parameter_count(n->queries) + parameter_count(n->decoder);
}

void network_release(network *n)
{
    rnn_destroy(n->encoder);
    rnn_destroy(n->queries);
    rnn_destroy(n->decoder);
    vocabulary_release(&n->source);
    vocabulary_release(&n->target);
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

#define NOTE "translate" /* key of the note */

static const char *const model_names[3] = {"encoder.safetensors", "queries.safetensors", "decoder.safetensors"};
static const char *const word_names[2] = {"source.txt", "target.txt"};

/* True where it was made, false where it was there. */
static bool make_folder(const char *folder)
{
    if (mkdir(folder, 0777) == 0)
        return true;
    if (errno != EEXIST)
        die("%s: no folder can be made: %s", folder, strerror(errno));
    return false;
}

void network_check_folder(const char *folder)
{
    bool made = make_folder(folder);

    for (size_t i = 0; i < 3; i++) {
        char *path = file_path(folder, model_names[i]);
        file_check_writable(path);
        free(path);
    }
    if (made)
        rmdir(folder);
}

void network_save(const network *n, const char *folder, const char *note)
{
    rnn_model *models[3] = {n->encoder, n->queries, n->decoder};
    const vocabulary *words[2] = {&n->source, &n->target};

    make_folder(folder);
    for (size_t i = 0; i < 2; i++) {
        char *path = file_path(folder, word_names[i]);
        vocabulary_save(words[i], path);
        free(path);
    }
    for (size_t i = 0; i < 3; i++) {
        char *path = file_path(folder, model_names[i]);
        check(rnn_model_set_metadata(models[i], NOTE, note));
        check(rnn_save(models[i], path));
        free(path);
    }
}

static rnn_model *load_model(const char *folder, size_t i)
{
    char *path = file_path(folder, model_names[i]);
    const char *note;
    rnn_model *model;

    check(rnn_load(&model, path));
    if (rnn_model_get_metadata(model, NOTE, &note) != RNN_OK)
        die("%s: not a checkpoint of translate: %s", path, rnn_last_error());
    free(path);
    return model;
}

static vocabulary load_words(const char *folder, size_t i)
{
    char *path = file_path(folder, word_names[i]);
    vocabulary words = vocabulary_load(path);

    free(path);
    return words;
}

static size_t number(const rnn_model *model, int32_t key)
{
    int64_t value;

    check(rnn_model_get_int(model, key, &value));
    return (size_t)value;
}

/* True where the models and the words are of one network. */
static bool belong_together(const network *n)
{
    const char *notes[3];

    check(rnn_model_get_metadata(n->encoder, NOTE, &notes[0]));
    check(rnn_model_get_metadata(n->queries, NOTE, &notes[1]));
    check(rnn_model_get_metadata(n->decoder, NOTE, &notes[2]));
    return strcmp(notes[0], notes[1]) == 0 && strcmp(notes[0], notes[2]) == 0 &&
           number(n->encoder, RNN_VOCABULARY) == n->source.count &&
           number(n->encoder, RNN_DIRECTION) == RNN_DIRECTION_BOTH &&
           number(n->queries, RNN_VOCABULARY) == n->target.count && number(n->queries, RNN_HIDDEN_SIZE) == n->units &&
           number(n->queries, RNN_CLASSES) == n->memory && number(n->decoder, RNN_INPUT_SIZE) == 2 * n->memory &&
           number(n->decoder, RNN_CLASSES) == n->target.count;
}

network network_load(const char *folder)
{
    network n = {.encoder = load_model(folder, 0), .queries = load_model(folder, 1), .decoder = load_model(folder, 2)};

    n.source = load_words(folder, 0);
    n.target = load_words(folder, 1);
    n.units = number(n.encoder, RNN_HIDDEN_SIZE);
    n.memory = 2 * n.units;
    if (!belong_together(&n))
        die("%s: what is in it does not make a network: it is of different runs, or damaged", folder);
    return n;
}

void network_set_precision(network *n, const char *name)
{
    static const char *const names[] = {"float32", "bf16", "int8"};
    static const int32_t precisions[] = {RNN_PRECISION_FLOAT32, RNN_PRECISION_BF16, RNN_PRECISION_INT8};
    rnn_model *models[] = {n->encoder, n->queries, n->decoder};
    size_t i = 0;

    while (strcmp(names[i], name) != 0)
        if (++i == 3)
            die("--precision: '%s' is not float32, bf16 or int8", name);
    for (size_t m = 0; m < 3; m++)
        check(rnn_model_set_precision(models[m], precisions[i]));
}
