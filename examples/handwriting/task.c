/* The two tasks: a single digit, one class a path; a string of digits, by CTC.  What the points of a pen become, the
 * network that reads them, and what its checkpoints say. */
#include "handwriting.h"

#include <string.h>

const task task_digits = {
    .name = "digits",
    .features = "x y dx dy",
    .inputs = 4,
    .output = RNN_OUTPUT_MEAN,
    .loss = RNN_LOSS_CROSS_ENTROPY,
    .first_class = 0,
    .form = {.points = 0, .least_labels = 0, .most_labels = 1, .most_x = SIDE},
};

/* On a line x grows and grows: how far along it the pen is tells nothing of the digit, only where it goes does. */
const task task_strings = {
    .name = "strings",
    .features = "y dx dy",
    .inputs = 3,
    .output = RNN_OUTPUT_EVERY_STEP,
    .loss = RNN_LOSS_CTC,
    .first_class = 1,
    .form = {.points = 0, .least_labels = 0, .most_labels = SIZE_MAX, .most_x = 1e6},
};

#define CLASS_NAMES "0 1 2 3 4 5 6 7 8 9"

/* ---- features ------------------------------------------------------------------------------------------------- */

/* x and y from -1 to 1, and the way from the point before, which the first point has not. */
static void write_features(float *x /* [count,inputs] */, const task *t, const path *p)
{
    const float half = (float)SIDE / 2;

    for (size_t i = 0; i < p->count; i++, x += t->inputs) {
        const float *at = p->points + 2 * i, *before = i > 0 ? at - 2 : at;
        const float all[4] = {at[0] / half - 1, at[1] / half - 1, (at[0] - before[0]) / half,
                              (at[1] - before[1]) / half};
        memcpy(x, all + 4 - t->inputs, t->inputs * sizeof *x);
    }
}

sequence task_sequence(const task *t, const path *p)
{
    sequence made = {.x = allocate(p->count * t->inputs, sizeof *made.x),
                     .labels = allocate(p->label_count, sizeof *made.labels),
                     .steps = p->count,
                     .label_count = p->label_count};

    write_features(made.x, t, p);
    for (size_t i = 0; i < p->label_count; i++)
        made.labels[i] = p->labels[i] + t->first_class;
    return made;
}

/* ---- networks ------------------------------------------------------------------------------------------------- */

static int64_t class_count(const task *t)
{
    return DIGITS + t->first_class;
}

rnn_model *task_create_network(const task *t, int64_t units, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    check(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)t->inputs));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    check(rnn_config_set_int(config, RNN_CLASSES, class_count(t)));
    check(rnn_config_set_int(config, RNN_OUTPUT, t->output));
    check(rnn_config_set_int(config, RNN_SEED, seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    check(rnn_model_set_metadata(model, "handwriting.task", t->name));
    check(rnn_model_set_metadata(model, "handwriting.features", t->features));
    check(rnn_model_set_metadata(model, "handwriting.classes", CLASS_NAMES));
    return model;
}

static const char *note(const rnn_model *model, const char *key, const char *checkpoint)
{
    const char *value;

    if (rnn_model_get_metadata(model, key, &value) != RNN_OK)
        die("%s: not a checkpoint of handwriting: %s", checkpoint, rnn_last_error());
    return value;
}

static int64_t number_of(const rnn_model *model, int32_t key)
{
    int64_t value;

    check(rnn_model_get_int(model, key, &value));
    return value;
}

static bool fits(const rnn_model *model, const task *t)
{
    return number_of(model, RNN_INPUT_SIZE) == (int64_t)t->inputs && number_of(model, RNN_CLASSES) == class_count(t) &&
           number_of(model, RNN_OUTPUT) == t->output;
}

rnn_model *task_load_network(const task **t, const char *checkpoint)
{
    rnn_model *model;

    check(rnn_load(&model, checkpoint));
    const char *name = note(model, "handwriting.task", checkpoint);
    *t = strcmp(name, task_strings.name) == 0 ? &task_strings : &task_digits;
    if (strcmp(name, (*t)->name) != 0)
        die("%s: not a checkpoint of handwriting: its task is '%s'", checkpoint, name);
    if (strcmp(note(model, "handwriting.features", checkpoint), (*t)->features) != 0 ||
        strcmp(note(model, "handwriting.classes", checkpoint), CLASS_NAMES) != 0 || !fits(model, *t))
        die("%s: not a checkpoint of handwriting: its notes do not fit its network", checkpoint);
    return model;
}
