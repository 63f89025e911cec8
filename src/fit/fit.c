#include "base/assertion.h"
#include "fit/trainer.h"

#include "api/check.h"
#include "base/memory.h"
#include "base/random.h"
#include "session/network_session.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A function of rnn.h has failed: the message, which is about to change, is that of the caller's function. */
static int32_t fail_within(struct rnn_trainer *trainer, int32_t status, const char *function)
{
    struct rnni_message inner;
    memcpy(inner.text, rnn_last_error(), strlen(rnn_last_error()) + 1);
    return rnni_status_fail(&trainer->message, status, "%s: %s", function, inner.text);
}

/* ---- before ------------------------------------------------------------------------------------------------------ */

static int32_t prepare_session(struct rnn_trainer *trainer, rnn_session *session, const struct rnn_dataset *dataset)
{
    size_t threads = (size_t)trainer->options.threads;
    /* New threads and a new workspace are dear; a child of fork has none of its parent's. */
    if (threads != rnni_team_threads(session->team) || !rnni_team_is_here(session->team))
        RNNI_TRY(rnn_session_set_threads(session, threads));
    struct rnni_epoch_size size = rnni_epoch_size(trainer, dataset);
    RNNI_TRY(rnni_check_steps((struct rnni_caller){NULL, "rnn_session_reserve"}, size.steps, size.batch));
    if (rnni_session_segment(session, size.batch)) /* not all rows are needed */
        return rnn_session_reserve(session, size.steps, size.batch);
    return rnni_network_session_reserve(session, size.steps, size.batch, size.rows, "rnn_session_reserve");
}

static int32_t prepare(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                       const struct rnn_dataset *validation)
{
    if (training)
        RNNI_TRY(prepare_session(trainer, trainer->training, training));
    if (validation && !trainer->validation)
        RNNI_TRY(rnn_session_create(&trainer->validation, trainer->model, RNN_INFERENCE));
    return validation ? prepare_session(trainer, trainer->validation, validation) : RNN_OK;
}

/* Whether the sequences that go on are as long as they were. */
static int32_t check_lengths(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *function)
{
    const struct rnni_streams *streams = &trainer->streams;
    if (!trainer->options.sequences || !streams->count || rnni_samples_are_wanted(dataset, 1))
        return RNN_OK;
    rnni_epoch_set_order(trainer, dataset);
    for (size_t i = 0; i < streams->count; i++) {
        size_t index = trainer->order[rnni_streams_place(streams, i)], step = rnni_streams_step(streams, i);
        if (step >= dataset->sequences[index].length)
            return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                    "%s: sequence %zu has %zu steps, expected more than %zu, which are done", function,
                                    index, dataset->sequences[index].length, step);
    }
    return RNN_OK;
}

/* Bytes of a session and of the arrays of a batch. */
static size_t bytes_of(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset, int trains)
{
    struct rnni_epoch_size size = rnni_epoch_size(trainer, dataset);
    return rnni_network_session_bytes(trainer->model, trains, size.steps, size.batch, size.rows);
}

static int32_t check_limit(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                           const struct rnn_dataset *validation, const char *function)
{
    const struct rnn_dataset *first = training ? training : validation;
    size_t bytes = rnni_batch_bytes(trainer, first, validation, training != NULL), limit = SIZE_MAX - 1;
    if ((uint64_t)trainer->options.memory_limit < limit)
        limit = (size_t)trainer->options.memory_limit;
    if (training)
        bytes = rnni_memory_add(bytes, bytes_of(trainer, training, 1));
    if (validation)
        bytes = rnni_memory_add(bytes, bytes_of(trainer, validation, 0));
    if (bytes <= limit)
        return RNN_OK;
    struct rnni_epoch_size a = rnni_epoch_size(trainer, first);
    struct rnni_epoch_size b = validation ? rnni_epoch_size(trainer, validation) : a;
    int is_first = a.steps >= b.steps;
    struct rnni_epoch_size size = is_first ? a : b;
    return rnni_status_fail(&trainer->message, RNN_E_MEMORY,
                            "%s: %zu bytes are needed for batches of %zu sequences, expected at most %zu "
                            "(RNN_MEMORY_LIMIT); sequence %zu of %s, with %zu steps in a batch, is the longest",
                            function, bytes, size.batch, limit, size.longest,
                            is_first && training ? "training" : "validation", size.steps);
}

