/* The command line of speech. */
#include "speech.h"
#include "command.h"
#include "threads.h"

const char program_name[] = "speech";

#define CHECKPOINT "speech.safetensors"

static void run_train(char **arguments)
{
    train_options o = {.units = 96, .batch = 32, .seed = 1, .rate = 0.003, .draws = 600, .output = CHECKPOINT};
    const option options[] = {
        {"--strings", "", FLAG, &o.strings, 0, 0, "strings of 3 to 7 digits, by CTC, and not one digit each", NULL},
        {"--units", "H", WHOLE, &o.units, 1, 65536, "of the LSTM, in each direction", NULL},
        {"--epochs", "N", WHOLE, &o.epochs, 1, 1e6, "(16, with --strings 40)", NULL},
        {"--draws", "N", WHOLE, &o.draws, 1, 1e6, "strings of an epoch", NULL},
        {"--batch", "N", WHOLE, &o.batch, 1, 1e6, "recordings or strings of an update", NULL},
        {"--rate", "R", REAL, &o.rate, 1e-12, 1e6, "of Adam at first", NULL},
        {"--seed", "N", WHOLE, &o.seed, 0, MAX_WHOLE, "another seed, other initial weights and draws", NULL},
        {"--threads", "N", WHOLE, &o.threads, 1, MOST_THREADS, THREADS_HELP, NULL},
        {"--output", "FILE", WORD, &o.output, 0, 0, "where to save; the picture gets the same name", NULL},
    };
    const command c = {"train",
                       "FOLDER",
                       1,
                       options,
                       COUNT(options),
                       "Trains a network on the recordings DIGIT_SPEAKER_INDEX.wav of a folder; those with an INDEX\n"
                       "    of 0 to 4 are held out, for the table of results and the picture."};

    if (command_parse(&c, &o.folder, arguments))
        return;
    if (o.epochs == 0)
        o.epochs = o.strings ? 40 : 16;
    train(&o);
}

static void run_recognise(char **arguments)
{
    recognise_options o = {.model = CHECKPOINT};
    const option options[] = {
        {"--model", "FILE", WORD, &o.model, 0, 0, "the checkpoint of a trained network", NULL},
        {"--picture", "FILE", WORD, &o.picture, 0, 0, "draws what was heard, as an SVG", NULL},
    };
    const command c = {
        "recognise", "FILE",         1,
        options,     COUNT(options), "Prints the digit of a WAV file, or the digits and when each was spoken."};

    if (!command_parse(&c, &o.file, arguments))
        recognise(&o);
}

int main(int argc, char **argv)
{
    static const subcommand commands[] = {{"train", run_train}, {"recognise", run_recognise}};

    (void)argc;
    command_run(commands, COUNT(commands), "spoken digits", argv);
    return 0;
}
