#include "run/stack.h"

#include "base/assertion.h"
#include "math/one_hot.h"
#include "run/layer.h"
#include "run/pipeline.h"
#include "run/pooling.h"
#include "run/single_step.h"
#include "session/packed_weights.h"
#include "session/parallel.h"

#include <string.h>

/* ---- the head: forward and backward ------------------------------------------------------------------------------ */

/* What the shares of its work have in common: y or dy [rows,C], h and dh [rows,F]. */
struct head_work {
    const struct rnn_session *session;
    float *y;
    const float *dy, *h;
    float *dh;
    size_t rows, shares;
};

static void run_head(struct head_work *work, rnni_team_task task)
{
    const struct rnni_dense *head = &work->session->head;
    struct rnni_team *team = work->session->team;
    work->shares = team ? rnni_parallel_shares(work->session, work->rows * head->inputs * head->outputs) : 1;
    rnni_team_run(team, work->shares, task, work);
}

static void head_share(void *context, size_t index)
{
    const struct head_work *work = context;
    const struct rnni_dense *head = &work->session->head;
    struct rnni_part part = rnni_part_of(work->rows, 1, index, work->shares);
    struct rnni_product product = rnni_products_dense(head, work->y + part.first * head->outputs,
                                                      work->h + part.first * head->inputs, part.count);
    rnni_products_multiply(&product);
}

/* dh = dy V, and to the gradients of V and c. */
static void head_share_backward(void *context, size_t index)
{
    const struct head_work *work = context;
    const struct rnn_session *session = work->session;
    const struct rnni_dense *head = &session->head;
    const struct rnni_head_place *place = &session->model->layout.head;
    size_t inputs = head->inputs, outputs = head->outputs;
    struct rnni_columns dy = {work->dy, outputs, outputs}, h = {work->h, inputs, inputs};
    struct rnni_outer_share share = {.index = index,
                                     .count = work->shares,
                                     .singly = session->batch == 1,
                                     .blas = session->model->layout.blas,
                                     .room = session->work.scratch[index],
                                     .kernels = session->model->layout.form.product_kernels};
    struct rnni_part part = rnni_part_of(work->rows, 1, index, work->shares);
    rnni_products_rows(&head->back, work->dh + part.first * inputs, inputs, work->dy + part.first * outputs, outputs,
                       part.count, 0);
    rnni_products_add_outer_share(session->gradients + place->weight, dy, h, work->rows, &share);
    part = rnni_part_of(outputs, RNNI_BLOCK, index, work->shares);
    share.kernels->add_rows(session->gradients + place->bias + part.first, NULL, work->dy + part.first, outputs,
                            work->rows, part.count);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

/* x [rows,E] = the rows of the table that the tokens choose. */
static void embed(const struct rnn_model *model, float *x, const int32_t *tokens, size_t rows)
{
    const struct rnni_layout *layout = &model->layout;
    const float *table = layout->precision ? model->packed + layout->packed_table
                                           : model->parameters + layout->tensors[0].offset; /* [V,E] */
    rnni_one_hot_embed(x, table, layout->precision, layout->embedding, tokens, rows);
}

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
    if (rnni_schedule_is_padded(&w->schedule) && !session->training)
        return (struct rnni_rows){.x = input.x};
    rnni_schedule_gather(&w->schedule, w->x, input.x, layout->inputs * sizeof *w->x);
    return (struct rnni_rows){.x = w->x};
}

