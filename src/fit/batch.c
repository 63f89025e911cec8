/* Sequences as the arrays of one batch. */
#include "fit/trainer.h"

#include "base/arena.h"
#include "base/memory.h"
#include "training/ctc.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

/* The arrays of a batch of B sequences of T steps, at most `labels` labels each. */
static void plan(struct rnni_batch *batch, struct rnni_arena *arena, const struct rnn_trainer *trainer, size_t steps,
                 size_t sequences, size_t labels)
{
    size_t rows = rnni_memory_multiply(steps, sequences), outs = trainer->pools ? sequences : rows;
    size_t outputs = rnni_memory_multiply(outs, trainer->outputs);
    batch->x = rnni_arena_take(arena, rnni_memory_multiply(rows, trainer->inputs), sizeof *batch->x);
    batch->tokens = rnni_arena_take(arena, trainer->inputs ? 0 : rows, sizeof *batch->tokens);
    batch->lengths = rnni_arena_take(arena, sequences, sizeof *batch->lengths);
    batch->classes =
        rnni_arena_take(arena, larger(outs, rnni_memory_multiply(sequences, labels)), sizeof *batch->classes);
    batch->label_lengths = rnni_arena_take(arena, sequences, sizeof *batch->label_lengths);
    batch->alone = rnni_arena_take(arena, sequences, sizeof *batch->alone);
    batch->values = rnni_arena_take(arena, outputs, sizeof *batch->values);
    batch->y = rnni_arena_take(arena, outputs, sizeof *batch->y);
    batch->dy = rnni_arena_take(arena, outputs, sizeof *batch->dy);
    if (trainer->options.loss == RNN_LOSS_CTC)
        batch->scratch = rnni_arena_take(arena, rnni_ctc_scratch(steps, labels), 1);
}

int rnni_batch_reserve(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const struct rnn_dataset *other)
{
    size_t count = larger(dataset->count, other ? other->count : 0), most = (size_t)trainer->options.batch_size;
    size_t steps = larger(dataset->longest, other ? other->longest : 0), sequences = count < most ? count : most;
    size_t labels = larger(dataset->most, other ? other->most : 0);
    struct rnni_arena arena = {NULL, 0};
    struct rnni_batch batch = {0};
    plan(&batch, &arena, trainer, steps, sequences, labels);
    void *block = rnni_memory_take(arena.used, 1);
    size_t *order = rnni_memory_take(count, sizeof *order);
    if (!block || !order) {
        rnni_memory_release(block);
        rnni_memory_release(order);
        return 0;
    }
    arena = (struct rnni_arena){block, 0};
    plan(&batch, &arena, trainer, steps, sequences, labels);
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
    size_t rows = trainer->pools ? 1 : to->steps, outputs = trainer->outputs;
    for (size_t t = 0; t < rows; t++) {
        size_t row = t * to->batch + b;
        int valid = trainer->pools || t < sequence->steps;
        if (sequence->classes)
            to->classes[row] = valid ? sequence->classes[t] : 0;
        else
            for (size_t i = 0; i < outputs; i++)
                to->values[row * outputs + i] = valid ? sequence->values[t * outputs + i] : 0;
    }
}

void rnni_batch_fill(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const size_t *order, size_t count)
{
    struct rnni_batch *to = &trainer->batch;
    to->batch = count;
    to->steps = to->most_labels = 0;
    for (size_t b = 0; b < count; b++) {
        to->steps = larger(to->steps, dataset->sequences[order[b]]->steps);
        to->most_labels = larger(to->most_labels, dataset->sequences[order[b]]->classes_count);
    }
    for (size_t b = 0; b < count; b++) {
        const struct rnni_sequence *sequence = dataset->sequences[order[b]];
        fill_input(trainer, sequence, b);
        if (trainer->options.loss == RNN_LOSS_CTC)
            fill_labels(to, sequence, b);
        else
            fill_targets(trainer, sequence, b);
    }
}