int32_t rnni_fit_prepare(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                         const struct rnn_dataset *validation, const char *function)
{
    RNNI_ASSERT(training || validation);
    if (trainer->options.memory_limit)
        RNNI_TRY(check_limit(trainer, training, validation, function));
    int32_t status = prepare(trainer, training, validation);
    if (status)
        return fail_within(trainer, status, function);
    if (!rnni_batch_reserve(trainer, training ? training : validation, validation, training != NULL))
        return rnni_status_fail(&trainer->message, RNN_E_MEMORY, "%s: out of memory for the arrays of a batch",
                                function);
    if (training)
        RNNI_TRY(check_lengths(trainer, training, function));
    if (training && trainer->options.keep_best && !rnni_record_take(trainer))
        return rnni_status_fail(&trainer->message, RNN_E_MEMORY, "%s: out of memory for the best parameters", function);
    if (training && trainer->path && !rnni_trainer_take_file(trainer))
        return rnni_status_fail(&trainer->message, RNN_E_MEMORY, "%s: out of memory for the bytes of a checkpoint",
                                function);
    return RNN_OK;
}

/* ---- an epoch ---------------------------------------------------------------------------------------------------- */

/* A failure within: the message says where. */
static int32_t fail_in_batch(struct rnn_trainer *trainer, int32_t status, const char *function, const char *reason)
{
    struct rnni_message inner; /* the reason may be the thread's message, which is about to change */
    memcpy(inner.text, reason, strlen(reason) + 1);
    return rnni_status_fail(&trainer->message, status, "%s: epoch %" PRId64 ", batch %" PRId64 ": %s", function,
                            trainer->options.epoch + 1, trainer->options.batch + 1, inner.text);
}

static int32_t tell(struct rnn_trainer *trainer, int32_t event)
{
    int32_t status = trainer->callback ? trainer->callback(trainer->user, trainer, event) : RNN_OK;
    trainer->stopped = status != 0;
    return status;
}

/* Of a batch alone: a run that is resumed within an epoch draws the same masks. */
static int64_t seed_of_batch(const struct rnn_trainer *trainer)
{
    return (int64_t)rnni_random_mix(rnni_epoch_seed(trainer) + (uint64_t)trainer->options.batch);
}

/* The loss or, where that is finite, a gradient is not: which sequence of the dataset makes it so, if one alone does.
 */
static int32_t fail_nonfinite(struct rnn_trainer *trainer, const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    struct rnni_message reason = {"the loss is infinite or not a number; the batch made no update"};
    size_t b;
    if (isfinite(o->batch_loss)) {
        memcpy(reason.text, rnn_last_error(), sizeof reason.text); /* names the tensor */
        b = rnni_batch_find_gradient(trainer, seed_of_batch(trainer));
    } else {
        b = rnni_batch_find_loss(trainer);
    }
    if (b < trainer->batch.batch)
        rnni_status_fail(NULL, RNN_E_NONFINITE, "sequence %zu: %s", trainer->batch.parts[b].index, reason.text);
    return fail_in_batch(trainer, RNN_E_NONFINITE, function, b < trainer->batch.batch ? rnn_last_error() : reason.text);
}

/* Forward, with the loss and its gradient. */
static int32_t forward(struct rnn_trainer *trainer)
{
    RNNI_TRY(rnn_session_seed_dropout(trainer->training, seed_of_batch(trainer)));
    return rnni_batch_run(trainer, trainer->training, &trainer->options.batch_loss, 1);
}

/* Backward and an update. */
static int32_t update(struct rnn_trainer *trainer)
{
    if (!isfinite(trainer->options.batch_loss))
        return RNN_E_NONFINITE;
    RNNI_TRY(rnni_batch_back(trainer));
    return rnn_optimizer_step(trainer->optimizer, trainer->training);
}

/* The filled batch, in which so many sequences begin, becomes a part of the epoch. */
static int32_t run_batch(struct rnn_trainer *trainer, size_t begins, const char *function)
{
    struct rnni_trainer_options *o = &trainer->options;
    int32_t status = forward(trainer);
    if (status) /* of a callback it may be RNN_E_NONFINITE, which is not about the batch's numbers */
        return fail_in_batch(trainer, status, function, rnn_last_error());
    status = update(trainer);
    if (!status)
        rnni_batch_mean_add(&o->training, o->batch_loss, rnni_loss_weight(trainer->own_loss));
    else if (status != RNN_E_NONFINITE)
        return fail_in_batch(trainer, status, function, rnn_last_error());
    else if (!o->skip_nonfinite)
        return fail_nonfinite(trainer, function);
    RNNI_TRY(rnni_batch_leave(trainer, &trainer->streams, trainer->training));
    o->skipped += status != RNN_OK;
    o->sequences += (int64_t)begins;
    o->batch++;
    return RNN_OK;
}

static void begin_epoch(struct rnn_trainer *trainer, const struct rnn_dataset *dataset)
{
    struct rnni_trainer_options *o = &trainer->options;
    o->order = (struct rnni_order_of_epoch){(int64_t)dataset->count, o->batch_size, o->shuffle, o->seed,
                                            o->stream_steps,         o->buckets};
    trainer->streams.count = 0;
    o->batch = 0;
    o->training = (struct rnni_mean){(double)NAN, 0};
}

