#include "session/list_session.h"

#include "base/arena.h"
#include "base/memory.h"
#include "model/list_weights.h"

#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static int has_past(const struct rnni_list_layer *layer)
{
    return layer->options.kind == RNN_KIND_CONV1D && !rnni_layer_list_is_centred(layer) && layer->reach;
}

static int has_waits(const struct rnni_list_layer *layer)
{
    return layer->options.kind == RNN_KIND_CONV1D && !rnni_layer_list_is_centred(layer) &&
           rnni_layer_list_changes(layer);
}

/* ---- the plan of the block --------------------------------------------------------------------------------------- */

/* What a plan is made for. */
struct plan {
    struct rnni_arena arena;
    const struct rnn_model *model;
    int training;
    struct rnni_workspace sizes; /* T, B, N, shares */
};

/* Floats where they are wanted, else NULL. */
static float *floats(struct plan *plan, int wanted, size_t rows, size_t columns)
{
    return wanted ? rnni_arena_take(&plan->arena, rnni_memory_multiply(rows, columns), sizeof(float)) : NULL;
}

static int32_t *waits(struct plan *plan, int wanted)
{
    return wanted ? rnni_arena_take(&plan->arena, plan->sizes.batch, sizeof(int32_t)) : NULL;
}

static struct rnni_schedule plan_schedule(struct plan *plan)
{
    size_t batch = plan->sizes.batch, steps = rnni_memory_add(plan->sizes.steps, 1);
    return (struct rnni_schedule){.order = rnni_arena_take(&plan->arena, batch, sizeof(size_t)),
                                  .length = rnni_arena_take(&plan->arena, batch, sizeof(size_t)),
                                  .active = rnni_arena_take(&plan->arena, steps, sizeof(size_t)),
                                  .first = rnni_arena_take(&plan->arena, steps, sizeof(size_t))};
}

/* The workspace of a recurrent layer, which is carved from the block. */
static void plan_stack(struct plan *plan, const struct rnni_layout *layout, struct rnni_workspace *work)
{
    *work = (struct rnni_workspace){
        .steps = plan->sizes.steps, .batch = plan->sizes.batch, .rows = plan->sizes.rows, .shares = plan->sizes.shares};
    void *block = rnni_arena_take(&plan->arena, rnni_workspace_bytes(layout, plan->training, work), 1);
    if (block)
        rnni_workspace_carve(work, layout, plan->training, block);
}

static struct rnni_layer_room plan_layer(struct plan *plan, const struct rnni_list_layer *layer)
{
    size_t rows = plan->sizes.rows, batch = plan->sizes.batch, past = rnni_memory_multiply(layer->reach, layer->inputs);
    float *own = floats(plan, !layer->stack, rows, layer->outputs);
    return (struct rnni_layer_room){.rows = own,
                                    .own = own,
                                    .d = floats(plan, plan->training && layer->is_source, rows, layer->outputs),
                                    .past = floats(plan, has_past(layer), batch, past),
                                    .dpast = floats(plan, plan->training && has_past(layer), batch, past),
                                    .waits = waits(plan, has_waits(layer)),
                                    .past_before = floats(plan, plan->training && has_past(layer), batch, past),
                                    .waits_before = waits(plan, plan->training && has_waits(layer))};
}

static void plan_layers(struct plan *plan, struct rnni_list_rows *all)
{
    const struct rnni_layer_list *list = &plan->model->list;
    all->layer = rnni_arena_take(&plan->arena, list->count, sizeof *all->layer);
    all->stack = rnni_arena_take(&plan->arena, list->count, sizeof *all->stack);
    for (size_t i = 0; i < list->count; i++) {
        struct rnni_workspace work = {.block = NULL};
        struct rnni_layer_room room = plan_layer(plan, &list->layers[i]);
        if (list->layers[i].stack)
            plan_stack(plan, &list->layers[i].stack->layout, &work);
        if (!all->layer)
            continue;
        all->layer[i] = room;
        all->stack[i] = work;
    }
}

/* Numbers in the widest row of all, in the widest row of taps, and in the largest weight that is in another order. */
struct widest {
    size_t row, taps, weight;
};

static struct widest widest_of(const struct rnn_model *model)
{
    struct widest widest = {model->layout.vocabulary ? 1 : model->layout.inputs, 0, 0};
    for (size_t i = 0; i < model->list.count; i++) {
        const struct rnni_list_layer *layer = &model->list.layers[i];
        widest.row = larger(widest.row, layer->outputs);
        if (layer->options.kind != RNN_KIND_CONV1D)
            continue;
        widest.taps = larger(widest.taps, layer->product.groups * layer->product.inputs);
        widest.weight = larger(widest.weight, layer->tensors.weight_count);
    }
    return widest;
}

