#include "learn.h"
#include "clock.h"
#include "die.h"
#include "model.h"
#include "threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_BY_SIDE 64 /* sequences that are run at once */

/* ---- training ------------------------------------------------------------------------------------------------- */

static rnn_optimizer *create_adam(const rnn_model *model, const learn_options *o, size_t sequences)
{
    rnn_optimizer *adam;
    int64_t batches = ((int64_t)sequences + o->batch - 1) / o->batch, updates = o->epochs * batches;

    check(rnn_optimizer_create(&adam, RNN_OPTIMIZER_ADAMW, parameter_count(model)));
    check(rnn_optimizer_set_real(adam, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(adam, RNN_WEIGHT_DECAY, o->decay)); /* 0: this is Adam */
    check(rnn_optimizer_set_real(adam, RNN_MAX_NORM, o->max_norm));
    check(rnn_optimizer_set_int(adam, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    check(rnn_optimizer_set_int(adam, RNN_PERIOD, updates > 0 ? updates : 1));
    check(rnn_optimizer_set_real(adam, RNN_MINIMUM_RATE, o->rate / 100));
    return adam;
}

static rnn_trainer *create_trainer(rnn_model *model, rnn_optimizer *adam, const learn_options *o)
{
    rnn_trainer *trainer;
    rnn_loss *loss;

    check(rnn_loss_create(&loss, o->loss));
    if (o->loss == RNN_LOSS_CTC)
        check(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, 1)); /* labels that do not fit into the steps */
    check(rnn_trainer_create(&trainer, model, adam, loss));
    rnn_loss_destroy(loss); /* the trainer keeps it */
    check(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, o->batch));
    check(rnn_trainer_set_int(trainer, RNN_THREADS, threads_choose(o->threads, model, o->batch)));
    check(rnn_trainer_set_int(trainer, RNN_SEED, o->seed));
    return trainer;
}

/* One epoch; what is held out is `held_out`. */
static void learn_epoch(learn_result *result, rnn_trainer *trainer, int64_t epoch, const rnn_dataset *training,
                        const rnn_dataset *held_out, const learn_options *o)
{
    double loss, held_out_loss, accuracy, begin = now();

    check(rnn_trainer_set_int(trainer, RNN_EPOCHS, epoch + 1));
    check(rnn_fit(trainer, training, NULL));
    result->seconds += now() - begin;
    check(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &loss));
    check(rnn_evaluate(trainer, &held_out_loss, &accuracy, held_out));
    series_add(&result->training, (double)epoch + 1, loss);
    series_add(&result->held_out, (double)epoch + 1, held_out_loss);
    printf("epoch %3" PRId64 "/%" PRId64 "   loss %7.4f   held out %7.4f", epoch + 1, o->epochs, loss, held_out_loss);
    if (o->loss == RNN_LOSS_CROSS_ENTROPY)
        printf(", %6.2f %% right", 100 * accuracy);
    printf("   %6.1f s\n", result->seconds);
    fflush(stdout);
}

void learn(learn_result *result, rnn_model *model, learn_draw *draw, void *user, const sequence_list *held_out,
           const learn_options *o)
{
    const sequence_list *first = draw(user, 0);
    rnn_optimizer *adam = create_adam(model, o, first->count);
    rnn_trainer *trainer = create_trainer(model, adam, o);
    rnn_dataset *watched = sequences_dataset(held_out);

    *result = (learn_result){.seconds = 0};
    for (int64_t epoch = 0; epoch < o->epochs; epoch++) {
        rnn_dataset *training = sequences_dataset(epoch == 0 ? first : draw(user, epoch));
        learn_epoch(result, trainer, epoch, training, watched, o);
        rnn_dataset_destroy(training);
    }
    rnn_dataset_destroy(watched);
    rnn_trainer_destroy(trainer);
    rnn_optimizer_destroy(adam);
}

