/* Sequences as the arrays of one batch, and their loss. */
#include "fit/trainer.h"

#include "base/arena.h"
#include "base/memory.h"
#include "training/ctc.h"
#include "training/loss.h"

#include <math.h>
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

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* Steps and lengths as a loss has them: with one output a sequence there is one step. */
static size_t loss_steps(const struct rnn_trainer *trainer)
{
    return trainer->pools ? 1 : trainer->batch.steps;
}

static int32_t real_loss(struct rnn_trainer *trainer, double *loss, float *dy, size_t dy_count)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t steps = loss_steps(trainer), count = steps * at->batch * trainer->outputs;
    size_t lengths_count = trainer->pools ? 0 : at->batch;
    const int32_t *lengths = trainer->pools ? NULL : at->lengths;
#define ARRAYS                                                                                                         \
    loss, dy, dy_count, at->y, count, at->values, count, lengths, lengths_count, NULL, 0, steps, at->batch,            \
        trainer->outputs, RNN_MEAN
    switch (trainer->options.loss) {
    case RNN_LOSS_BINARY_CROSS_ENTROPY:
        return rnn_binary_cross_entropy(ARRAYS);
    case RNN_LOSS_SQUARED_ERROR:
        return rnn_squared_error(ARRAYS);
    case RNN_LOSS_ABSOLUTE_ERROR:
        return rnn_absolute_error(ARRAYS);
    default:
        return rnn_huber_loss(ARRAYS, trainer->options.delta);
    }
#undef ARRAYS
}

/* Below rnn_ctc_loss, which takes its scratch in every call; rnni_trainer_check has made sure of all that it checks. */
static double ctc_loss(const struct rnn_trainer *trainer, float *dy)
{
    const struct rnni_batch *at = &trainer->batch;
    struct rnni_ctc ctc = {.dlogits = dy,
                           .logits = at->y,
                           .labels = at->classes,
                           .lengths = at->lengths,
                           .label_lengths = at->label_lengths,
                           .steps = at->steps,
                           .batch = at->batch,
                           .classes = trainer->outputs,
                           .most_labels = at->most_labels,
                           .blank = (size_t)trainer->options.blank};
    return rnni_ctc_batch(NULL, &ctc, 1, 1, at->scratch);
}

static int32_t loss_of(struct rnn_trainer *trainer, double *loss, int gradient)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t steps = loss_steps(trainer), rows = steps * at->batch, count = rows * trainer->outputs;
    size_t lengths_count = trainer->pools ? 0 : at->batch, dy_count = gradient ? count : 0;
    const int32_t *lengths = trainer->pools ? NULL : at->lengths;
    float *dy = gradient ? at->dy : NULL;
    if (trainer->options.loss == RNN_LOSS_CROSS_ENTROPY)
        return rnn_weighted_cross_entropy(loss, dy, dy_count, at->y, count, at->classes, rows, lengths, lengths_count,
                                          NULL, 0, steps, at->batch, trainer->outputs, RNN_MEAN,
                                          trainer->options.smoothing, (int32_t)trainer->options.ignored);
    if (trainer->options.loss != RNN_LOSS_CTC)
        return real_loss(trainer, loss, dy, dy_count);
    *loss = ctc_loss(trainer, dy);
    return RNN_OK;
}

int32_t rnni_batch_run(struct rnn_trainer *trainer, rnn_session *session, double *loss, int gradient)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t rows = at->steps * at->batch, y_count = loss_steps(trainer) * at->batch * trainer->outputs;
    RNNI_TRY(rnn_reset_state(session, at->batch));
    RNNI_TRY(
        trainer->inputs
            ? rnn_forward(session, at->y, y_count, at->x, rows * trainer->inputs, at->lengths, at->batch, at->steps)
            : rnn_forward_tokens(session, at->y, y_count, at->tokens, rows, at->lengths, at->batch, at->steps));
    return loss_of(trainer, loss, gradient);
}

double rnni_batch_weight(const struct rnn_trainer *trainer)
{
    const struct rnni_batch *at = &trainer->batch;
    struct rnni_loss_steps over = {.lengths = trainer->pools ? NULL : at->lengths,
                                   .steps = loss_steps(trainer),
                                   .batch = at->batch,
                                   .classes = trainer->outputs};
    struct rnni_cross_entropy with = {
        .targets = at->classes, .ignores = 1, .ignored = (int32_t)trainer->options.ignored};
    if (trainer->options.loss == RNN_LOSS_CTC)
        return (double)at->batch;
    if (trainer->options.loss == RNN_LOSS_CROSS_ENTROPY)
        return rnni_loss_weight_of_targets(&with, &over);
    return (double)rnni_loss_valid_steps(&over) * (double)trainer->outputs;
}

void rnni_mean_add(struct rnni_mean *mean, double value, double weight)
{
    if (!(weight > 0))
        return;
    mean->weight += weight;
    if (mean->weight > weight && isfinite(mean->value))
        mean->value += (value - mean->value) * (weight / mean->weight);
    else
        mean->value = mean->weight > weight ? mean->value + value : value;
}

void rnni_batch_count(const struct rnn_trainer *trainer, size_t *counted, size_t *right)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t outputs = trainer->outputs;
    for (size_t i = 0; i < loss_steps(trainer) * at->batch; i++) {
        int valid = trainer->pools || i / at->batch < (size_t)at->lengths[i % at->batch];
        if (!valid || at->classes[i] == trainer->options.ignored)
            continue;
        const float *y = at->y + i * outputs;
        size_t best = 0;
        for (size_t c = 1; c < outputs; c++)
            best = y[c] > y[best] ? c : best;
        ++*counted;
        *right += best == (size_t)at->classes[i] && !isnan(y[best]);
    }
}
