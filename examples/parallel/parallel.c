/* The command line of parallel.  Rank 0 reads it and tells the others, so that there is one sentence where something is
 * wrong with it. */
#include "parallel.h"
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char program_name[] = "parallel";

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef enum { WHOLE, REAL, WORD, FLAG } kind; /* int64_t, double, const char *, bool */

typedef struct {
    const char *name, *argument;
    kind kind;
    void *value; /* holds the default */
    double least, most;
    const char *help;
} option;

/* What a checkpoint says by itself. */
static const char *const kept[] = {"--units", "--batch", "--length", "--rate", "--seed"};

static bool is_kept(const char *name)
{
    for (size_t i = 0; i < COUNT(kept); i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

static void print_help(const option *table, size_t count)
{
    printf("mpirun -n RANKS parallel [options]\n"
           "    Trains a GRU to repeat tokens %d steps later, each rank with its rows of every batch. The result is\n"
           "    that of one process, up to rounding.\n",
           DELAY);
    for (size_t i = 0; i < count; i++) {
        const option *o = &table[i];
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s", o->name, o->argument);
        printf("    %-20s %s", usage, o->help);
        if (o->kind == WHOLE)
            printf(" (%" PRId64 ")", *(int64_t *)o->value);
        else if (o->kind == REAL)
            printf(" (%g)", *(double *)o->value);
        else if (o->kind == WORD)
            printf(" (%s)", *(const char **)o->value);
        printf("\n");
    }
    printf("    --help, --version\n");
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
static const option *find_option(const option *table, size_t count, const char *name)
{
    size_t length = strcspn(name, "=");

    for (size_t i = 0; i < count; i++)
        if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0)
            return &table[i];
    die("'%s' is no option; parallel --help shows those there are", name);
}

/* Takes "--name=value" and "--name value".  Returns the last option of those that a checkpoint keeps, or NULL. */
static const char *read_options(const option *table, size_t count, char **arguments)
{
    const char *given = NULL;

    for (; *arguments; arguments++) {
        const option *o = find_option(table, count, *arguments);
        const char *value = strchr(*arguments, '=');
        if (o->kind == FLAG) {
            if (value)
                die("%s takes no value", o->name);
            *(bool *)o->value = true;
            continue;
        }
        value = value ? value + 1 : *++arguments;
        if (!value)
            die("%s needs a value: %s", o->name, o->argument);
        set_option(o, value);
        if (is_kept(o->name))
            given = o->name;
    }
    return given;
}

/* The argument that asks for something to be printed and no more, or NULL. */
static const char *question(char **arguments)
{
    for (; *arguments; arguments++)
        if (strcmp(*arguments, "--help") == 0 || strcmp(*arguments, "-h") == 0 || strcmp(*arguments, "--version") == 0)
            return *arguments;
    return NULL;
}

/* True where only help or the version was wanted, and printed. */
static bool parse(options *o, const char **path, char **arguments)
{
    const option table[] = {
        {"--units", "H", WHOLE, &o->units, 1, 65536, "hidden units"},
        {"--batch", "B", WHOLE, &o->batch, 1, MOST_SEQUENCES, "sequences of an update, of all ranks together"},
        {"--length", "T", WHOLE, &o->length, 1, MOST_STEPS, "steps of the longest sequences; the shortest have half"},
        {"--rate", "R", REAL, &o->rate, 1e-38, 1e38, "learning rate of Adam"},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "another seed, other initial weights and sequences"},
        {"--updates", "N", WHOLE, &o->updates, 0, 1e9, "updates in all, those before --resume among them"},
        {"--report-every", "N", WHOLE, &o->report_every, 1, 1e9, "updates between lines of progress"},
        {"--save-every", "N", WHOLE, &o->save_every, 1, 1e9, "updates between checkpoints; the last is saved too"},
        {"--threads", "N", WHOLE, &o->threads, 1, 64, "threads of each rank; they change the time and nothing else"},
        {"--output", "CHECKPOINT", WORD, path, 0, 0, "where to save; the optimiser lies beside it"},
        {"--resume", "", FLAG, &o->resume, 0, 0, "goes on from the checkpoint, on any number of ranks"},
    };
    const char *asked = question(arguments);

    if (asked && strcmp(asked, "--version") == 0)
        printf("%s\n", rnn_build_info());
    else if (asked)
        print_help(table, COUNT(table));
    if (asked)
        return true;
    const char *given = read_options(table, COUNT(table), arguments);
    if (o->resume && given)
        die("%s is what the checkpoint says and can not be given with --resume", given);
    return false;
}

int main(int argc, char **argv)
{
    options o = {.units = 32,
                 .batch = 64,
                 .length = 40,
                 .seed = 1,
                 .rate = 0.01,
                 .updates = 400,
                 .report_every = 50,
                 .save_every = 100,
                 .threads = 1};
    const char *path = "parallel.safetensors";
    ranks r = ranks_begin();
    bool answered = false;

    (void)argc;
    if (r.rank == 0)
        answered = parse(&o, &path, argv + 1);
    ranks_share(&answered, sizeof answered);
    ranks_share(&o, sizeof o);
    if (!answered)
        train(&o, r, path);
    check_output();
    ranks_end();
    return 0;
}
