/* What a checkpoint tells beside its weights: everything that is needed to use them on another sound. */
#include "number.h"
#include "speech.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK_NOTE      "speech.task"
#define FEATURES_NOTE  "speech.features"
#define RATE_NOTE      "speech.rate"
#define MEAN_NOTE      "speech.mean"
#define DEVIATION_NOTE "speech.deviation"

#define DIGIT_TASK  "one of the digits 0 to 9"
#define STRING_TASK "digits 0 to 9, as classes 1 to 10; CTC, blank 0"
#define FEATURES                                                                                                       \
    "40 log-mel bands from 50 Hz, frames of 25 ms every 10 ms, three a step" /* what features.c computes               \
                                                                              */

static void note_numbers(rnn_model *model, const char *key, const float *values /* [BANDS] */)
{
    char text[BANDS * 24];
    size_t length = 0;

    for (size_t b = 0; b < BANDS; b++)
        length += (size_t)snprintf(text + length, sizeof text - length, b ? " %.9g" : "%.9g", (double)values[b]);
    check(rnn_model_set_metadata(model, key, text));
}

void settings_store(const settings *s, rnn_model *model)
{
    char rate[16];

    snprintf(rate, sizeof rate, "%d", (int)s->rate);
    check(rnn_model_set_metadata(model, TASK_NOTE, s->strings ? STRING_TASK : DIGIT_TASK));
    check(rnn_model_set_metadata(model, FEATURES_NOTE, FEATURES));
    check(rnn_model_set_metadata(model, RATE_NOTE, rate));
    note_numbers(model, MEAN_NOTE, s->scaling.mean);
    note_numbers(model, DEVIATION_NOTE, s->scaling.deviation);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static const char *noted(const rnn_model *model, const char *path, const char *key)
{
    const char *text;

    if (rnn_model_get_metadata(model, key, &text) != RNN_OK)
        die("%s: the checkpoint is not one of speech: it has no note '%s'", path, key);
    return text;
}

static void read_numbers(float *values /* [BANDS] */, const rnn_model *model, const char *path, const char *key)
{
    const char *text = noted(model, path, key);
    char *end;

    for (size_t b = 0; b < BANDS; b++, text = end) {
        values[b] = strtof(text, &end);
        if (end == text || !isfinite(values[b]))
            die("%s: the note '%s' should be %d numbers", path, key, BANDS);
    }
    if (*text != '\0')
        die("%s: the note '%s' has more than %d numbers", path, key, BANDS);
}

static void expect(const rnn_model *model, const char *path, int32_t key, const char *what, int64_t expected)
{
    int64_t value;

    check(rnn_model_get_int(model, key, &value));
    if (value != expected)
        die("%s: the network does not fit its notes: its %s is %lld instead of %lld", path, what, (long long)value,
            (long long)expected);
}

static bool read_task(const rnn_model *model, const char *path)
{
    const char *task = noted(model, path, TASK_NOTE);
    bool strings = strcmp(task, STRING_TASK) == 0;

    if (!strings && strcmp(task, DIGIT_TASK) != 0)
        die("%s: the checkpoint is for another task: '%s'", path, task);
    if (strcmp(noted(model, path, FEATURES_NOTE), FEATURES) != 0)
        die("%s: the checkpoint is for other features: '%s'", path, noted(model, path, FEATURES_NOTE));
    expect(model, path, RNN_INPUT_SIZE, "input size", INPUTS);
    expect(model, path, RNN_CLASSES, "number of classes", strings ? DIGITS + 1 : DIGITS);
    expect(model, path, RNN_OUTPUT, "kind of output", strings ? RNN_OUTPUT_EVERY_STEP : RNN_OUTPUT_MEAN);
    return strings;
}

rnn_model *settings_load(settings *s, const char *path)
{
    rnn_model *model;

    check(rnn_load(&model, path));
    s->strings = read_task(model, path);
    s->rate = (int32_t)number_whole(RATE_NOTE, noted(model, path, RATE_NOTE), LEAST_RATE, LARGEST_RATE);
    read_numbers(s->scaling.mean, model, path, MEAN_NOTE);
    read_numbers(s->scaling.deviation, model, path, DEVIATION_NOTE);
    for (size_t b = 0; b < BANDS; b++)
        if (!(s->scaling.deviation[b] > 0))
            die("%s: the note '%s' has a number that is not above 0", path, DEVIATION_NOTE);
    return model;
}
