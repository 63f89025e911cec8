/* How near the rows come to what the machine can do.
 *
 * With one sequence, a step can not be faster than its weights are read: "weights".  With a batch, it can not be faster
 * than its multiplications and additions are made: "fma".  A sequence of batch 1 does both: its input products are one
 * product over all steps, and for each step the recurrent weights are read once, in training once more on the way back.
 * What is done for each unit, such as tanh, and the copies of a training's new weights are not in the bound. */
#include <stdio.h>

#include "machine.h"
#include "measures.h"
#include "rows.h"
#include "tools.h"

/* The least that a row has to do. */
struct demand {
    double operations;
    size_t bytes;    /* of weights */
    double readings; /* how often they are read */
};

/* Of rates that are measured before and after the row, the better. */
struct rates {
    double operations, bytes; /* per second */
};

static struct demand demand_of(const struct workload *w, size_t gates)
{
    size_t directions = w->directions == 2 ? 2 : 1, features = w->hidden * directions, classes = job_classes(w);
    double rows = (double)(w->steps * w->batch), gh = (double)(gates * w->hidden), h = (double)w->hidden;
    int one = w->batch == 1, trains = w->kind != STEP && w->kind != SEQUENCE;
    size_t recurrent = w->layers * directions * gates * w->hidden * w->hidden * sizeof(float);
    /* Products with W_ih: forward, its gradient and, where it is wanted, that of the input; with W_hh and with the
     * head: forward, back, its gradient. */
    double operations = 2 * rows * (double)(features * classes) * (trains ? 3 : 1);
    for (size_t k = 0; k < w->layers; k++) {
        double inputs = (double)(k ? features : w->inputs), products = trains ? (k || w->kind == GRADIENT ? 3 : 2) : 1;
        operations += 2 * rows * (double)directions * gh * inputs * products;
    }
    size_t first = directions * gates * w->hidden * w->inputs * sizeof(float);
    if (w->kind == STEP)
        return (struct demand){0, recurrent + first + features * classes * sizeof(float), 1};
    double products = (double)(w->layers * directions) * 2 * rows * gh * h;
    if (!one)
        return (struct demand){operations + products * (trains ? 3 : 1), 0, 0};
    return (struct demand){operations + (trains ? products : 0), recurrent, (double)w->steps * (trains ? 2 : 1)};
}

/* With threads each reads its part of the weights, from its own caches. */
static void measure_rates(struct rates *rates, const struct demand *demand, size_t threads)
{
    if (demand->operations > 0) {
        double measured = machine_multiply_add(threads, 0.025);
        rates->operations = measured > rates->operations ? measured : rates->operations;
    }
    if (demand->bytes) {
        double measured = machine_read(threads, (demand->bytes + threads - 1) / threads, 0.025);
        rates->bytes = measured > rates->bytes ? measured : rates->bytes;
    }
}

static double bound_of(const struct demand *demand, const struct rates *rates)
{
    double bound = 0;
    if (demand->operations > 0)
        bound += demand->operations / rates->operations;
    if (demand->bytes)
        bound += (double)demand->bytes * demand->readings / rates->bytes;
    return bound;
}

static void print_limit(const struct options *options, const char *name, const struct cell *cell, struct workload work)
{
    struct demand demand = demand_of(&work, cell->gates);
    struct rates rates = {0, 0};
    struct job job;
    if (work.precision) /* bounds are those of floats */
        return;
    job_set_up(&job, work, options->threads);
    measure_rates(&rates, &demand, options->threads);
    double measured = job_time(&job);
    measure_rates(&rates, &demand, options->threads);
    double bound = bound_of(&demand, &rates);
    printf("%s\t%.3f\t%.3f\t%.3f\t%s\n", name, measured * 1e6, bound * 1e6, bound / measured,
           demand.bytes ? "weights" : "fma");
    fflush(stdout);
    job_tear_down(&job);
}

void limits_print(const struct options *options)
{
    fprintf(stderr, "# row, microseconds, bound in microseconds, bound / measured, what bounds it\n");
    rows_visit(options, print_limit);
}
