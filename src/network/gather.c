/* The last part of a run on its way back: see rnni_run_gradients in run.h. */
#include "cells/norm.h"
#include "math/matrix.h"
#include "network/steps.h"

#include <string.h>

/* The rows h(t-1) [N,R] of all steps: where all sequences go on to the end, they are the states themselves. */
static const float *all_seen(const struct rnni_errand *errand, float *room)
{
    const struct rnni_schedule *s = &errand->session->work.schedule;
    const struct rnni_tape *tape = &errand->tape;
    size_t width = errand->run->form->width;
    if (tape->seen || s->plain)
        return tape->seen ? tape->seen : rnni_steps_initial(errand, 0);
    for (size_t t = 0; t < s->steps; t++) {
        const float *before = t ? tape->state[0] + s->first[t - 1] * width : rnni_steps_initial(errand, 0);
        memcpy(room + s->first[t] * width, before, s->active[t] * width * sizeof *room);
    }
    return room;
}

/* What the shares of the gradients have in common. */
struct gathering {
    const struct rnni_errand *errand;
    struct rnni_cell_step all;
    size_t shares;
    float *below;
    int add;
};

static void gather_cell(void *context, size_t index)
{
    const struct gathering *gathering = context;
    const struct rnni_run *run = gathering->errand->run;
    struct rnni_cell_step all = gathering->all;
    all.share = index;
    all.scratch = rnni_workspace_scratch(&gathering->errand->session->work, index);
    run->form->cell->weight_gradient(run->form, &run->gradients, &all);
}

/* bias_ih, and bias_hh so far as it joins the input product: all rows of da, columns of part `index` of `parts`. */
static void add_biases(const struct rnni_errand *errand, size_t rows, size_t index, size_t parts)
{
    const struct rnni_run *run = errand->run;
    float *dbias = run->gradients.tensor[RNNI_BIAS_IH], *twin = run->gradients.tensor[RNNI_BIAS_HH];
    size_t width = run->input.outputs, joined = twin ? run->form->joined : 0;
    struct rnni_part both = rnni_part_of(joined, RNNI_BLOCK, index, parts);
    struct rnni_part rest = rnni_part_of(width - joined, RNNI_BLOCK, index, parts);
    if (!dbias)
        return;
    rnni_matrix_add_rows(dbias + both.first, twin ? twin + both.first : NULL, errand->da + both.first, width, rows,
                         both.count);
    rnni_matrix_add_rows(dbias + joined + rest.first, NULL, errand->da + joined + rest.first, width, rows, rest.count);
}

static void gather_input(void *context, size_t index)
{
    const struct gathering *gathering = context;
    const struct rnni_errand *errand = gathering->errand;
    const struct rnni_run *run = errand->run;
    float *dweight = run->gradients.tensor[RNNI_WEIGHT_IH];
    size_t rows = gathering->all.rows;
    if (!run->form->layer_norm)
        add_biases(errand, rows, index, gathering->shares);
    if (errand->rows.tokens)
        rnni_dense_gradient_tokens(&run->input, dweight, errand->session->token_scratch, errand->da,
                                   errand->rows.tokens, rows, index, gathering->shares);
    else
        rnni_dense_gradient(&run->input, dweight, NULL, errand->da, errand->rows.x, rows,
                            &(struct rnni_dense_share){.index = index,
                                                       .shares = gathering->shares,
                                                       .singly = gathering->all.singly,
                                                       .room = rnni_workspace_scratch(&errand->session->work, index)});
    if (!gathering->below)
        return;
    struct rnni_part part = rnni_part_of(rows, 1, index, gathering->shares);
    rnni_dense_backward(&run->input, gathering->below + part.first * run->input.inputs, gathering->add,
                        errand->da + part.first * run->input.outputs, part.count);
}

/* From da [N,GH] to the gradient of the input product, in place; the gain and the bias get theirs. */
static void normalised_input_backward(const struct rnni_errand *errand, size_t count)
{
    const struct rnni_run *run = errand->run;
    const struct rnni_tape *tape = &errand->tape;
    size_t width = run->input.outputs;
    add_biases(errand, count, 0, 1);
    for (size_t i = 0; i < count; i++)
        rnni_norm_gates_backward(run->form, errand->da + i * width, run->gradients.tensor[RNNI_NORM_IH],
                                 run->weights.tensor[RNNI_NORM_IH], tape->input_norm + i * width,
                                 tape->input_spread + 2 * i);
}

/* All steps of a run as the rows of one. */
static struct rnni_cell_step all_steps(const struct rnni_errand *errand, float *room)
{
    const struct rnni_tape *tape = &errand->tape;
    size_t rows = errand->session->work.schedule.rows, gates = errand->run->input.outputs;
    struct rnni_cell_step all = {.rows = rows,
                                 .units = {0, errand->run->form->hidden},
                                 .a = tape->a,
                                 .q = tape->q,
                                 .norm = tape->norm,
                                 .spread = tape->spread,
                                 .seen = all_seen(errand, room),
                                 .dh = errand->dh,
                                 .da = errand->da,
                                 .singly = errand->session->batch == 1,
                                 .blas = errand->session->model->layout.blas,
                                 .shares =
                                     rnni_session_shares(errand->session, rows * gates * errand->run->form->width)};
    return all;
}

static void gather_all(void *context, size_t index)
{
    gather_cell(context, index);
    gather_input(context, index);
}

void rnni_run_gradients(const struct rnni_errand *errand, float *room, float *below, int add)
{
    struct rnni_team *team = errand->session->team;
    struct gathering gathering = {.errand = errand, .all = all_steps(errand, room), .below = below, .add = add};
    gathering.shares = gathering.all.shares;
    int apart = gathering.all.seen != room; /* below may be that room */
    if (!errand->run->form->layer_norm && apart) {
        rnni_team_run(team, gathering.shares, gather_all, &gathering);
        return;
    }
    rnni_team_run(team, gathering.shares, gather_cell, &gathering);
    if (errand->run->form->layer_norm)
        normalised_input_backward(errand, gathering.all.rows);
    rnni_team_run(team, gathering.shares, gather_input, &gathering);
}
