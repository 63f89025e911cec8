#include "run/list.h"

#include "base/assertion.h"
#include "base/random.h"
#include "layers/layer_run.h"
#include "session/packed_weights.h"

#include <string.h>

/* ---- lengths ----------------------------------------------------------------------------------------------------- */

/* What a layer makes of `length` steps of the caller's sequence b. */
static size_t length_of(const struct rnn_session *session, size_t i, size_t length, size_t b)
{
    const int32_t *waits = session->list->rows.layer[i].waits;
    return rnni_layer_list_length(&session->model->list.layers[i], length, waits ? (size_t)waits[b] : 0);
}

/* The schedule of the level above layer i, from that below. */
static void raise_level(const struct rnn_session *session, size_t i)
{
    const struct rnni_list_rows *rows = &session->list->rows;
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    const struct rnni_schedule *from = &rows->schedule[layer->level];
    size_t steps = 1;
    for (size_t r = 0; r < from->batch; r++) {
        size_t b = from->order[r];
        rows->lengths[b] = (int32_t)length_of(session, i, from->length[r], b);
        rows->most[b] = (int32_t)length_of(session, i, (size_t)rows->most[b], b);
        steps = (size_t)rows->most[b] > steps ? (size_t)rows->most[b] : steps;
    }
    rnni_schedule_fill(&rows->schedule[layer->above], rows->lengths, steps, from->batch);
}

size_t rnni_list_output_steps(const struct rnn_session *session, size_t steps)
{
    const struct rnni_layer_list *list = &session->model->list;
    size_t most = 0;
    if (!session->model->layout.changes_length)
        return steps;
    for (size_t b = 0; b < session->batch; b++) {
        size_t length = steps;
        for (size_t i = 0; i < list->count; i++)
            if (rnni_layer_list_changes(&list->layers[i]))
                length = length_of(session, i, length, b);
        most = length > most ? length : most;
    }
    return most;
}

const struct rnni_schedule *rnni_list_top(const struct rnn_session *session)
{
    return &session->list->rows.schedule[session->model->list.levels - 1];
}

int rnni_list_is_in_step(const struct rnn_session *session)
{
    for (size_t i = 0; i < session->model->list.count; i++) {
        const int32_t *waits = session->list->rows.layer[i].waits;
        for (size_t b = 1; waits && b < session->batch; b++)
            if (waits[b] != waits[0])
                return 0;
    }
    return 1;
}

/* ---- one layer --------------------------------------------------------------------------------------------------- */

/* The rows that leave layer i. */
static const float *output_of(const struct rnn_session *session, size_t i)
{
    return session->list->rows.layer[i].rows;
}

/* Those that enter it: the network's, or those that leave the layer below. */
static struct rnni_rows input_of(const struct rnn_session *session, size_t i, struct rnni_rows entered)
{
    return i ? (struct rnni_rows){.x = output_of(session, i - 1)} : entered;
}

static struct rnni_layer_run run_of(const struct rnn_session *session, size_t i, struct rnni_rows entered)
{
    const struct rnni_list_rows *rows = &session->list->rows;
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    struct rnni_rows in = input_of(session, i, entered);
    struct rnni_layer_run run = {.session = session,
                                 .index = i,
                                 .layer = layer,
                                 .room = &rows->layer[i],
                                 .from = &rows->schedule[layer->level],
                                 .to = &rows->schedule[layer->above],
                                 .x = in.x,
                                 .tokens = in.tokens,
                                 .y = rows->layer[i].own};
    if (layer->options.kind == RNN_KIND_SKIP) {
        run.source = layer->source == RNNI_ABSENT ? entered.x : output_of(session, layer->source);
        run.dsource = layer->source == RNNI_ABSENT ? rows->dinput : rows->layer[layer->source].d;
    }
    return run;
}

/* A recurrent layer has the schedule of its level, and masks of its own. */
static struct rnn_session *stack_of(const struct rnn_session *session, size_t i)
{
    struct rnn_session *stack = session->list->stack[i];
    stack->work.schedule = session->list->rows.schedule[session->model->list.layers[i].level];
    stack->masks = session->masks;
    stack->masks.seed = rnni_random_mix(session->masks.seed ^ rnni_random_mix(i + 1));
    return stack;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void layer_forward(const struct rnn_session *session, size_t i, struct rnni_rows entered, int is_step)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    struct rnni_rows in = input_of(session, i, entered);
    if (rnni_layer_list_changes(layer))
        raise_level(session, i);
    if (layer->stack) { /* a single step needs neither schedule nor masks */
        session->list->rows.layer[i].rows = is_step ? rnni_stack_rows_step(session->list->stack[i], in)
                                                    : rnni_stack_rows_forward(stack_of(session, i), in);
        return;
    }
    struct rnni_layer_run run = run_of(session, i, entered);
    run.is_step = is_step;
    rnni_layer_run_kind(layer->options.kind)->forward(&run);
}

