/* How time and memory grow with the number of steps, sequences, units and layers of an LSTM.
 *
 * One of T, B, H and L is doubled again and again, the others stay; the input has as many features as there are units,
 * so time is expected to grow with T, B, L and H*H. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "measures.h"
#include "tools.h"

#define MOST_POINTS 8

static const struct sweep {
    char letter;
    size_t from, points;
} sweeps[] = {{'T', 16, 7}, {'B', 1, 8}, {'H', 32, 5}, {'L', 1, 4}};

/* What grows: a number, and what it is divided by to see whether it grows as it should. */
struct quantity {
    const char *name;
    int decimals;
    double (*measure)(struct workload work, size_t threads);
    double (*unit)(const struct workload *work, char letter);
};

/* ---- quantities ----------------------------------------------------------------------------------------------- */

static double time_of(struct workload work, size_t threads)
{
    struct job job;
    job_set_up(&job, work, threads);
    double time = job_time(&job) * 1e6;
    job_tear_down(&job);
    return time;
}

static double forward_time(struct workload work, size_t threads)
{
    work.kind = SEQUENCE;
    return time_of(work, threads);
}

static double training_time(struct workload work, size_t threads)
{
    work.kind = TRAINING;
    return time_of(work, threads);
}

static double time_unit(const struct workload *work, char letter)
{
    switch (letter) {
    case 'T':
        return (double)work->steps;
    case 'B':
        return (double)work->batch;
    case 'H':
        return (double)(work->hidden * work->hidden);
    default:
        return (double)work->layers;
    }
}

/* Bytes after a word in "...: inference 13.0 MiB, training 1023 bytes". */
static double bytes_after(const char *text, const char *word)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    const char *at = strstr(text, "; session for");
    at = at ? strstr(at, word) : NULL;
    char *end = NULL;
    double bytes = at ? strtod(at + strlen(word), &end) : 0;
    for (size_t i = 0; end && i < 4; i++)
        if (!strncmp(end + 1, units[i], strlen(units[i])))
            return ldexp(bytes, (int)(10 * i));
    fail("rnn_describe says nothing of the memory of a session");
}

static double memory_of(struct workload work, const char *word)
{
    size_t size;
    rnn_model *model = job_create_model(&work);
    check(rnn_describe(model, NULL, 0, &size, work.steps, work.batch));
    char *text = take(size, 1);
    check(rnn_describe(model, text, size, &size, work.steps, work.batch));
    double bytes = bytes_after(text, word);
    free(text);
    rnn_destroy(model);
    return bytes;
}

static double inference_memory(struct workload work, size_t threads)
{
    (void)threads;
    work.kind = TRAINING; /* with a head, which an inference may have as well */
    return memory_of(work, "inference ");
}

static double training_memory(struct workload work, size_t threads)
{
    (void)threads;
    work.kind = TRAINING;
    return memory_of(work, "training ");
}

static double headless_memory(struct workload work, size_t threads)
{
    (void)threads;
    work.kind = GRADIENT;
    return memory_of(work, "training ");
}

static double memory_unit(const struct workload *work, char letter)
{
    (void)letter;
    return (double)(work->steps * work->batch * work->hidden);
}

static const struct quantity quantities[] = {{"forward", 3, forward_time, time_unit},
                                             {"training", 3, training_time, time_unit},
                                             {"memory inference", 0, inference_memory, memory_unit},
                                             {"memory training", 0, training_memory, memory_unit},
                                             {"memory training without head", 0, headless_memory, memory_unit}};

/* ---- sweeps --------------------------------------------------------------------------------------------------- */

static struct workload workload_at(char letter, size_t value)
{
    struct workload work = {.cell = RNN_CELL_LSTM, .hidden = 128, .steps = 64, .batch = 16, .layers = 1};
    if (letter == 'T')
        work.steps = value;
    else if (letter == 'B')
        work.batch = value;
    else if (letter == 'H')
        work.hidden = value;
    else
        work.layers = value;
    work.inputs = work.hidden;
    return work;
}

/* The slope of the line that fits best: e in y = a * x^e for logarithms x, y [count]. */
static double slope(const double *x, const double *y, size_t count)
{
    double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return xy / xx;
}

/* Measures and prints one point. */
static double print_point(const struct options *options, const struct quantity *quantity, const char *name, char letter,
                          size_t value)
{
    struct workload work = workload_at(letter, value);
    double measured = quantity->measure(work, options->threads);
    printf("%s %zu\t%.*f\t%.5g\n", name, value, quantity->decimals, measured, measured / quantity->unit(&work, letter));
    fflush(stdout);
    return measured;
}

static void print_sweep(const struct options *options, const struct quantity *quantity, const struct sweep *sweep)
{
    double x[MOST_POINTS] = {0}, y[MOST_POINTS] = {0}; /* logarithms */
    size_t half = sweep->points / 2;
    char name[64];
    snprintf(name, sizeof name, "growth lstm %s %c", quantity->name, sweep->letter);
    if (!options_match(options, name))
        return;
    for (size_t i = 0; i < sweep->points; i++) {
        size_t value = sweep->from << i;
        x[i] = log((double)value);
        y[i] = log(print_point(options, quantity, name, sweep->letter, value));
    }
    printf("%s exponent\t%.2f\tfrom %zu on\n", name, slope(x + half, y + half, sweep->points - half),
           sweep->from << half);
}

void growth_print(const struct options *options)
{
    fprintf(stderr, "# growth from T 64, B 16, H 128, L 1, with H inputs (in training H classes, too)\n"
                    "# time: microseconds, the same per T, B, H*H or L; memory of a session: bytes, per T*B*H\n");
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        for (size_t j = 0; j < sizeof sweeps / sizeof *sweeps; j++)
            print_sweep(options, &quantities[i], &sweeps[j]);
}
