#include "session/session.h"

#include "base/memory.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t rnni_session_state_count(const struct rnn_session *session, size_t state)
{
    const struct rnni_layout *layout = &session->model->layout;
    return layout->layers * layout->directions * session->batch * layout->form.state_width[state];
}

void rnni_session_keep_states(const struct rnn_session *session, const struct rnni_workspace *to)
{
    if (session->work.block && to->fresh)
        memcpy(to->fresh, session->work.fresh, session->batch);
    for (size_t s = 0; session->work.block && s < session->model->layout.form.cell->states; s++)
        memcpy(to->state[s], session->work.state[s], rnni_session_state_count(session, s) * sizeof(float));
}

void rnni_session_reset(struct rnn_session *session, size_t batch)
{
    session->batch = batch;
    session->ready = 0;
    for (size_t s = 0; s < session->model->layout.form.cell->states; s++)
        memset(session->work.state[s], 0, rnni_session_state_count(session, s) * sizeof(float));
    for (size_t b = 0; session->work.fresh && b < batch; b++)
        rnni_session_reset_row(session, b);
}

/* Where row b of a state of one layer and direction is. */
static float *state_row(const struct rnn_session *session, float *const *states, size_t state, size_t run, size_t b)
{
    return states[state] + (run * session->batch + b) * session->model->layout.form.state_width[state];
}

/* The learned initial state of one layer and direction; NULL: it is 0. */
static float *initial_of(const struct rnn_session *session, float *block, size_t state, size_t run)
{
    const size_t *tensor = session->model->layout.place[run].tensor;
    size_t at = state == 0 ? tensor[RNNI_INITIAL_H] : state == 1 ? tensor[RNNI_INITIAL_C] : RNNI_ABSENT;
    return at == RNNI_ABSENT ? NULL : block + at;
}

void rnni_session_reset_row(struct rnn_session *session, size_t b)
{
    const struct rnni_layout *layout = &session->model->layout;
    for (size_t run = 0; run < layout->layers * layout->directions; run++)
        for (size_t s = 0; s < layout->form.cell->states; s++) {
            const float *initial = initial_of(session, session->model->parameters, s, run);
            float *row = state_row(session, session->work.state, s, run, b);
            if (initial)
                memcpy(row, initial, layout->form.state_width[s] * sizeof *row);
            else
                memset(row, 0, layout->form.state_width[s] * sizeof *row);
        }
    if (session->work.fresh)
        session->work.fresh[b] = 1;
}

void rnni_session_begin_run(struct rnn_session *session)
{
    struct rnni_workspace *w = &session->work;
    for (size_t b = 0; w->fresh && b < session->batch; b++) {
        if (w->began_fresh)
            w->began_fresh[b] = w->fresh[b];
        if (w->fresh[b]) /* the parameters may have changed since */
            rnni_session_reset_row(session, b);
        w->fresh[b] = 0;
    }
}

void rnni_session_end_backward(struct rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_workspace *w = &session->work;
    for (size_t b = 0; w->began_fresh && b < session->batch; b++)
        for (size_t run = 0; w->began_fresh[b] && run < layout->layers * layout->directions; run++)
            for (size_t s = 0; s < layout->form.cell->states; s++) {
                float *gradient = initial_of(session, session->gradients, s, run);
                if (gradient)
                    layout->form.elementwise->add(gradient, state_row(session, w->dstate, s, run, b),
                                                  layout->form.state_width[s]);
            }
}

void rnni_session_state_set(struct rnn_session *session)
{
    if (session->work.fresh)
        memset(session->work.fresh, 0, session->batch);
}

/* A workspace of the sizes that `wanted` names instead of the old one. */
static int32_t replace_workspace(struct rnn_session *session, struct rnni_workspace wanted, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t bytes = rnni_workspace_bytes(layout, session->training, &wanted);
    void *block = rnni_memory_take(bytes, 1);
    if (!block)
        return rnni_status_fail(&session->message, RNN_E_MEMORY,
                                "%s: out of memory for %zu steps of %zu sequences (%zu bytes)", function, wanted.steps,
                                wanted.batch, bytes);
    rnni_workspace_carve(&wanted, layout, session->training, block);
    rnni_session_keep_states(session, &wanted);
    rnni_memory_release(session->work.block);
    session->work = wanted;
    session->ready = 0;
    session->saved = RNNI_SAVED_NOTHING;
    return RNN_OK;
}

/* ---- how much is wanted ------------------------------------------------------------------------------------------ */

/* In inference a segment has at least so many steps, and for few sequences as many as make so many rows: enough for
 * what a segment costs to be small, and for its rows to stay in the cache. */
#define SEGMENT_STEPS ((size_t)128)
#define SEGMENT_ROWS  ((size_t)1024)

/* Whether the steps of an inference can be made without all that come behind them. */
static int can_go_in_segments(const struct rnni_layout *layout, int training)
{
    return !training && !layout->reverses && !layout->pools && !layout->changes_length;
}

size_t rnni_session_segment(const struct rnn_session *session, size_t batch)
{
    if (!can_go_in_segments(&session->model->layout, session->training))
        return session->segments.wanted;
    return larger(SEGMENT_STEPS, SEGMENT_ROWS / batch);
}

