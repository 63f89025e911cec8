#include "job.h"

#include <stdlib.h>

#include "tools.h"

const struct cell cells[3] = {{"rnn", RNN_CELL_TANH, 1}, {"lstm", RNN_CELL_LSTM, 4}, {"gru", RNN_CELL_GRU, 3}};

size_t job_classes(const struct workload *w)
{
    return w->kind == TRAINING ? w->inputs : w->classes;
}

rnn_model *job_create_model(const struct workload *w)
{
    rnn_config *config;
    rnn_model *model;
    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, w->cell));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)w->inputs));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, (int64_t)w->hidden));
    check(rnn_config_set_int(config, RNN_LAYERS, (int64_t)w->layers));
    check(rnn_config_set_int(config, RNN_BIAS, !w->without_biases));
    check(rnn_config_set_int(config, RNN_PRODUCTS, w->products));
    check(rnn_config_set_int(config, RNN_PRECISION, w->precision));
    check(rnn_config_set_int(config, RNN_CLASSES, (int64_t)job_classes(w)));
    if (w->directions == 2)
        check(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void create_session(struct job *job, size_t threads)
{
    const struct workload *w = &job->work;
    int trains = w->kind == TRAINING || w->kind == GRADIENT;
    check(rnn_session_create(&job->session, job->model, trains ? RNN_TRAINING : RNN_INFERENCE));
    if (threads > 1)
        check(rnn_session_set_threads(job->session, threads));
    check(rnn_session_reserve(job->session, w->steps, w->batch));
    check(rnn_reset_state(job->session, w->batch));
}

static void fill(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)rand() / (float)RAND_MAX * 2 - 1;
}

void job_set_up(struct job *job, struct workload work, size_t threads)
{
    size_t features = work.hidden * (work.directions == 2 ? 2 : 1);
    job->work = work;
    job->x_count = work.steps * work.batch * work.inputs;
    job->y_count = work.steps * work.batch * (job_classes(&work) ? job_classes(&work) : features);
    job->x = take(job->x_count, sizeof *job->x);
    job->y = take(job->y_count, sizeof *job->y);
    job->dx = take(job->x_count, sizeof *job->dx);
    job->dy = take(job->y_count, sizeof *job->dy);
    job->targets = take(work.steps * work.batch, sizeof *job->targets);
    srand(1);
    fill(job->x, job->x_count);
    fill(job->dy, job->y_count);
    for (size_t i = 0; i < work.steps * work.batch; i++)
        job->targets[i] = rand() % (int)work.inputs;
    job->model = job_create_model(&work);
    create_session(job, threads);
}

void job_renew(struct job *job, size_t threads)
{
    rnn_session_destroy(job->session);
    create_session(job, threads);
}

void job_tear_down(struct job *job)
{
    rnn_session_destroy(job->session);
    rnn_destroy(job->model);
    free(job->x);
    free(job->y);
    free(job->dx);
    free(job->dy);
    free(job->targets);
}

void job_call(struct job *job)
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
    if (w->kind == GRADIENT) {
        check(rnn_zero_gradients(job->session));
        check(rnn_backward(job->session, job->dx, job->x_count, job->dy, job->y_count));
        return;
    }
    double loss;
    check(rnn_softmax_cross_entropy(&loss, job->y, job->y_count, job->y, job->y_count, job->targets,
                                    w->steps * w->batch, w->inputs));
    check(rnn_zero_gradients(job->session));
    check(rnn_backward(job->session, NULL, 0, job->y, job->y_count));
    check(rnn_sgd_step(job->session, 1e-3));
}

static void call(void *context)
{
    job_call(context);
}

double job_time(struct job *job)
{
    return time_calls(call, job);
}
