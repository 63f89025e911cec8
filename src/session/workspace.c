#include "session/workspace.h"

#include "base/arena.h"
#include "base/memory.h"

#include <string.h>

/* What a plan is made for. */
struct plan {
    struct rnni_arena arena;
    const struct rnni_layout *layout;
    int training;
    size_t rows, batch, shares; /* N, B */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* [rows,columns] floats where they are wanted, else NULL. */
static float *floats(struct plan *plan, int wanted, size_t rows, size_t columns)
{
    return wanted ? rnni_arena_take(&plan->arena, rnni_memory_multiply(rows, columns), sizeof(float)) : NULL;
}

/* The output of layer k, without its rows. */
static struct rnni_layer_output output_of(const struct plan *plan, size_t k)
{
    const struct rnni_layout *layout = plan->layout;
    int is_top = k + 1 == layout->layers;
    struct rnni_layer_output output = {.width = is_top ? layout->top_width : layout->features,
                                       .drops = plan->training && layout->rates.dropout > 0 && !is_top,
                                       .adds_input = layout->residual && k > 0};
    output.is_hidden = !layout->reverses && !output.drops && !output.adds_input;
    return output;
}

/* ---- the parts --------------------------------------------------------------------------------------------------- */

static void plan_schedule(struct plan *plan, struct rnni_schedule *schedule, size_t steps)
{
    size_t batch = plan->batch;
    schedule->order = rnni_arena_take(&plan->arena, batch, sizeof *schedule->order);
    schedule->length = rnni_arena_take(&plan->arena, batch, sizeof *schedule->length);
    schedule->active = rnni_arena_take(&plan->arena, rnni_memory_add(steps, 1), sizeof *schedule->active);
    schedule->first = rnni_arena_take(&plan->arena, rnni_memory_add(steps, 1), sizeof *schedule->first);
}

/* One block for a state, its initial rows in front. */
static void plan_states(struct plan *plan, struct rnni_tape *tape)
{
    for (size_t s = 0; s < plan->layout->form.cell->states; s++) {
        size_t width = plan->layout->form.state_width[s];
        tape->initial[s] = floats(plan, 1, rnni_memory_add(plan->batch, plan->rows), width);
        tape->state[s] = tape->initial[s] ? tape->initial[s] + plan->batch * width : NULL;
    }
}

/* All but the states. */
static void plan_tape(struct plan *plan, struct rnni_tape *tape, size_t rows)
{
    const struct rnni_cell_form *form = &plan->layout->form;
    size_t gates = rnni_memory_multiply(form->gates, form->hidden);
    int drops = plan->training && plan->layout->rates.recurrent > 0;
    tape->a = floats(plan, !form->in_place, rows, gates);
    tape->q = floats(plan, form->keeps_q, rows, form->hidden);
    tape->open = floats(plan, plan->training && form->clip > 0, rows, gates);
    tape->norm = floats(plan, form->layer_norm, rows, gates);
    tape->spread = floats(plan, form->layer_norm, rows, 2);
    tape->input_norm = floats(plan, form->layer_norm, rows, gates);
    tape->input_spread = floats(plan, form->layer_norm, rows, 2);
    tape->seen = floats(plan, drops, rows, form->width);
    tape->mask = floats(plan, drops, plan->batch, form->width);
}

static void share_tape(struct rnni_tape *tape, const struct rnni_tape *states, const struct rnni_tape *rest,
                       int in_place)
{
    *tape = *rest;
    for (size_t s = 0; s < RNNI_STATES; s++) {
        tape->initial[s] = states->initial[s];
        tape->state[s] = states->state[s];
    }
    if (in_place)
        tape->a = tape->state[0];
}

static void plan_tapes(struct plan *plan, struct rnni_workspace *w)
{
    size_t runs = plan->layout->layers * plan->layout->directions;
    int in_place = plan->layout->form.in_place;
    struct rnni_tape states[2], rest;
    memset(states, 0, sizeof states);
    memset(&rest, 0, sizeof rest);
    w->tape = rnni_arena_take(&plan->arena, runs, sizeof *w->tape);
    for (size_t i = 0; i < runs; i++) {
        if (plan->training || i < 2)
            plan_states(plan, &states[i % 2]);
        if (plan->training)
            plan_tape(plan, &rest, plan->rows);
        if (w->tape)
            share_tape(&w->tape[i], &states[i % 2], &rest, in_place);
    }
}

static void plan_local(struct plan *plan, struct rnni_workspace *w)
{
    if (plan->training)
        return;
    w->local_rows = larger(plan->batch, plan->rows < RNNI_ROWS_AT_ONCE ? plan->rows : RNNI_ROWS_AT_ONCE);
    w->local = rnni_arena_take(&plan->arena, plan->shares, sizeof *w->local);
    for (size_t i = 0; i < plan->shares; i++) {
        struct rnni_tape local;
        memset(&local, 0, sizeof local);
        plan_tape(plan, &local, w->local_rows);
        if (w->local)
            w->local[i] = local;
    }
}

/* While only running, every other layer has the same rows; but the top layer has its own, of another width. */
static void plan_outputs(struct plan *plan, struct rnni_workspace *w)
{
    const struct rnni_layout *layout = plan->layout;
    float *pair[2] = {NULL, NULL};
    int planned[2] = {0, 0};
    w->output = rnni_arena_take(&plan->arena, layout->layers, sizeof *w->output);
    for (size_t k = 0; k < layout->layers; k++) {
        struct rnni_layer_output output = output_of(plan, k);
        if (!output.is_hidden && (plan->training || !planned[k % 2] || k + 1 == layout->layers)) {
            pair[k % 2] = floats(plan, 1, plan->rows, output.width);
            planned[k % 2] = 1;
        }
        if (!w->output)
            continue;
        output.rows = output.is_hidden ? w->tape[k * layout->directions].state[0] : pair[k % 2];
        w->output[k] = output;
    }
}

static void plan_random(struct plan *plan, struct rnni_workspace *w)
{
    const struct rnni_layout *layout = plan->layout;
    const struct rnni_rates *rates = &layout->rates;
    size_t width = larger(larger(layout->form.hidden, layout->form.width), layout->features);
    size_t rows = rnni_memory_multiply(layout->directions, plan->batch);
    w->random = floats(plan, layout->zones || rates->dropout > 0 || rates->recurrent > 0, rows, width);
    w->kept[0] = floats(plan, plan->training && rates->zoneout[0] > 0, rows, layout->form.width);
    w->kept[1] = floats(plan, plan->training && rates->zoneout[1] > 0, rows, layout->form.hidden);
}

static void plan_gradients(struct plan *plan, struct rnni_workspace *w)
{
    const struct rnni_layout *layout = plan->layout;
    size_t rows = plan->rows, width = larger(layout->features, layout->top_width);
    int copies = 0;
    /* The gradient of a layer's output is read after the time loop, too: not to be overwritten by that of its input. */
    int is_read_later = layout->residual || layout->form.in_place || layout->form.projects;
    if (!layout->one_hot)
        width = larger(width, layout->inputs);
    for (size_t k = 0; k < layout->layers; k++)
        copies |= !output_of(plan, k).is_hidden;
    w->d[0] = floats(plan, 1, rows, width);
    w->d[1] = is_read_later ? floats(plan, 1, rows, width) : w->d[0];
    for (size_t direction = 0; direction < layout->directions; direction++)
        w->dh[direction] = floats(plan, copies, rows, layout->form.width);
    w->before = floats(plan, layout->directions == 2, rows, layout->form.width);
}

static void plan_session_states(struct plan *plan, struct rnni_workspace *w)
{
    const struct rnni_layout *layout = plan->layout;
    size_t runs = layout->layers * layout->directions, rows = rnni_memory_multiply(runs, plan->batch);
    for (size_t s = 0; s < layout->form.cell->states; s++) {
        size_t width = layout->form.state_width[s];
        w->state[s] = floats(plan, 1, rows, width);
        w->dstate[s] = floats(plan, plan->training, rows, width);
        w->sorted[s] = floats(plan, plan->training, rnni_memory_multiply(layout->directions, plan->batch), width);
    }
    w->fresh = layout->form.initial_state ? rnni_arena_take(&plan->arena, plan->batch, 1) : NULL;
    w->began_fresh =
        layout->form.initial_state && plan->training ? rnni_arena_take(&plan->arena, plan->batch, 1) : NULL;
}

static void plan_scratch(struct plan *plan, struct rnni_workspace *w)
{
    size_t size = rnni_cell_scratch(&plan->layout->form, plan->batch);
    if (plan->training)
        size = larger(size, RNNI_OUTER_ROOM);
    w->scratch = rnni_arena_take(&plan->arena, plan->shares, sizeof *w->scratch);
    for (size_t i = 0; i < plan->shares; i++) {
        float *scratch = floats(plan, 1, 1, size);
        if (w->scratch)
            w->scratch[i] = scratch;
    }
}

static void plan_all(struct plan *plan, struct rnni_workspace *w)
{
    const struct rnni_layout *layout = plan->layout;
    size_t rows = plan->rows, batch = plan->batch;
    size_t widest = layout->one_hot ? 0 : layout->inputs;
    if (layout->layers > 1)
        widest = larger(widest, layout->features);
    plan_schedule(plan, &w->schedule, w->steps);
    plan_session_states(plan, w);
    w->tokens = layout->vocabulary ? rnni_arena_take(&plan->arena, rows, sizeof *w->tokens) : NULL;
    w->reversed_tokens =
        layout->one_hot && layout->reverses ? rnni_arena_take(&plan->arena, rows, sizeof *w->tokens) : NULL;
    w->x = floats(plan, !layout->one_hot && !layout->in_list, rows, layout->inputs);
    w->reversed = floats(plan, layout->reverses, rows, widest);
    plan_tapes(plan, w);
    plan_local(plan, w);
    w->ready = layout->reverses ? NULL : rnni_arena_take(&plan->arena, layout->layers, sizeof *w->ready);
    plan_outputs(plan, w);
    plan_random(plan, w);
    w->dreversed = floats(plan, plan->training && layout->reverses, rows, widest);
    w->pooled = floats(plan, layout->pools, batch, layout->features);
    w->dpooled = floats(plan, plan->training && layout->pools, batch, layout->features);
    w->y = floats(plan, layout->classes > 0, layout->pools ? batch : rows, layout->classes);
    plan_scratch(plan, w);
    if (plan->training)
        plan_gradients(plan, w);
}

/* ---- what the session calls -------------------------------------------------------------------------------------- */

static struct plan plan_for(const struct rnni_workspace *w, const struct rnni_layout *layout, int training, void *block)
{
    return (struct plan){.arena = {block, 0},
                         .layout = layout,
                         .training = training,
                         .rows = w->rows,
                         .batch = w->batch,
                         .shares = w->shares};
}

size_t rnni_workspace_bytes(const struct rnni_layout *layout, int training, const struct rnni_workspace *w)
{
    struct rnni_workspace counted = *w;
    struct plan plan = plan_for(w, layout, training, NULL);
    plan_all(&plan, &counted);
    return plan.arena.used;
}

void rnni_workspace_carve(struct rnni_workspace *w, const struct rnni_layout *layout, int training, void *block)
{
    struct plan plan = plan_for(w, layout, training, block);
    w->block = block;
    plan_all(&plan, w);
}
