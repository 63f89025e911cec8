/* The network, and its training by rnn_fit. */
#include "clock.h"
#include "die.h"
#include "model.h"
#include "tag.h"
#include "threads.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* -infinity where no text has such a pair, which the CRF then never gives. */
static void forbid(rnn_model *model)
{
    float start[LABELS], end[LABELS], pairs[LABELS * LABELS];

    check(rnn_model_get_parameter(model, "crf.start_transitions", start, LABELS));
    check(rnn_model_get_parameter(model, "crf.end_transitions", end, LABELS));
    check(rnn_model_get_parameter(model, "crf.transitions", pairs, LABELS * LABELS));
    for (int32_t i = 0; i < LABELS; i++) {
        if (!label_may_follow(LAST, i)) /* a line begins as behind the end of a word */
            start[i] = -INFINITY;
        if (!label_may_follow(i, LABELS))
            end[i] = -INFINITY;
        for (int32_t j = 0; j < LABELS; j++)
            if (!label_may_follow(i, j))
                pairs[i * LABELS + j] = -INFINITY;
    }
    check(rnn_model_set_parameter(model, "crf.start_transitions", start, LABELS));
    check(rnn_model_set_parameter(model, "crf.end_transitions", end, LABELS));
    check(rnn_model_set_parameter(model, "crf.transitions", pairs, LABELS * LABELS));
}

static rnn_model *create_network(const corpus *c, bool crf, const options *o)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    check(rnn_config_set_int(config, RNN_VOCABULARY, c->alphabet));
    check(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, o->embedding));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    check(rnn_config_set_int(config, RNN_CLASSES, LABELS));
    check(rnn_config_set_int(config, RNN_CRF, crf));
    check(rnn_config_set_int(config, RNN_SEED, o->seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    if (crf)
        forbid(model);
    return model;
}

static rnn_dataset *dataset_of(const corpus *c, size_t from, size_t to)
{
    rnn_dataset *dataset;
    size_t index;

    check(rnn_dataset_create(&dataset));
    for (size_t n = from; n < to; n++) {
        check(rnn_dataset_add_tokens(dataset, &index, c->lines[n].tokens, c->lines[n].length));
        check(rnn_dataset_set_classes(dataset, index, c->lines[n].labels, c->lines[n].length));
    }
    return dataset;
}

static rnn_trainer *create_trainer(rnn_model *model, bool crf, const options *o)
{
    rnn_optimizer *adam;
    rnn_loss *loss;
    rnn_trainer *trainer;

    check(rnn_optimizer_create_for_model(&adam, RNN_OPTIMIZER_ADAM, model));
    check(rnn_optimizer_set_real(adam, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(adam, RNN_MAX_NORM, 5));
    check(rnn_loss_create(&loss, crf ? RNN_LOSS_CRF : RNN_LOSS_CROSS_ENTROPY));
    check(rnn_trainer_create(&trainer, model, adam, loss));
    rnn_optimizer_destroy(adam); /* the trainer keeps both */
    rnn_loss_destroy(loss);
    check(rnn_trainer_set_int(trainer, RNN_EPOCHS, o->epochs));
    check(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, o->batch));
    check(rnn_trainer_set_int(trainer, RNN_BUCKETS, 20)); /* lines of similar length in a batch */
    check(rnn_trainer_set_int(trainer, RNN_SEED, o->seed));
    check(rnn_trainer_set_int(trainer, RNN_THREADS, threads_choose(o->threads, model, o->batch)));
    return trainer;
}

/* The label of what is trained. */
static int32_t tell(void *user, rnn_trainer *trainer, int32_t event)
{
    int64_t epoch;
    double training, validation;

    if (event != RNN_EVENT_EPOCH)
        return 0;
    check(rnn_trainer_get_int(trainer, RNN_EPOCH, &epoch));
    check(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &training));
    check(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &validation));
    printf("%s   epoch %3" PRId64 "   loss %8.4f   held out %8.4f\n", (const char *)user, epoch, training, validation);
    fflush(stdout);
    return 0;
}

rnn_model *train(double *seconds, const corpus *c, bool crf, const options *o)
{
    static char alone[] = "alone", with[] = "CRF  ";
    rnn_model *model = create_network(c, crf, o);
    rnn_trainer *trainer = create_trainer(model, crf, o);
    rnn_dataset *training = dataset_of(c, 0, c->held_out), *held_out = dataset_of(c, c->held_out, c->count);
    double begin = now();

    check(rnn_trainer_set_callback(trainer, tell, crf ? with : alone));
    check(rnn_fit(trainer, training, held_out));
    *seconds = now() - begin;
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(held_out);
    rnn_trainer_destroy(trainer);
    return model;
}
