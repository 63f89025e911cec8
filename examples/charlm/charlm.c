/* The command line of charlm. */
#include "charlm.h"
#include "command.h"
#include "threads.h"

#include <math.h>

const char program_name[] = "charlm";

double bits(double nats)
{
    return nats / log(2);
}

static void train_command(char **arguments)
{
    train_options o = {
        .units = 128, .batch = 32, .steps = 64, .seed = 1, .rate = 1, .clip = 1, .output = "charlm.safetensors"};
    const option options[] = {
        {"--units", "H", WHOLE, &o.units, 1, 65536, "hidden units"},
        {"--batch", "B", WHOLE, &o.batch, 1, 65536, "streams that the text is cut in"},
        {"--steps", "T", WHOLE, &o.steps, 1, 65536, "characters that an update goes back over"},
        {"--rate", "R", REAL, &o.rate, 1e-38, 1e30, "learning rate"},
        {"--clip", "N", REAL, &o.clip, 0, 1e9, "longest gradient, longer ones are shortened; 0: any"},
        {"--seconds", "S", REAL, &o.seconds, 0, 1e9, "stop after so many seconds, validations included"},
        {"--epochs", "N", WHOLE, &o.epochs, 0, 1e9, "stop after going through the text so many times"},
        {"--until", "L[,L...]", WORD, &o.until, 0, 0, "stop when these validation losses (nats) are reached"},
        {"--validate-every", "S", REAL, &o.validate_every, 0, 1e9,
         "seconds of training between validations; 0: chosen, for a tenth of the time at most"},
        {"--seed", "N", WHOLE, &o.seed, 0, MAX_WHOLE, "another seed, other initial weights"},
        {"--threads", "N", WHOLE, &o.threads, 1, MOST_THREADS, THREADS_HELP},
        {"--output", "CHECKPOINT", WORD, &o.output, 0, 0, "where to save; the loss curve lies beside it, as .svg"},
    };
    const command c = {
        .name = "train",
        .words = "FILE",
        .word_count = 1,
        .options = options,
        .option_count = COUNT(options),
        .help = "Learns to predict the next character of a text.\n"
                "    Without --seconds, --epochs and --until it stops after a minute; ctrl-C stops it at any time,\n"
                "    and saves."};

    if (command_parse(&c, &o.file, arguments))
        return;
    if (o.seconds == 0 && o.epochs == 0 && !o.until)
        o.seconds = 60;
    train(&o);
}

static void sample_command(char **arguments)
{
    sample_options o = {"", SAMPLE_TEMPERATURE, SAMPLE_LENGTH, 1};
    const char *checkpoint;
    const option options[] = {
        {"--prime", "TEXT", WORD, &o.prime, 0, 0, "text to continue"},
        {"--temperature", "X", REAL, &o.temperature, 0, 1e9, "above 1 bolder, below 1 safer, 0: always the likeliest"},
        {"--length", "N", WHOLE, &o.length, 0, MAX_WHOLE, "characters to write"},
        {"--seed", "N", WHOLE, &o.seed, 0, MAX_WHOLE, "another seed, another text"},
    };
    const command c = {.name = "sample",
                       .words = "CHECKPOINT",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Writes text as the model has learnt it."};

    if (!command_parse(&c, &checkpoint, arguments))
        sample(checkpoint, &o);
}

static void validate_command(char **arguments)
{
    const char *words[2];
    const command c = {.name = "validate",
                       .words = "CHECKPOINT FILE",
                       .word_count = 2,
                       .help = "Prints the loss of a model on a text."};

    if (!command_parse(&c, words, arguments))
        validate(words[0], words[1]);
}

int main(int argc, char **argv)
{
    static const subcommand commands[] = {
        {"train", train_command}, {"sample", sample_command}, {"validate", validate_command}};

    (void)argc;
    command_run(commands, COUNT(commands), "a character language model", argv);
    return 0;
}
