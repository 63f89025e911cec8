/* The command line of handwriting.  One table per command names its options: it reads them and writes the help. */
#include "handwriting.h"
#include "command.h"
#include "threads.h"

const char program_name[] = "handwriting";

#define DIGIT_EPOCHS  12
#define STRING_EPOCHS 30
#define SCORER_BEAM   16

static void train_command(char **arguments)
{
    train_options o = {.output = "handwriting.safetensors",
                       .units = 100,
                       .strings = 2000,
                       .held_out = 1000,
                       .distortion = 0.1,
                       .learn = {.batch = 64, .seed = 1, .rate = 0.01, .max_norm = 1}};
    bool strings = false, of_strings = false;
    const option options[] = {
        {"--strings", "", FLAG, &strings, 0, 0, "learn to read strings of 3 to 7 digits, by CTC", NULL},
        {"--units", "H", WHOLE, &o.units, 1, 65536, "hidden units of each direction", NULL},
        {"--epochs", "N", WHOLE, &o.learn.epochs, 1, 1e9, "epochs (12, of strings 30)", NULL},
        {"--batch", "B", WHOLE, &o.learn.batch, 1, 65536, "digits, or strings, of an update", NULL},
        {"--rate", "R", REAL, &o.learn.rate, 1e-30, 1e30, "learning rate of Adam, at first", NULL},
        {"--distortion", "D", REAL, &o.distortion, 0, 1, "how much training digits are slanted, stretched, turned",
         NULL},
        {"--drawn", "N", WHOLE, &o.strings, 1, 1e9, "strings drawn for an epoch", &of_strings},
        {"--held-out", "N", WHOLE, &o.held_out, 1, 1e9, "strings held out", &of_strings},
        {"--seed", "N", WHOLE, &o.learn.seed, 0, MAX_WHOLE, "another seed, another run", NULL},
        {"--threads", "N", WHOLE, &o.learn.threads, 1, MOST_THREADS, THREADS_HELP, NULL},
        {"--output", "CHECKPOINT", WORD, &o.output, 0, 0, "where to save; the picture lies beside it, as .svg", NULL},
    };
    const command c = {.name = "train",
                       .words = "FOLDER",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Learns to read digits from the path of the pen: pendigits.tra of the folder; what is\n"
                               "    held out is pendigits.tes."};

    if (command_parse(&c, &o.folder, arguments))
        return;
    if (of_strings && !strings)
        die("train: --drawn and --held-out go with --strings");
    o.task = strings ? &task_strings : &task_digits;
    o.learn.loss = o.task->loss;
    if (o.learn.epochs == 0)
        o.learn.epochs = strings ? STRING_EPOCHS : DIGIT_EPOCHS;
    train(&o);
}

static void recognise_command(char **arguments)
{
    recognise_options o = {.model = "handwriting.safetensors", .row = 1, .scorer_weight = 1};
    const char *file;
    bool weighted = false;
    const option options[] = {
        {"--model", "CHECKPOINT", WORD, &o.model, 0, 0, "what train saved", NULL},
        {"--picture", "FILE", WORD, &o.picture, 0, 0, "draw a row, as SVG", NULL},
        {"--row", "N", WHOLE, &o.row, 1, 1e9, "which", NULL},
        {"--beam", "N", WHOLE, &o.beam, 0, 10000, "read strings by prefix beam search; 0: by the best path", NULL},
        {"--scorer", "CHECKPOINT", WORD, &o.scorer, 0, 0, "of charlm: how likely which digits follow each other", NULL},
        {"--scorer-weight", "W", REAL, &o.scorer_weight, 0, 1e6, "how much that counts", &weighted},
    };
    const command c = {.name = "recognise",
                       .words = "FILE",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help =
                           "Reads the digit, or the string, of each row of a file: x,y,x,y,... with y from 0 to 100\n"
                           "    and upwards; for digits x too, for strings it goes on to the right. Commas or white\n"
                           "    space stand between. As in the data set there should be 8 points a digit, equally\n"
                           "    far apart along the path. The data set's labels may stand behind them: they are\n"
                           "    compared with what is read."};

    if (command_parse(&c, &file, arguments))
        return;
    if (weighted && !o.scorer)
        die("recognise: --scorer-weight goes with --scorer");
    if (o.scorer && !o.beam)
        o.beam = SCORER_BEAM;
    recognise(file, &o);
}

static void write_command(char **arguments)
{
    write_options o = {.output = "rows.txt", .seed = 1};
    const char *words[2];
    const option options[] = {
        {"--seed", "N", WHOLE, &o.seed, 0, MAX_WHOLE, "other digits and gaps", NULL},
        {"--output", "FILE", WORD, &o.output, 0, 0, "where to write", NULL},
    };
    const command c = {.name = "write",
                       .words = "FOLDER TEXT",
                       .word_count = 2,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Writes each number of a text, one on each line, with digits of pendigits.tes of the\n"
                               "    folder: labelled rows for recognise."};

    if (!command_parse(&c, words, arguments))
        write_rows(words[0], words[1], &o);
}

int main(int argc, char **argv)
{
    static const subcommand commands[] = {
        {"train", train_command}, {"recognise", recognise_command}, {"write", write_command}};

    (void)argc;
    command_run(commands, COUNT(commands), "digits from the path of the pen", argv);
    return 0;
}
