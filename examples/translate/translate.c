/* The command line of translate. */
#include "translate.h"
#include "command.h"
#include "threads.h"

const char program_name[] = "translate";

static void train_command(char **arguments)
{
    train_options o = {.from = "en",
                       .into = "de",
                       .units = 256,
                       .embedding = 256,
                       .least = 2,
                       .batch = 64,
                       .epochs = 10,
                       .beam = 5,
                       .seed = 1,
                       .rate = 0.001,
                       .dropout = 0.3,
                       .smoothing = 0.1,
                       .output = "translate.model"};
    const option options[] = {
        {"--from", "LANGUAGE", WORD, &o.from, 0, 0, "how the names of the files of the source end", NULL},
        {"--into", "LANGUAGE", WORD, &o.into, 0, 0, "the same of the target", NULL},
        {"--units", "H", WHOLE, &o.units, 1, 8192, "hidden units of each of the three models", NULL},
        {"--embedding", "E", WHOLE, &o.embedding, 1, 8192, "elements of a word's vector", NULL},
        {"--words", "N", WHOLE, &o.words, 0, 1e6, "the most frequent words of each language alone; 0: all", NULL},
        {"--least", "N", WHOLE, &o.least, 1, 1e6, "how often a word must occur not to be unknown", NULL},
        {"--batch", "B", WHOLE, &o.batch, 1, 65536, "sentences of an update", NULL},
        {"--epochs", "N", WHOLE, &o.epochs, 1, 1e6, "times that the training set is gone through", NULL},
        {"--rate", "R", REAL, &o.rate, 1e-30, 1e30, "learning rate of Adam; it falls to a hundredth", NULL},
        {"--dropout", "P", REAL, &o.dropout, 0, 0.99, "share of what the decoder reads that is dropped", NULL},
        {"--smoothing", "S", REAL, &o.smoothing, 0, 1, "of labels", NULL},
        {"--beam", "N", WHOLE, &o.beam, 1, 1000, "width of the beam search", NULL},
        {"--seed", "N", WHOLE, &o.seed, 0, 1e12, "another seed, other initial weights and batches", NULL},
        {"--threads", "N", WHOLE, &o.threads, 1, MOST_THREADS, THREADS_HELP, NULL},
        {"--output", "FOLDER", WORD, &o.output, 0, 0, "where to save; the picture lies beside it, as .svg", NULL},
    };
    const command c = {.name = "train",
                       .words = "FOLDER",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help =
                           "Learns from train*.en and train*.de, a sentence a line, words with spaces between them,\n"
                           "    line by line the same; the epoch that is best on val* is kept, and test* translated."};

    if (!command_parse(&c, &o.folder, arguments))
        train(&o);
}

#define USE_OPTIONS(o)                                                                                                 \
    {"--model", "FOLDER", WORD, &(o).model, 0, 0, "the trained network", NULL},                                        \
        {"--beam", "N", WHOLE, &(o).beam, 1, 1000, "width of the beam search", NULL},                                  \
        {"--precision", "NAME", WORD, &(o).precision, 0, 0, "of the weights: float32, bf16 or int8", NULL},            \
    {                                                                                                                  \
        "--threads", "N", WHOLE, &(o).threads, 1, MOST_THREADS, THREADS_HELP, NULL                                     \
    }

static void file_command(char **arguments)
{
    use_options o = {.model = "translate.model", .precision = "float32", .beam = 5};
    const char *path;
    const option options[] = {
        USE_OPTIONS(o),
        {"--picture", "FILE.svg", WORD, &o.picture, 0, 0, "draws where the words of the first line were found", NULL},
    };
    const command c = {.name = "file",
                       .words = "FILE",
                       .word_count = 1,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Translates a file, a sentence a line."};

    if (!command_parse(&c, &path, arguments))
        translate_file(path, &o);
}

static void score_command(char **arguments)
{
    use_options o = {.model = "translate.model", .precision = "float32", .beam = 5};
    const char *words[2];
    const option options[] = {USE_OPTIONS(o)};
    const command c = {.name = "score",
                       .words = "FILE REFERENCE",
                       .word_count = 2,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Prints the BLEU of the translations of a file against those of a person."};

    if (!command_parse(&c, words, arguments))
        score_file(words[0], words[1], &o);
}

int main(int argc, char **argv)
{
    static const subcommand commands[] = {{"train", train_command}, {"file", file_command}, {"score", score_command}};

    (void)argc;
    command_run(commands, COUNT(commands), "sentences of one language into another", argv);
    return 0;
}
