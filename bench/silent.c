/* Whether a stream that falls silent gets slow: without biases the state fades to numbers so small that many processors
 * compute with them, the subnormals, in a slower way. */
#include <stdio.h>
#include <stdlib.h>

#include "job.h"
#include "measures.h"
#include "tools.h"

/* A window is timed as a whole.  The first of each repetition are noise, the rest zeros: in so many steps every state
 * has faded. */
enum { WINDOW = 32, NOISE = 8, WINDOWS = 72, REPETITIONS = 30 };

static double time_window(struct job *job, const float *x)
{
    double start = seconds();
    for (size_t i = 0; i < WINDOW; i++)
        check(rnn_step(job->session, job->y, job->y_count, x, job->x_count));
    return seconds() - start;
}

/* Seconds of a step in the slowest window from `first` to before `end`. */
static double slowest_step(const double *windows, size_t first, size_t end)
{
    double slowest = 0;
    for (size_t i = first; i < end; i++)
        slowest = windows[i] > slowest ? windows[i] : slowest;
    return slowest / WINDOW;
}

static void time_stream(struct job *job, double *fastest, const float *zeros)
{
    for (size_t i = 0; i < WINDOWS; i++)
        fastest[i] = 1e9;
    for (size_t repetition = 0; repetition < REPETITIONS; repetition++) {
        check(rnn_reset_state(job->session, 1));
        for (size_t i = 0; i < WINDOWS; i++) {
            double time = time_window(job, i < NOISE ? job->x : zeros);
            fastest[i] = time < fastest[i] ? time : fastest[i];
        }
    }
}

static void print_cell(const struct options *options, const struct cell *cell, size_t hidden)
{
    struct workload work = {.kind = STEP,
                            .cell = cell->value,
                            .inputs = hidden,
                            .hidden = hidden,
                            .steps = 1,
                            .batch = 1,
                            .layers = 1,
                            .without_biases = 1};
    struct job job;
    double fastest[WINDOWS];
    char name[64];
    snprintf(name, sizeof name, "silent %s H%zu", cell->name, hidden);
    if (!options_match(options, name))
        return;
    float *zeros = take(hidden, sizeof *zeros);
    job_set_up(&job, work, options->threads);
    time_stream(&job, fastest, zeros);
    double noise = slowest_step(fastest, 0, NOISE), silence = slowest_step(fastest, NOISE, WINDOWS);
    printf("%s\t%.3f\t%.3f\t%.3f\n", name, noise * 1e6, silence * 1e6, silence / noise);
    fflush(stdout);
    job_tear_down(&job);
    free(zeros);
}

void silent_print(const struct options *options)
{
    fprintf(stderr,
            "# microseconds of a step on noise, on the zeros after it in the slowest window, and their ratio\n");
    for (size_t i = 0; i < 3; i++)
        for (size_t hidden = 32; hidden <= 512; hidden *= 4)
            print_cell(options, &cells[i], hidden);
}
