/* Sequences as the arrays of one batch. */
#include "base/assertion.h"
#include "fit/trainer.h"

#include "base/arena.h"
#include "base/memory.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

/* The arrays of a batch of B sequences of that extent. */
static void plan(struct rnni_batch *batch, struct rnni_arena *arena, const struct rnn_trainer *trainer,
                 struct rnni_dataset_extent extent, size_t sequences)
{
    size_t rows = rnni_memory_multiply(extent.steps, sequences), outs = trainer->pools ? sequences : rows;
    size_t outputs = rnni_memory_multiply(outs, trainer->outputs);
    size_t labels = rnni_memory_multiply(sequences, extent.labels);
    batch->x = rnni_arena_take(arena, rnni_memory_multiply(rows, trainer->inputs), sizeof *batch->x);
    batch->tokens = rnni_arena_take(arena, trainer->inputs ? 0 : rows, sizeof *batch->tokens);
    batch->lengths = rnni_arena_take(arena, sequences, sizeof *batch->lengths);
    batch->classes = rnni_arena_take(arena, larger(outs, labels), sizeof *batch->classes);
    batch->label_lengths = rnni_arena_take(arena, sequences, sizeof *batch->label_lengths);
    batch->alone = rnni_arena_take(arena, sequences, sizeof *batch->alone);
    batch->values = rnni_arena_take(arena, rnni_memory_multiply(outs, extent.width), sizeof *batch->values);
    batch->mask = rnni_arena_take(arena, rows, sizeof *batch->mask);
    batch->weights = rnni_arena_take(arena, sequences, sizeof *batch->weights);
    batch->y = rnni_arena_take(arena, outputs, sizeof *batch->y);
    batch->dy = rnni_arena_take(arena, outputs, sizeof *batch->dy);
}

static struct rnni_dataset_extent extent_of(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                                            const struct rnn_dataset *other)
{
    struct rnni_dataset_extent a = rnni_dataset_extent(dataset, trainer->pools);
    struct rnni_dataset_extent b = rnni_dataset_extent(other, trainer->pools);
    return (struct rnni_dataset_extent){larger(a.steps, b.steps), larger(a.labels, b.labels), larger(a.width, b.width)};
}

int rnni_batch_reserve(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const struct rnn_dataset *other)
{
    RNNI_ASSERT(dataset->count && trainer->options.batch_size >= 1);
    size_t count = larger(dataset->count, other ? other->count : 0), most = (size_t)trainer->options.batch_size;
    size_t sequences = count < most ? count : most;
    struct rnni_dataset_extent extent = extent_of(trainer, dataset, other);
    size_t steps = trainer->pools ? 1 : extent.steps;
    if (!rnni_loss_reserve(trainer->own_loss, steps, sequences, trainer->outputs, extent.labels,
                           (size_t)trainer->options.threads))
        return 0;
    struct rnni_arena arena = {NULL, 0};
    struct rnni_batch batch = {0};
    plan(&batch, &arena, trainer, extent, sequences);
    void *block = rnni_memory_take(arena.used, 1);
    size_t *order = rnni_memory_take(count, sizeof *order);
    if (!block || !order) {
        rnni_memory_release(block);
        rnni_memory_release(order);
        return 0;
    }
    arena = (struct rnni_arena){block, 0};
    plan(&batch, &arena, trainer, extent, sequences);
    batch.block = block;
    rnni_memory_release(trainer->batch.block);
    rnni_memory_release(trainer->order);
    trainer->batch = batch;
    trainer->order = order;
    return 1;
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

static void fill_input(struct rnn_trainer *trainer, const struct rnni_sequence *sequence, size_t b)
{
    struct rnni_batch *to = &trainer->batch;
    size_t inputs = trainer->inputs;
    to->lengths[b] = (int32_t)sequence->steps;
    for (size_t t = 0; t < to->steps; t++) {
        size_t row = t * to->batch + b;
        int valid = t < sequence->steps;
        if (!inputs)
            to->tokens[row] = valid ? sequence->tokens[t] : 0;
        else if (valid)
            memcpy(to->x + row * inputs, sequence->x + t * inputs, inputs * sizeof *to->x);
        else
            memset(to->x + row * inputs, 0, inputs * sizeof *to->x);
    }
}

static void fill_labels(struct rnni_batch *to, const struct rnni_sequence *sequence, size_t b)
{
    to->label_lengths[b] = (int32_t)sequence->classes_count;
    for (size_t i = 0; i < to->most_labels; i++)
        to->classes[b * to->most_labels + i] = i < sequence->classes_count ? sequence->classes[i] : 0;
}

static void fill_targets(struct rnn_trainer *trainer, const struct rnni_sequence *sequence, size_t b)
{
    struct rnni_batch *to = &trainer->batch;
    size_t rows = trainer->pools ? 1 : to->steps, width = to->width;
    for (size_t t = 0; t < rows; t++) {
        size_t row = t * to->batch + b;
        int valid = trainer->pools || t < sequence->steps;
        if (sequence->has_classes)
            to->classes[row] = valid ? sequence->classes[t] : 0;
        else
            for (size_t i = 0; i < width; i++)
                to->values[row * width + i] = valid ? sequence->values[t * width + i] : 0;
    }
}

static void fill_weights(struct rnni_batch *to, const struct rnni_sequence *sequence, size_t b)
{
    to->weights[b] = (float)sequence->weight;
    for (size_t t = 0; t < to->steps && to->has_mask; t++)
        to->mask[t * to->batch + b] = sequence->mask && t < sequence->steps ? sequence->mask[t] : 1;
}

/* What the sequences of the batch have: T, S, K, and which arrays. */
static void measure(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const size_t *order, size_t count)
{
    struct rnni_batch *to = &trainer->batch;
    const struct rnni_sequence *first = &dataset->sequences[order[0]];
    to->batch = count;
    to->steps = to->most_labels = 0;
    to->has_values = !first->has_classes;
    to->has_mask = to->has_weights = 0;
    to->width = first->values_count / (trainer->pools ? 1 : first->steps);
    for (size_t b = 0; b < count; b++) {
        const struct rnni_sequence *sequence = &dataset->sequences[order[b]];
        RNNI_ASSERT(order[b] < dataset->count && (!sequence->has_classes) == to->has_values);
        to->steps = larger(to->steps, sequence->steps);
        to->most_labels = larger(to->most_labels, sequence->classes_count);
        to->has_mask |= sequence->mask != NULL;
        to->has_weights |= sequence->weight != 1;
    }
}

void rnni_batch_fill(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const size_t *order, size_t count)
{
    RNNI_ASSERT(trainer->batch.block && count && count <= (size_t)trainer->options.batch_size);
    measure(trainer, dataset, order, count);
    for (size_t b = 0; b < count; b++) {
        const struct rnni_sequence *sequence = &dataset->sequences[order[b]];
        fill_input(trainer, sequence, b);
        fill_weights(&trainer->batch, sequence, b);
        if (trainer->own_loss->kind == RNN_LOSS_CTC)
            fill_labels(&trainer->batch, sequence, b);
        else
            fill_targets(trainer, sequence, b);
    }
}
