/* The adding problem: each step brings a number and a mark, two of the steps are marked, one in the first half and one
 * in the second, and what is asked for after the last step is the sum of the two numbers. */
#include "adding.h"
#include "random.h"

#include <stdlib.h>

problem problem_create(size_t length, size_t batch)
{
    problem p = {.x = allocate(length * batch * INPUTS, sizeof(float)),
                 .targets = allocate(batch, sizeof(float)),
                 .length = length,
                 .batch = batch};

    check(rnn_loss_create(&p.loss, RNN_LOSS_SQUARED_ERROR));
    check(rnn_loss_set_batch(p.loss, NULL, 0, 1, batch, 1));
    return p;
}

void problem_release(problem *p)
{
    free(p->x);
    free(p->targets);
    rnn_loss_destroy(p->loss);
}

static void mark(problem *p, size_t sequence, size_t step)
{
    float *x = p->x + (step * p->batch + sequence) * INPUTS;

    x[1] = 1;
    p->targets[sequence] += x[0];
}

void problem_draw(problem *p, uint64_t *state)
{
    size_t half = p->length / 2, rest = p->length - half;

    for (size_t i = 0; i < p->length * p->batch; i++) {
        p->x[i * INPUTS] = (float)uniform(state);
        p->x[i * INPUTS + 1] = 0;
    }
    for (size_t b = 0; b < p->batch; b++) {
        p->targets[b] = 0;
        mark(p, b, (size_t)(uniform(state) * (double)half));
        mark(p, b, half + (size_t)(uniform(state) * (double)rest));
    }
}

double mean_squared_error(float *danswers, const float *answers, const problem *p)
{
    size_t batch = p->batch;
    double error;

    check(rnn_loss_of_values(p->loss, &error, danswers, danswers ? batch : 0, answers, batch, p->targets, batch));
    return error;
}