/* ---- use ------------------------------------------------------------------------------------------------------ */

static size_t classes_of(const rnn_model *model)
{
    int64_t classes;

    check(rnn_model_get_int(model, RNN_CLASSES, &classes));
    return (size_t)classes;
}

/* Runs a batch; y has `outputs` rows of logits. */
static void run_batch(float *y /* [outputs,C] */, size_t outputs, rnn_session *session, const sequence_batch *batch,
                      size_t classes)
{
    size_t rows = batch->steps * batch->batch;

    check(rnn_reset_state(session, batch->batch));
    if (batch->x)
        check(rnn_forward(session, y, outputs * classes, batch->x, rows * batch->inputs, batch->lengths, batch->batch,
                          batch->steps));
    else
        check(rnn_forward_tokens(session, y, outputs * classes, batch->tokens, rows, batch->lengths, batch->batch,
                                 batch->steps));
}

static size_t batch_from(const sequence_list *list, size_t first)
{
    return list->count - first < SIDE_BY_SIDE ? list->count - first : SIDE_BY_SIDE;
}

void learn_classify(int32_t *classes, rnn_model *model, const sequence_list *list)
{
    size_t width = classes_of(model);
    rnn_session *session;

    check(rnn_session_create(&session, model, RNN_INFERENCE));
    for (size_t first = 0; first < list->count; first += SIDE_BY_SIDE) {
        sequence_batch batch = sequences_batch(list, first, batch_from(list, first));
        float *logits = allocate(batch.batch * width, sizeof *logits);
        run_batch(logits, batch.batch, session, &batch, width);
        for (size_t b = 0; b < batch.batch; b++)
            classes[first + b] = likeliest(logits + b * width, width);
        free(logits);
        sequence_batch_release(&batch);
    }
    rnn_session_destroy(session);
}

label_string label_string_of(rnn_decoder *decoder, size_t index)
{
    const int32_t *labels;
    label_string string;

    check(rnn_decoder_get_result(decoder, index, 0, &labels, NULL, NULL, &string.count, NULL));
    string.labels = allocate(string.count, sizeof *labels);
    if (string.count)
        memcpy(string.labels, labels, string.count * sizeof *labels);
    return string;
}

static void transcribe_batch(label_string *strings, rnn_session *session, rnn_decoder *decoder,
                             const sequence_batch *batch, size_t width)
{
    size_t rows = batch->steps * batch->batch;
    float *logits = allocate(rows * width, sizeof *logits);

    run_batch(logits, rows, session, batch, width);
    check(rnn_decoder_decode(decoder, logits, rows * width, batch->lengths, batch->batch, batch->steps, batch->batch,
                             width));
    for (size_t b = 0; b < batch->batch; b++)
        strings[b] = label_string_of(decoder, b);
    free(logits);
}

void learn_transcribe(label_string *strings, rnn_model *model, const sequence_list *list)
{
    size_t width = classes_of(model);
    rnn_session *session;
    rnn_decoder *decoder;

    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_decoder_create(&decoder, RNN_DECODER_CTC_GREEDY));
    for (size_t first = 0; first < list->count; first += SIDE_BY_SIDE) {
        sequence_batch batch = sequences_batch(list, first, batch_from(list, first));
        transcribe_batch(strings + first, session, decoder, &batch, width);
        sequence_batch_release(&batch);
    }
    rnn_decoder_destroy(decoder);
    rnn_session_destroy(session);
}

double learn_error_rate(size_t *right, const label_string *strings, const sequence_list *list)
{
    size_t edits = 0, labels = 0;

    *right = 0;
    for (size_t i = 0; i < list->count; i++) {
        const sequence *s = &list->items[i];
        size_t wrong = edit_distance(strings[i].labels, strings[i].count, s->labels, s->label_count);
        edits += wrong;
        labels += s->label_count;
        *right += wrong == 0;
    }
    return labels ? (double)edits / (double)labels : 0;
}
