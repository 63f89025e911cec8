#include "network/session.h"

#include "base/arena.h"
#include "base/memory.h"

#include <string.h>

static void plan_schedule(struct rnni_schedule *schedule, struct rnni_arena *arena, size_t steps, size_t batch)
{
    schedule->order = rnni_arena_take(arena, batch, sizeof *schedule->order);
    schedule->length = rnni_arena_take(arena, batch, sizeof *schedule->length);
    schedule->active = rnni_arena_take(arena, rnni_memory_add(steps, 1), sizeof *schedule->active);
    schedule->first = rnni_arena_take(arena, rnni_memory_add(steps, 1), sizeof *schedule->first);
}

static float *take_floats(struct rnni_arena *arena, size_t rows, size_t columns)
{
    return rnni_arena_take(arena, rnni_memory_multiply(rows, columns), sizeof(float));
}

/* Hidden states of all layers where backward will want them, else of two in turn. */
static void plan_hidden(struct rnni_workspace *w, struct rnni_arena *arena, const struct rnni_layout *layout,
                        int training, size_t rows)
{
    float *pair[2] = {NULL, NULL};
    w->h = rnni_arena_take(arena, layout->layers, sizeof *w->h);
    for (size_t k = 0; k < layout->layers; k++) {
        if (training || k < 2)
            pair[k % 2] = take_floats(arena, rows, layout->hidden);
        if (w->h)
            w->h[k] = pair[k % 2];
    }
}

static void plan(struct rnni_workspace *w, struct rnni_arena *arena, const struct rnni_layout *layout, int training)
{
    size_t rows = w->rows, states = rnni_memory_multiply(layout->layers, w->batch);
    plan_schedule(&w->schedule, arena, w->steps, w->batch);
    w->state = take_floats(arena, states, layout->hidden);
    w->tokens = layout->vocabulary ? rnni_arena_take(arena, rows, sizeof *w->tokens) : NULL;
    w->x = layout->one_hot ? NULL : take_floats(arena, rows, layout->inputs);
    plan_hidden(w, arena, layout, training, rnni_memory_add(w->batch, rows));
    w->y = layout->classes ? take_floats(arena, rows, layout->classes) : NULL;
    if (!training)
        return;
    w->dstate = take_floats(arena, states, layout->hidden);
    w->sorted = take_floats(arena, w->batch, layout->hidden);
    w->dx = layout->one_hot ? NULL : take_floats(arena, rows, layout->inputs);
    w->d[0] = take_floats(arena, rows, layout->hidden);
    w->d[1] = take_floats(arena, rows, layout->hidden);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

int32_t rnni_session_reserve(struct rnn_session *session, size_t steps, size_t batch, const char *function)
{
    struct rnni_workspace *old = &session->work;
    size_t rows = rnni_memory_multiply(steps, batch);
    if (old->block && steps <= old->steps && batch <= old->batch && rows <= old->rows)
        return RNN_OK;
    const struct rnni_layout *layout = &session->model->layout;
    /* Room for a long sequence and for a large batch is not yet room for a large batch of long sequences. */
    struct rnni_workspace new = {
        .steps = larger(steps, old->steps), .batch = larger(batch, old->batch), .rows = larger(rows, old->rows)};
    struct rnni_arena arena = {NULL, 0};
    plan(&new, &arena, layout, session->training);
    new.block = rnni_memory_take(arena.used, 1);
    if (!new.block)
        return rnni_status_fail(&session->sentence, RNN_E_MEMORY,
                                "%s: no memory for %zu steps of %zu sequences (%zu bytes)", function, steps, batch,
                                arena.used);
    arena = (struct rnni_arena){new.block, 0};
    plan(&new, &arena, layout, session->training);
    if (old->block)
        memcpy(new.state, old->state, layout->layers * session->batch * layout->hidden * sizeof(float));
    rnni_memory_release(old->block);
    *old = new;
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

static int32_t take_gradients(struct rnn_session *session, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    session->gradients = rnni_memory_take(layout->parameter_count, sizeof(float));
    if (layout->one_hot)
        session->token_scratch = rnni_memory_take(layout->vocabulary * layout->hidden, sizeof(float));
    if (!session->gradients || (layout->one_hot && !session->token_scratch))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu gradients", function,
                                layout->parameter_count);
    return RNN_OK;
}

int32_t rnni_session_create(struct rnn_session **out, struct rnn_model *model, int training, const char *function)
{
    struct rnn_session *session = rnni_memory_take(1, sizeof *session);
    if (!session)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for a session", function);
    session->model = model;
    rnni_model_retain(model);
    session->training = training;
    session->batch = 1;
    int32_t status = training ? take_gradients(session, function) : RNN_OK;
    if (!status)
        status = rnni_session_reserve(session, 1, 1, function);
    if (status)
        rnni_session_release(session);
    else
        *out = session;
    return status;
}

void rnni_session_release(struct rnn_session *session)
{
    if (!session)
        return;
    rnni_memory_release(session->work.block);
    rnni_memory_release(session->gradients);
    rnni_memory_release(session->token_scratch);
    rnni_model_drop(session->model);
    rnni_memory_release(session);
}
