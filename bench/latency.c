/* How much the time of a step varies, for programs that must answer within a given time. */
#include <stdio.h>
#include <stdlib.h>

#include "job.h"
#include "measures.h"
#include "tools.h"

enum { STEPS = 1000000 };

static int order(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void time_steps(struct job *job, float *times)
{
    for (size_t i = 0; i < STEPS; i++) {
        double start = seconds();
        check(rnn_step(job->session, job->y, job->y_count, job->x, job->x_count));
        times[i] = (float)(seconds() - start);
    }
    qsort(times, STEPS, sizeof *times, order);
}

static void print_cell(const struct options *options, const struct cell *cell, size_t hidden, float *times)
{
    struct workload work = {
        .kind = STEP, .cell = cell->value, .inputs = hidden, .hidden = hidden, .steps = 1, .batch = 1, .layers = 1};
    struct job job;
    char name[64];
    snprintf(name, sizeof name, "latency %s H%zu", cell->name, hidden);
    if (!options_match(options, name))
        return;
    job_set_up(&job, work, options->threads);
    time_steps(&job, times);
    printf("%s\t%.3f\t%.3f\t%.3f\t%.3f\n", name, 1e6 * (double)times[STEPS / 2], 1e6 * (double)times[STEPS / 100 * 99],
           1e6 * (double)times[STEPS / 1000 * 999], 1e6 * (double)times[STEPS - 1]);
    fflush(stdout);
    job_tear_down(&job);
}

void latency_print(const struct options *options)
{
    float *times = take(STEPS, sizeof *times);
    fprintf(stderr, "# microseconds of %d steps: median, 99 %%, 99.9 %%, maximum; a reading of the clock included\n",
            STEPS);
    for (size_t i = 0; i < 3; i++)
        for (size_t hidden = 16; hidden <= 256; hidden *= 4)
            print_cell(options, &cells[i], hidden, times);
    free(times);
}
