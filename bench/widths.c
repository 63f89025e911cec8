/* Inference over a range of widths: what the units of a partial block cost.
 *
 * One layer of H units with H inputs, for each cell and batch a curve over H = 4, 8, ... 640.  A call is a forward pass
 * over T steps, the same T for all widths up to one multiple of 16: as many as OPERATIONS allow the largest of them,
 * within the limits below.  Whole sweeps are repeated, and the fastest call of all counts, so that a disturbance of
 * some seconds changes no width alone. */
#include <stdio.h>

#include "job.h"
#include "measures.h"
#include "tools.h"

enum { STRIDE = 4, BLOCK = 16, WIDEST = 640, POINTS = WIDEST / STRIDE };
enum { FEWEST_STEPS = 3, MOST_STEPS = 4096 };

#define OPERATIONS    1.5e8 /* of a call: 1.5 to 4 ms at 40 to 100 GFLOP/s */
#define GROUP_SECONDS 0.04  /* of the calls of a width in one sweep */
#define SWEEPS        7
#define LOW_RATIO     0.85

struct curve {
    const struct cell *cell;
    size_t batch;
    int wanted[POINTS], needed[POINTS]; /* to be printed; to be measured, for itself or to be compared with */
    double seconds[POINTS];             /* the fastest call */
};

static size_t width_of(size_t point)
{
    return (point + 1) * STRIDE;
}

static size_t next_multiple(size_t hidden)
{
    return (hidden + BLOCK - 1) / BLOCK * BLOCK;
}

static size_t point_of(size_t hidden)
{
    return hidden / STRIDE - 1;
}

/* Multiplications and additions of one step, input and recurrent product. */
static double operations_of_step(const struct curve *curve, size_t hidden)
{
    return 2.0 * (double)(curve->batch * curve->cell->gates * hidden * (hidden + hidden));
}

static size_t steps_of(const struct curve *curve, size_t hidden)
{
    double steps = OPERATIONS / operations_of_step(curve, next_multiple(hidden));
    if (steps > MOST_STEPS)
        return MOST_STEPS;
    return steps < FEWEST_STEPS ? FEWEST_STEPS : (size_t)steps;
}

static double gigaflops(const struct curve *curve, size_t point)
{
    size_t hidden = width_of(point);
    double operations = operations_of_step(curve, hidden) * (double)steps_of(curve, hidden);
    return operations / curve->seconds[point] * 1e-9;
}

/* ---- measuring ------------------------------------------------------------------------------------------------- */

/* Seconds of the fastest of the calls, at least two, after one that does not count. */
static double time_width(const struct curve *curve, size_t hidden, size_t threads)
{
    struct job job;
    job_set_up(&job,
               (struct workload){.kind = SEQUENCE,
                                 .cell = curve->cell->value,
                                 .inputs = hidden,
                                 .hidden = hidden,
                                 .steps = steps_of(curve, hidden),
                                 .batch = curve->batch,
                                 .layers = 1},
               threads);
    job_call(&job);
    double fastest = 1e9, begin = seconds(), end = begin;
    for (int calls = 0; calls < 2 || end - begin < GROUP_SECONDS; calls++) {
        double start = seconds();
        job_call(&job);
        end = seconds();
        fastest = end - start < fastest ? end - start : fastest;
    }
    job_tear_down(&job);
    return fastest;
}

static void sweep(struct curve *curve, size_t threads)
{
    for (size_t i = 0; i < POINTS; i++) {
        if (!curve->needed[i])
            continue;
        double measured = time_width(curve, width_of(i), threads);
        curve->seconds[i] = measured < curve->seconds[i] ? measured : curve->seconds[i];
    }
}

/* ---- printing -------------------------------------------------------------------------------------------------- */

static void name_of(char *name, size_t size, const struct curve *curve, size_t point)
{
    snprintf(name, size, "width %s H%zu B%zu", curve->cell->name, width_of(point), curve->batch);
}

static void print_curve(const struct curve *curve)
{
    size_t count = 0, low = 0, lowest_width = 0;
    double lowest = 1e9;
    char name[64];
    for (size_t i = 0; i < POINTS; i++) {
        if (!curve->wanted[i])
            continue;
        size_t hidden = width_of(i), multiple = next_multiple(hidden);
        double useful = gigaflops(curve, i);
        double expected = gigaflops(curve, point_of(multiple)) * (double)hidden / (double)multiple;
        name_of(name, sizeof name, curve, i);
        printf("%s\t%.3f\t%.3f\t%.3f\t%.3f\n", name, curve->seconds[i] * 1e6, useful, expected, useful / expected);
        count++;
        low += useful / expected < LOW_RATIO;
        if (useful / expected < lowest) {
            lowest = useful / expected;
            lowest_width = hidden;
        }
    }
    if (!count)
        return;
    printf("widths %s B%zu lowest ratio\t%.3f\tH%zu\n", curve->cell->name, curve->batch, lowest, lowest_width);
    printf("widths %s B%zu below %.2f\t%zu\tof %zu\n", curve->cell->name, curve->batch, LOW_RATIO, low, count);
}

/* ---- all curves ------------------------------------------------------------------------------------------------ */

static void begin_curve(struct curve *curve, const struct options *options)
{
    char name[64];
    for (size_t i = 0; i < POINTS; i++) {
        name_of(name, sizeof name, curve, i);
        curve->wanted[i] = options_match(options, name);
        curve->seconds[i] = 1e9;
        if (curve->wanted[i])
            curve->needed[i] = curve->needed[point_of(next_multiple(width_of(i)))] = 1;
    }
}

void widths_print(const struct options *options)
{
    struct curve curves[] = {{.cell = &cells[1], .batch = 1},
                             {.cell = &cells[1], .batch = 32},
                             {.cell = &cells[2], .batch = 1},
                             {.cell = &cells[2], .batch = 32}};
    enum { CURVES = sizeof curves / sizeof *curves };
    fprintf(stderr,
            "# width, microseconds, useful GFLOP/s, those of the next multiple of %d units * H / multiple, "
            "their ratio\n",
            BLOCK);
    for (size_t i = 0; i < CURVES; i++)
        begin_curve(&curves[i], options);
    for (int round = 0; round < SWEEPS; round++)
        for (size_t i = 0; i < CURVES; i++)
            sweep(&curves[i], options->threads);
    for (size_t i = 0; i < CURVES; i++)
        print_curve(&curves[i]);
}
