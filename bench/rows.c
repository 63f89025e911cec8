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
    work.layers = work.layers ? work.layers : 1;
    if (options_match(visit->options, name))
        visit->visitor(visit->options, name, visit->cell, work);
}

static void visit_steps(const struct visit *visit)
{
    static const size_t sizes[] = {32, 64, 128, 256, 512, 1024};
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

/* One step of a small network with one input and one output. */
static void visit_audio(const struct visit *visit)
{
    static const size_t sizes[] = {8, 12, 16, 20, 24, 32, 40};
    char name[64];
    for (size_t i = 0; i < 7 && visit->cell->value != RNN_CELL_TANH; i++) {
        snprintf(name, sizeof name, "audio %s H%zu", visit->cell->name, sizes[i]);
        pass_on(visit, name,
                (struct workload){.kind = STEP, .inputs = 1, .hidden = sizes[i], .steps = 1, .batch = 1, .classes = 1});
    }
}

/* The widths that people use. */
static const struct net {
    int64_t cell;
    size_t inputs, hidden, layers, directions, steps, batch;
} nets[] = {{RNN_CELL_LSTM, 1, 16, 1, 1, 256, 1},    {RNN_CELL_LSTM, 1, 20, 1, 1, 2048, 1},
            {RNN_CELL_LSTM, 40, 50, 1, 2, 100, 16},  {RNN_CELL_LSTM, 40, 100, 1, 2, 60, 32},
            {RNN_CELL_LSTM, 100, 100, 2, 1, 50, 32}, {RNN_CELL_LSTM, 128, 200, 2, 1, 35, 20},
            {RNN_CELL_LSTM, 300, 300, 2, 2, 40, 16}, {RNN_CELL_LSTM, 650, 650, 2, 1, 35, 20},
            {RNN_CELL_LSTM, 16, 32, 1, 1, 128, 256}, {RNN_CELL_GRU, 1, 20, 1, 1, 2048, 1},
            {RNN_CELL_GRU, 13, 50, 1, 2, 100, 16},   {RNN_CELL_GRU, 40, 100, 1, 2, 60, 32},
            {RNN_CELL_GRU, 64, 150, 2, 1, 50, 32},   {RNN_CELL_GRU, 300, 300, 2, 1, 40, 16},
            {RNN_CELL_GRU, 6, 24, 1, 1, 24, 512},    {RNN_CELL_TANH, 40, 100, 1, 2, 60, 32},
            {RNN_CELL_TANH, 64, 150, 2, 1, 50, 32}};

static void visit_kind_of_nets(const struct visit *visit, const char *kind, int gradient)
{
    char name[96];
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        const struct net *n = &nets[i];
        if (n->cell != visit->cell->value)
            continue;
        snprintf(name, sizeof name, "%s %s I%zu H%zu L%zu D%zu T%zu B%zu", kind, visit->cell->name, n->inputs,
                 n->hidden, n->layers, n->directions, n->steps, n->batch);
        struct workload work = {.kind = gradient ? GRADIENT : SEQUENCE,
                                .inputs = n->inputs,
                                .hidden = n->hidden,
                                .steps = n->steps,
                                .batch = n->batch,
                                .layers = n->layers,
                                .directions = n->directions};
        pass_on(visit, name, work);
    }
}

static void visit_nets(const struct visit *visit)
{
    visit_kind_of_nets(visit, "net", 0);
}

static void visit_gradients(const struct visit *visit)
{
    visit_kind_of_nets(visit, "nettrain", 1);
}

/* Weights of fewer bits: steps, then sequences. */
static void visit_precision(const struct visit *visit, const char *prefix, int64_t precision)
{
    static const struct {
        size_t hidden, steps, batch;
    } sizes[] = {{128, 1, 1},   {256, 1, 1},    {512, 1, 1},    {1024, 1, 1},  {256, 128, 1},
                 {512, 128, 1}, {256, 128, 16}, {512, 128, 16}, {512, 128, 64}};
    char name[64];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && visit->cell->value != RNN_CELL_TANH; i++) {
        size_t h = sizes[i].hidden, t = sizes[i].steps, b = sizes[i].batch;
        int length = snprintf(name, sizeof name, "%s %s H%zu", prefix, visit->cell->name, h);
        if (t > 1)
            snprintf(name + length, sizeof name - (size_t)length, " T%zu B%zu", t, b);
        struct workload work = {
            .kind = t > 1 ? SEQUENCE : STEP, .inputs = h, .hidden = h, .steps = t, .batch = b, .precision = precision};
        pass_on(visit, name, work);
    }
}

static void visit_bf16(const struct visit *visit)
{
    visit_precision(visit, "bf16", RNN_PRECISION_BF16);
}

static void visit_int8(const struct visit *visit)
{
    visit_precision(visit, "int8", RNN_PRECISION_INT8);
}

void rows_visit(const struct options *options, rows_visitor *visitor)
{
    static void (*const kinds[])(const struct visit *visit) = {visit_steps, visit_sequences, visit_trainings,
                                                               visit_audio, visit_nets,      visit_gradients,
                                                               visit_bf16,  visit_int8};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
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