static void plan_all(struct plan *plan, struct rnni_list_rows *all)
{
    const struct rnn_model *model = plan->model;
    size_t rows = plan->sizes.rows, batch = plan->sizes.batch;
    struct widest widest = widest_of(model);
    int training = plan->training, tokens = model->layout.vocabulary != 0;
    all->schedule = rnni_arena_take(&plan->arena, model->list.levels, sizeof *all->schedule);
    for (size_t i = 0; i < model->list.levels; i++) {
        struct rnni_schedule schedule = plan_schedule(plan);
        if (all->schedule)
            all->schedule[i] = schedule;
    }
    plan_layers(plan, all);
    all->input = floats(plan, !tokens, rows, model->layout.inputs);
    all->dinput = floats(plan, training && model->list.input_is_source, rows, model->layout.inputs);
    for (size_t i = 0; i < 2; i++) {
        all->d[i] = floats(plan, training, rows, widest.row);
        all->scratch[i] = floats(plan, 1, 1, widest.row);
    }
    all->taps = rnni_arena_take(&plan->arena, plan->sizes.shares, sizeof *all->taps);
    all->dtaps = floats(plan, training && widest.taps > 0, RNNI_TAPS_AT_ONCE, widest.taps);
    all->dweight = floats(plan, training && widest.weight > 0, 1, widest.weight);
    all->room = rnni_arena_take(&plan->arena, plan->sizes.shares, sizeof *all->room);
    for (size_t i = 0; i < plan->sizes.shares; i++) {
        float *taps = floats(plan, widest.taps > 0, RNNI_TAPS_AT_ONCE, widest.taps);
        float *room = floats(plan, training, 1, RNNI_OUTER_ROOM);
        if (!all->room || !all->taps)
            continue;
        all->taps[i] = taps;
        all->room[i] = room;
    }
    all->tokens = tokens ? rnni_arena_take(&plan->arena, rows, sizeof *all->tokens) : NULL;
    all->lengths = rnni_arena_take(&plan->arena, batch, sizeof *all->lengths);
    all->most = rnni_arena_take(&plan->arena, batch, sizeof *all->most);
    all->place = rnni_arena_take(&plan->arena, batch, sizeof *all->place);
}

static size_t block_bytes(const struct rnn_model *model, int training, struct rnni_workspace sizes)
{
    struct plan plan = {.model = model, .training = training, .sizes = sizes};
    struct rnni_list_rows rows;
    plan_all(&plan, &rows);
    return plan.arena.used;
}

/* ---- reserving --------------------------------------------------------------------------------------------------- */

/* From one block to the next. */
static void keep_states(struct rnn_session *session, const struct rnni_list_rows *to)
{
    const struct rnni_list_rows *from = &session->list->rows;
    const struct rnni_layer_list *list = &session->model->list;
    for (size_t i = 0; session->work.block && i < list->count; i++) {
        const struct rnni_list_layer *layer = &list->layers[i];
        size_t past = session->batch * layer->reach * layer->inputs;
        if (layer->stack)
            rnni_session_keep_states(session->list->stack[i], &to->stack[i]);
        if (to->layer[i].past)
            memcpy(to->layer[i].past, from->layer[i].past, past * sizeof(float));
        if (to->layer[i].waits)
            memcpy(to->layer[i].waits, from->layer[i].waits, session->batch * sizeof(int32_t));
    }
}

/* The sessions of recurrent layers get their part of the block. */
static void hand_out(struct rnn_session *session)
{
    for (size_t i = 0; i < session->model->list.count; i++) {
        struct rnn_session *stack = session->list->stack[i];
        if (!stack)
            continue;
        stack->work = session->list->rows.stack[i];
        stack->ready = 0;
    }
}

static int32_t replace_block(struct rnn_session *session, struct rnni_workspace sizes, const char *function)
{
    struct plan plan = {.model = session->model, .training = session->training, .sizes = sizes};
    struct rnni_list_rows rows;
    size_t bytes = block_bytes(session->model, session->training, sizes);
    void *block = rnni_memory_take(bytes, 1);
    if (!block)
        return rnni_status_fail(&session->message, RNN_E_MEMORY,
                                "%s: out of memory for %zu steps of %zu sequences (%zu bytes)", function, sizes.steps,
                                sizes.batch, bytes);
    plan.arena.block = block;
    plan_all(&plan, &rows);
    keep_states(session, &rows);
    rnni_memory_release(session->work.block);
    session->list->rows = rows;
    session->work = sizes;
    session->work.block = block;
    session->work.schedule = rows.schedule[0];
    session->ready = 0;
    session->saved = RNNI_SAVED_NOTHING;
    hand_out(session);
    return RNN_OK;
}

