#include "run/weight_gradients.h"

#include "cells/norm.h"
#include "math/elementwise.h"
#include "math/matrix.h"
#include "run/states.h"
#include "session/parallel.h"

#include <string.h>

/* The rows h(t-1) [N,R] of all steps: where all sequences go on to the end, they are the states themselves. */
static const float *all_seen(const struct rnni_pass *pass, float *room)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = pass->bound->form->width;
    if (tape->seen || s->plain)
        return tape->seen ? tape->seen : rnni_states_initial(pass, 0);
    for (size_t t = 0; t < s->steps; t++) {
        const float *before = t ? tape->state[0] + s->first[t - 1] * width : rnni_states_initial(pass, 0);
        memcpy(room + s->first[t] * width, before, s->active[t] * width * sizeof *room);
    }
    return room;
}

/* What the shares of the gradients have in common. */
struct gathering {
    const struct rnni_pass *pass;
    struct rnni_cell_step all;
    size_t shares;
    float *below;
    int add;
};

static void gather_cell(void *context, size_t index)
{
    const struct gathering *gathering = context;
    const struct rnni_bound_weights *bound = gathering->pass->bound;
    struct rnni_cell_step all = gathering->all;
    all.share = index;
    all.scratch = rnni_workspace_scratch(&gathering->pass->session->work, index);
    bound->form->cell->weight_gradient(bound->form, &bound->gradients, &all);
}

/* bias_ih, and bias_hh so far as it joins the input product: all rows of da, columns of part `index` of `parts`. */
static void add_biases(const struct rnni_pass *pass, size_t rows, size_t index, size_t parts)
{
    const struct rnni_bound_weights *bound = pass->bound;
    float *dbias = bound->gradients.tensor[RNNI_BIAS_IH], *twin = bound->gradients.tensor[RNNI_BIAS_HH];
    size_t width = bound->input.outputs, joined = twin ? bound->form->joined : 0;
    struct rnni_part both = rnni_part_of(joined, RNNI_BLOCK, index, parts);
    struct rnni_part rest = rnni_part_of(width - joined, RNNI_BLOCK, index, parts);
    if (!dbias)
        return;
    rnni_matrix_add_rows(dbias + both.first, twin ? twin + both.first : NULL, pass->da + both.first, width, rows,
                         both.count);
    rnni_matrix_add_rows(dbias + joined + rest.first, NULL, pass->da + joined + rest.first, width, rows, rest.count);
}

static void gather_input(void *context, size_t index)
{
    const struct gathering *gathering = context;
    const struct rnni_pass *pass = gathering->pass;
    const struct rnni_bound_weights *bound = pass->bound;
    float *dweight = bound->gradients.tensor[RNNI_WEIGHT_IH];
    size_t rows = gathering->all.rows;
    if (!bound->form->layer_norm)
        add_biases(pass, rows, index, gathering->shares);
    if (pass->rows.tokens)
        rnni_dense_gradient_tokens(&bound->input, dweight, pass->session->token_scratch, pass->da, pass->rows.tokens,
                                   rows, index, gathering->shares);
    else
        rnni_dense_gradient(&bound->input, dweight, NULL, pass->da, pass->rows.x, rows,
                            &(struct rnni_dense_share){.index = index,
                                                       .shares = gathering->shares,
                                                       .singly = gathering->all.singly,
                                                       .room = rnni_workspace_scratch(&pass->session->work, index)});
    if (!gathering->below)
        return;
    struct rnni_part part = rnni_part_of(rows, 1, index, gathering->shares);
    rnni_dense_backward(&bound->input, gathering->below + part.first * bound->input.inputs, gathering->add,
                        pass->da + part.first * bound->input.outputs, part.count);
    if (bound->form->cell->mixes_input)
        rnni_elementwise()->add(gathering->below + part.first * bound->input.inputs,
                                gathering->all.q + part.first * bound->input.inputs, part.count * bound->input.inputs);
}

/* From da [N,GH] to the gradient of the input product, in place; the gain and the bias get theirs. */
static void normalised_input_backward(const struct rnni_pass *pass, size_t count)
{
    const struct rnni_bound_weights *bound = pass->bound;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = bound->input.outputs;
    add_biases(pass, count, 0, 1);
    for (size_t i = 0; i < count; i++)
        rnni_norm_gates_backward(bound->form, pass->da + i * width, bound->gradients.tensor[RNNI_NORM_IH],
                                 bound->weights.tensor[RNNI_NORM_IH], tape->input_norm + i * width,
                                 tape->input_spread + 2 * i);
}

/* All steps of a run as the rows of one. */
static struct rnni_cell_step all_steps(const struct rnni_pass *pass, float *room)
{
    const struct rnni_tape *tape = &pass->tape;
    size_t rows = pass->session->work.schedule.rows, gates = pass->bound->input.outputs;
    struct rnni_cell_step all = {.rows = rows,
                                 .units = {0, pass->bound->form->hidden},
                                 .a = tape->a,
                                 .q = tape->q,
                                 .norm = tape->norm,
                                 .spread = tape->spread,
                                 .seen = all_seen(pass, room),
                                 .dh = pass->dh,
                                 .da = pass->da,
                                 .singly = pass->session->batch == 1,
                                 .blas = pass->session->model->layout.blas,
                                 .shares =
                                     rnni_parallel_shares(pass->session, rows * gates * pass->bound->form->width)};
    return all;
}

static void gather_all(void *context, size_t index)
{
    gather_cell(context, index);
    gather_input(context, index);
}

void rnni_weight_gradients_add(const struct rnni_pass *pass, float *room, float *below, int add)
{
    struct rnni_team *team = pass->session->team;
    struct gathering gathering = {.pass = pass, .all = all_steps(pass, room), .below = below, .add = add};
    gathering.shares = gathering.all.shares;
    int apart = gathering.all.seen != room; /* below may be that room */
    if (!pass->bound->form->layer_norm && apart) {
        rnni_team_run(team, gathering.shares, gather_all, &gathering);
        return;
    }
    rnni_team_run(team, gathering.shares, gather_cell, &gathering);
    if (pass->bound->form->layer_norm)
        normalised_input_backward(pass, gathering.all.rows);
    rnni_team_run(team, gathering.shares, gather_input, &gathering);
}
