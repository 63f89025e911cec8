#include "session/select.h"

#include "base/memory.h"
#include "session/list_session.h"
#include "session/network_session.h"

#include <string.h>

static int is_as_before(const struct rnn_session *session, const int32_t *rows, size_t count)
{
    size_t i = 0;
    while (i < count && (size_t)rows[i] == i)
        i++;
    return i == count && count == session->batch;
}

/* values [runs,B,width] become the rows that are chosen, [runs,count,width]; scratch has room for what they were. */
static void choose(float *values, float *scratch, size_t runs, size_t batch, const int32_t *rows, size_t count,
                   size_t width)
{
    memcpy(scratch, values, runs * batch * width * sizeof *values);
    for (size_t run = 0; run < runs; run++, scratch += batch * width)
        for (size_t i = 0; i < count; i++, values += width)
            if (rows[i] >= 0)
                memcpy(values, scratch + (size_t)rows[i] * width, width * sizeof *values);
            else
                memset(values, 0, width * sizeof *values);
}

static void choose_in_stack(struct rnn_session *stack, float *const *states, float *scratch, const int32_t *rows,
                            size_t count)
{
    const struct rnni_layout *layout = &stack->model->layout;
    for (size_t s = 0; s < layout->form.cell->states; s++)
        choose(states[s], scratch, layout->layers * layout->directions, stack->batch, rows, count,
               layout->form.state_width[s]);
}

static void choose_fresh(const struct rnn_session *stack, float *scratch, const int32_t *rows, size_t count)
{
    const unsigned char *before = (const unsigned char *)scratch;
    memcpy(scratch, stack->work.fresh, stack->batch);
    for (size_t b = 0; b < count; b++)
        stack->work.fresh[b] = rows[b] >= 0 && before[rows[b]];
}

/* How many steps a convolution waits; a new sequence is still to be reset. */
static void choose_waits(const struct rnn_session *session, int32_t *waits, float *scratch, const int32_t *rows,
                         size_t count)
{
    int32_t *before = (int32_t *)scratch;
    memcpy(before, waits, session->batch * sizeof *before);
    for (size_t b = 0; b < count; b++)
        waits[b] = rows[b] >= 0 ? before[rows[b]] : 0;
}

static void choose_in_layer(const struct rnn_session *session, size_t i, float *past, float *scratch,
                            const int32_t *rows, size_t count)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    if (past)
        choose(past, scratch, 1, session->batch, rows, count, layer->reach * layer->inputs);
}

size_t rnni_select_scratch(const struct rnn_session *session, size_t batch)
{
    return rnni_memory_add(rnni_network_session_kept_count(session, batch), batch);
}

void rnni_select_states(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        struct rnn_session *stack = rnni_network_session_stack(session, i);
        const struct rnni_layer_room *room = session->list ? &session->list->rows.layer[i] : NULL;
        if (room)
            choose_in_layer(session, i, room->past, scratch, rows, count);
        if (room && room->waits)
            choose_waits(session, room->waits, scratch, rows, count);
        if (stack)
            choose_in_stack(stack, stack->work.state, scratch, rows, count);
        if (stack && stack->work.fresh)
            choose_fresh(stack, scratch, rows, count);
    }
}

void rnni_select_gradients(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        struct rnn_session *stack = rnni_network_session_stack(session, i);
        if (session->list)
            choose_in_layer(session, i, session->list->rows.layer[i].dpast, scratch, rows, count);
        if (stack)
            choose_in_stack(stack, stack->work.dstate, scratch, rows, count);
    }
}

void rnni_select_set_batch(struct rnn_session *session, size_t batch)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        struct rnn_session *stack = rnni_network_session_stack(session, i);
        if (!stack)
            continue;
        stack->batch = batch;
        stack->ready = 0;
    }
    session->batch = batch;
    session->ready = 0;
}

int32_t rnni_select_state(struct rnn_session *session, const int32_t *rows, size_t count, const char *function)
{
    int32_t status = RNN_OK;
    if (!is_as_before(session, rows, count)) {
        float *scratch = rnni_memory_take(rnni_select_scratch(session, session->batch), sizeof *scratch);
        status = scratch ? rnni_network_session_reserve(session, 1, count, count, function)
                         : rnni_status_fail(&session->message, RNN_E_MEMORY,
                                            "%s: out of memory for a copy of the state", function);
        if (!status) {
            rnni_select_states(session, scratch, rows, count);
            rnni_select_set_batch(session, count);
        }
        rnni_memory_release(scratch);
    }
    if (!status) {
        session->saved = RNNI_SAVED_NOTHING;
        rnni_arrangement_drop(&session->flags);
    }
    return status;
}
