#include "session/network_session.h"

#include "base/memory.h"
#include "session/list_session.h"

#include <string.h>

int32_t rnni_network_session_create(struct rnn_session **out, struct rnn_model *model, int training,
                                    const char *function)
{
    struct rnn_session *session = NULL;
    RNNI_TRY(rnni_session_create(&session, model, training, NULL, 0, function));
    int32_t status = model->list.count ? rnni_list_session_create(session, function)
                                       : rnni_session_reserve(session, 1, 1, 1, function);
    if (status) {
        rnni_network_session_release(session);
        return status;
    }
    rnni_network_session_reset(session, 1);
    *out = session;
    return RNN_OK;
}

void rnni_network_session_release(struct rnn_session *session)
{
    if (session)
        rnni_list_session_release(session);
    rnni_session_release(session);
}

int32_t rnni_network_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                                     const char *function)
{
    return (session->list ? rnni_list_session_reserve : rnni_session_reserve)(session, steps, batch, rows, function);
}

int32_t rnni_network_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function)
{
    return (session->list ? rnni_list_session_take_team : rnni_session_take_team)(session, team, function);
}

size_t rnni_network_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows)
{
    return (model->list.count ? rnni_list_session_bytes : rnni_session_bytes)(model, training, steps, batch, rows);
}

/* ---- states of a kind -------------------------------------------------------------------------------------------- */

size_t rnni_network_session_stacks(const struct rnn_session *session)
{
    return session->list ? session->model->list.count : 1;
}

struct rnn_session *rnni_network_session_stack(const struct rnn_session *session, size_t index)
{
    return session->list ? session->list->stack[index] : (struct rnn_session *)(uintptr_t)session;
}

/* Elements of a state of one stack; NULL stands for a layer that is not recurrent. */
static size_t count_of(const struct rnn_session *stack, size_t state)
{
    return stack && state < stack->model->layout.form.cell->states ? rnni_session_state_count(stack, state) : 0;
}

size_t rnni_network_session_kinds(const struct rnn_session *session)
{
    size_t kinds = 0;
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        const struct rnn_session *stack = rnni_network_session_stack(session, i);
        size_t states = stack ? stack->model->layout.form.cell->states : 0;
        kinds = states > kinds ? states : kinds;
    }
    return kinds;
}

size_t rnni_network_session_state_count(const struct rnn_session *session, size_t state)
{
    size_t count = 0;
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++)
        count += count_of(rnni_network_session_stack(session, i), state);
    return count;
}

enum direction { OUT, IN };

/* Between values and the states, or the gradients of states, of all stacks. */
static void copy(const struct rnn_session *session, size_t state, float *values, int gradient, enum direction direction)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        const struct rnn_session *stack = rnni_network_session_stack(session, i);
        size_t count = count_of(stack, state);
        if (!count)
            continue;
        float *own = gradient ? stack->work.dstate[state] : stack->work.state[state];
        memcpy(direction == OUT ? values : own, direction == OUT ? own : values, count * sizeof *values);
        if (direction == IN && !gradient)
            rnni_session_state_set(rnni_network_session_stack(session, i));
        values += count;
    }
}

static float *writable(const float *values)
{
    return (float *)(uintptr_t)values;
}

void rnni_network_session_get_state(const struct rnn_session *session, size_t state, float *values)
{
    copy(session, state, values, 0, OUT);
}

void rnni_network_session_set_state(struct rnn_session *session, size_t state, const float *values)
{
    copy(session, state, writable(values), 0, IN);
}

void rnni_network_session_get_state_gradient(const struct rnn_session *session, size_t state, float *values)
{
    copy(session, state, values, 1, OUT);
}

void rnni_network_session_set_state_gradient(struct rnn_session *session, size_t state, const float *values)
{
    copy(session, state, writable(values), 1, IN);
}

void rnni_network_session_begin_run(struct rnn_session *session)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++)
        if (rnni_network_session_stack(session, i))
            rnni_session_begin_run(rnni_network_session_stack(session, i));
}

void rnni_network_session_end_backward(struct rnn_session *session)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++)
        if (rnni_network_session_stack(session, i))
            rnni_session_end_backward(rnni_network_session_stack(session, i));
}

/* ---- all states -------------------------------------------------------------------------------------------------- */

void rnni_network_session_reset(struct rnn_session *session, size_t batch)
{
    if (!session->list) {
        rnni_session_reset(session, batch);
        return;
    }
    session->batch = batch;
    session->ready = 0;
    rnni_list_session_reset(session);
}

/* The recent rows of layer i, where it keeps any. */
static size_t past_of(const struct rnn_session *session, size_t i)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    return session->list->rows.layer[i].past ? layer->reach * layer->inputs : 0;
}

size_t rnni_network_session_kept_count(const struct rnn_session *session, size_t batch)
{
    size_t each = 0; /* floats of one sequence */
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        const struct rnn_session *stack = rnni_network_session_stack(session, i);
        for (size_t s = 0; s < RNNI_STATES; s++)
            each = rnni_memory_add(each, count_of(stack, s) / (stack ? stack->batch : 1));
        if (session->list)
            each = rnni_memory_add(each, past_of(session, i));
    }
    return rnni_memory_multiply(each, batch);
}

static void copy_all(const struct rnn_session *session, float *kept, enum direction direction)
{
    for (size_t s = 0; kept && s < RNNI_STATES; s++) {
        copy(session, s, kept, 0, direction);
        kept += rnni_network_session_state_count(session, s);
    }
    for (size_t i = 0; kept && session->list && i < session->model->list.count; i++) {
        size_t count = session->batch * past_of(session, i);
        float *past = session->list->rows.layer[i].past;
        if (count)
            memcpy(direction == OUT ? kept : past, direction == OUT ? past : kept, count * sizeof *past);
        kept += count;
    }
}

void rnni_network_session_keep(const struct rnn_session *session, float *to)
{
    copy_all(session, to, OUT);
}

void rnni_network_session_put(struct rnn_session *session, const float *from)
{
    copy_all(session, writable(from), IN);
}

void rnni_network_session_clear_state_gradients(struct rnn_session *session)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        const struct rnn_session *stack = rnni_network_session_stack(session, i);
        for (size_t s = 0; s < RNNI_STATES; s++)
            if (count_of(stack, s))
                memset(stack->work.dstate[s], 0, count_of(stack, s) * sizeof(float));
        if (session->list && past_of(session, i))
            memset(session->list->rows.layer[i].dpast, 0, session->batch * past_of(session, i) * sizeof(float));
    }
}
