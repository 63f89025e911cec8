#include "run/stack.h"

#include "base/assertion.h"
#include "math/matrix.h"
#include "run/head.h"
#include "run/layer.h"
#include "run/pipeline.h"
#include "run/pooling.h"
#include "session/packed_weights.h"

#include <string.h>

/* x [rows,E] = the rows of the table that the tokens choose. */
static void embed(const struct rnn_model *model, float *x, const int32_t *tokens, size_t rows)
{
    size_t size = model->layout.embedding;
    const float *table = model->parameters + model->layout.tensors[0].offset; /* [V,E] */
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * size, table + (size_t)tokens[i] * size, size * sizeof *x);
}

/* ---- one step -------------------------------------------------------------------------------------------------- */

void rnni_stack_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    RNNI_ASSERT(!session->model->layout.reverses && !input.x != !input.tokens);
    const struct rnni_layout *layout = &session->model->layout;
    struct rnni_rows rows = {.x = input.x, .tokens = input.tokens};
    if (layout->embedding) {
        embed(session->model, session->work.x, input.tokens, session->batch);
        rows = (struct rnni_rows){.x = session->work.x};
    }
    for (size_t k = 0; k < layout->layers; k++)
        rows = (struct rnni_rows){.x = rnni_layer_step(session, k, rows)};
    if (y)
        rnni_head_forward(session, y, rows.x, session->batch);
}

/* ---- forward over time ----------------------------------------------------------------------------------------- */

/* Brings the input into packed order, keeping a copy where backward or the order wants one. */
static struct rnni_rows enter(struct rnn_session *session, struct rnni_input input)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    if (input.tokens) {
        rnni_schedule_gather(&w->schedule, w->tokens, input.tokens, sizeof *w->tokens);
        if (layout->one_hot)
            return (struct rnni_rows){.tokens = w->tokens};
        embed(session->model, w->x, w->tokens, w->schedule.rows);
        return (struct rnni_rows){.x = w->x};
    }
    if (w->schedule.plain && !session->training)
        return (struct rnni_rows){.x = input.x};
    rnni_schedule_gather(&w->schedule, w->x, input.x, layout->inputs * sizeof *w->x);
    return (struct rnni_rows){.x = w->x};
}

/* What is pooled stays for backward, whether or not the output is wanted. */
static void leave_pooled(struct rnn_session *session, float *y /* [B,Y] or NULL */, const float *h /* [N,W] */)
{
    rnni_pooling_forward(session, session->work.pooled, h);
    if (!y)
        return;
    rnni_head_forward(session, y, session->work.pooled, session->batch);
    rnni_pooling_clear_empty(session, y, session->model->layout.outputs);
}

static void leave(struct rnn_session *session, float *y /* [T,B,Y] or NULL */, const float *h /* [N,F] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    if (!y)
        return;
    if (layout->classes) {
        float *packed = schedule->plain ? y : session->work.y; /* [N,C] */
        rnni_head_forward(session, packed, h, schedule->rows);
        h = packed;
    }
    if (h != y)
        rnni_schedule_scatter(schedule, y, h, layout->outputs * sizeof *y);
}

/* Where layer k may put its h: in the output itself, if nothing else is to become of it; else NULL. */
static float *output_as_hidden(const struct rnn_session *session, size_t k, float *y)
{
    const struct rnni_layout *layout = &session->model->layout;
    int is_output = k + 1 == layout->layers && !layout->classes && !layout->pools && session->work.schedule.plain;
    int is_hidden = !rnni_workspace_has_out(layout, session->training, k);
    return is_output && is_hidden && !session->training ? y : NULL;
}

void rnni_stack_begin(struct rnn_session *session)
{
    session->masks = session->next_masks;
    session->next_masks.run++;
}

/* From the rows that enter to those that the top layer hands on. */
static const float *forward_layers(struct rnn_session *session, float *y, struct rnni_rows rows)
{
    size_t layers = session->model->layout.layers;
    float *h = output_as_hidden(session, layers - 1, y);
    if (rnni_pipeline_wanted(session)) {
        rnni_pipeline_forward(session, rows, h);
    } else {
        for (size_t k = 0; k < layers; k++) {
            rnni_layer_forward(session, k, rows, k + 1 == layers ? h : NULL);
            rows = (struct rnni_rows){.x = session->work.out[k]};
        }
    }
    return h ? h : session->work.out[layers - 1];
}

