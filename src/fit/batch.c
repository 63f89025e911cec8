/* Sequences as the arrays of one batch. */
#include "base/assertion.h"
#include "fit/trainer.h"

#include "base/arena.h"
#include "base/memory.h"
#include "model/output_length.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

/* Room for the sequences of callbacks; without steps: there are none. */
static void plan_samples(struct rnni_batch *batch, struct rnni_arena *arena, size_t sequences,
                         struct rnni_samples_limits most)
{
    if (!most.steps)
        return;
    struct rnn_sample *samples = rnni_arena_take(arena, sequences, sizeof *samples);
    batch->samples = rnni_arena_take(arena, sequences, sizeof *batch->samples);
    for (size_t b = 0; b < sequences; b++) {
        struct rnn_sample sample = rnni_samples_plan(arena, most);
        if (!samples)
            continue;
        samples[b] = sample;
        batch->samples[b] = &samples[b];
    }
}

/* The arrays of a batch of B sequences of that extent. */
static void plan(struct rnni_batch *batch, struct rnni_arena *arena, const struct rnn_trainer *trainer,
                 struct rnni_dataset_extent extent, size_t sequences, struct rnni_samples_limits samples)
{
    size_t rows = rnni_memory_multiply(extent.steps, sequences);
    size_t outs = rnni_memory_multiply(extent.outputs, sequences);
    size_t outputs = rnni_memory_multiply(outs, trainer->outputs);
    size_t labels = trainer->own_loss->kind == RNN_LOSS_CTC ? rnni_memory_multiply(sequences, extent.labels) : 0;
    batch->parts = rnni_arena_take(arena, sequences, sizeof *batch->parts);
    plan_samples(batch, arena, sequences, samples);
    batch->x = rnni_arena_take(arena, rnni_memory_multiply(rows, trainer->inputs), sizeof *batch->x);
    batch->tokens = rnni_arena_take(arena, trainer->inputs ? 0 : rows, sizeof *batch->tokens);
    batch->lengths = rnni_arena_take(arena, sequences, sizeof *batch->lengths);
    batch->y_lengths = rnni_arena_take(arena, sequences, sizeof *batch->y_lengths);
    batch->classes = rnni_arena_take(arena, larger(outs, labels), sizeof *batch->classes);
    batch->label_lengths = rnni_arena_take(arena, sequences, sizeof *batch->label_lengths);
    batch->loss_lengths = rnni_arena_take(arena, sequences, sizeof *batch->loss_lengths);
    batch->values = rnni_arena_take(arena, rnni_memory_multiply(sequences, extent.values), sizeof *batch->values);
    batch->mask = rnni_arena_take(arena, outs, sizeof *batch->mask);
    batch->weights = rnni_arena_take(arena, sequences, sizeof *batch->weights);
    batch->y = rnni_arena_take(arena, outputs, sizeof *batch->y);
    batch->dy = rnni_arena_take(arena, outputs, sizeof *batch->dy);
}

static struct rnni_dataset_extent extent_of(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                                            const struct rnn_dataset *other)
{
    size_t pieces = (size_t)trainer->options.stream_steps;
    struct rnni_dataset_extent a = rnni_dataset_extent(dataset, trainer->model, pieces);
    struct rnni_dataset_extent b = rnni_dataset_extent(other, trainer->model, pieces);
    return (struct rnni_dataset_extent){larger(a.steps, b.steps), larger(a.outputs, b.outputs),
                                        larger(a.labels, b.labels), larger(a.values, b.values),
                                        larger(a.targets, b.targets)};
}

size_t rnni_batch_steps(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset)
{
    return extent_of(trainer, dataset, NULL).steps;
}

/* What callbacks of the dataset may set: all 0 without callbacks. */
static struct rnni_samples_limits limits_of(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                                            int transforms)
{
    if (!rnni_samples_are_wanted(dataset, transforms))
        return (struct rnni_samples_limits){0};
    struct rnni_dataset_extent extent = rnni_dataset_extent(dataset, trainer->model, 0);
    return (struct rnni_samples_limits){extent.steps, extent.targets, trainer->inputs};
}

/* What sequences that go on leave. */
static int reserve_streams(struct rnn_trainer *trainer, size_t sequences)
{
    size_t state = 0;
    if (!trainer->options.stream_steps)
        return 1;
    int32_t status = rnn_session_row_state_count(trainer->training, &state);
    RNNI_ASSERT(!status);
    (void)status;
    return rnni_streams_reserve(&trainer->streams, sequences, state) &&
           rnni_streams_reserve(&trainer->evaluated, sequences, state);
}

/* What a batch is planned for. */
struct sizes {
    size_t count, sequences; /* of the larger dataset, of a batch */
    struct rnni_dataset_extent extent;
    struct rnni_samples_limits samples;
};

