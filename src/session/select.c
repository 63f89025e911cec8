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
            memcpy(values, scratch + (size_t)rows[i] * width, width * sizeof *values);
}

static void choose_in_stack(struct rnn_session *stack, float *scratch, const int32_t *rows, size_t count)
{
    const struct rnni_layout *layout = &stack->model->layout;
    for (size_t s = 0; s < layout->form.cell->states; s++)
        choose(stack->work.state[s], scratch, layout->layers * layout->directions, stack->batch, rows, count,
               layout->form.state_width[s]);
    if (stack->work.fresh) {
        memcpy(scratch, stack->work.fresh, stack->batch);
        for (size_t b = 0; b < count; b++)
            stack->work.fresh[b] = ((const unsigned char *)scratch)[rows[b]];
    }
    stack->batch = count;
    stack->ready = 0;
}

/* The recent rows of a convolution, and how many steps it waits. */
static void choose_in_layer(const struct rnn_session *session, size_t i, float *scratch, const int32_t *rows,
                            size_t count)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    const struct rnni_layer_room *room = &session->list->rows.layer[i];
    if (room->past)
        choose(room->past, scratch, 1, session->batch, rows, count, layer->reach * layer->inputs);
    if (!room->waits)
        return;
    int32_t *before = (int32_t *)scratch;
    memcpy(before, room->waits, session->batch * sizeof *before);
    for (size_t b = 0; b < count; b++)
        room->waits[b] = before[rows[b]];
}

/* In the scratch is room for all states of the present B. */
static void choose_all(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        struct rnn_session *stack = rnni_network_session_stack(session, i);
        if (session->list)
            choose_in_layer(session, i, scratch, rows, count);
        if (stack)
            choose_in_stack(stack, scratch, rows, count);
    }
    session->batch = count;
    session->ready = 0;
}

int32_t rnni_select_state(struct rnn_session *session, const int32_t *rows, size_t count, const char *function)
{
    int32_t status = RNN_OK;
    if (!is_as_before(session, rows, count)) {
        size_t room = rnni_memory_add(rnni_network_session_kept_count(session, session->batch), session->batch);
        float *scratch = rnni_memory_take(room, sizeof *scratch);
        status = scratch ? rnni_network_session_reserve(session, 1, count, count, function)
                         : rnni_status_fail(&session->message, RNN_E_MEMORY,
                                            "%s: out of memory for a copy of the state", function);
        if (!status)
            choose_all(session, scratch, rows, count);
        rnni_memory_release(scratch);
    }
    if (!status)
        session->saved = RNNI_SAVED_NOTHING;
    return status;
}
