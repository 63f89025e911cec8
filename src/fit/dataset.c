#include "fit/dataset.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "model/output_length.h"

#include <string.h>

/* Who only reads a dataset counts as a reader. */
static struct rnn_dataset *counted(const struct rnn_dataset *dataset)
{
    return (struct rnn_dataset *)(uintptr_t)dataset;
}

void rnni_dataset_retain(const struct rnn_dataset *dataset)
{
    if (dataset)
        atomic_fetch_add(&counted(dataset)->references, 1);
}

void rnni_dataset_drop(const struct rnn_dataset *dataset)
{
    if (!dataset || atomic_fetch_sub(&counted(dataset)->references, 1) != 1)
        return;
    for (size_t i = 0; !dataset->source && i < dataset->count; i++) {
        rnni_memory_release(dataset->sequences[i].input);
        rnni_memory_release(dataset->sequences[i].targets);
        rnni_memory_release(dataset->sequences[i].mask);
        rnni_memory_release(dataset->sequences[i].kept);
    }
    rnni_memory_release(dataset->list.data);
    rnni_memory_release(counted(dataset));
}

static int make_room(struct rnn_dataset *dataset)
{
    size_t size = sizeof *dataset->sequences;
    if (!rnni_block_grow(&dataset->list, rnni_memory_add(dataset->count, 1), size, dataset->count * size))
        return 0;
    dataset->sequences = dataset->list.data;
    return 1;
}

/* A copy of `count` words of four bytes; NULL: out of memory. */
static void *copy(const void *words, size_t count)
{
    void *made = rnni_memory_take(count, sizeof(float));
    if (made)
        memcpy(made, words, count * sizeof(float));
    return made;
}

int rnni_dataset_add(struct rnn_dataset *dataset, const float *x, const int32_t *tokens, size_t steps, size_t inputs)
{
    RNNI_ASSERT(steps && !x != !tokens && !x == !inputs);
    RNNI_ASSERT(!dataset->count || dataset->inputs == inputs);
    void *input = x ? copy(x, rnni_memory_multiply(steps, inputs)) : copy(tokens, steps);
    if (!input || !make_room(dataset)) {
        rnni_memory_release(input);
        return 0;
    }
    if (!dataset->count)
        dataset->inputs = inputs;
    dataset->sequences[dataset->count++] = (struct rnni_sequence){.steps = steps,
                                                                  .length = steps,
                                                                  .input = input,
                                                                  .x = x ? input : NULL,
                                                                  .tokens = x ? NULL : input,
                                                                  .weight = 1};
    return 1;
}

/* Replaces an array by a copy, which is made first: it may be a copy of the array itself. */
static int replace(void **array, const void *words, size_t count)
{
    void *made = count ? copy(words, count) : NULL;
    if (count && !made)
        return 0;
    rnni_memory_release(*array);
    *array = made;
    return 1;
}

int rnni_dataset_set_classes(struct rnni_sequence *sequence, const int32_t *classes, size_t count)
{
    RNNI_ASSERT(classes || !count);
    if (!replace(&sequence->targets, classes, count))
        return 0;
    sequence->has_classes = 1;
    sequence->classes = sequence->targets;
    sequence->classes_count = count;
    sequence->values = NULL;
    sequence->values_count = 0;
    return 1;
}

int rnni_dataset_set_values(struct rnni_sequence *sequence, const float *values, size_t count)
{
    RNNI_ASSERT(values || !count);
    if (!replace(&sequence->targets, values, count))
        return 0;
    sequence->has_classes = 0;
    sequence->classes = NULL;
    sequence->classes_count = 0;
    sequence->values = sequence->targets;
    sequence->values_count = count;
    return 1;
}

int rnni_dataset_set_mask(struct rnni_sequence *sequence, const float *mask, size_t count)
{
    RNNI_ASSERT(mask ? count && count <= sequence->steps : !count);
    void *array = sequence->mask;
    if (!replace(&array, mask, count))
        return 0;
    sequence->mask = array;
    sequence->mask_count = count;
    return 1;
}

/* ---- steps that count -------------------------------------------------------------------------------------------- */

size_t rnni_dataset_keep_steps(int32_t *kept, const int32_t *mask, size_t steps)
{
    size_t count = 0;
    for (size_t t = 0; t < steps; t++)
        if (mask[t])
            kept[count++] = (int32_t)t;
    return count;
}

static size_t count_set(const int32_t *mask, size_t steps)
{
    size_t count = 0;
    for (size_t t = 0; t < steps; t++)
        count += mask[t] != 0;
    return count;
}

int rnni_dataset_set_step_mask(struct rnni_sequence *sequence, const int32_t *mask, size_t count)
{
    RNNI_ASSERT(mask ? count == sequence->steps : !count);
    int32_t *kept = mask ? rnni_memory_take(count_set(mask, count), sizeof *kept) : NULL;
    if (mask && !kept)
        return 0;
    rnni_memory_release(sequence->kept);
    sequence->kept = kept;
    sequence->length = mask ? rnni_dataset_keep_steps(kept, mask, count) : sequence->steps;
    return 1;
}

size_t rnni_dataset_most_steps(const struct rnn_dataset *dataset, size_t i)
{
    return dataset->transform ? dataset->sequences[i].steps : dataset->sequences[i].length;
}

/* ---- size -------------------------------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The steps of the longest row, and those that its output can have. */
static void set_steps(struct rnni_dataset_extent *extent, const struct rnn_model *model, size_t steps, size_t pieces)
{
    int is_cut = pieces && steps > pieces;
    extent->steps = is_cut ? pieces : steps;
    extent->outputs = is_cut ? rnni_output_length_most(model, pieces) : rnni_output_length_of(model, steps);
    extent->outputs = larger(extent->outputs, 1);
}

struct rnni_dataset_extent rnni_dataset_extent(const struct rnn_dataset *dataset, const struct rnn_model *model,
                                               size_t pieces)
{
    struct rnni_dataset_extent extent = {0};
    size_t width = 0, steps = 0;
    if (dataset && dataset->source) {
        extent = dataset->most;
        set_steps(&extent, model, extent.steps, pieces);
        return extent;
    }
    for (size_t i = 0; dataset && i < dataset->count; i++) {
        const struct rnni_sequence *sequence = &dataset->sequences[i];
        size_t rows = rnni_output_length_of(model, sequence->steps);
        RNNI_ASSERT(rows);
        steps = larger(steps, larger(rnni_dataset_most_steps(dataset, i), 1));
        extent.labels = larger(extent.labels, sequence->classes_count);
        extent.targets = larger(extent.targets, larger(sequence->classes_count, sequence->values_count));
        width = larger(width, sequence->values_count / rows);
    }
    set_steps(&extent, model, steps, pieces);
    extent.values = rnni_memory_multiply(extent.outputs, width);
    if (dataset && dataset->transform) { /* what it sets is limited by the largest sequence alone */
        extent.labels = larger(extent.labels, extent.targets);
        extent.values = larger(extent.values, extent.targets);
    }
    return extent;
}