int32_t rnni_list_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                                  const char *function)
{
    struct rnni_workspace room;
    return rnni_session_wants(session, &room, steps, batch, rows) ? replace_block(session, room, function) : RNN_OK;
}

int32_t rnni_list_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function)
{
    const struct rnni_workspace *old = &session->work;
    struct rnni_workspace room = {
        .steps = old->steps, .batch = old->batch, .rows = old->rows, .shares = rnni_team_threads(team)};
    RNNI_TRY(replace_block(session, room, function));
    rnni_team_release(session->team);
    session->team = team;
    for (size_t i = 0; i < session->model->list.count; i++)
        if (session->list->stack[i]) {
            session->list->stack[i]->team = team;
            session->list->stack[i]->sharing = (struct rnni_sharing){1, 1, NULL};
        }
    return RNN_OK;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static size_t count_products(const struct rnni_layer_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->layers[i].product.groups;
    return count;
}

/* The products of layer i behind those of the layers below. */
static struct rnni_dense *bind_products(struct rnn_session *session, size_t i, struct rnni_dense *next)
{
    const struct rnn_model *model = session->model;
    const struct rnni_list_layer *layer = &model->list.layers[i];
    session->list->product[i] = next;
    for (size_t group = 0; group < layer->product.groups; group++)
        *next++ = rnni_list_weights_of(layer, &model->layout, model->packed, session->back, model->parameters, group);
    return next;
}

int32_t rnni_list_session_create(struct rnn_session *session, const char *function)
{
    const struct rnni_layer_list *list = &session->model->list;
    struct rnni_list_session *made = rnni_memory_take(1, sizeof *made);
    session->list = made;
    if (made) {
        made->stack = rnni_memory_take(list->count, sizeof *made->stack);
        made->product = rnni_memory_take(list->count, sizeof *made->product);
        made->products = rnni_memory_take(count_products(list) + 1, sizeof *made->products);
    }
    if (!made || !made->stack || !made->product || !made->products)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a session", function);
    struct rnni_dense *next = made->products;
    for (size_t i = 0; i < list->count; i++) {
        const struct rnni_list_layer *layer = &list->layers[i];
        next = bind_products(session, i, next);
        if (layer->stack)
            RNNI_TRY(rnni_session_create(&made->stack[i], layer->stack, session->training, session, layer->stack_first,
                                         function));
    }
    return rnni_list_session_reserve(session, 1, 1, 1, function);
}

void rnni_list_session_release(struct rnn_session *session)
{
    struct rnni_list_session *list = session->list;
    for (size_t i = 0; list && list->stack && i < session->model->list.count; i++) {
        if (!list->stack[i])
            continue;
        list->stack[i]->team = NULL; /* the list's, as the block is */
        list->stack[i]->work.block = NULL;
        rnni_session_release(list->stack[i]);
    }
    if (list) {
        rnni_memory_release(list->stack);
        rnni_memory_release(list->product);
        rnni_memory_release(list->products);
    }
    rnni_memory_release(list);
    session->list = NULL;
}

size_t rnni_list_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows)
{
    const struct rnni_layer_list *list = &model->list;
    struct rnni_workspace room = rnni_session_room(&model->layout, training, steps, batch, rows);
    room.shares = 1;
    size_t bytes = rnni_memory_add(rnni_session_bytes(model, training, 0, 0, 0), block_bytes(model, training, room));
    for (size_t i = 0; i < list->count; i++)
        if (list->layers[i].stack)
            bytes = rnni_memory_add(bytes, rnni_session_bytes(list->layers[i].stack, training, 0, 0, 0));
    return rnni_memory_add(bytes, sizeof(struct rnni_list_session) + list->count * 2 * sizeof(void *) +
                                      (count_products(list) + 1) * sizeof(struct rnni_dense));
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

void rnni_list_session_reset_row(struct rnn_session *session, size_t b)
{
    const struct rnni_layer_list *list = &session->model->list;
    for (size_t i = 0; i < list->count; i++) {
        const struct rnni_list_layer *layer = &list->layers[i];
        const struct rnni_layer_room *room = &session->list->rows.layer[i];
        size_t past = layer->reach * layer->inputs;
        if (room->past)
            memset(room->past + b * past, 0, past * sizeof *room->past);
        if (room->waits)
            room->waits[b] = (int32_t)rnni_layer_list_waits(layer);
    }
}

void rnni_list_session_reset(struct rnn_session *session)
{
    for (size_t i = 0; i < session->model->list.count; i++)
        if (session->list->stack[i])
            rnni_session_reset(session->list->stack[i], session->batch);
    for (size_t b = 0; b < session->batch; b++)
        rnni_list_session_reset_row(session, b);
}
