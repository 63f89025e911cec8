/* A run of training, from the network to the picture. */
#include "classify.h"

#include <stdio.h>
#include <stdlib.h>

static rnn_model *create_network(const task *t, const data *d, const train_options *o)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    check(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    if (t->kind == TASK_NAMES)
        check(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)t->letters.size));
    else
        check(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)d->training.inputs));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_LAYERS, o->layers));
    check(rnn_config_set_int(config, RNN_OUTPUT, RNN_OUTPUT_LAST_STEP));
    check(rnn_config_set_int(config, RNN_CLASSES, (int64_t)t->classes.count));
    check(rnn_config_set_real(config, RNN_DROPOUT, o->dropout));
    check(rnn_config_set_real(config, RNN_RECURRENT_DROPOUT, o->recurrent_dropout));
    check(rnn_config_set_int(config, RNN_SEED, o->learning.seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

void train(const task *t, const data *d, const train_options *o)
{
    char *picture = file_beside(o->output, ".svg");
    noise shaken = {.clean = &d->training, .strength = o->noise, .random = ~(uint64_t)o->learning.seed};
    results r;

    file_check_replaceable(o->output);
    file_check_writable(picture);
    rnn_model *model = create_network(t, d, o);
    task_store(t, model);
    printf("%zu classes, %zu sequences to learn from, %zu held out\n", t->classes.count, d->training.count,
           d->held_out.count);
    learn(&r.learned, model, noise_draw, &shaken, &d->held_out, &o->learning);
    results_measure(&r, model, &d->held_out);
    results_print(&r, &t->classes);
    check(rnn_save(model, o->output));
    picture_draw(&r, t, picture);
    printf("checkpoint: %s, picture: %s\n", o->output, picture);
    sequences_release(&shaken.noisy);
    free(r.confusion);
    free(picture);
    rnn_destroy(model);
}