/* Brings the input into packed order, keeping a copy where backward or the order wants one. */
static struct rnni_rows enter(struct rnn_session *session, struct rnni_input input)
{
    const struct rnni_list_rows *rows = &session->list->rows;
    const struct rnni_schedule *schedule = &rows->schedule[0];
    if (input.tokens) {
        rnni_schedule_gather(schedule, rows->tokens, input.tokens, sizeof *input.tokens);
        return (struct rnni_rows){.tokens = rows->tokens};
    }
    if (rnni_schedule_is_padded(schedule) && !session->training)
        return (struct rnni_rows){.x = input.x};
    rnni_schedule_gather(schedule, rows->input, input.x, session->model->layout.inputs * sizeof *input.x);
    return (struct rnni_rows){.x = rows->input};
}

/* The schedule of the input has been filled; those above it follow layer by layer. */
static void begin(struct rnn_session *session)
{
    const struct rnni_list_rows *rows = &session->list->rows;
    rows->schedule[0] = session->work.schedule;
    for (size_t b = 0; b < session->batch; b++)
        rows->most[b] = (int32_t)rows->schedule[0].given;
}

void rnni_list_forward(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnni_layer_list *list = &session->model->list;
    const struct rnni_schedule *top = rnni_list_top(session);
    RNNI_ASSERT(!input.x != !input.tokens && session->work.schedule.batch == session->batch);
    begin(session);
    struct rnni_rows entered = enter(session, input);
    for (size_t i = 0; i < list->count; i++)
        layer_forward(session, i, entered, 0);
    if (y && (session->saved_output_steps || session->model->layout.pools))
        rnni_schedule_scatter(top, y, output_of(session, list->count - 1), session->model->layout.outputs * sizeof *y);
}

/* Below a layer that has no output at this step all make theirs; above it none does. */
void rnni_list_step(struct rnn_session *session, float *y, struct rnni_input input)
{
    const struct rnni_layer_list *list = &session->model->list;
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *schedule = session->list->rows.schedule;
    struct rnni_rows entered = {.x = input.x, .tokens = input.tokens};
    RNNI_ASSERT(!list->whole && !input.x != !input.tokens && rnni_list_is_in_step(session));
    rnni_schedule_fill(&session->work.schedule, NULL, 1, session->batch);
    begin(session);
    session->has_output = 0;
    for (size_t i = 0; i < list->count; i++) {
        layer_forward(session, i, entered, 1);
        if (!schedule[list->layers[i].above].rows)
            return;
    }
    session->has_output = 1;
    if (y)
        memcpy(y, output_of(session, list->count - 1), session->batch * layout->outputs * sizeof *y);
    session->ready_x = session->batch * layout->inputs;
    session->ready_y = session->batch * layout->outputs;
    session->ready = !layout->changes_length;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* What skips add to the gradients of their sources. */
static void clear_sources(const struct rnn_session *session)
{
    const struct rnni_layer_list *list = &session->model->list;
    const struct rnni_list_rows *rows = &session->list->rows;
    for (size_t i = 0; i < list->count; i++)
        if (rows->layer[i].d)
            memset(rows->layer[i].d, 0,
                   rows->schedule[list->layers[i].above].rows * list->layers[i].outputs * sizeof(float));
    if (rows->dinput)
        memset(rows->dinput, 0, rows->schedule[0].rows * session->model->layout.inputs * sizeof(float));
}

/* From d, that of what leaves layer i, to below, that of what enters it (NULL: not wanted). */
static void layer_backward(const struct rnn_session *session, size_t i, struct rnni_rows entered, float *d,
                           float *below)
{
    const struct rnni_list_layer *layer = &session->model->list.layers[i];
    const struct rnni_layer_room *room = &session->list->rows.layer[i];
    if (room->d)
        session->model->layout.form.elementwise->add(d, room->d,
                                                     session->list->rows.schedule[layer->above].rows * layer->outputs);
    if (layer->stack) {
        rnni_stack_rows_backward(stack_of(session, i), input_of(session, i, entered), below, d);
        return;
    }
    struct rnni_layer_run run = run_of(session, i, entered);
    run.d = d;
    run.below = below;
    rnni_layer_run_kind(layer->options.kind)->backward(&run);
}

void rnni_list_backward(struct rnn_session *session, float *dx, const float *dy)
{
    const struct rnni_layer_list *list = &session->model->list;
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_list_rows *rows = &session->list->rows;
    const struct rnni_schedule *top = rnni_list_top(session);
    struct rnni_rows entered = {.x = rows->input, .tokens = rows->tokens};
    float *d = rows->d[0], *other = rows->d[1];
    RNNI_ASSERT(session->training && !(dx && layout->vocabulary));
    if (session->back_version != session->model->version)
        rnni_packed_weights_back(session);
    if (dy && top->rows)
        rnni_schedule_gather(top, d, dy, layout->outputs * sizeof *d);
    else
        memset(d, 0, top->rows * layout->outputs * sizeof *d);
    clear_sources(session);
    for (size_t i = list->count; i-- > 0;) {
        layer_backward(session, i, entered, d, i || dx ? other : NULL);
        float *below = other;
        other = d;
        d = below;
    }
    if (dx && rows->dinput)
        layout->form.elementwise->add(d, rows->dinput, rows->schedule[0].rows * layout->inputs);
    if (dx)
        rnni_schedule_scatter(&rows->schedule[0], dx, d, layout->inputs * sizeof *dx);
}
