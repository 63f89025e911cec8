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
    double gh = (double)(gates * w->hidden), i = (double)w->inputs, h = (double)w->hidden;
    double rows = (double)(w->steps * w->batch);
    int one = w->batch == 1, training = w->kind == TRAINING;
    if (w->kind == STEP)
        return (struct demand){0, gates * w->hidden * (w->inputs + w->hidden) * sizeof(float), 1};
    /* Products with W_ih: forward, its gradient; with W_hh: forward, back, its gradient; with the head: these three. */
    double operations = 2 * rows * gh * i * (training ? 2 : 1) + (training ? 6 * rows * h * i : 0);
    if (!one)
        return (struct demand){operations + 2 * rows * gh * h * (training ? 3 : 1), 0, 0};
    return (struct demand){operations + (training ? 2 * rows * gh * h : 0),
                           gates * w->hidden * w->hidden * sizeof(float), (double)w->steps * (training ? 2 : 1)};
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