/* What is pooled stays for backward, whether or not the output is wanted. */
static void leave_pooled(struct rnn_session *session, float *y /* [B,Y] or NULL */, const float *h /* [N,W] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    struct head_work head = {.session = session, .y = y, .h = session->work.pooled, .rows = session->batch};
    rnni_pooling_forward(session, session->work.pooled, h);
    if (!y)
        return;
    if (layout->classes)
        run_head(&head, head_share);
    else
        memcpy(y, session->work.pooled, session->batch * layout->features * sizeof *y);
    rnni_pooling_clear_empty(session, y, layout->outputs);
}

static void leave(struct rnn_session *session, float *y /* [T,B,Y] */, const float *h /* [N,F] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    if (layout->classes) {
        float *packed = rnni_schedule_is_padded(schedule) ? y : session->work.y; /* [N,C] */
        run_head(&(struct head_work){.session = session, .y = packed, .h = h, .rows = schedule->rows}, head_share);
        h = packed;
    }
    if (h != y)
        rnni_schedule_scatter(schedule, y, h, layout->outputs * sizeof *y);
}

/* All layers.  The top one puts its h into h, where that is not NULL. */
static void layers_forward(struct rnn_session *session, struct rnni_rows rows, float *h)
{
    size_t layers = session->model->layout.layers;
    if (session->team)
        session->sharing = rnni_parallel_sharing(session, session->work.schedule.steps, 0);
    if (session->team && rnni_pipeline_wanted(session)) {
        rnni_pipeline_forward(session, rows, h);
        return;
    }
    for (size_t k = 0; k < layers; k++) {
        rnni_layer_forward(session, k, rows, k + 1 == layers ? h : NULL);
        rows = (struct rnni_rows){.x = session->work.output[k].rows};
    }
}

const float *rnni_stack_rows_forward(struct rnn_session *session, struct rnni_rows rows)
{
    layers_forward(session, rows, NULL);
    return session->work.output[session->model->layout.layers - 1].rows;
}

void rnni_stack_forward(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_layer_output *top = &session->work.output[layout->layers - 1];
    RNNI_ASSERT(!input.x != !input.tokens && !input.tokens == !layout->vocabulary);
    RNNI_ASSERT(session->work.schedule.batch == session->batch);
    struct rnni_rows rows = enter(session, input);
    /* The top layer may put its h into y, if nothing else is to become of it. */
    int is_output = !layout->classes && !layout->pools && rnni_schedule_is_padded(&session->work.schedule);
    float *h = is_output && top->is_hidden && !session->training ? y : NULL;
    layers_forward(session, rows, h);
    if (layout->pools)
        leave_pooled(session, y, top->rows);
    else if (y && !h)
        leave(session, y, top->rows);
}

const float *rnni_stack_rows_step(struct rnn_session *session, struct rnni_rows rows)
{
    if (!session->ready)
        rnni_single_step_prepare(session);
    for (size_t k = 0; k < session->model->layout.layers; k++)
        rows = (struct rnni_rows){.x = rnni_layer_step(session, k, rows)};
    return rows.x;
}

void rnni_stack_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnni_layout *layout = &session->model->layout;
    RNNI_ASSERT(layout->layers >= 1 && !layout->reverses && !input.x != !input.tokens);
    struct rnni_rows rows = {.x = input.x, .tokens = input.tokens};
    if (layout->embedding) {
        embed(session->model, session->work.x, input.tokens, session->batch);
        rows = (struct rnni_rows){.x = session->work.x};
    }
    rows = (struct rnni_rows){.x = rnni_stack_rows_step(session, rows)};
    if (y && layout->classes && session->team) {
        run_head(&(struct head_work){.session = session, .y = y, .h = rows.x, .rows = session->batch}, head_share);
    } else if (y && layout->classes) {
        session->ready_head.target[0] = (struct rnni_target){y, layout->classes, session->head.bias, 0};
        session->ready_head.a = rows.x;
        rnni_products_multiply(&session->ready_head);
    } else if (y) {
        memcpy(y, rows.x, session->batch * layout->features * sizeof *y);
    }
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