/* And for all runs of fewer, whose segments may be longer. */
struct rnni_workspace rnni_session_room(const struct rnni_layout *layout, int training, size_t steps, size_t batch,
                                        size_t rows)
{
    struct rnni_workspace room = {.steps = steps, .batch = batch, .rows = larger(rows, batch)};
    size_t most = larger(rnni_memory_multiply(SEGMENT_STEPS, batch), SEGMENT_ROWS);
    if (can_go_in_segments(layout, training) && room.rows > most)
        room.rows = most;
    if (can_go_in_segments(layout, training) && steps > SEGMENT_ROWS)
        room.steps = SEGMENT_ROWS;
    return room;
}

/* ---- reserving --------------------------------------------------------------------------------------------------- */

int rnni_session_wants(const struct rnn_session *session, struct rnni_workspace *room, size_t steps, size_t batch,
                       size_t rows)
{
    const struct rnni_workspace *old = &session->work;
    *room = rnni_session_room(&session->model->layout, session->training, steps, batch, rows);
    if (old->block && room->steps <= old->steps && batch <= old->batch && room->rows <= old->rows)
        return 0;
    /* Room for a long sequence and for a large batch is not yet room for a large batch of long sequences. */
    room->steps = larger(room->steps, old->steps);
    room->batch = larger(room->batch, old->batch);
    room->rows = larger(room->rows, old->rows);
    room->shares = rnni_team_threads(session->team);
    return 1;
}

int32_t rnni_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows, const char *function)
{
    struct rnni_workspace room;
    return rnni_session_wants(session, &room, steps, batch, rows) ? replace_workspace(session, room, function) : RNN_OK;
}

int32_t rnni_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function)
{
    const struct rnni_workspace *old = &session->work;
    RNNI_TRY(replace_workspace(
        session,
        (struct rnni_workspace){
            .steps = old->steps, .batch = old->batch, .rows = old->rows, .shares = rnni_team_threads(team)},
        function));
    rnni_team_release(session->team);
    session->team = team;
    session->sharing = (struct rnni_sharing){1, 1, NULL};
    return RNN_OK;
}

/* [V,GH] for the gradients of one-hot tokens. */
static size_t token_scratch_count(const struct rnni_layout *layout)
{
    size_t gates = rnni_memory_multiply(layout->form.gates, layout->form.hidden);
    return layout->one_hot ? rnni_memory_multiply(layout->vocabulary, gates) : 0;
}

size_t rnni_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows)
{
    const struct rnni_layout *layout = &model->layout;
    size_t bytes = 0, floats = training ? rnni_memory_add(layout->back_count, token_scratch_count(layout)) : 0;
    if (training && !model->is_part)
        floats = rnni_memory_add(floats, layout->parameter_count);
    if (steps) {
        struct rnni_workspace wanted = rnni_session_room(layout, training, steps, batch, rows);
        wanted.shares = 1;
        bytes = rnni_workspace_bytes(layout, training, &wanted);
    }
    return rnni_memory_add(sizeof(struct rnn_session) +
                               layout->layers * layout->directions * sizeof(struct rnni_bound_weights),
                           rnni_memory_add(bytes, rnni_memory_multiply(floats, sizeof(float))));
}

/* Of a part they are the list's. */
static int32_t take_gradients(struct rnn_session *session, float *gradients, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    session->gradients = gradients ? gradients : rnni_memory_take(layout->parameter_count, sizeof(float));
    session->back = rnni_memory_take(layout->back_count, sizeof(float));
    if (layout->one_hot)
        session->token_scratch = rnni_memory_take(token_scratch_count(layout), sizeof(float));
    if (!session->gradients || !session->back || (layout->one_hot && !session->token_scratch))
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu gradients", function,
                                layout->parameter_count);
    return RNN_OK;
}

/* With C > 0 the head too. */
static int32_t bind_weights(struct rnn_session *session, const char *function)
{
    const struct rnni_layout *layout = &session->model->layout;
    session->bound = rnni_memory_take(layout->layers * layout->directions, sizeof *session->bound);
    if (!session->bound)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a session", function);
    for (size_t k = 0; k < layout->layers; k++)
        for (size_t direction = 0; direction < layout->directions; direction++)
            session->bound[k * layout->directions + direction] =
                rnni_bound_weights_of(session->model, session->back, session->gradients, k, direction);
    if (layout->classes)
        session->head = rnni_bound_weights_head(session->model, session->back);
    return RNN_OK;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

int32_t rnni_session_create(struct rnn_session **out, struct rnn_model *model, int training,
                            const struct rnn_session *parent, size_t first, const char *function)
{
    struct rnn_session *session = rnni_memory_take(1, sizeof *session);
    if (!session)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a session", function);
    session->model = model;
    rnni_model_retain(model);
    session->training = training;
    session->batch = 1;
    session->sharing = (struct rnni_sharing){1, 1, NULL};
    session->next_masks.seed = (uint64_t)model->options.seed;
    int32_t status = training ? take_gradients(session, parent ? parent->gradients + first : NULL, function) : RNN_OK;
    if (!status)
        status = bind_weights(session, function);
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
    rnni_team_release(session->team);
    rnni_memory_release(session->segments.states);
    rnni_memory_release(session->segments.tokens);
    rnni_memory_release(session->segments.lengths);
    rnni_memory_release(session->flags.mask.block.data);
    rnni_memory_release(session->flags.resets.block.data);
    rnni_memory_release(session->arranged.block.data);
    rnni_memory_release(session->another.block.data);
    rnni_memory_release(session->exchange.data);
    rnni_memory_release(session->work.block);
    rnni_memory_release(session->back);
    rnni_memory_release(session->bound);
    if (!session->model->is_part)
        rnni_memory_release(session->gradients);
    rnni_memory_release(session->token_scratch);
    rnni_model_drop(session->model);
    rnni_memory_release(session);
}
