/* Training by rnn_fit: the recording is cut into streams, and these into pieces of some hundred samples
 * (RNN_STREAM_STEPS).  An update goes back over one piece of each stream; the state is carried on. */
#include "amp.h"
#include "clock.h"
#include "interrupt.h"
#include "model.h"
#include "threads.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STOPPED 1 /* what the callback ends rnn_fit with */

/* The part [from, to) as streams of whole pieces; what does not fill a piece of all streams is left out.  A stream
 * begins with a state of 0 within the sound, so the first half of its first piece does not count. */
static rnn_dataset *cut_streams(const recording *r, size_t from, size_t to, size_t batch, size_t steps)
{
    size_t length = (to - from) / batch, used = length / steps * steps, index;
    float *mask = allocate(used, sizeof *mask);
    rnn_dataset *streams;

    for (size_t t = steps / 2; t < used; t++)
        mask[t] = 1;
    check(rnn_dataset_create(&streams));
    for (size_t b = 0; b < batch; b++, from += length) {
        check(rnn_dataset_add(streams, &index, r->x + from, used, used));
        check(rnn_dataset_set_values(streams, index, r->y + from, used));
        check(rnn_dataset_set_mask(streams, index, mask, used));
    }
    free(mask);
    return streams;
}

/* Adam, whose rate falls as a cosine, and the loss.  Pieces with a hundredth of the mean energy count as silence. */
static rnn_trainer *create_trainer(rnn_model *model, const recording *r, int64_t updates, const options *o)
{
    double floor = 0.01 * energy(r->y, NULL, r->validation, EMPHASIS) / (double)r->validation;
    rnn_optimizer *adam;
    rnn_loss *loss;
    rnn_trainer *trainer;

    check(rnn_optimizer_create_for_model(&adam, RNN_OPTIMIZER_ADAM, model));
    check(rnn_optimizer_set_real(adam, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(adam, RNN_MAX_NORM, 1));
    check(rnn_optimizer_set_int(adam, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    check(rnn_optimizer_set_int(adam, RNN_PERIOD, updates));
    check(rnn_optimizer_set_real(adam, RNN_MINIMUM_RATE, o->rate / 50));
    check(rnn_loss_create(&loss, RNN_LOSS_ERROR_TO_SIGNAL));
    check(rnn_loss_set_real(loss, RNN_PRE_EMPHASIS, EMPHASIS));
    check(rnn_loss_set_real(loss, RNN_ENERGY_FLOOR, floor));
    check(rnn_trainer_create(&trainer, model, adam, loss));
    rnn_optimizer_destroy(adam); /* the trainer keeps both */
    rnn_loss_destroy(loss);
    check(rnn_trainer_set_int(trainer, RNN_EPOCHS, o->epochs));
    check(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, o->batch));
    check(rnn_trainer_set_int(trainer, RNN_STREAM_STEPS, o->steps));
    check(rnn_trainer_set_int(trainer, RNN_SEED, o->seed));
    check(rnn_trainer_set_int(trainer, RNN_THREADS, threads_choose(o->threads, model, o->batch)));
    check(rnn_trainer_set_int(trainer, RNN_KEEP_BEST, 1));
    return trainer;
}

/* The callback. */
static int32_t tell(void *user, rnn_trainer *trainer, int32_t event)
{
    history *h = user;
    double training, validation;

    if (event == RNN_EVENT_BATCH)
        return interrupted ? STOPPED : RNN_OK;
    if (event != RNN_EVENT_EPOCH)
        return RNN_OK;
    check(rnn_trainer_get_int(trainer, RNN_EPOCH, &h->epochs));
    check(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &training));
    check(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &validation));
    series_add(&h->training, (double)h->epochs, decibels(training));
    series_add(&h->validation, (double)h->epochs, decibels(validation));
    printf("epoch %3" PRId64 "   error to signal %6.2f dB   validation %6.2f dB   %6.1f s\n", h->epochs,
           decibels(training), decibels(validation), now() - h->seconds);
    fflush(stdout);
    return RNN_OK;
}

rnn_model *train(history *h, const recording *r, const options *o)
{
    size_t batch = (size_t)o->batch, steps = (size_t)o->steps;
    rnn_model *model = network_create(r, o->units, o->seed);
    rnn_dataset *training = cut_streams(r, 0, r->validation, batch, steps);
    rnn_dataset *validation = cut_streams(r, r->validation, r->held_out, batch, steps);
    int64_t updates = (int64_t)(r->validation / batch / steps);
    rnn_trainer *trainer = create_trainer(model, r, updates * o->epochs, o);

    printf("LSTM of %" PRId64 " units, %zu parameters; %.1f s of sound, %" PRId64 " updates are an epoch\n", o->units,
           parameter_count(model), (double)r->validation / r->rate, updates);
    check(rnn_trainer_set_callback(trainer, tell, h));
    interrupt_catch();
    h->seconds = now(); /* when it began, until it is over */
    int32_t status = rnn_fit(trainer, training, validation);
    if (status != STOPPED)
        check(status);
    h->seconds = now() - h->seconds;
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
    rnn_trainer_destroy(trainer);
    return model;
}