static void leave_pooled_backward(struct rnn_session *session, float *d /* [N,W] */, const float *dy /* [B,Y] */)
{
    struct rnni_workspace *w = &session->work;
    size_t classes = session->model->layout.classes, rows = session->batch;
    struct head_work head = {.session = session, .dy = w->y, .h = w->pooled, .dh = w->dpooled, .rows = rows};
    if (!classes) {
        rnni_pooling_backward(session, d, dy);
        return;
    }
    memcpy(w->y, dy, rows * classes * sizeof *dy);
    rnni_pooling_clear_empty(session, w->y, classes);
    run_head(&head, head_share_backward);
    rnni_pooling_backward(session, d, w->dpooled);
}

static void leave_backward(struct rnn_session *session, float *d /* [N,F] */, const float *dy /* [T,B,Y] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    struct head_work head = {.session = session,
                             .dy = dy,
                             .h = session->work.output[layout->layers - 1].rows,
                             .dh = d,
                             .rows = schedule->rows};
    if (!layout->classes) {
        rnni_schedule_gather(schedule, d, dy, layout->features * sizeof *d);
        return;
    }
    if (!rnni_schedule_is_padded(schedule)) {
        rnni_schedule_gather(schedule, session->work.y, dy, layout->classes * sizeof *dy);
        head.dy = session->work.y;
    }
    run_head(&head, head_share_backward);
}

/* The table's rows get what their tokens got. */
static void embed_backward(struct rnn_session *session, const float *dx /* [N,E] */)
{
    size_t size = session->model->layout.embedding;
    float *dtable = session->gradients + session->model->layout.tensors[0].offset; /* [V,E] */
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        session->model->layout.form.product_kernels->add_rows(dtable + (size_t)session->work.tokens[i] * size, NULL,
                                                              dx + i * size, size, 1, size);
}

/* The rows that entered the first layer. */
static struct rnni_rows entered(const struct rnn_session *session)
{
    const struct rnni_workspace *w = &session->work;
    if (session->model->layout.one_hot)
        return (struct rnni_rows){.tokens = w->tokens};
    return (struct rnni_rows){.x = w->x};
}

static void begin_backward(struct rnn_session *session)
{
    if (session->back_version != session->model->version)
        rnni_packed_weights_back(session);
    if (session->team)
        session->sharing = rnni_parallel_sharing(session, session->work.schedule.steps, 1);
}

/* All layers, from the gradient of the output in work.d[0].  Returns that of the rows, where it is wanted. */
static float *layers_backward(struct rnn_session *session, struct rnni_rows rows, int is_wanted)
{
    const struct rnni_workspace *w = &session->work;
    float *d = w->d[0], *other = w->d[1]; /* [N,F], of the top layer [N,W] */
    for (size_t k = session->model->layout.layers; k-- > 0;) {
        struct rnni_rows below = k ? (struct rnni_rows){.x = w->output[k - 1].rows} : rows;
        rnni_layer_backward(session, k, d, other, k || is_wanted ? other : NULL, below);
        float *now = other;
        other = d;
        d = now;
    }
    return d;
}

void rnni_stack_rows_backward(struct rnn_session *session, struct rnni_rows rows, float *below, const float *d)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t count = session->work.schedule.rows;
    begin_backward(session);
    memcpy(session->work.d[0], d, count * layout->features * sizeof *d);
    const float *found = layers_backward(session, rows, below != NULL);
    if (below)
        memcpy(below, found, count * layout->inputs * sizeof *below);
}

void rnni_stack_backward(struct rnn_session *session, float *dx, const float *dy)
{
    RNNI_ASSERT(session->training && !(dx && session->model->layout.vocabulary));
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    begin_backward(session);
    if (!dy)
        memset(w->d[0], 0, w->schedule.rows * layout->top_width * sizeof *dy);
    else if (layout->pools)
        leave_pooled_backward(session, w->d[0], dy);
    else
        leave_backward(session, w->d[0], dy);
    const float *d = layers_backward(session, entered(session), dx || layout->embedding);
    if (layout->embedding)
        embed_backward(session, d);
    if (dx)
        rnni_schedule_scatter(&w->schedule, dx, d, layout->inputs * sizeof *dx);
}
