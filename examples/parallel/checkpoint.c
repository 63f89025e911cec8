/* How a run begins, is kept and goes on.  Rank 0 alone reads and writes files; that the others have the same is seen to
 * by giving them the bytes, so they need no file system in common. */
#include "number.h"
#include "parallel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIP                                                                                                           \
    1.0 /* longest gradient, longer ones are shortened: after the sum over the ranks, so by the same everywhere */

/* What a run keeps of its options, as notes in the model's checkpoint; the rate is kept by the optimiser. */
#define BATCH_NOTE   "parallel.batch"
#define LENGTH_NOTE  "parallel.length"
#define SEED_NOTE    "parallel.seed"
#define UPDATES_NOTE "parallel.updates" /* of the optimiser that belongs to the model */

static void note(rnn_model *model, const char *key, int64_t value)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRId64, value);
    check(rnn_model_set_metadata(model, key, text));
}

static int64_t noted(const rnn_model *model, const char *key, double least, double most)
{
    const char *text;

    check(rnn_model_get_metadata(model, key, &text));
    return number_whole(key, text, least, most);
}

/* ---- rank 0 --------------------------------------------------------------------------------------------------- */

static char *optimizer_path(const char *path, int64_t updates)
{
    size_t size = strlen(path) + 32;
    char *joined = allocate(size, 1);

    snprintf(joined, size, "%s.%" PRId64, path, updates);
    return joined;
}

static learner begin(const options *o)
{
    rnn_config *config;
    const float *values;
    size_t count;
    learner l;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    check(rnn_config_set_int(config, RNN_VOCABULARY, TOKENS));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_CLASSES, TOKENS));
    check(rnn_config_set_int(config, RNN_SEED, o->seed));
    check(rnn_create(&l.model, config));
    rnn_config_destroy(config);
    note(l.model, BATCH_NOTE, o->batch);
    note(l.model, LENGTH_NOTE, o->length);
    note(l.model, SEED_NOTE, o->seed);
    check(rnn_model_parameters(l.model, &values, &count));
    check(rnn_optimizer_create(&l.optimizer, RNN_OPTIMIZER_ADAM, count));
    check(rnn_optimizer_set_real(l.optimizer, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(l.optimizer, RNN_MAX_NORM, CLIP));
    return l;
}

static learner resume(const char *path)
{
    learner l;

    check(rnn_load(&l.model, path));
    char *beside = optimizer_path(path, noted(l.model, UPDATES_NOTE, 0, MAX_WHOLE));
    check(rnn_optimizer_load(&l.optimizer, beside));
    free(beside);
    return l;
}

/* Saved before the first update too: better to fail now than when there is something to lose. */
static learner begin_or_resume(const options *o, const char *path)
{
    if (o->resume)
        return resume(path);
    FILE *probe = fopen(path, "rb");
    if (probe)
        die("%s is there already: --resume goes on from it, --output takes another name", path);
    learner l = begin(o);
    learner_save(&l, path);
    return l;
}

void learner_save(learner *l, const char *path)
{
    const char *text;
    int64_t updates = learner_updates(l), before = updates;

    if (rnn_model_get_metadata(l->model, UPDATES_NOTE, &text) == RNN_OK)
        before = noted(l->model, UPDATES_NOTE, 0, MAX_WHOLE);
    char *beside = optimizer_path(path, updates), *old = optimizer_path(path, before);
    note(l->model, UPDATES_NOTE, updates);
    check(rnn_optimizer_save(l->optimizer, beside));
    check(rnn_save(l->model, path));
    if (before != updates)
        remove(old); /* belongs to no model any more; one that stays does no harm */
    free(beside);
    free(old);
}

/* ---- all ranks ------------------------------------------------------------------------------------------------ */

/* The bytes of rank 0 on every rank, to be freed; `bytes` is NULL on the others. */
static void *share(void *bytes, size_t *count)
{
    ranks_share(count, sizeof *count);
    if (!bytes)
        bytes = allocate(*count, 1);
    ranks_share(bytes, *count);
    return bytes;
}

static void share_model(learner *l, bool has)
{
    size_t size = 0;
    void *bytes = NULL;

    if (has) {
        check(rnn_save_memory(l->model, NULL, 0, &size));
        bytes = allocate(size, 1);
        check(rnn_save_memory(l->model, bytes, size, &size));
    }
    bytes = share(bytes, &size);
    if (!has)
        check(rnn_load_memory(&l->model, bytes, size));
    free(bytes);
}

static void share_optimizer(learner *l, bool has)
{
    size_t size = 0;
    void *bytes = NULL;

    if (has) {
        check(rnn_optimizer_save_memory(l->optimizer, NULL, 0, &size));
        bytes = allocate(size, 1);
        check(rnn_optimizer_save_memory(l->optimizer, bytes, size, &size));
    }
    bytes = share(bytes, &size);
    if (!has)
        check(rnn_optimizer_load_memory(&l->optimizer, bytes, size));
    free(bytes);
}

learner learner_create(options *o, ranks r, const char *path)
{
    bool first = r.rank == 0;
    learner l = {0};

    if (first)
        l = begin_or_resume(o, path);
    share_model(&l, first);
    share_optimizer(&l, first);
    o->batch = noted(l.model, BATCH_NOTE, 1, MOST_SEQUENCES);
    o->length = noted(l.model, LENGTH_NOTE, 1, MOST_STEPS);
    o->seed = noted(l.model, SEED_NOTE, 0, MAX_WHOLE);
    check(rnn_model_get_int(l.model, RNN_HIDDEN_SIZE, &o->units));
    check(rnn_optimizer_get_real(l.optimizer, RNN_RATE, &o->rate));
    return l;
}

void learner_release(learner *l)
{
    rnn_optimizer_destroy(l->optimizer);
    rnn_destroy(l->model);
}

int64_t learner_updates(learner *l)
{
    int64_t updates;

    check(rnn_optimizer_get_int(l->optimizer, RNN_UPDATES, &updates));
    return updates;
}