static struct sizes sizes_of(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                             const struct rnn_dataset *other, int transforms)
{
    size_t count = larger(dataset->count, other ? other->count : 0), most = (size_t)trainer->options.batch_size;
    struct rnni_samples_limits a = limits_of(trainer, dataset, transforms), b = limits_of(trainer, other, 0);
    return (struct sizes){count,
                          count < most ? count : most,
                          extent_of(trainer, dataset, other),
                          {larger(a.steps, b.steps), larger(a.targets, b.targets), trainer->inputs}};
}

size_t rnni_batch_bytes(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                        const struct rnn_dataset *other, int transforms)
{
    struct sizes sizes = sizes_of(trainer, dataset, other, transforms);
    struct rnni_arena arena = {NULL, 0};
    struct rnni_batch batch = {0};
    plan(&batch, &arena, trainer, sizes.extent, sizes.sequences, sizes.samples);
    return arena.used;
}

int rnni_batch_reserve(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const struct rnn_dataset *other,
                       int transforms)
{
    RNNI_ASSERT(dataset->count && trainer->options.batch_size >= 1);
    struct sizes sizes = sizes_of(trainer, dataset, other, transforms);
    if (!rnni_loss_reserve(trainer->own_loss, sizes.extent.outputs, sizes.sequences, trainer->outputs,
                           sizes.extent.labels, (size_t)trainer->options.threads) ||
        !reserve_streams(trainer, sizes.sequences))
        return 0;
    struct rnni_batch batch = {0};
    void *block = rnni_memory_take(rnni_batch_bytes(trainer, dataset, other, transforms), 1);
    size_t *order = rnni_memory_take(sizes.count, sizeof *order);
    if (!block || !order) {
        rnni_memory_release(block);
        rnni_memory_release(order);
        return 0;
    }
    struct rnni_arena arena = {block, 0};
    plan(&batch, &arena, trainer, sizes.extent, sizes.sequences, sizes.samples);
    batch.block = block;
    batch.room = sizes.sequences;
    rnni_memory_release(trainer->batch.block);
    rnni_memory_release(trainer->order);
    trainer->batch = batch;
    trainer->order = order;
    return 1;
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

static void fill_input(struct rnn_trainer *trainer, const struct rnni_piece *part, size_t b)
{
    struct rnni_batch *to = &trainer->batch;
    size_t inputs = trainer->inputs;
    to->lengths[b] = (int32_t)part->steps;
    to->y_lengths[b] = (int32_t)part->rows;
    for (size_t t = 0; t < to->steps; t++) {
        size_t row = t * to->batch + b;
        int valid = t < part->steps;
        size_t from = valid ? rnni_dataset_step(part->sequence, part->first + t) : 0;
        if (!inputs)
            to->tokens[row] = valid ? part->sequence->tokens[from] : 0;
        else if (valid)
            memcpy(to->x + row * inputs, part->sequence->x + from * inputs, inputs * sizeof *to->x);
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

/* Where targets and mask have row t of the piece: with a step mask there is one for each step, or one in all. */
static size_t row_of(const struct rnn_trainer *trainer, const struct rnni_piece *part, size_t t)
{
    return trainer->pools ? 0 : rnni_dataset_step(part->sequence, part->first_row + t);
}

static void fill_targets(struct rnn_trainer *trainer, const struct rnni_piece *part, size_t b)
{
    struct rnni_batch *to = &trainer->batch;
    for (size_t t = 0; t < to->rows; t++) {
        size_t row = t * to->batch + b, width = to->width;
        int valid = t < part->rows;
        size_t from = valid ? row_of(trainer, part, t) : 0;
        if (part->sequence->has_classes)
            to->classes[row] = valid ? part->sequence->classes[from] : 0;
        else
            for (size_t i = 0; i < width; i++)
                to->values[row * width + i] = valid ? part->sequence->values[from * width + i] : 0;
    }
}

static void fill_weights(struct rnn_trainer *trainer, const struct rnni_piece *part, size_t b)
{
    struct rnni_batch *to = &trainer->batch;
    const float *mask = part->sequence->mask;
    to->weights[b] = (float)part->sequence->weight;
    for (size_t t = 0; t < to->rows && to->has_mask; t++)
        to->mask[t * to->batch + b] = mask && t < part->rows ? mask[row_of(trainer, part, t)] : 1;
}

/* What y has: where its steps end depends on where each sequence is. */
static void measure_output(struct rnn_trainer *trainer)
{
    struct rnni_batch *to = &trainer->batch;
    to->y_steps = 0;
    to->rows = 1;
    for (size_t b = 0; b < to->batch; b++) {
        const struct rnni_piece *part = &to->parts[b];
        size_t end = rnni_output_length_of(trainer->model, part->first + to->steps);
        to->y_steps = larger(to->y_steps, end - part->first_row);
        to->rows = larger(to->rows, part->rows);
    }
}

/* What the batch has: T, T', S, K, and which arrays. */
static void measure(struct rnn_trainer *trainer)
{
    struct rnni_batch *to = &trainer->batch;
    const struct rnni_sequence *first = to->parts[0].sequence;
    to->steps = 1;
    to->most_labels = 0;
    to->has_values = !first->has_classes;
    to->has_mask = to->has_weights = 0;
    to->width = first->values_count / rnni_output_length_of(trainer->model, first->steps);
    for (size_t b = 0; b < to->batch; b++) {
        const struct rnni_sequence *sequence = to->parts[b].sequence;
        RNNI_ASSERT((!sequence->has_classes) == to->has_values);
        to->steps = larger(to->steps, to->parts[b].steps);
        to->most_labels = larger(to->most_labels, sequence->classes_count);
        to->has_mask |= sequence->mask != NULL;
        to->has_weights |= sequence->weight != 1;
    }
    measure_output(trainer);
}

static void fill(struct rnn_trainer *trainer)
{
    struct rnni_batch *to = &trainer->batch;
    measure(trainer);
    for (size_t b = 0; b < to->batch; b++) {
        fill_input(trainer, &to->parts[b], b);
        fill_weights(trainer, &to->parts[b], b);
        if (trainer->own_loss->kind == RNN_LOSS_CTC)
            fill_labels(to, to->parts[b].sequence, b);
        else
            fill_targets(trainer, &to->parts[b], b);
    }
}

/* ---- which sequences --------------------------------------------------------------------------------------------- */

void rnni_batch_begin(struct rnn_trainer *trainer, uint64_t seed, int transforms)
{
    struct rnni_batch *batch = &trainer->batch;
    batch->seed = seed;
    batch->transforms = transforms;
    for (size_t b = 0; batch->samples && b < batch->room; b++)
        batch->samples[b]->is_loaded = 0;
}

/* Row b becomes the part of a sequence from step `first` on. */
static int32_t take(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, size_t b, size_t place,
                    size_t first)
{
    struct rnni_batch *to = &trainer->batch;
    size_t index = trainer->order[place], most = (size_t)trainer->options.stream_steps;
    RNNI_ASSERT(index < dataset->count);
    const struct rnni_sequence *sequence = NULL;
    if (rnni_samples_are_wanted(dataset, to->transforms)) {
        struct rnn_sample *sample = to->samples[b];
        RNNI_TRY(rnni_samples_load(sample, dataset, limits_of(trainer, dataset, to->transforms), index, to->seed,
                                   to->transforms));
        sequence = &sample->sequence;
        RNNI_TRY(rnni_trainer_check_sample(trainer, sample, b ? to->parts[0].sequence : sequence));
    } else {
        sequence = &dataset->sequences[index];
    }
    if (first && first >= sequence->length)
        return rnni_status_fail(NULL, RNN_E_STATE, "sequence %zu has %zu steps, expected more than %zu, which are done",
                                index, sequence->length, first);
    size_t left = sequence->length - first, steps = most && left > most ? most : left;
    size_t row = rnni_output_length_of(trainer->model, first);
    size_t end = rnni_output_length_of(trainer->model, first + steps);
    to->parts[b] = (struct rnni_piece){sequence, index, place, first, steps, row, end - row};
    return RNN_OK;
}

int32_t rnni_batch_fill(struct rnn_trainer *trainer, size_t *begins, const struct rnni_streams *streams,
                        const struct rnn_dataset *dataset, size_t begun)
{
    struct rnni_batch *to = &trainer->batch;
    size_t most = (size_t)trainer->options.batch_size, left = dataset->count - begun, room = most - streams->count;
    RNNI_ASSERT(to->block && begun <= dataset->count && streams->count <= most);
    *begins = left < room ? left : room;
    to->streams = streams;
    to->batch = streams->count + *begins;
    RNNI_ASSERT(to->batch && to->batch <= to->room);
    for (size_t b = 0; b < streams->count; b++)
        RNNI_TRY(take(trainer, dataset, b, rnni_streams_place(streams, b), rnni_streams_step(streams, b)));
    for (size_t b = streams->count; b < to->batch; b++)
        RNNI_TRY(take(trainer, dataset, b, begun + b - streams->count, 0));
    fill(trainer);
    return RNN_OK;
}

/* The sequence of row `from` goes on in row `to`. */
static void move_sample(struct rnni_batch *batch, size_t to, size_t from)
{
    struct rnn_sample *sample = batch->samples[to];
    batch->samples[to] = batch->samples[from];
    batch->samples[from] = sample;
}

int32_t rnni_batch_leave(struct rnn_trainer *trainer, struct rnni_streams *streams, rnn_session *session)
{
    struct rnni_batch *from = &trainer->batch;
    size_t count = 0;
    for (size_t b = 0; b < from->batch; b++) {
        const struct rnni_piece *part = &from->parts[b];
        size_t end = part->first + part->steps;
        if (end == part->sequence->length)
            continue;
        rnni_streams_set(streams, count, part->place, end);
        RNNI_TRY(rnn_session_get_row_state(session, b, rnni_streams_state(streams, count),
                                           streams->width - RNNI_STREAMS_HEAD));
        if (from->samples)
            move_sample(from, count, b);
        count++;
    }
    streams->count = count;
    return RNN_OK;
}
