/* Times librnn on fixed workloads, and measures what bounds it.
 *
 *     rnn-bench [--threads N] [--prefix "seq lstm"]
 *
 * prints a line "row name<TAB>microseconds" for each, the best of five groups of calls, CELL being rnn, lstm or gru:
 *
 *     step  CELL Hn             one time step of one sequence, n inputs, n hidden units
 *     seq   CELL Hn Tt Bb       forward over t steps of b sequences, all outputs returned
 *     train CELL Ii Hn Tt Bb    forward, head of i classes, cross-entropy at every step, backward, gradient descent
 *     audio CELL Hn             one time step of one sequence, one input, n units, a head to one output
 *     net   CELL Ii Hn Ll Dd Tt Bb      forward of l layers in d directions, all outputs returned: common widths
 *     nettrain CELL Ii Hn Ll Dd Tt Bb   the same, and backward from a given gradient, to all parameters and the inputs
 *     PRECISION CELL Hn [Tt Bb]  step or, with t and b, seq, with weights in bf16 or int8 (PRECISION), CELL lstm or gru
 *     ctc Tt Ss Cc Bb           CTC loss and its gradient: b sequences of t steps, s labels each, c classes
 *     adam 1M                   an update of a million parameters in arrays
 *     adam lstm 1M              an update of an LSTM of as many, the weights packed again
 *
 * Instead of these, one or more of the following, with the same two options, lines of columns with tabs between:
 *
 *     --machine   what the machine can do: name, value, unit
 *     --limits    the rows: name, microseconds, the least that the machine would need, that divided by what was
 *                 measured, and what bounds the row: "weights" (reading them) or "fma" (multiplications and additions)
 *     --growth    an LSTM as T, B, H or L grows: name, microseconds, per T, B, H*H or L; memory of a session: name,
 *                 bytes, per T*B*H; and the exponent that fits the upper half of each
 *     --recompute training whole and in segments of sqrt(T) steps: name, microseconds, microseconds, their ratio, MiB
 *                 of the session, MiB
 *     --silent    one step: name, microseconds on noise, on the silence after it, their ratio
 *     --latency   one step, a million times: name, microseconds of the median, of 99 % and 99.9 % of the steps, and of
 * the longest one
 *     --contention  threads where cores are busy or calls are rare: name, microseconds with N threads (at least 2),
 *                 with one, their ratio
 *     --products  the rows step, seq and train by both providers of matrix products: name, microseconds with
 *                 RNN_PRODUCTS_OWN, with RNN_PRODUCTS_CBLAS, CBLAS / own; the best of ten groups of calls of each, in
 *                 turn
 *     --widths    "width CELL Hh Bb": forward of a layer of h = 4, 8, ... 640 units with h inputs, CELL lstm or gru,
 *                 batch 1 and 32: name, microseconds, useful GFLOP/s, those of the next multiple of 16 units times
 *                 h / multiple, their ratio; the lowest ratio and its width; how many are below 0.85.  T is the same
 *                 for widths that are compared: 1.5e8 operations, but 3 to 4096 steps.  Seven sweeps, the fastest call
 *                 counts.  All of it takes about four minutes
 *
 * --threads is how many threads every session has.  The BLAS has one. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "machine.h"
#include "measures.h"
#include "rnn.h"
#include "rows.h"

#define MOST_THREADS 1024

static const struct measure {
    const char *option;
    void (*print)(const struct options *options);
} measures[] = {{"--machine", machine_print},     {"--limits", limits_print},     {"--growth", growth_print},
                {"--recompute", recompute_print}, {"--silent", silent_print},     {"--contention", contention_print},
                {"--latency", latency_print},     {"--products", products_print}, {"--widths", widths_print}};
enum { MEASURES = sizeof measures / sizeof *measures };

struct command {
    struct options options;
    int wanted[MEASURES], any;
};

/* OpenBLAS decides by itself how many threads it uses; a program, unlike a library, may tell it.  A BLAS that librnn
 * loads, out of reach of dlsym, reads the environment then; one that is linked has read it before main. */
static void leave_blas_one_thread(void)
{
    void (*set)(int);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1); /* OpenBLAS if built with OpenMP */
    *(void **)&set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    if (set)
        set(1);
}

/* 0 where the text is no number of threads. */
static size_t read_threads(const char *text)
{
    char *end;
    long threads = strtol(text, &end, 10);
    return *text && !*end && threads >= 1 && threads <= MOST_THREADS ? (size_t)threads : 0;
}

static int read_measure(struct command *command, const char *argument)
{
    for (size_t i = 0; i < MEASURES; i++)
        if (!strcmp(argument, measures[i].option))
            return command->any = command->wanted[i] = 1;
    return 0;
}

static int read_command(struct command *command, int argc, char **argv)
{
    command->options = (struct options){.threads = 1, .prefix = ""};
    for (int i = 1; i < argc; i++) {
        if (read_measure(command, argv[i]))
            continue;
        if (i + 1 == argc)
            return 0;
        if (!strcmp(argv[i], "--prefix"))
            command->options.prefix = argv[++i];
        else if (strcmp(argv[i], "--threads") != 0 || !(command->options.threads = read_threads(argv[++i])))
            return 0;
    }
    return 1;
}

static void print_rows(const struct options *options)
{
    rows_print(options);
    kit_print(options);
}

int main(int argc, char **argv)
{
    struct command command = {.any = 0};
    if (!read_command(&command, argc, argv)) {
        fprintf(stderr, "usage: rnn-bench [--threads N] [--prefix TEXT] [--machine] [--limits] [--growth] "
                        "[--recompute] [--silent] [--latency] [--contention] [--products] [--widths]\n");
        return 1;
    }
    leave_blas_one_thread();
    fprintf(stderr, "# %s, threads %zu\n", rnn_build_info(), command.options.threads);
    if (!command.any)
        print_rows(&command.options);
    for (size_t i = 0; i < MEASURES; i++)
        if (command.wanted[i])
            measures[i].print(&command.options);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "rnn-bench: the output could not be written\n");
        return 1;
    }
    return 0;
}
