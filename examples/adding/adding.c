/* The command line of adding, and the run: gradients of every network as it starts, training, a table, a picture. */
#include "adding.h"
#include "command.h"
#include "file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "adding";

/* ---- the run -------------------------------------------------------------------------------------------------- */

static const contestant contestants[] = {
    {"tanh", RNN_CELL_TANH, 0, true, "#e8742c"},
    {"GRU", RNN_CELL_GRU, 0, true, "#3fa55b"},
    {"LSTM", RNN_CELL_LSTM, 0, false, "#8fb8ea"},
    {"LSTM, forget bias 1", RNN_CELL_LSTM, 1, true, "#3d8fe0"},
    {"LSTM, forget bias 3", RNN_CELL_LSTM, 3, false, "#8a63d2"},
};
#define CONTESTANTS COUNT(contestants)

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

    file_check_writable(o->output);
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

/* ---- the command line ----------------------------------------------------------------------------------------- */

/* True where only help or the version was wanted, and printed. */
static bool parse(options *o, char **arguments)
{
    bool steps_given = false;
    const option table[] = {
        {"--length", "T", WHOLE, &o->length, 2, 100000, "steps of a sequence"},
        {"--steps", "N", WHOLE, &o->steps, 1, MAX_WHOLE, "updates for each network, at most; any with --seconds alone",
         &steps_given},
        {"--seconds", "S", REAL, &o->seconds, 0.001, 1e9, "seconds for each network, at most"},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "another seed, other initial weights and sequences"},
        {"--output", "FILE", WORD, &o->output, 0, 0, "where to draw the picture"},
    };
    const command c = {
        .name = "",
        .options = table,
        .option_count = COUNT(table),
        .help =
            "The adding problem: after T steps, the sum of two numbers that were marked on the way. A tanh network,\n"
            "    a GRU and an LSTM learn it in turn; a picture shows how, and how gradients vanish over time."};

    if (command_parse(&c, NULL, arguments))
        return true;
    if (o->seconds > 0 && !steps_given)
        o->steps = INT64_MAX;
    return false;
}

int main(int argc, char **argv)
{
    options o = {.length = 100, .steps = 3000, .seed = 1, .output = "adding.svg"};

    (void)argc;
    if (!parse(&o, argv + 1))
        run(&o);
    check_output();
    return 0;
}
