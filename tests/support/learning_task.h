/* A task that an LSTM of 16 units learns in some hundred updates: that of golden/generate_optimizers.py, made of the
 * same numbers. */
#ifndef RNN_TESTS_TASK_H
#define RNN_TESTS_TASK_H

#include "golden/torch_optimizers.h"
#include "support.h"

enum { TASK_ROWS = TASK_STEPS * TASK_BATCH, TASK_CURVES = sizeof golden_curves / sizeof *golden_curves };

struct task {
    rnn_model *model;
    size_t parameters;
    float x[TASK_BATCHES][TASK_ROWS * TASK_INPUTS]; /* [T,B,I] of each batch */
    int32_t targets[TASK_BATCHES][TASK_ROWS];       /* [T,B] */
};

void task_open(struct task *task);
void task_close(struct task *task);

/* For so many parameters, with the options of a golden vector. */
rnn_optimizer *task_optimizer(int32_t kind, int32_t nesterov, const struct golden_reals *reals, size_t parameters);
rnn_optimizer *task_optimizer_of(const struct golden_curve *curve, size_t parameters);
void task_set_reals(rnn_optimizer *optimizer, const struct golden_reals *reals);

/* One option of an optimiser. */
double task_real_of(rnn_optimizer *optimizer, int32_t key);
int64_t task_integer_of(rnn_optimizer *optimizer, int32_t key);

/* Gradients of the batch of that update, for sequences `first` to `first + count - 1` alone, by a reduction; gives the
 * loss. */
double task_gradients(const struct task *task, rnn_session *session, size_t update, size_t first, size_t count,
                      int32_t reduction);

/* One update by all sequences; gives the loss before it. */
double task_update(const struct task *task, rnn_session *session, rnn_optimizer *optimizer, size_t update);

#endif
