/* How much of the gradient comes back from the last step to one long before.
 *
 * The sequence is run in pieces of one step.  On the way forward the state before every step is kept; on the way back
 * the same steps are run once more from there, last to first, and the gradient of the state after a step, given by
 * rnn_session_set_state_gradient, becomes that of the state before it, taken by rnn_session_get_state_gradient. */
#include "adding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a cell hands on from step to step: h, and c where there is one. */
typedef struct {
    int32_t kinds[2];
    size_t kind_count, size; /* size: elements of one kind, B*H */
    float *states;           /* [T,kinds,B,H]: before each step */
    float *gradients;        /* [kinds,B,H]: of the state after the step in hand, then before it */
} memory;

static memory memory_create(const rnn_model *model, const problem *p)
{
    int64_t cell;

    check(rnn_model_get_int(model, RNN_CELL, &cell));
    memory m = {
        .kinds = {RNN_STATE_H, RNN_STATE_C}, .kind_count = cell == RNN_CELL_LSTM ? 2 : 1, .size = p->batch * UNITS};
    m.states = allocate(p->length * m.kind_count * m.size, sizeof *m.states);
    m.gradients = allocate(m.kind_count * m.size, sizeof *m.gradients);
    return m;
}

static void memory_release(memory *m)
{
    free(m->states);
    free(m->gradients);
}

/* One step of all sequences, t from 0. */
static void forward_step(rnn_session *session, float *answers, const problem *p, size_t t)
{
    size_t row = p->batch * INPUTS;

    check(rnn_forward(session, answers, p->batch, p->x + t * row, row, NULL, 0, 1));
}

static void go_forward(memory *m, rnn_session *session, float *answers, const problem *p)
{
    check(rnn_reset_state(session, p->batch));
    for (size_t t = 0; t < p->length; t++) {
        for (size_t k = 0; k < m->kind_count; k++)
            check(rnn_session_get_state(session, m->kinds[k], m->states + (t * m->kind_count + k) * m->size, m->size));
        forward_step(session, answers, p, t);
    }
}

/* Step t once more, and back: danswers is NULL for all steps but the last, which no loss looks at. */
static void go_back(memory *m, rnn_session *session, float *answers, const float *danswers, const problem *p, size_t t)
{
    for (size_t k = 0; k < m->kind_count; k++)
        check(rnn_session_set_state(session, m->kinds[k], m->states + (t * m->kind_count + k) * m->size, m->size));
    forward_step(session, answers, p, t);
    for (size_t k = 0; k < m->kind_count; k++)
        check(rnn_session_set_state_gradient(session, m->kinds[k], m->gradients + k * m->size, m->size));
    check(rnn_backward(session, NULL, 0, danswers, danswers ? p->batch : 0));
    for (size_t k = 0; k < m->kind_count; k++)
        check(rnn_session_get_state_gradient(session, m->kinds[k], m->gradients + k * m->size, m->size));
}

/* Mean over the sequences of the norm of dL/dh, where L is the error of the sequence alone: the mean error, whose
 * gradient `dh` is, has a share of 1/B of each, so the norms are just added. */
static double mean_norm(const float *dh /* [B,H] */, size_t batch)
{
    double sum = 0;

    for (size_t b = 0; b < batch; b++) {
        double squares = 0;
        for (size_t i = 0; i < UNITS; i++)
            squares += (double)dh[b * UNITS + i] * (double)dh[b * UNITS + i];
        sum += sqrt(squares);
    }
    return sum;
}

void gradient_norms(double *norms, rnn_model *model, const problem *p)
{
    memory m = memory_create(model, p);
    float *answers = allocate(p->batch, sizeof *answers), *danswers = allocate(p->batch, sizeof *danswers);
    rnn_session *session;

    check(rnn_session_create(&session, model, RNN_TRAINING));
    go_forward(&m, session, answers, p);
    mean_squared_error(danswers, answers, p);
    for (size_t d = 1; d <= p->length; d++) {
        go_back(&m, session, answers, d == 1 ? danswers : NULL, p, p->length - d);
        norms[d - 1] = mean_norm(m.gradients, p->batch);
    }
    rnn_session_destroy(session);
    free(answers);
    free(danswers);
    memory_release(&m);
}
