/* The command line of charlm.  One table per command names its options: it reads them and writes the help. */
#include "charlm.h"
#include "number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char program_name[] = "charlm";

double bits(double nats)
{
    return nats / log(2);
}

/* ---- options -------------------------------------------------------------------------------------------------- */

typedef enum { WHOLE, REAL, WORD } kind; /* int64_t, double, const char * */

typedef struct {
    const char *name, *argument;
    kind kind;
    void *value; /* holds the default */
    double least, most;
    const char *help;
} option;

typedef struct {
    const char *name, *help;
    const char *words; /* those that are no options, and must be given */
    size_t word_count;
    const option *options;
    size_t option_count;
} command;

static void print_default(const option *o)
{
    if (o->kind == WHOLE && *(int64_t *)o->value != 0)
        printf(" (%" PRId64 ")", *(int64_t *)o->value);
    else if (o->kind == REAL && *(double *)o->value != 0)
        printf(" (%g)", *(double *)o->value);
    else if (o->kind == WORD && *(const char **)o->value && **(const char **)o->value)
        printf(" (%s)", *(const char **)o->value);
}

static void print_help(const command *c)
{
    printf("charlm %s %s%s\n    %s\n", c->name, c->words, c->option_count ? " [options]" : "", c->help);
    for (size_t i = 0; i < c->option_count; i++) {
        const option *o = &c->options[i];
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s", o->name, o->argument);
        printf("    %-24s %s", usage, o->help);
        print_default(o);
        printf("\n");
    }
}

static void set_option(const option *o, const char *given)
{
    if (o->kind == WORD)
        *(const char **)o->value = given;
    else if (o->kind == WHOLE)
        *(int64_t *)o->value = number_whole(o->name, given, o->least, o->most);
    else
        *(double *)o->value = number_real(o->name, given, o->least, o->most);
}

/* The option called `name` (up to its end or "="); dies where there is none. */
static const option *find_option(const command *c, const char *name)
{
    size_t length = strcspn(name, "=");

    for (size_t i = 0; i < c->option_count; i++)
        if (strlen(c->options[i].name) == length && strncmp(c->options[i].name, name, length) == 0)
            return &c->options[i];
    die("%s has no option %.*s; charlm --help shows those it has", c->name, (int)length, name);
}

/* Reads the options and the words; true where only help was wanted, and printed. */
static bool parse(const command *c, const char **words, char **arguments)
{
    size_t count = 0;

    for (; *arguments; arguments++) {
        const char *argument = *arguments;
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            print_help(c);
            return true;
        }
        if (argument[0] != '-' || argument[1] == '\0') {
            if (count == c->word_count)
                die("%s takes %s and no more, but '%s' came too", c->name, c->words, argument);
            words[count++] = argument;
            continue;
        }
        if (strncmp(argument, "--", 2) != 0)
            die("%s has no option %s; charlm --help shows those it has", c->name, argument);
        const option *o = find_option(c, argument);
        const char *value = strchr(argument, '=');
        if (value)
            value++;
        else if (!(value = *++arguments))
            die("%s needs a value: %s", o->name, o->argument);
        set_option(o, value);
    }
    if (count < c->word_count)
        die("%s needs %s", c->name, c->words);
    return false;
}

/* ---- commands ------------------------------------------------------------------------------------------------- */

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void train_command(char **arguments)
{
    train_options o = {.units = 128,
                       .batch = 32,
                       .steps = 64,
                       .seed = 1,
                       .rate = 1,
                       .clip = 1,
                       .threads = 1,
                       .output = "charlm.safetensors"};
    const option options[] = {
        {"--units", "H", WHOLE, &o.units, 1, 65536, "hidden units"},
        {"--batch", "B", WHOLE, &o.batch, 1, 65536, "streams that the text is cut in"},
        {"--steps", "T", WHOLE, &o.steps, 1, 65536, "characters that an update goes back over"},
        {"--rate", "R", REAL, &o.rate, 1e-38, 1e38, "learning rate"},
        {"--clip", "N", REAL, &o.clip, 0, 1e9, "longest gradient, longer ones are shortened; 0: any"},
        {"--seconds", "S", REAL, &o.seconds, 0, 1e9, "stop after so many seconds, validations included"},
        {"--epochs", "N", WHOLE, &o.epochs, 0, 1e9, "stop after going through the text so many times"},
        {"--until", "L[,L...]", WORD, &o.until, 0, 0, "stop when these validation losses (nats) are reached"},
        {"--validate-every", "S", REAL, &o.validate_every, 0, 1e9,
         "seconds of training between validations; 0: chosen, for a tenth of the time at most"},
        {"--seed", "N", WHOLE, &o.seed, 0, MAX_WHOLE, "another seed, other initial weights"},
        {"--threads", "N", WHOLE, &o.threads, 1, 64, "threads; they change the time and nothing else"},
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

    if (parse(&c, &o.file, arguments))
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

    if (!parse(&c, &checkpoint, arguments))
        sample(checkpoint, &o);
}

static void validate_command(char **arguments)
{
    const char *words[2];
    const command c = {.name = "validate",
                       .words = "CHECKPOINT FILE",
                       .word_count = 2,
                       .help = "Prints the loss of a model on a text."};

    if (!parse(&c, words, arguments))
        validate(words[0], words[1]);
}

static void help_command(char **arguments)
{
    char *help[] = {"--help", NULL};

    (void)arguments;
    printf("charlm: a character language model\n\n");
    train_command(help);
    printf("\n");
    sample_command(help);
    printf("\n");
    validate_command(help);
    printf("\ncharlm --version\n    Prints how the library was built.\n");
}

static void version_command(char **arguments)
{
    (void)arguments;
    printf("%s\n", rnn_build_info());
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(char **arguments);
    } commands[] = {{"train", train_command}, {"sample", sample_command}, {"validate", validate_command},
                    {"--help", help_command}, {"-h", help_command},       {"--version", version_command}};

    if (argc < 2)
        die("no command given: train, sample or validate; charlm --help shows how");
    for (size_t i = 0; i < COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            commands[i].run(argv + 2);
            check_output();
            return 0;
        }
    die("'%s' is no command: train, sample or validate; charlm --help shows how", argv[1]);
}
