#include "hostile/random_calls.h"

#include <math.h>
#include <stdlib.h>

static rnn_sample *sample_of_now;

rnn_sample *current_sample(void)
{
    return sample_of_now;
}

void calls_within(void)
{
    caller_notes_callback();
    if (caller_depth() > 2 || one_in(2))
        return;
    for (size_t i = 1 + below(2); i > 0; i--)
        random_call();
}

static int32_t answer(void)
{
    return one_in(20) ? CALLBACK_STOPS : 0;
}

static void fill(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = one_in(40) ? -INFINITY : random_float();
}

/* ---- losses ------------------------------------------------------------------------------------------------------ */

int32_t loss_callback(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                      size_t y_count)
{
    double sum = 0;
    (void)user;
    caller_enter();
    TRY(rnn_loss_get_batch, loss, OUT(const int32_t *), OUT(size_t), OUT(size_t), OUT(size_t));
    TRY(rnn_loss_get_mask, loss, OUT(const float *), OUT(size_t));
    TRY(rnn_loss_get_classes, loss, OUT(const int32_t *), OUT(size_t));
    TRY(rnn_loss_get_values, loss, OUT(const float *), OUT(size_t));
    caller_leave();
    for (size_t i = 0; i < y_count; i++) {
        sum += y[i];
        if (dy)
            dy[i] = 1;
    }
    *value = one_in(30) ? NAN : sum;
    if (one_in(10))
        *weight = one_in(4) ? random_real(-1, 1) : 1;
    calls_within(); /* the loss may end there */
    return answer();
}

/* ---- decoders ---------------------------------------------------------------------------------------------------- */

int32_t scorer_callback(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *labels,
                        const int32_t *parents, size_t rows)
{
    (void)user;
    for (size_t i = 0; i < rows; i++)
        if (slots[i] < 0 || labels[i] < 0 || parents[i] < -1)
            caller_fails("the row of a scorer has slot %d, label %d and parent %d", (int)slots[i], (int)labels[i],
                         (int)parents[i]);
    fill(scores, scores_count);
    calls_within();
    return answer();
}

int32_t generator_callback(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                           const int32_t *parents, size_t rows)
{
    (void)user;
    for (size_t i = 0; i < rows; i++)
        if (tokens[i] < 0 || parents[i] < 0)
            caller_fails("the row of a generator has token %d and parent %d", (int)tokens[i], (int)parents[i]);
    fill(logits, logits_count);
    calls_within();
    return answer();
}

/* ---- fit --------------------------------------------------------------------------------------------------------- */

static int32_t with_sample(rnn_sample *sample, size_t most)
{
    rnn_sample *outer = sample_of_now;
    caller_notes_callback();
    sample_of_now = sample;
    for (size_t i = one_in(8) ? below(3) : most; i > 0; i--) {
        caller_enter();
        random_call_of(&sample_generators);
        caller_leave();
    }
    calls_within();
    sample_of_now = outer;
    return answer();
}

int32_t source_callback(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    (void)user, (void)index;
    if (seed < 0)
        caller_fails("the seed of a sample is negative");
    return with_sample(sample, 1);
}

int32_t transform_callback(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    (void)user, (void)index, (void)seed;
    return with_sample(sample, below(2));
}

int32_t progress_callback(void *user, rnn_trainer *trainer, int32_t event)
{
    double loss;
    (void)user;
    if (event < RNN_EVENT_BATCH || event > RNN_EVENT_CHECKPOINT ||
        rnn_trainer_get_real(trainer, RNN_BATCH_LOSS, &loss) != RNN_OK)
        caller_fails("a callback cannot read its trainer, or gets event %d", (int)event);
    calls_within();
    return answer();
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* The tasks one after the other, in any order. */
void parallel_for_callback(void *user, size_t count, rnn_task task, void *context)
{
    (void)user;
    size_t first = below(count), step = one_in(2) ? 1 : count - 1;
    for (size_t i = 0; i < count; i++)
        task(context, (first + i * step) % count);
}
