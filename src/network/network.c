#include "network/network.h"

#include "math/matrix.h"
#include "network/layer.h"

#include <string.h>

static struct rnni_dense dense_at(const struct rnn_model *model, const struct rnni_place *place, const float *bias)
{
    return (struct rnni_dense){.inputs = place->inputs,
                               .outputs = place->outputs,
                               .weight = model->parameters + place->weight,
                               .packed = model->packed + place->packed,
                               .bias = bias};
}

static struct rnni_layer layer_at(const struct rnn_model *model, size_t k)
{
    const struct rnni_layer_place *place = &model->layout.layer[k];
    return (struct rnni_layer){.cell = &rnni_cell_tanh,
                               .hidden = model->layout.hidden,
                               .input = dense_at(model, &place->input, model->packed + place->packed_bias),
                               .weight = model->parameters + place->recurrent.weight,
                               .packed = model->packed + place->recurrent.packed};
}

static struct rnni_dense head_of(const struct rnn_model *model)
{
    return dense_at(model, &model->layout.head, model->parameters + model->layout.head.bias);
}

/* x [rows,E] = the rows of the table that the tokens choose. */
static void embed(const struct rnn_model *model, float *x, const int32_t *tokens, size_t rows)
{
    size_t size = model->layout.embedding;
    const float *table = model->parameters + model->layout.tensors[0].offset; /* [V,E] */
    for (size_t i = 0; i < rows; i++)
        memcpy(x + i * size, table + (size_t)tokens[i] * size, size * sizeof *x);
}

/* U x + b of layer k, for input rows that are one-hot tokens in the first layer of such a network and numbers
 * elsewhere. */
static void input_product(const struct rnn_session *session, const struct rnni_layer *layer, size_t k, float *out,
                          const float *x, const int32_t *tokens, size_t rows)
{
    if (k == 0 && session->model->layout.one_hot)
        rnni_dense_forward_tokens(&layer->input, out, tokens, rows);
    else
        rnni_dense_forward(&layer->input, out, x, rows);
}

/* ---- one step -------------------------------------------------------------------------------------------------- */

void rnni_network_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnn_model *model = session->model;
    const struct rnni_layout *layout = &model->layout;
    size_t batch = session->batch, count = batch * layout->hidden;
    const float *x = input.x; /* [B,In] */
    if (layout->embedding) {
        embed(model, session->work.x, input.tokens, batch);
        x = session->work.x;
    }
    for (size_t k = 0; k < layout->layers; k++) {
        struct rnni_layer layer = layer_at(model, k);
        float *state = session->work.state + k * count; /* [B,H] */
        float *next = session->work.h[0];               /* [B,H] */
        input_product(session, &layer, k, next, x, input.tokens, batch);
        rnni_layer_step(&layer, next, state, batch);
        memcpy(state, next, count * sizeof *state);
        x = state;
    }
    if (!y)
        return;
    if (layout->classes) {
        struct rnni_dense head = head_of(model);
        rnni_dense_forward(&head, y, x, batch);
    } else {
        memcpy(y, x, count * sizeof *y);
    }
}

/* ---- forward over time ----------------------------------------------------------------------------------------- */

/* Brings the input into packed order, keeping a copy where backward or the order wants one; returns x [N,In], or NULL
 * for one-hot tokens, which are in work.tokens then. */
static const float *enter(struct rnn_session *session, struct rnni_input input)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    if (input.tokens) {
        rnni_schedule_gather(&w->schedule, w->tokens, input.tokens, sizeof *w->tokens);
        if (layout->embedding)
            embed(session->model, w->x, w->tokens, w->schedule.rows);
        return w->x;
    }
    if (w->schedule.plain && !session->training)
        return input.x;
    rnni_schedule_gather(&w->schedule, w->x, input.x, layout->inputs * sizeof *w->x);
    return w->x;
}

/* The rows h(t) [N,H] of layer k, behind its initial states. */
static float *hidden_rows(const struct rnn_session *session, size_t k)
{
    return session->work.h[k] + session->batch * session->model->layout.hidden;
}

/* From x [N,In] to h [N,H], and on to the final state. */
static void forward_layer(struct rnn_session *session, size_t k, float *h, const float *x)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    struct rnni_layer layer = layer_at(session->model, k);
    size_t size = layer.hidden * sizeof(float);
    float *state = session->work.state + k * session->batch * layer.hidden; /* [B,H] */
    float *initial = session->work.h[k];                                    /* [B,H] */
    rnni_schedule_sort(schedule, initial, state, size);
    input_product(session, &layer, k, h, x, session->work.tokens, schedule->rows);
    rnni_layer_forward(&layer, h, initial, schedule);
    for (size_t r = 0; r < schedule->batch; r++)
        memcpy(state + schedule->order[r] * layer.hidden, rnni_layer_final_state(&layer, h, initial, schedule, r),
               size);
}

static void forward_head(struct rnn_session *session, float *y /* [T,B,Y] */, const float *h /* [N,H] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    if (layout->classes) {
        struct rnni_dense head = head_of(session->model);
        float *packed = schedule->plain ? y : session->work.y; /* [N,C] */
        rnni_dense_forward(&head, packed, h, schedule->rows);
        h = packed;
    }
    if (h != y)
        rnni_schedule_scatter(schedule, y, h, layout->outputs * sizeof *y);
}

