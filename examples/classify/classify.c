/* The command line of classify. */
#include "classify.h"
#include "command.h"
#include "threads.h"

#include <stdio.h>

const char program_name[] = "classify";

/* The options of training; what differs between the two kinds of data are the defaults, and what noise is. */
static bool parse_training(train_options *o, const char *name, const char *help, double most_noise,
                           const char *noise_help, char **arguments)
{
    learn_options *l = &o->learning;
    const option options[] = {
        {"--units", "H", WHOLE, &o->units, 1, 65536, "hidden units of a layer in each direction", NULL},
        {"--layers", "L", WHOLE, &o->layers, 1, 64, "layers", NULL},
        {"--dropout", "P", REAL, &o->dropout, 0, 0.99, "of what a layer hands to the next", NULL},
        {"--recurrent-dropout", "P", REAL, &o->recurrent_dropout, 0, 0.99, "of the state within a layer", NULL},
        {"--noise", "X", REAL, &o->noise, 0, most_noise, noise_help, NULL},
        {"--epochs", "N", WHOLE, &l->epochs, 1, 1e6, "how often all sequences are read", NULL},
        {"--batch", "B", WHOLE, &l->batch, 1, 65536, "sequences of an update", NULL},
        {"--rate", "R", REAL, &l->rate, 1e-38, 1e38, "learning rate at first; it falls as a cosine", NULL},
        {"--clip", "N", REAL, &l->max_norm, 0, 1e9, "longest gradient, longer ones are shortened; 0: any", NULL},
        {"--decay", "X", REAL, &l->decay, 0, 1e9, "of the weights (AdamW)", NULL},
        {"--seed", "N", WHOLE, &l->seed, 0, MAX_WHOLE, "another seed, another run", NULL},
        {"--threads", "N", WHOLE, &l->threads, 1, MOST_THREADS, THREADS_HELP, NULL},
        {"--output", "CHECKPOINT", WORD, &o->output, 0, 0, "where to save; the picture lies beside it, as .svg", NULL},
    };
    const command c = {.name = name,
                       .words = "FOLDER",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = help};

    return command_parse(&c, &o->folder, arguments);
}

static void train_and_release(task *t, data *d, const train_options *o)
{
    train(t, d, o);
    data_release(d);
    task_release(t);
}

static void names_command(char **arguments)
{
    train_options o = {.units = 128,
                       .layers = 1,
                       .dropout = 0,
                       .recurrent_dropout = 0.3,
                       .noise = 0.02,
                       .output = "classify.safetensors"};
    o.learning = (learn_options){.loss = RNN_LOSS_CROSS_ENTROPY,
                                 .epochs = 15,
                                 .batch = 64,
                                 .seed = 1,
                                 .rate = 0.003,
                                 .max_norm = 1,
                                 .decay = 0.01};
    task t = {.kind = TASK_NAMES};
    data d = {.training = {.inputs = 0}};

    if (parse_training(&o, "names", "Learns the classes of names from a folder of CLASS.txt, a name a line.", 0.9,
                       "share of the bytes that are made unknown", arguments))
        return;
    names_read(&t, &d, o.folder, o.learning.seed);
    train_and_release(&t, &d, &o);
}

static void series_command(char **arguments)
{
    train_options o = {.units = 100,
                       .layers = 1,
                       .dropout = 0,
                       .recurrent_dropout = 0.5,
                       .noise = 0.6,
                       .output = "classify.safetensors"};
    o.learning = (learn_options){.loss = RNN_LOSS_CROSS_ENTROPY,
                                 .epochs = 60,
                                 .batch = 32,
                                 .seed = 1,
                                 .rate = 0.003,
                                 .max_norm = 1,
                                 .decay = 0.01};
    task t = {.kind = TASK_SERIES};
    data d = {.training = {.inputs = 0}};

    if (parse_training(&o, "series", "Learns the classes of time series from NAME_TRAIN.ts and NAME_TEST.ts.", 1e9,
                       "deviation of the noise that is added to inputs of deviation 1", arguments))
        return;
    ts_read(&t, &d, o.folder);
    train_and_release(&t, &d, &o);
}

static void recognise_command(char **arguments)
{
    const char *file, *model = "classify.safetensors";
    const option options[] = {
        {"--model", "CHECKPOINT", WORD, &model, 0, 0, "what names or series has saved", NULL},
    };
    const command c = {.name = "recognise",
                       .words = "FILE",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help =
                           "Prints the three likeliest classes of each line of a file: a name, or a case as in a .ts\n"
                           "    file, with a label or without; of cases that have one it counts those that are right."};

    if (!command_parse(&c, &file, arguments))
        recognise(file, model);
}

int main(int argc, char **argv)
{
    const subcommand commands[] = {
        {"names", names_command}, {"series", series_command}, {"recognise", recognise_command}};

    (void)argc;
    command_run(commands, COUNT(commands), "sequences and the classes they belong to", argv);
    return 0;
}
