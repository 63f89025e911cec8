/* The network, and what trains it. */
#include "charlm.h"
#include "threads.h"

rnn_model *network_create(const letter_table *letters, int64_t units, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)letters->size));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    check(rnn_config_set_int(config, RNN_CLASSES, (int64_t)letters->size));
    check(rnn_config_set_int(config, RNN_SEED, seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    letters_store(letters, model);
    return model;
}

rnn_trainer *trainer_create(rnn_model *model, int64_t batch, const train_options *o)
{
    rnn_optimizer *descent;
    rnn_loss *loss;
    rnn_trainer *trainer;

    check(rnn_optimizer_create_for_model(&descent, RNN_OPTIMIZER_SGD, model));
    check(rnn_optimizer_set_real(descent, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(descent, RNN_MAX_NORM, o->clip));
    check(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    check(rnn_trainer_create(&trainer, model, descent, loss));
    rnn_optimizer_destroy(descent); /* the trainer keeps both */
    rnn_loss_destroy(loss);
    check(rnn_trainer_set_int(trainer, RNN_EPOCHS, INT64_MAX / 2)); /* the callback stops it */
    check(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, batch));
    check(rnn_trainer_set_int(trainer, RNN_STREAM_STEPS, o->steps));
    check(rnn_trainer_set_int(trainer, RNN_SHUFFLE, 0)); /* row b of every batch is stream b */
    check(rnn_trainer_set_int(trainer, RNN_THREADS, threads_choose(o->threads, model, batch)));
    return trainer;
}