/* Where layer k puts its h: in the output itself, if nothing else is to become of it. */
static float *place_of_hidden(const struct rnn_session *session, size_t k, float *y)
{
    const struct rnni_layout *layout = &session->model->layout;
    int is_output = k + 1 == layout->layers && !layout->classes && session->work.schedule.plain;
    return y && is_output && !session->training ? y : hidden_rows(session, k);
}

void rnni_network_forward(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnni_layout *layout = &session->model->layout;
    const float *x = enter(session, input);
    for (size_t k = 0; k < layout->layers; k++) {
        float *h = place_of_hidden(session, k, y); /* [N,H] */
        forward_layer(session, k, h, x);
        x = h;
    }
    if (y)
        forward_head(session, y, x);
    if (!session->training)
        return;
    memset(session->work.dstate, 0, layout->layers * session->batch * layout->hidden * sizeof(float));
    session->saved = RNNI_SAVED_FORWARD;
    session->version = session->model->version;
}

/* ---- and back -------------------------------------------------------------------------------------------------- */

/* d [N,H] = dL/dh of the top layer, from outside of it. */
static void backward_head(struct rnn_session *session, float *d, const float *dy /* [T,B,Y] */)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = &session->work.schedule;
    if (!dy) {
        memset(d, 0, schedule->rows * layout->hidden * sizeof *d);
        return;
    }
    if (!layout->classes) {
        rnni_schedule_gather(schedule, d, dy, layout->hidden * sizeof *d);
        return;
    }
    if (!schedule->plain) {
        rnni_schedule_gather(schedule, session->work.y, dy, layout->classes * sizeof *dy);
        dy = session->work.y;
    }
    struct rnni_dense head = head_of(session->model);
    rnni_dense_backward(&head, d, session->gradients + layout->head.weight, session->gradients + layout->head.bias, dy,
                        hidden_rows(session, layout->layers - 1), schedule->rows);
}

/* Of the two buffers of gradients, the one that d is not in. */
static float *other(const struct rnni_workspace *w, const float *d)
{
    return d == w->d[0] ? w->d[1] : w->d[0];
}

/* Through time: d [N,H] becomes dL/d(pre-activation), dstate becomes dL/d(initial state), W and its bias get theirs. */
static void backward_recurrence(struct rnn_session *session, const struct rnni_layer *layer, size_t k, float *d)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_place *place = &session->model->layout.layer[k].recurrent;
    size_t size = layer->hidden * sizeof(float);
    float *dstate = w->dstate + k * session->batch * layer->hidden; /* [B,H] */
    rnni_schedule_sort(&w->schedule, w->sorted, dstate, size);
    rnni_layer_backward(layer, d, w->sorted, hidden_rows(session, k), &w->schedule);
    rnni_schedule_unsort(&w->schedule, dstate, w->sorted, size);
    rnni_layer_weight_gradient(layer, session->gradients + place->weight, other(w, d), d, w->h[k], &w->schedule);
    rnni_matrix_add_rows(session->gradients + place->bias, d, w->schedule.rows, layer->hidden);
}

/* Through the input product: U and its bias get their gradients, below [N,In] (NULL: not wanted) gets that of x. */
static void backward_input(struct rnn_session *session, const struct rnni_layer *layer, size_t k, float *below,
                           const float *d)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_place *place = &session->model->layout.layer[k].input;
    float *dweight = session->gradients + place->weight, *dbias = session->gradients + place->bias;
    if (k == 0 && session->model->layout.one_hot)
        rnni_dense_backward_tokens(&layer->input, dweight, dbias, session->token_scratch, d, w->tokens,
                                   w->schedule.rows);
    else
        rnni_dense_backward(&layer->input, below, dweight, dbias, d, k ? hidden_rows(session, k - 1) : w->x,
                            w->schedule.rows);
}

/* The table's rows get what their tokens got. */
static void backward_embedding(struct rnn_session *session)
{
    size_t size = session->model->layout.embedding;
    float *dtable = session->gradients + session->model->layout.tensors[0].offset; /* [V,E] */
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_matrix_add_rows(dtable + (size_t)session->work.tokens[i] * size, session->work.dx + i * size, 1, size);
}

void rnni_network_backward(struct rnn_session *session, float *dx, const float *dy)
{
    struct rnni_workspace *w = &session->work;
    const struct rnni_layout *layout = &session->model->layout;
    float *d = w->d[0]; /* [N,H] */
    backward_head(session, d, dy);
    for (size_t k = layout->layers; k-- > 0;) {
        struct rnni_layer layer = layer_at(session->model, k);
        float *below = other(w, d); /* [N,H], or [N,In] under the first layer */
        if (k == 0)
            below = dx || layout->embedding ? w->dx : NULL;
        backward_recurrence(session, &layer, k, d);
        backward_input(session, &layer, k, below, d);
        d = below;
    }
    if (layout->embedding)
        backward_embedding(session);
    if (dx)
        rnni_schedule_scatter(&w->schedule, dx, w->dx, layout->inputs * sizeof *dx);
    session->saved = RNNI_SAVED_BACKWARD;
}
