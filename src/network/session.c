#include "network/session.h"

#include "base/memory.h"
#include "network/run.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t rnni_session_state_count(const struct rnn_session *session, size_t state)
{
    const struct rnni_layout *layout = &session->model->layout;
    return layout->layers * layout->directions * session->batch * rnni_layout_state_width(layout, state);
}

static void keep_states(const struct rnn_session *session, const struct rnni_workspace *new)
{
    for (size_t s = 0; session->work.block && s < session->model->layout.form.cell->states; s++)
        memcpy(new->state[s], session->work.state[s], rnni_session_state_count(session, s) * sizeof(float));
}

int32_t rnni_session_reserve(struct rnn_session *session, size_t steps, size_t batch, const char *function)
{
    struct rnni_workspace *old = &session->work;
    const struct rnn_model *model = session->model;
    size_t rows = rnni_memory_multiply(steps, batch);
    if (old->block && steps <= old->steps && batch <= old->batch && rows <= old->rows)
        return RNN_OK;
    /* Room for a long sequence and for a large batch is not yet room for a large batch of long sequences. */
    struct rnni_workspace new = {
        .steps = larger(steps, old->steps), .batch = larger(batch, old->batch), .rows = larger(rows, old->rows)};
    size_t bytes = rnni_workspace_bytes(&model->layout, session->training, new.steps, new.batch, new.rows);
    void *block = rnni_memory_take(bytes, 1);
    if (!block)
        return rnni_status_fail(&session->sentence, RNN_E_MEMORY,
                                "%s: no memory for %zu steps of %zu sequences (%zu bytes)", function, steps, batch,
                                bytes);
    rnni_workspace_carve(&new, &model->layout, session->training, block);
    keep_states(session, &new);
    rnni_memory_release(old->block);
    *old = new;
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

/* [V,GH] for the gradients of one-hot tokens. */
static size_t token_scratch_count(const struct rnni_layout *layout)
{
    size_t gates = rnni_memory_multiply(layout->form.gates, layout->form.hidden);
    return layout->one_hot ? rnni_memory_multiply(layout->vocabulary, gates) : 0;
}

size_t rnni_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch)
{
    const struct rnni_layout *layout = &model->layout;
    size_t floats = training ? rnni_memory_add(layout->parameter_count, token_scratch_count(layout)) : 0;
    size_t bytes = rnni_workspace_bytes(layout, training, steps, batch, rnni_memory_multiply(steps, batch));
    return rnni_memory_add(sizeof(struct rnn_session) + layout->layers * layout->directions * sizeof(struct rnni_run),
                           rnni_memory_add(bytes, rnni_memory_multiply(floats, sizeof(float))));
}

static int32_t take_gradients(struct rnn_session *session, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    session->gradients = rnni_memory_take(layout->parameter_count, sizeof(float));
    if (layout->one_hot)
        session->token_scratch = rnni_memory_take(token_scratch_count(layout), sizeof(float));
    if (!session->gradients || (layout->one_hot && !session->token_scratch))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for %zu gradients", function,
                                layout->parameter_count);
    return RNN_OK;
}

static int32_t take_runs(struct rnn_session *session, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    session->runs = rnni_memory_take(layout->layers * layout->directions, sizeof *session->runs);
    if (!session->runs)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for a session", function);
    for (size_t k = 0; k < layout->layers; k++)
        for (size_t direction = 0; direction < layout->directions; direction++)
            session->runs[k * layout->directions + direction] = rnni_run_of(session, k, direction);
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
    session->next_masks.seed = (uint64_t)model->options.seed;
    int32_t status = training ? take_gradients(session, function) : RNN_OK;
    if (!status)
        status = take_runs(session, function);
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
    rnni_memory_release(session->runs);
    rnni_memory_release(session->gradients);
    rnni_memory_release(session->token_scratch);
    rnni_model_drop(session->model);
    rnni_memory_release(session);
}
