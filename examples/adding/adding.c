/* The command line of adding, and the run: gradients of every network as it starts, training, a table, a picture. */
#include "adding.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char program_name[] = "adding";

#define DEFAULT_STEPS 3000

/* ---- options -------------------------------------------------------------------------------------------------- */

static void print_help(void)
{
    printf(
        "adding [options]\n"
        "    The adding problem: after T steps, the sum of two numbers that were marked on the way. A tanh network,\n"
        "    a GRU and an LSTM learn it in turn; a picture shows how, and how gradients vanish over time.\n"
        "    --length T        steps of a sequence (100)\n"
        "    --steps N         updates for each network, at most (%d, without --seconds)\n"
        "    --seconds S       seconds for each network, at most\n"
        "    --seed N          another seed, other initial weights and sequences (1)\n"
        "    --output FILE     where to draw the picture (adding.svg)\n"
        "    --help, --version\n",
        DEFAULT_STEPS);
}

static void set_option(options *o, const char *name, const char *given)
{
    if (strcmp(name, "--length") == 0)
        o->length = number_whole(name, given, 2, 100000);
    else if (strcmp(name, "--steps") == 0)
        o->steps = number_whole(name, given, 1, MAX_WHOLE);
    else if (strcmp(name, "--seconds") == 0)
        o->seconds = number_real(name, given, 0.001, 1e9);
    else if (strcmp(name, "--seed") == 0)
        o->seed = number_whole(name, given, 0, MAX_WHOLE);
    else
        o->output = given;
}

/* Takes "--name=value" and "--name value"; true where only help or the version was wanted, and printed. */
static bool parse(options *o, char **arguments)
{
    static const char *const names[] = {"--length", "--steps", "--seconds", "--seed", "--output"};

    for (; *arguments; arguments++) {
        if (strcmp(*arguments, "--help") == 0 || strcmp(*arguments, "-h") == 0) {
            print_help();
            return true;
        }
        if (strcmp(*arguments, "--version") == 0) {
            printf("%s\n", rnn_build_info());
            return true;
        }
        size_t length = strcspn(*arguments, "="), i = 0;
        const char *value = (*arguments)[length] ? *arguments + length + 1 : NULL;
        while (i < 5 && (strlen(names[i]) != length || strncmp(names[i], *arguments, length) != 0))
            i++;
        if (i == 5)
            die("'%s' is no option; adding --help shows those there are", *arguments);
        if (!value && !(value = *++arguments))
            die("%s needs a value", names[i]);
        set_option(o, names[i], value);
    }
    if (o->steps == 0)
        o->steps = o->seconds > 0 ? INT64_MAX : DEFAULT_STEPS;
    return false;
}

/* Dies where no picture can be written: better now than after the run.  One that is there stays until then. */
static void check_writable(const char *path)
{
    FILE *probe = fopen(path, "a");

    if (!probe)
        die("%s: cannot be written: %s", path, strerror(errno));
    fclose(probe);
}

/* ---- the run -------------------------------------------------------------------------------------------------- */

static const contestant contestants[] = {
    {"tanh", RNN_CELL_TANH, 0, true, "#e8742c"},
    {"GRU", RNN_CELL_GRU, 0, true, "#3fa55b"},
    {"LSTM", RNN_CELL_LSTM, 0, false, "#8fb8ea"},
    {"LSTM, forget bias 1", RNN_CELL_LSTM, 1, true, "#3d8fe0"},
    {"LSTM, forget bias 3", RNN_CELL_LSTM, 3, false, "#8a63d2"},
};
#define CONTESTANTS (sizeof contestants / sizeof *contestants)

static void look_at_gradients(double *norms /* [CONTESTANTS,T] */, const options *o)
{
    size_t length = (size_t)o->length, places[] = {1, (length + 1) / 2, length};
    problem p = problem_create(length, BATCH);
    uint64_t random = (uint64_t)o->seed;

    problem_draw(&p, &random);
    printf("%-24s d = %-8zu d = %-8zu d = %zu\n", "norm of dL/dh(T - d)", places[0], places[1], places[2]);
    for (size_t i = 0; i < CONTESTANTS; i++) {
        rnn_model *model = create_network(&contestants[i], o->seed);
        gradient_norms(norms + i * length, model, &p);
        rnn_destroy(model);
        printf("%-24s", contestants[i].name);
        for (size_t j = 0; j < 3; j++)
            printf(" %-12.1e", norms[i * length + places[j] - 1]);
        printf("\n");
    }
    printf("\n");
    fflush(stdout);
    problem_release(&p);
}

static void print_results(const result *results)
{
    printf("\n%-24s %10s %9s %9s %9s\n", "network", "parameters", "updates", "seconds", "error");
    for (size_t i = 0; i < CONTESTANTS; i++)
        if (contestants[i].trained)
            printf("%-24s %10zu %9" PRId64 " %9.1f %9.5f  %s\n", contestants[i].name, results[i].parameters,
                   results[i].steps, results[i].seconds, results[i].error,
                   results[i].error < SOLVED ? "solved" : "not solved");
    printf("%-24s %10s %9s %9s %9.5f\n", "always answering 1", "", "", "", BASELINE);
}

static void run(const options *o)
{
    size_t length = (size_t)o->length;
    double *norms = allocate(CONTESTANTS * length, sizeof *norms);
    result *results = allocate(CONTESTANTS, sizeof *results);
    curves drawn[CONTESTANTS];

    check_writable(o->output);
    look_at_gradients(norms, o);
    for (size_t i = 0; i < CONTESTANTS; i++) {
        const contestant *c = &contestants[i];
        if (c->trained)
            train(&results[i], c, o);
        drawn[i] = (curves){c, norms + i * length, c->trained ? &results[i].errors : NULL};
    }
    print_results(results);
    picture_draw(drawn, CONTESTANTS, length, o->output);
    printf("picture: %s\n", o->output);
    free(results);
    free(norms);
}

int main(int argc, char **argv)
{
    options o = {.length = 100, .seed = 1, .output = "adding.svg"};

    (void)argc;
    if (!parse(&o, argv + 1))
        run(&o);
    check_output();
    return 0;
}