void rnni_stack_pass(struct rnn_session *session, float *y, struct rnni_input input)
{
    RNNI_ASSERT(!input.x != !input.tokens && !input.tokens == !session->model->layout.vocabulary);
    RNNI_ASSERT(session->work.schedule.batch == session->batch);
    const float *h = forward_layers(session, y, enter(session, input));
    (session->model->layout.pools ? leave_pooled : leave)(session, y, h);
}

void rnni_stack_save(struct rnn_session *session)
{
    session->saved = RNNI_SAVED_FORWARD;
    if (!session->training)
        return;
    for (size_t s = 0; s < session->model->layout.form.cell->states; s++)
        memset(session->work.dstate[s], 0, rnni_session_state_count(session, s) * sizeof(float));
    session->version = session->model->version;
}

void rnni_stack_forward(struct rnn_session *session, float *y, struct rnni_input input)
{
    rnni_stack_begin(session);
    rnni_stack_pass(session, y, input);
    rnni_stack_save(session);
}

/* ---- and back -------------------------------------------------------------------------------------------------- */

static void enter_back_pooled(struct rnn_session *session, float *d /* [N,W] */, const float *dy /* [B,Y] */)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    if (!layout->classes) {
        rnni_pooling_backward(session, d, dy);
        return;
    }
    memcpy(w->y, dy, session->batch * layout->classes * sizeof *dy);
    rnni_pooling_clear_empty(session, w->y, layout->classes);
    rnni_head_backward(session, w->dpooled, w->y, w->pooled, session->batch);
    rnni_pooling_backward(session, d, w->dpooled);
}

static void enter_back(struct rnn_session *session, float *d /* [N,F] */, const float *dy /* [T,B,Y] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    if (!layout->classes) {
        rnni_schedule_gather(schedule, d, dy, layout->features * sizeof *d);
        return;
    }
    if (!schedule->plain) {
        rnni_schedule_gather(schedule, session->work.y, dy, layout->classes * sizeof *dy);
        dy = session->work.y;
    }
    rnni_head_backward(session, d, dy, session->work.out[layout->layers - 1], schedule->rows);
}

/* d is the gradient of the top layer's out. */
static void begin_backward(struct rnn_session *session, float *d, const float *dy)
{
    const struct rnni_layout *layout = &session->model->layout;
    if (dy)
        (layout->pools ? enter_back_pooled : enter_back)(session, d, dy);
    else
        memset(d, 0, session->work.schedule.rows * layout->top_width * sizeof *d);
}

/* The table's rows get what their tokens got. */
static void backward_embedding(struct rnn_session *session)
{
    size_t size = session->model->layout.embedding;
    float *dtable = session->gradients + session->model->layout.tensors[0].offset; /* [V,E] */
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_matrix_add_rows(dtable + (size_t)session->work.tokens[i] * size, NULL, session->work.dx + i * size, size,
                             1, size);
}

/* The rows that entered layer k. */
static struct rnni_rows entered(const struct rnn_session *session, size_t k)
{
    const struct rnni_workspace *w = &session->work;
    if (k)
        return (struct rnni_rows){.x = w->out[k - 1]};
    if (session->model->layout.one_hot)
        return (struct rnni_rows){.tokens = w->tokens};
    return (struct rnni_rows){.x = w->x};
}

void rnni_stack_backward(struct rnn_session *session, float *dx, const float *dy)
{
    RNNI_ASSERT(session->training);
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    float *d = w->d[0], *other = w->d[1]; /* [N,F] */
    rnni_packed_weights_back(session);
    begin_backward(session, d, dy);
    for (size_t k = layout->layers; k-- > 0;) {
        float *input = dx || layout->embedding ? w->dx : NULL; /* [N,I] */
        rnni_layer_backward(session, k, d, other, k ? other : input, entered(session, k));
        float *below = other;
        other = d;
        d = below;
    }
    if (layout->embedding)
        backward_embedding(session);
    if (dx)
        rnni_schedule_scatter(&w->schedule, dx, w->dx, layout->inputs * sizeof *dx);
    session->saved = RNNI_SAVED_BACKWARD;
}
