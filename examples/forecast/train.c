/* Two layers of LSTM with a quantile of each level as output, trained by rnn_fit with early stopping. */
#include "clock.h"
#include "die.h"
#include "forecast.h"
#include "model.h"
#include "threads.h"

#include <inttypes.h>
#include <stdio.h>

const float levels[LEVELS] = {0.1f, 0.5f, 0.9f};

static rnn_model *create_network(const options *o)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, FEATURES));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_LAYERS, 2));
    check(rnn_config_set_int(config, RNN_CLASSES, LEVELS));
    check(rnn_config_set_int(config, RNN_SEED, o->seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_trainer *create_trainer(rnn_model *model, const options *o)
{
    rnn_optimizer *adam;
    rnn_loss *loss;
    rnn_trainer *trainer;

    check(rnn_optimizer_create(&adam, RNN_OPTIMIZER_ADAM, parameter_count(model)));
    check(rnn_optimizer_set_real(adam, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(adam, RNN_MAX_NORM, 1));
    check(rnn_loss_create(&loss, RNN_LOSS_QUANTILE));
    check(rnn_loss_set_quantiles(loss, levels, LEVELS));
    check(rnn_loss_set_int(loss, RNN_SKIP_MISSING, 1));
    check(rnn_trainer_create(&trainer, model, adam, loss));
    rnn_optimizer_destroy(adam); /* the trainer keeps both */
    rnn_loss_destroy(loss);
    check(rnn_trainer_set_int(trainer, RNN_EPOCHS, o->epochs));
    check(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, o->batch));
    check(rnn_trainer_set_int(trainer, RNN_SEED, o->seed));
    check(rnn_trainer_set_int(trainer, RNN_THREADS, threads_choose(o->threads, model, o->batch)));
    check(rnn_trainer_set_int(trainer, RNN_EARLY_STOP, o->patience));
    check(rnn_trainer_set_real(trainer, RNN_MIN_DELTA, o->min_delta));
    check(rnn_trainer_set_int(trainer, RNN_KEEP_BEST, 1));
    return trainer;
}

static int32_t tell(void *user, rnn_trainer *trainer, int32_t event)
{
    history *h = user;
    double training, validation;

    if (event != RNN_EVENT_EPOCH)
        return 0;
    check(rnn_trainer_get_int(trainer, RNN_EPOCH, &h->epochs));
    check(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &training));
    check(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &validation));
    series_add(&h->training, (double)h->epochs, training);
    series_add(&h->validation, (double)h->epochs, validation);
    printf("epoch %3" PRId64 "   pinball loss %7.4f   validation %7.4f\n", h->epochs, training, validation);
    fflush(stdout);
    return 0;
}

rnn_model *train(history *h, const frame *f, size_t from, size_t to, size_t end, const options *o)
{
    size_t stride = f->horizon / 4 ? f->horizon / 4 : 1; /* windows of training overlap */
    rnn_model *model = create_network(o);
    rnn_trainer *trainer = create_trainer(model, o);
    rnn_dataset *training = windows_dataset(f, from, to - f->horizon + 1, stride);
    rnn_dataset *validation = windows_dataset(f, to, end - f->horizon + 1, stride);
    size_t counts[2];
    double begin = now();

    check(rnn_dataset_count(training, &counts[0]));
    check(rnn_dataset_count(validation, &counts[1]));
    printf("two LSTM layers of %" PRId64 " units, %zu parameters; %zu windows, %zu for validation\n", o->units,
           parameter_count(model), counts[0], counts[1]);
    check(rnn_trainer_set_callback(trainer, tell, h));
    check(rnn_fit(trainer, training, validation));
    h->seconds = now() - begin;
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
    rnn_trainer_destroy(trainer);
    return model;
}