/* Those that are left of the epoch. */
static int32_t run_batches(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *function)
{
    struct rnni_trainer_options *o = &trainer->options;
    if (!o->sequences)
        begin_epoch(trainer, dataset);
    rnni_epoch_set_order(trainer, dataset);
    rnni_batch_begin(trainer, rnni_epoch_seed(trainer), 1);
    while ((size_t)o->sequences < dataset->count || trainer->streams.count) {
        size_t begins;
        int32_t status = rnni_batch_fill(trainer, &begins, &trainer->streams, dataset, (size_t)o->sequences);
        if (status)
            return fail_in_batch(trainer, status, function, rnn_last_error());
        RNNI_TRY(run_batch(trainer, begins, function));
        RNNI_TRY(tell(trainer, RNN_EVENT_BATCH));
    }
    return RNN_OK;
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

/* The message of the thread is about a sequence of the dataset. */
static int32_t fail_in_dataset(struct rnn_trainer *trainer, int32_t status, const char *name, const char *function)
{
    struct rnni_message inner;
    memcpy(inner.text, rnn_last_error(), strlen(rnn_last_error()) + 1);
    return rnni_status_fail(&trainer->message, status, "%s: %s: %s", function, name, inner.text);
}

int32_t rnni_fit_evaluate(struct rnn_trainer *trainer, double *loss, double *accuracy,
                          const struct rnn_dataset *dataset, const char *name, const char *function)
{
    RNNI_ASSERT(trainer->order && trainer->validation);
    struct rnni_streams *streams = &trainer->evaluated;
    size_t counted = 0, right = 0, begun = 0, begins;
    struct rnni_mean mean = {(double)NAN, 0};
    double part = 0;
    for (size_t i = 0; i < dataset->count; i++)
        trainer->order[i] = i;
    streams->count = 0;
    rnni_batch_begin(trainer, rnni_random_mix((uint64_t)trainer->options.seed), 0);
    while (begun < dataset->count || streams->count) {
        int32_t status = rnni_batch_fill(trainer, &begins, streams, dataset, begun);
        if (status)
            return fail_in_dataset(trainer, status, name, function);
        begun += begins;
        status = rnni_batch_run(trainer, trainer->validation, &part, 0);
        if (!status)
            status = rnni_batch_leave(trainer, streams, trainer->validation);
        if (status)
            return fail_within(trainer, status, function);
        rnni_batch_mean_add(&mean, part, rnni_loss_weight(trainer->own_loss));
        if (trainer->own_loss->kind == RNN_LOSS_CROSS_ENTROPY || trainer->own_loss->kind == RNN_LOSS_CRF)
            rnni_batch_count(trainer, &counted, &right);
    }
    *loss = mean.value;
    *accuracy = counted ? (double)right / (double)counted : (double)NAN;
    return RNN_OK;
}

static int32_t validate(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *function)
{
    double loss, accuracy;
    RNNI_TRY(rnni_fit_evaluate(trainer, &loss, &accuracy, dataset, "validation", function));
    rnni_record_add(trainer, loss);
    rnni_optimizer_report(trainer->optimizer, loss);
    return tell(trainer, RNN_EVENT_VALIDATION);
}

/* ---- all epochs -------------------------------------------------------------------------------------------------- */

/* What comes after the batches of an epoch. */
static int32_t end_epoch(struct rnn_trainer *trainer, const struct rnn_dataset *validation, const char *function)
{
    if (validation)
        RNNI_TRY(validate(trainer, validation, function));
    if (trainer->path) {
        int32_t status = rnni_trainer_checkpoint(trainer);
        if (status)
            return fail_within(trainer, status, function);
        RNNI_TRY(tell(trainer, RNN_EVENT_CHECKPOINT));
    }
    if (rnni_record_stops_early(trainer))
        RNNI_TRY(tell(trainer, RNN_EVENT_EARLY_STOP));
    return tell(trainer, RNN_EVENT_EPOCH);
}

static int32_t run_epochs(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                          const struct rnn_dataset *validation, const char *function)
{
    while (trainer->options.epoch < trainer->options.epochs && !rnni_record_stops_early(trainer)) {
        RNNI_TRY(run_batches(trainer, training, function));
        trainer->options.sequences = 0;
        trainer->options.epoch++;
        RNNI_TRY(end_epoch(trainer, validation, function));
    }
    return RNN_OK;
}

int32_t rnni_fit(struct rnn_trainer *trainer, const struct rnn_dataset *training, const struct rnn_dataset *validation,
                 const char *function)
{
    RNNI_ASSERT(training->count && trainer->order && trainer->training);
    rnni_record_begin(trainer, validation != NULL);
    int32_t status = run_epochs(trainer, training, validation, function);
    rnni_record_end(trainer, status != RNN_OK);
    return status;
}
