/* Times librnn on fixed workloads.
 *
 *     rnn-bench [--threads N] [--prefix "seq lstm"]
 *
 * prints a line "row name<TAB>microseconds" for each, the best of five groups of calls, CELL being rnn, lstm or gru:
 *
 *     step  CELL Hn             one time step of one sequence, n inputs, n hidden units
 *     seq   CELL Hn Tt Bb       forward over t steps of b sequences, all outputs returned
 *     train CELL Ii Hn Tt Bb    forward, head of i classes, cross-entropy at every step, backward, gradient descent
 *
 * --threads is how many threads the BLAS may use. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rnn.h"

struct workload {
    enum { STEP, SEQUENCE, TRAINING } kind;
    int64_t cell;
    size_t inputs, hidden, steps, batch; /* I, H, T, B */
};

struct job {
    struct workload work;
    rnn_model *model;
    rnn_session *session;
    float *x, *y;     /* [T,B,I], [T,B,Y] */
    int32_t *targets; /* [T,B] */
    size_t x_count, y_count;
};

static void check(int32_t status)
{
    if (status) {
        fprintf(stderr, "rnn-bench: %s\n", rnn_last_error());
        exit(1);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (!block) {
        fprintf(stderr, "rnn-bench: no memory\n");
        exit(1);
    }
    return block;
}

static void create_model(struct job *job)
{
    const struct workload *w = &job->work;
    rnn_config *config;
    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, w->cell));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)w->inputs));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, (int64_t)w->hidden));
    check(rnn_config_set_int(config, RNN_CLASSES, w->kind == TRAINING ? (int64_t)w->inputs : 0));
    check(rnn_create(&job->model, config));
    rnn_config_destroy(config);
}

static void set_up(struct job *job, struct workload work)
{
    job->work = work;
    job->x_count = work.steps * work.batch * work.inputs;
    job->y_count = work.steps * work.batch * (work.kind == TRAINING ? work.inputs : work.hidden);
    job->x = take(job->x_count, sizeof *job->x);
    job->y = take(job->y_count, sizeof *job->y);
    job->targets = take(work.steps * work.batch, sizeof *job->targets);
    srand(1);
    for (size_t i = 0; i < job->x_count; i++)
        job->x[i] = (float)rand() / (float)RAND_MAX * 2 - 1;
    for (size_t i = 0; i < work.steps * work.batch; i++)
        job->targets[i] = rand() % (int)work.inputs;
    create_model(job);
    check(rnn_session_create(&job->session, job->model, work.kind == TRAINING ? RNN_TRAINING : RNN_INFERENCE));
    check(rnn_session_reserve(job->session, work.steps, work.batch));
    check(rnn_reset_state(job->session, work.batch));
}

static void tear_down(struct job *job)
{
    rnn_session_destroy(job->session);
    rnn_destroy(job->model);
    free(job->x);
    free(job->y);
    free(job->targets);
}

static void call(struct job *job)
{
    const struct workload *w = &job->work;
    if (w->kind == STEP) {
        check(rnn_step(job->session, job->y, job->y_count, job->x, job->x_count));
        return;
    }
    check(rnn_reset_state(job->session, w->batch));
    check(rnn_forward(job->session, job->y, job->y_count, job->x, job->x_count, NULL, 0, w->steps));
    if (w->kind == SEQUENCE)
        return;
    double loss;
    check(rnn_softmax_cross_entropy(&loss, job->y, job->y_count, job->y, job->y_count, job->targets,
                                    w->steps * w->batch, NULL, 0, w->steps, w->batch, w->inputs, RNN_MEAN));
    check(rnn_zero_gradients(job->session));
    check(rnn_backward(job->session, NULL, 0, job->y, job->y_count));
    check(rnn_sgd_step(job->session, 1e-3));
}

/* Microseconds of one call: the fastest of five groups of about a tenth of a second. */
static double best_time(struct job *job)
{
    call(job);
    call(job);
    double start = seconds(), fastest = 1e9;
    call(job);
    double once = seconds() - start;
    size_t count = (size_t)(0.1 / (once > 1e-7 ? once : 1e-7));
    count = count ? count : 1;
    for (int group = 0; group < 5; group++) {
        start = seconds();
        for (size_t i = 0; i < count; i++)
            call(job);
        double each = (seconds() - start) / (double)count;
        fastest = each < fastest ? each : fastest;
    }
    return fastest * 1e6;
}

static void measure(const char *name, const char *prefix, struct workload work)
{
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return;
    struct job job;
    set_up(&job, work);
    printf("%s\t%.3f\n", name, best_time(&job));
    fflush(stdout);
    tear_down(&job);
}

static const struct cell {
    const char *name;
    int64_t value;
} cells[] = {{"rnn", RNN_CELL_TANH}, {"lstm", RNN_CELL_LSTM}, {"gru", RNN_CELL_GRU}};

static void measure_steps(const char *prefix, const struct cell *cell)
{
    static const size_t sizes[] = {32, 64, 128, 256, 512};
    char name[64];
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "step %s H%zu", cell->name, sizes[i]);
        measure(name, prefix, (struct workload){STEP, cell->value, sizes[i], sizes[i], 1, 1});
    }
}

static void measure_sequences(const char *prefix, const struct cell *cell)
{
    static const size_t sizes[] = {128, 256, 512}, batches[] = {1, 16, 64};
    char name[64];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            snprintf(name, sizeof name, "seq %s H%zu T128 B%zu", cell->name, sizes[i], batches[j]);
            measure(name, prefix, (struct workload){SEQUENCE, cell->value, sizes[i], sizes[i], 128, batches[j]});
        }
}

static void measure_trainings(const char *prefix, const struct cell *cell)
{
    static const struct {
        size_t hidden, batch;
    } sizes[] = {{128, 1}, {128, 32}, {256, 1}, {256, 32}, {512, 32}};
    char name[64];
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "train %s I64 H%zu T100 B%zu", cell->name, sizes[i].hidden, sizes[i].batch);
        measure(name, prefix, (struct workload){TRAINING, cell->value, 64, sizes[i].hidden, 100, sizes[i].batch});
    }
}

static void measure_all(const char *prefix, int threads)
{
    for (size_t i = 0; i < 3 && threads == 1; i++)
        measure_steps(prefix, &cells[i]);
    for (size_t i = 0; i < 3; i++)
        measure_sequences(prefix, &cells[i]);
    for (size_t i = 0; i < 3; i++)
        measure_trainings(prefix, &cells[i]);
}

/* OpenBLAS decides by itself how many threads it uses; a program, unlike a library, may tell it. */
static void limit_threads(int threads)
{
    void (*set)(int);
    *(void **)&set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    if (set)
        set(threads);
}

int main(int argc, char **argv)
{
    int threads = 1;
    const char *prefix = "";
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--threads") && i + 1 < argc && atoi(argv[i + 1]) > 0) {
            threads = atoi(argv[++i]);
        } else if (!strcmp(argv[i], "--prefix") && i + 1 < argc) {
            prefix = argv[++i];
        } else {
            fprintf(stderr, "usage: rnn-bench [--threads N] [--prefix TEXT]\n");
            return 1;
        }
    }
    limit_threads(threads);
    fprintf(stderr, "# %s, threads %d\n", rnn_build_info(), threads);
    measure_all(prefix, threads);
    return 0;
}
