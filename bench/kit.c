#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "job.h"
#include "tools.h"

/* Between -1 and 1. */
static float *random_values(size_t count)
{
    float *values = take(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)rand() / (float)RAND_MAX * 2 - 1;
    return values;
}

static void print_row(const char *name, timed_call *call, void *context)
{
    printf("%s\t%.3f\n", name, time_calls(call, context) * 1e6);
    fflush(stdout);
}

/* ---- CTC ------------------------------------------------------------------------------------------------------ */

enum { STEPS = 150, LABELS = 40, CLASSES = 28, BATCH = 64, LOGITS = STEPS * BATCH * CLASSES };

struct ctc {
    rnn_loss *loss;
    float *logits, *dlogits; /* [T,B,C] */
    int32_t *labels;         /* [B,S]; 0 is the blank */
};

static void call_ctc(void *context)
{
    struct ctc *ctc = context;
    double value;
    check(
        rnn_loss_of_classes(ctc->loss, &value, ctc->dlogits, LOGITS, ctc->logits, LOGITS, ctc->labels, BATCH * LABELS));
}

static void print_ctc(const char *name, size_t threads)
{
    struct ctc ctc = {NULL, random_values(LOGITS), take(LOGITS, sizeof(float)), take(BATCH * LABELS, sizeof(int32_t))};
    check(rnn_loss_create(&ctc.loss, RNN_LOSS_CTC));
    check(rnn_loss_set_threads(ctc.loss, threads));
    check(rnn_loss_set_batch(ctc.loss, NULL, 0, STEPS, BATCH, CLASSES));
    for (size_t i = 0; i < BATCH * LABELS; i++)
        ctc.labels[i] = 1 + rand() % (CLASSES - 1);
    print_row(name, call_ctc, &ctc);
    rnn_loss_destroy(ctc.loss);
    free(ctc.logits);
    free(ctc.dlogits);
    free(ctc.labels);
}

/* ---- Adam ----------------------------------------------------------------------------------------------------- */

/* So slow that parameters are much the same after any number of calls. */
static rnn_optimizer *create_adam(size_t count)
{
    rnn_optimizer *adam;
    check(rnn_optimizer_create(&adam, RNN_OPTIMIZER_ADAM, count));
    check(rnn_optimizer_set_real(adam, RNN_RATE, 1e-7));
    return adam;
}

struct arrays {
    rnn_optimizer *adam;
    float *parameters, *gradients;
    size_t count;
};

static void call_arrays(void *context)
{
    struct arrays *a = context;
    check(rnn_optimizer_step_arrays(a->adam, a->parameters, a->count, a->gradients, a->count));
}

static void print_arrays(const char *name, size_t threads)
{
    enum { COUNT = 1000000 };
    struct arrays a = {create_adam(COUNT), random_values(COUNT), random_values(COUNT), COUNT};
    check(rnn_optimizer_set_threads(a.adam, threads));
    print_row(name, call_arrays, &a);
    rnn_optimizer_destroy(a.adam);
    free(a.parameters);
    free(a.gradients);
}

struct network {
    rnn_optimizer *adam;
    struct job job;
};

static void call_network(void *context)
{
    struct network *n = context;
    check(rnn_optimizer_step(n->adam, n->job.session));
}

/* 4*384*(212 + 384) of the layer, 2*4*384 of its biases, 212*385 of the head: 1,000,148. */
static void print_network(const char *name, size_t threads)
{
    struct workload work = {
        .kind = TRAINING, .cell = RNN_CELL_LSTM, .inputs = 212, .hidden = 384, .steps = 1, .batch = 1, .layers = 1};
    struct network n;
    float *gradients;
    size_t count;
    job_set_up(&n.job, work, threads);
    check(rnn_session_gradients(n.job.session, &gradients, &count));
    n.adam = create_adam(count);
    for (size_t i = 0; i < count; i++)
        gradients[i] = (float)rand() / (float)RAND_MAX * 2 - 1;
    print_row(name, call_network, &n);
    rnn_optimizer_destroy(n.adam);
    job_tear_down(&n.job);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

void kit_print(const struct options *options)
{
    static const struct {
        const char *name;
        void (*print)(const char *name, size_t threads);
    } rows[] = {{"ctc T150 S40 C28 B64", print_ctc}, {"adam 1M", print_arrays}, {"adam lstm 1M", print_network}};
    srand(1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (options_match(options, rows[i].name))
            rows[i].print(rows[i].name, options->threads);
}
