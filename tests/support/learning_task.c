#include "support/learning_task.h"

#include "support/loss_call.h"

#include <string.h>

static rnn_model *create_model(void)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, TASK_INPUTS));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, TASK_HIDDEN));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, TASK_CLASSES));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void draw_parameters(struct learning_task *task, uint64_t *seed)
{
    const float *view;
    float values[4096];
    assert_ok(rnn_model_parameters(task->model, &view, &task->parameters));
    assert_true(task->parameters <= sizeof values / sizeof *values);
    fill_uniform(values, task->parameters, seed);
    for (size_t i = 0; i < task->parameters; i++)
        values[i] *= 0.25f;
    assert_ok(rnn_model_set_parameters(task->model, values, task->parameters));
}

/* Whether element i of x at a step is positive; 0 before the first step. */
static int32_t positive(const float *x, size_t t, size_t back, size_t b, size_t i)
{
    return t >= back && x[((t - back) * TASK_BATCH + b) * TASK_INPUTS + i] > 0;
}

void learning_open(struct learning_task *task)
{
    uint64_t seed = TASK_SEED;
    task->model = create_model();
    draw_parameters(task, &seed);
    for (size_t k = 0; k < TASK_BATCHES; k++) {
        const float *x = task->x[k];
        fill_uniform(task->x[k], TASK_ROWS * TASK_INPUTS, &seed);
        for (size_t row = 0; row < TASK_ROWS; row++) {
            size_t t = row / TASK_BATCH, b = row % TASK_BATCH;
            task->targets[k][row] = positive(x, t, 0, b, 0) + 2 * (positive(x, t, 1, b, 1) + positive(x, t, 2, b, 2));
        }
    }
}

void learning_close(struct learning_task *task)
{
    rnn_destroy(task->model);
}

void learning_set_reals(rnn_optimizer *optimizer, const struct golden_reals *reals)
{
    for (size_t i = 0; i < MOST_REALS && reals[i].key; i++)
        assert_ok(rnn_optimizer_set_real(optimizer, reals[i].key, reals[i].value));
}

rnn_optimizer *learning_optimizer(int32_t kind, int32_t nesterov, const struct golden_reals *reals, size_t parameters)
{
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, kind, parameters));
    if (nesterov)
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_NESTEROV, 1));
    learning_set_reals(optimizer, reals);
    return optimizer;
}

rnn_optimizer *learning_optimizer_of(const struct golden_curve *curve, size_t parameters)
{
    return learning_optimizer(curve->kind, curve->nesterov, curve->reals, parameters);
}

double learning_gradients(const struct learning_task *task, rnn_session *session, size_t update, size_t first,
                          size_t count, int32_t reduction)
{
    float x[TASK_ROWS * TASK_INPUTS], y[TASK_ROWS * TASK_CLASSES];
    int32_t targets[TASK_ROWS];
    size_t k = update % TASK_BATCHES, rows = TASK_STEPS * count, y_count = rows * TASK_CLASSES;
    double loss;
    for (size_t t = 0; t < TASK_STEPS; t++) {
        size_t from = t * TASK_BATCH + first, to = t * count;
        memcpy(x + to * TASK_INPUTS, task->x[k] + from * TASK_INPUTS, count * TASK_INPUTS * sizeof *x);
        memcpy(targets + to, task->targets[k] + from, count * sizeof *targets);
    }
    assert_ok(rnn_reset_state(session, count));
    assert_ok(rnn_forward(session, y, y_count, x, rows * TASK_INPUTS, NULL, 0, TASK_STEPS));
    assert_ok(loss_call_softmax(&loss, y, y, targets, NULL, TASK_STEPS, count, TASK_CLASSES, reduction));
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, NULL, 0, y, y_count));
    return loss;
}

double learning_update(const struct learning_task *task, rnn_session *session, rnn_optimizer *optimizer, size_t update)
{
    double loss = learning_gradients(task, session, update, 0, TASK_BATCH, RNN_MEAN);
    assert_ok(rnn_optimizer_step(optimizer, session));
    return loss;
}

double learning_real_of(rnn_optimizer *optimizer, int32_t key)
{
    double value = -77;
    assert_ok(rnn_optimizer_get_real(optimizer, key, &value));
    return value;
}

int64_t learning_integer_of(rnn_optimizer *optimizer, int32_t key)
{
    int64_t value = -77;
    assert_ok(rnn_optimizer_get_int(optimizer, key, &value));
    return value;
}
