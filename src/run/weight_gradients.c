#include "run/weight_gradients.h"

#include "cells/norm.h"
#include "math/one_hot.h"
#include "session/parallel.h"

#include <string.h>

/* What the shares of the gradients have in common. */
struct sums {
    const struct rnni_pass *pass;
    struct rnni_cell_step all; /* all steps of the run as the rows of one */
    size_t shares;
    float *below;
    int add;
};

/* The rows h(t-1) [N,R] of all steps: where all sequences go on to the end, they are the states themselves. */
static const float *all_seen(const struct rnni_pass *pass, float *room)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = pass->bound->form->width;
    if (tape->seen || s->plain)
        return tape->seen ? tape->seen : tape->initial[0];
    for (size_t t = 0; t < s->steps; t++) {
        const float *before = t ? tape->state[0] + s->first[t - 1] * width : tape->initial[0];
        memcpy(room + s->first[t] * width, before, s->active[t] * width * sizeof *room);
    }
    return room;
}

static struct rnni_outer_share share_of(const struct sums *sums, size_t index)
{
    const struct rnn_session *session = sums->pass->session;
    return (struct rnni_outer_share){.index = index,
                                     .count = sums->shares,
                                     .singly = session->batch == 1,
                                     .blas = session->model->layout.blas,
                                     .room = session->work.scratch[index],
                                     .kernels = session->model->layout.form.product_kernels};
}

/* ---- of the recurrent product ------------------------------------------------------------------------------------ */

/* weight_hh, and what of bias_hh does not join the input product. */
static void add_recurrent(const struct rnni_bound_weights *bound, const struct rnni_cell_step *all)
{
    const struct rnni_cell_form *form = bound->form;
    size_t hidden = form->hidden, width = form->gates * hidden, joined = form->joined;
    float *dweight = bound->gradients.tensor[RNNI_WEIGHT_HH], *dbias = bound->gradients.tensor[RNNI_BIAS_HH];
    struct rnni_columns seen = {all->seen, form->width, form->width}, q = {all->q, hidden, hidden};
    struct rnni_columns d = {all->da, width, form->in_a}, dnorm = {all->norm, width, width};
    rnni_products_add_outer_share(dweight, form->layer_norm ? dnorm : d, seen, all->rows, &all->share);
    if (joined == width)
        return;
    struct rnni_part part = rnni_part_of(hidden, RNNI_BLOCK, all->share.index, all->share.count);
    if (dbias)
        bound->form->product_kernels->add_rows(dbias + joined + part.first, NULL, all->q + part.first, hidden,
                                               all->rows, part.count);
    if (!form->layer_norm)
        rnni_products_add_outer_share(dweight + joined * form->width, q, seen, all->rows, &all->share);
}

static void cell_share(void *context, size_t index)
{
    const struct sums *sums = context;
    const struct rnni_bound_weights *bound = sums->pass->bound;
    struct rnni_cell_step all = sums->all;
    all.share = share_of(sums, index);
    if (bound->form->cell->recurrent)
        add_recurrent(bound, &all);
    if (bound->form->cell->weight_gradient)
        bound->form->cell->weight_gradient(bound->form, &bound->gradients, &all);
}

/* ---- of the input product ---------------------------------------------------------------------------------------- */

/* bias_ih, and bias_hh so far as it joins the input product: all rows of da, columns of part `index` of `parts`. */
static void add_biases(const struct rnni_pass *pass, size_t rows, size_t index, size_t parts)
{
    const struct rnni_bound_weights *bound = pass->bound;
    float *dbias = bound->gradients.tensor[RNNI_BIAS_IH], *other = bound->gradients.tensor[RNNI_BIAS_HH];
    size_t width = bound->input.outputs, joined = other ? bound->form->joined : 0;
    struct rnni_part both = rnni_part_of(joined, RNNI_BLOCK, index, parts);
    struct rnni_part rest = rnni_part_of(width - joined, RNNI_BLOCK, index, parts);
    if (!dbias)
        return;
    bound->form->product_kernels->add_rows(dbias + both.first, other ? other + both.first : NULL, pass->da + both.first,
                                           width, rows, both.count);
    bound->form->product_kernels->add_rows(dbias + joined + rest.first, NULL, pass->da + joined + rest.first, width,
                                           rows, rest.count);
}

/* The gradient of the rows that entered, part `index` of them. */
static void add_below(const struct sums *sums, size_t index)
{
    const struct rnni_bound_weights *bound = sums->pass->bound;
    size_t inputs = bound->input.inputs, outputs = bound->input.outputs;
    struct rnni_part part = rnni_part_of(sums->all.rows, 1, index, sums->shares);
    float *below = sums->below + part.first * inputs;
    rnni_products_rows(&bound->input.back, below, inputs, sums->pass->da + part.first * outputs, outputs, part.count,
                       sums->add);
    if (bound->form->cell->mixes_input)
        bound->form->elementwise->add(below, sums->all.q + part.first * inputs, part.count * inputs);
}

static void input_share(void *context, size_t index)
{
    const struct sums *sums = context;
    const struct rnni_pass *pass = sums->pass;
    const struct rnni_dense *input = &pass->bound->input;
    float *dweight = pass->bound->gradients.tensor[RNNI_WEIGHT_IH];
    size_t rows = sums->all.rows;
    struct rnni_columns da = {pass->da, input->outputs, input->outputs},
                        x = {pass->rows.x, input->inputs, input->inputs};
    struct rnni_outer_share share = share_of(sums, index);
    if (!pass->bound->form->layer_norm)
        add_biases(pass, rows, index, sums->shares);
    if (pass->rows.tokens)
        rnni_one_hot_gradient(input, dweight, pass->session->token_scratch, pass->da, pass->rows.tokens, rows, index,
                              sums->shares);
    else
        rnni_products_add_outer_share(dweight, da, x, rows, &share);
    if (sums->below)
        add_below(sums, index);
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

/* ---- both -------------------------------------------------------------------------------------------------------- */

static void both_shares(void *context, size_t index)
{
    cell_share(context, index);
    input_share(context, index);
}

void rnni_weight_gradients_add(const struct rnni_pass *pass, float *room, float *below, int add)
{
    const struct rnn_session *session = pass->session;
    const struct rnni_cell_form *form = pass->bound->form;
    size_t rows = session->work.schedule.rows, products = rows * pass->bound->input.outputs * form->width;
    struct sums sums = {.pass = pass, .shares = 1, .below = below, .add = add};
    sums.all = (struct rnni_cell_step){.rows = rows,
                                       .units = {0, form->hidden},
                                       .a = pass->tape.a,
                                       .q = pass->tape.q,
                                       .norm = pass->tape.norm,
                                       .spread = pass->tape.spread,
                                       .seen = all_seen(pass, room),
                                       .dh = pass->dh,
                                       .da = pass->da};
    if (session->team)
        sums.shares = rnni_parallel_shares(session, products);
    if (!form->layer_norm && sums.all.seen != below) { /* which may be that room */
        rnni_team_run(session->team, sums.shares, both_shares, &sums);
        return;
    }
    rnni_team_run(session->team, sums.shares, cell_share, &sums);
    if (form->layer_norm)
        normalised_input_backward(pass, rows);
    rnni_team_run(session->team, sums.shares, input_share, &sums);
}
