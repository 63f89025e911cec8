#include "fit/trainer.h"

#include "base/memory.h"
#include "base/option_rows.h"
#include "model/model.h"

#include <float.h>
#include <math.h>

#define OFFSET(field) offsetof(struct rnni_trainer_options, field)
#define FIELD(field)  NULL, OFFSET(field)
/* What is to read only and goes into files, none of which can make it overflow. */
#define KEPT_INTEGER(key, field, name)                                                                                 \
    {                                                                                                                  \
        key, RNNI_INTEGER, #key, name, OFFSET(field), 0, INT64_MAX / 2, 0, 0, 1                                        \
    }
#define KEPT_REAL(key, field, name)                                                                                    \
    {                                                                                                                  \
        key, RNNI_REAL, #key, name, OFFSET(field), 0, 0, -DBL_MAX, DBL_MAX, 1                                          \
    }

static const struct rnni_option options[] = {
    INTEGER(RNN_SEED, seed, INT64_MIN, INT64_MAX),
    INTEGER(RNN_EPOCHS, epochs, 0, INT64_MAX / 2),
    INTEGER(RNN_BATCH_SIZE, batch_size, 1, INT32_MAX),
    INTEGER(RNN_SHUFFLE, shuffle, 0, 1),
    INTEGER(RNN_EARLY_STOP, early_stop, 0, INT64_MAX / 2),
    INTEGER(RNN_KEEP_BEST, keep_best, 0, 1),
    INTEGER(RNN_THREADS, threads, 1, 1024),
    INTEGER(RNN_SKIP_NONFINITE, skip_nonfinite, 0, 1),
    REAL(RNN_MIN_DELTA, min_delta, 0, 1e30),
    INTEGER(RNN_STREAM_STEPS, stream_steps, 0, INT32_MAX),
    INTEGER(RNN_BUCKETS, buckets, 0, INT32_MAX),
    INTEGER(RNN_MEMORY_LIMIT, memory_limit, 0, INT64_MAX),
    KEPT_INTEGER(RNN_EPOCH, epoch, "rnn.trainer.epoch"),
    KEPT_INTEGER(-1, stale, "rnn.trainer.stale"),
    KEPT_INTEGER(-1, has_best, "rnn.trainer.has_best"),
    KEPT_REAL(RNN_BEST_LOSS, best_loss, "rnn.trainer.best_loss"),
    KEPT_REAL(RNN_VALIDATION_LOSS, validation_loss, "rnn.trainer.validation_loss"),
    KEPT_INTEGER(RNN_BATCH, batch, "rnn.trainer.batch"),
    KEPT_INTEGER(RNN_SKIPPED, skipped, "rnn.trainer.skipped"),
    KEPT_INTEGER(-1, sequences, "rnn.trainer.sequences"),
    KEPT_INTEGER(-1, order.count, "rnn.trainer.order.count"),
    KEPT_INTEGER(-1, order.batch_size, "rnn.trainer.order.batch_size"),
    KEPT_INTEGER(-1, order.shuffle, "rnn.trainer.order.shuffle"),
    KEPT_INTEGER(-1, order.buckets, "rnn.trainer.order.buckets"),
    KEPT_INTEGER(-1, order.stream_steps, "rnn.trainer.order.stream_steps"),
    {-1, RNNI_INTEGER, "order.seed", "rnn.trainer.order.seed", OFFSET(order.seed), INT64_MIN, INT64_MAX, 0, 0, 1},
    KEPT_REAL(RNN_BATCH_LOSS, batch_loss, "rnn.trainer.batch_loss"),
    KEPT_REAL(RNN_TRAINING_LOSS, training.value, "rnn.trainer.training_loss"),
    {-1, RNNI_REAL, "training.weight", "rnn.trainer.training_weight", OFFSET(training.weight), 0, 0, 0, DBL_MAX, 1},
};
const struct rnni_option_table rnni_trainer_table = {options, sizeof options / sizeof *options};

static struct rnni_trainer_options default_options(void)
{
    return (struct rnni_trainer_options){
        .epochs = 10,
        .batch_size = 32,
        .shuffle = 1,
        .threads = 1,
        .best_loss = (double)NAN,
        .validation_loss = (double)NAN,
        .batch_loss = (double)NAN,
        .training = {(double)NAN, 0},
    };
}

int32_t rnni_trainer_create(struct rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, rnn_loss *loss,
                            const char *function)
{
    const struct rnni_layout *layout = &model->layout;
    struct rnn_trainer *made = rnni_memory_take(1, sizeof *made);
    if (!made)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a trainer", function);
    rnni_model_retain(model);
    rnni_optimizer_retain(optimizer);
    rnni_loss_retain(loss);
    *made = (struct rnn_trainer){
        .model = model,
        .optimizer = optimizer,
        .loss = loss,
        .options = default_options(),
        .inputs = layout->vocabulary ? 0 : layout->inputs,
        .vocabulary = layout->vocabulary,
        .outputs = layout->outputs,
        .pools = layout->pools,
        .parameter_count = layout->parameter_count,
    };
    int32_t status = rnni_loss_create(&made->own_loss, loss->kind, function);
    if (!status) {
        made->own_loss->is_lent = 1;
        status = rnn_session_create(&made->training, model, RNN_TRAINING);
    }
    if (status) {
        rnni_trainer_release(made);
        return rnni_status_fail(NULL, status, "%s: out of memory for a loss and a session", function);
    }
    *out = made;
    return RNN_OK;
}

void rnni_trainer_release(struct rnn_trainer *trainer)
{
    if (!trainer)
        return;
    rnn_session_destroy(trainer->training);
    rnn_session_destroy(trainer->validation);
    rnni_memory_release(trainer->best);
    rnni_memory_release(trainer->current);
    rnni_memory_release(trainer->path);
    rnni_memory_release(trainer->file);
    rnni_memory_release(trainer->batch.block);
    rnni_memory_release(trainer->order);
    rnni_streams_release(&trainer->streams);
    rnni_streams_release(&trainer->evaluated);
    rnni_loss_drop(trainer->own_loss);
    rnni_loss_drop(trainer->loss);
    rnni_optimizer_drop(trainer->optimizer);
    rnni_model_drop(trainer->model);
    rnni_memory_release(trainer);
}
