#include "fit/samples.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/random.h"

#include <inttypes.h>
#include <string.h>

struct rnn_sample rnni_samples_plan(struct rnni_arena *arena, struct rnni_samples_limits most)
{
    struct rnn_sample sample = {.limits = most};
    size_t width = most.inputs ? most.inputs : 1;
    sample.input = rnni_arena_take(arena, rnni_memory_multiply(most.steps, width), sizeof(float));
    sample.targets = rnni_arena_take(arena, most.targets, sizeof(float));
    sample.mask = rnni_arena_take(arena, most.steps, sizeof *sample.mask);
    sample.step_mask = rnni_arena_take(arena, most.steps, sizeof *sample.step_mask);
    sample.kept = rnni_arena_take(arena, most.steps, sizeof *sample.kept);
    return sample;
}

int rnni_samples_are_wanted(const struct rnn_dataset *dataset, int transforms)
{
    return dataset && (dataset->source || (transforms && dataset->transform));
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

/* What is copied may be a part of the array itself. */
static void copy(void *to, const void *words, size_t count)
{
    if (count)
        memmove(to, words, count * sizeof(float));
}

void rnni_samples_set_input(struct rnn_sample *sample, const void *input, size_t steps)
{
    struct rnni_sequence *to = &sample->sequence;
    size_t inputs = sample->limits.inputs;
    RNNI_ASSERT(steps && steps <= sample->limits.steps);
    copy(sample->input, input, steps * (inputs ? inputs : 1));
    if (steps != to->steps) {
        to->mask = NULL;
        to->kept = NULL;
        to->length = steps;
    }
    to->steps = steps;
    to->x = inputs ? sample->input : NULL;
    to->tokens = inputs ? NULL : sample->input;
}

static void set_targets(struct rnn_sample *sample, const void *words, size_t classes_count, size_t values_count)
{
    struct rnni_sequence *to = &sample->sequence;
    RNNI_ASSERT(classes_count + values_count <= sample->limits.targets);
    copy(sample->targets, words, classes_count + values_count);
    to->has_classes = !values_count;
    to->classes = values_count ? NULL : sample->targets;
    to->classes_count = classes_count;
    to->values = values_count ? sample->targets : NULL;
    to->values_count = values_count;
}

void rnni_samples_set_classes(struct rnn_sample *sample, const int32_t *classes, size_t count)
{
    set_targets(sample, classes, count, 0);
}

void rnni_samples_set_values(struct rnn_sample *sample, const float *values, size_t count)
{
    RNNI_ASSERT(count);
    set_targets(sample, values, 0, count);
}

void rnni_samples_set_mask(struct rnn_sample *sample, const float *mask, size_t count)
{
    RNNI_ASSERT(count <= sample->sequence.steps);
    copy(sample->mask, mask, count);
    sample->sequence.mask = count ? sample->mask : NULL;
    sample->sequence.mask_count = count;
}

void rnni_samples_set_step_mask(struct rnn_sample *sample, const int32_t *mask, size_t count)
{
    struct rnni_sequence *to = &sample->sequence;
    RNNI_ASSERT(!count || count == to->steps);
    copy(sample->step_mask, mask, count);
    to->kept = count ? sample->kept : NULL;
    to->length = count ? rnni_dataset_keep_steps(sample->kept, sample->step_mask, count) : to->steps;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static void copy_step_mask(struct rnn_sample *sample, const struct rnni_sequence *from)
{
    memset(sample->step_mask, 0, from->steps * sizeof *sample->step_mask);
    for (size_t i = 0; i < from->length; i++)
        sample->step_mask[from->kept[i]] = 1;
    rnni_samples_set_step_mask(sample, sample->step_mask, from->steps);
}

static void copy_sequence(struct rnn_sample *sample, const struct rnni_sequence *from)
{
    rnni_samples_set_input(sample, from->x ? (const void *)from->x : from->tokens, from->steps);
    if (from->has_classes)
        rnni_samples_set_classes(sample, from->classes, from->classes_count);
    else if (from->values_count)
        rnni_samples_set_values(sample, from->values, from->values_count);
    if (from->mask)
        rnni_samples_set_mask(sample, from->mask, from->mask_count);
    if (from->kept)
        copy_step_mask(sample, from);
    sample->sequence.weight = from->weight;
}

static int32_t call(struct rnn_sample *sample, rnn_sample_function function, void *user, const char *what)
{
    sample->message.text[0] = 0; /* a callback need not leave one */
    int32_t status = function(user, sample, sample->index, (int64_t)(sample->seed >> 1));
    if (status && sample->message.text[0])
        return rnni_status_fail(NULL, status, "sequence %zu: %s", sample->index, sample->message.text);
    if (status)
        return rnni_status_fail(NULL, status, "sequence %zu: the %s returned %" PRId32, sample->index, what, status);
    if (!sample->sequence.steps)
        return rnni_status_fail(NULL, RNN_E_STATE, "sequence %zu: the %s set no input, expected %s", sample->index,
                                what, sample->limits.inputs ? "rnn_sample_set_x" : "rnn_sample_set_tokens");
    return RNN_OK;
}

int32_t rnni_samples_load(struct rnn_sample *sample, const struct rnn_dataset *dataset,
                          struct rnni_samples_limits limits, size_t index, uint64_t seed, int transforms)
{
    uint64_t own = rnni_random_mix(seed ^ rnni_random_mix(~(uint64_t)index));
    if (sample->is_loaded && sample->index == index && sample->seed == own)
        return RNN_OK;
    sample->is_loaded = 0;
    sample->sequence = (struct rnni_sequence){.weight = 1};
    sample->limits = limits;
    sample->index = index;
    sample->seed = own;
    if (dataset->source)
        RNNI_TRY(call(sample, dataset->source, dataset->source_user, "source"));
    else
        copy_sequence(sample, &dataset->sequences[index]);
    if (transforms && dataset->transform)
        RNNI_TRY(call(sample, dataset->transform, dataset->transform_user, "transform"));
    sample->is_loaded = 1;
    return RNN_OK;
}
