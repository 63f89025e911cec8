/* A task that an LSTM of 16 units learns in some hundred updates. Its data are those of generate_optimizers.py, made
 * from the same random numbers. */
#ifndef RNN_TESTS_LEARNING_TASK_H
#define RNN_TESTS_LEARNING_TASK_H

#include "oracle/golden/torch_optimizers.h"
#include "support/support.h"

enum { TASK_ROWS = TASK_STEPS * TASK_BATCH, TASK_CURVES = sizeof golden_curves / sizeof *golden_curves };

struct learning_task {
    rnn_model *model;
    size_t parameters;
    float x[TASK_BATCHES][TASK_ROWS * TASK_INPUTS]; /* [T,B,I] of each batch */
    int32_t targets[TASK_BATCHES][TASK_ROWS];       /* [T,B] */
};

void learning_open(struct learning_task *task);
void learning_close(struct learning_task *task);

/* An optimiser of that many parameters, with the options of a test vector. */
rnn_optimizer *learning_optimizer(int32_t kind, int32_t nesterov, const struct golden_reals *reals, size_t parameters);
rnn_optimizer *learning_optimizer_of(const struct golden_curve *curve, size_t parameters);
void learning_set_reals(rnn_optimizer *optimizer, const struct golden_reals *reals);

/* One option of an optimiser. */
double learning_real_of(rnn_optimizer *optimizer, int32_t key);
int64_t learning_integer_of(rnn_optimizer *optimizer, int32_t key);

/* Computes the gradients of sequences `first` to `first + count - 1` of the batch of that update, and returns the
 * loss. */
double learning_gradients(const struct learning_task *task, rnn_session *session, size_t update, size_t first,
                          size_t count, int32_t reduction);

/* Makes one update by all sequences, and returns the loss before it. */
double learning_update(const struct learning_task *task, rnn_session *session, rnn_optimizer *optimizer, size_t update);

#endif
