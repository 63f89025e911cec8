#include "session/row_state.h"

#include "session/list_session.h"
#include "session/network_session.h"

#include <string.h>

/* What becomes of the numbers on the way. */
enum task { COUNT, GET, SET, SET_WAITS };

/* Between the states and `values`. */
struct walk {
    float *values;
    size_t count; /* so far */
    enum task task;
};

static void pass(struct walk *walk, float *own, size_t count, int are_waits)
{
    if (walk->task == GET)
        memcpy(walk->values + walk->count, own, count * sizeof *own);
    else if (walk->task == SET || (walk->task == SET_WAITS && are_waits))
        memcpy(own, walk->values + walk->count, count * sizeof *own);
    walk->count += count;
}

static void pass_stack(struct walk *walk, const struct rnn_session *stack, size_t b)
{
    const struct rnni_layout *layout = &stack->model->layout;
    for (size_t s = 0; s < layout->form.cell->states; s++)
        for (size_t run = 0; run < layout->layers * layout->directions; run++) {
            size_t width = layout->form.state_width[s];
            pass(walk, stack->work.state[s] + (run * stack->batch + b) * width, width, 0);
        }
}

/* Steps to wait are below 2^24 in any convolution whose past fits into memory; others are cut. */
static void pass_layer(struct walk *walk, const struct rnn_session *session, size_t i, size_t b)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    const struct rnni_layer_room *room = &session->list->rows.layer[i];
    size_t past = layer->reach * layer->inputs;
    if (room->past)
        pass(walk, room->past + b * past, past, 0);
    if (!room->waits)
        return;
    float waits = (float)room->waits[b];
    pass(walk, &waits, 1, 1);
    if (walk->task >= SET && waits >= 0 && waits < 0x1p30f)
        room->waits[b] = (int32_t)waits;
}

static size_t walk_all(const struct rnn_session *session, struct walk walk, size_t b)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        const struct rnn_session *stack = rnni_network_session_stack(session, i);
        if (stack)
            pass_stack(&walk, stack, b);
        if (session->list)
            pass_layer(&walk, session, i, b);
    }
    return walk.count;
}

size_t rnni_row_state_count(const struct rnn_session *session)
{
    return walk_all(session, (struct walk){NULL, 0, COUNT}, 0);
}

void rnni_row_state_get(const struct rnn_session *session, float *values, size_t b)
{
    walk_all(session, (struct walk){values, 0, GET}, b);
}

void rnni_row_state_set(struct rnn_session *session, const float *values, size_t b)
{
    walk_all(session, (struct walk){(float *)(uintptr_t)values, 0, SET}, b);
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++) {
        struct rnn_session *stack = rnni_network_session_stack(session, i);
        if (stack && stack->work.fresh)
            stack->work.fresh[b] = 0;
    }
}

void rnni_row_state_reset(struct rnn_session *session, size_t b)
{
    for (size_t i = 0; i < rnni_network_session_stacks(session); i++)
        if (rnni_network_session_stack(session, i))
            rnni_session_reset_row(rnni_network_session_stack(session, i), b);
    if (session->list)
        rnni_list_session_reset_row(session, b);
}

void rnni_row_state_restart(struct rnn_session *session, const float *values, size_t b)
{
    rnni_row_state_reset(session, b);
    walk_all(session, (struct walk){(float *)(uintptr_t)values, 0, SET_WAITS}, b);
}
