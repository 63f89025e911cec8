/* Inputs of mean 0 and deviation 1, by what the training set has. */
#include "classify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MEANS      "classify.means"
#define DEVIATIONS "classify.deviations"

static scale create(size_t inputs)
{
    return (scale){allocate(inputs, sizeof(float)), allocate(inputs, sizeof(float)), inputs};
}

/* Mean over all steps of (x - centre)^power. */
static double moment(const sequence_list *list, size_t input, double centre, int power)
{
    double sum = 0;
    size_t steps = 0;

    for (size_t i = 0; i < list->count; i++) {
        const sequence *s = &list->items[i];
        for (size_t t = 0; t < s->steps; t++)
            sum += pow((double)s->x[t * list->inputs + input] - centre, power);
        steps += s->steps;
    }
    return sum / (double)steps;
}

scale scale_of(const sequence_list *training)
{
    scale found = create(training->inputs);

    for (size_t i = 0; i < found.inputs; i++) {
        double mean = moment(training, i, 0, 1), deviation = sqrt(moment(training, i, mean, 2));
        found.mean[i] = (float)mean;
        found.deviation[i] = deviation > 1e-30 ? (float)deviation : 1; /* an input that is constant stays so */
    }
    return found;
}

void scale_apply(const scale *inputs, sequence_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        sequence *s = &list->items[i];
        for (size_t j = 0; j < s->steps * inputs->inputs; j++)
            s->x[j] = (s->x[j] - inputs->mean[j % inputs->inputs]) / inputs->deviation[j % inputs->inputs];
    }
}

void scale_release(scale *inputs)
{
    free(inputs->mean);
    free(inputs->deviation);
    *inputs = (scale){NULL, NULL, 0};
}

/* ---- notes ---------------------------------------------------------------------------------------------------- */

/* Nine digits tell every float apart. */
static void store_numbers(const float *values, size_t count, rnn_model *model, const char *note)
{
    size_t size = 20 * count + 1, length = 0;
    char *words = allocate(size, 1);

    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(words + length, size - length, "%s%.9g", i ? " " : "", (double)values[i]);
    check(rnn_model_set_metadata(model, note, words));
    free(words);
}

static void load_numbers(float *values, size_t count, const rnn_model *model, const char *note, const char *path)
{
    const char *words = "";
    char *end;

    if (rnn_model_get_metadata(model, note, &words) != RNN_OK)
        die("%s: this checkpoint has no note %s", path, note);
    for (size_t i = 0; i < count; i++) {
        values[i] = strtof(words, &end);
        if (end == words || !isfinite(values[i]))
            die("%s: %s of this checkpoint are not %zu numbers", path, note, count);
        words = end;
    }
    if (*words)
        die("%s: %s of this checkpoint are more than %zu numbers", path, note, count);
}

void scale_store(const scale *inputs, rnn_model *model)
{
    store_numbers(inputs->mean, inputs->inputs, model, MEANS);
    store_numbers(inputs->deviation, inputs->inputs, model, DEVIATIONS);
}

scale scale_load(const rnn_model *model, const char *path)
{
    int64_t inputs;

    check(rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs));
    scale loaded = create((size_t)inputs);
    load_numbers(loaded.mean, loaded.inputs, model, MEANS, path);
    load_numbers(loaded.deviation, loaded.inputs, model, DEVIATIONS, path);
    for (size_t i = 0; i < loaded.inputs; i++)
        if (loaded.deviation[i] <= 0)
            die("%s: a deviation of this checkpoint is not above 0", path);
    return loaded;
}
