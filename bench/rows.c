#include "rows.h"

#include <stdio.h>

struct visit {
    const struct options *options;
    rows_visitor *visitor;
    const struct cell *cell;
};

static void pass_on(const struct visit *visit, const char *name, struct workload work)
{
    work.cell = visit->cell->value;
    work.layers = 1;
    if (options_match(visit->options, name))
        visit->visitor(visit->options, name, visit->cell, work);
}

static void visit_steps(const struct visit *visit)
{
    static const size_t sizes[] = {32, 64, 128, 256, 512};
    char name[64];
    for (size_t i = 0; i < 5; i++) {
        size_t h = sizes[i];
        snprintf(name, sizeof name, "step %s H%zu", visit->cell->name, h);
        pass_on(visit, name, (struct workload){.kind = STEP, .inputs = h, .hidden = h, .steps = 1, .batch = 1});
    }
}

static void visit_sequences(const struct visit *visit)
{
    static const size_t sizes[] = {128, 256, 512}, batches[] = {1, 16, 64};
    char name[64];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t h = sizes[i], b = batches[j];
            snprintf(name, sizeof name, "seq %s H%zu T128 B%zu", visit->cell->name, h, b);
            pass_on(visit, name,
                    (struct workload){.kind = SEQUENCE, .inputs = h, .hidden = h, .steps = 128, .batch = b});
        }
}

static void visit_trainings(const struct visit *visit)
{
    static const struct {
        size_t hidden, batch;
    } sizes[] = {{128, 1}, {128, 32}, {256, 1}, {256, 32}, {512, 32}};
    char name[64];
    for (size_t i = 0; i < 5; i++) {
        size_t h = sizes[i].hidden, b = sizes[i].batch;
        snprintf(name, sizeof name, "train %s I64 H%zu T100 B%zu", visit->cell->name, h, b);
        pass_on(visit, name, (struct workload){.kind = TRAINING, .inputs = 64, .hidden = h, .steps = 100, .batch = b});
    }
}

void rows_visit(const struct options *options, rows_visitor *visitor)
{
    static void (*const kinds[])(const struct visit *visit) = {visit_steps, visit_sequences, visit_trainings};
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < 3; i++)
            kinds[kind](&(struct visit){options, visitor, &cells[i]});
}

static void print_row(const struct options *options, const char *name, const struct cell *cell, struct workload work)
{
    struct job job;
    (void)cell;
    job_set_up(&job, work, options->threads);
    printf("%s\t%.3f\n", name, job_time(&job) * 1e6);
    fflush(stdout);
    job_tear_down(&job);
}

void rows_print(const struct options *options)
{
    rows_visit(options, print_row);
}
