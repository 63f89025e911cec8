#include "run/time_loop.h"

#include "base/assertion.h"
#include "cells/norm.h"
#include "math/one_hot.h"
#include "run/dropout.h"
#include "session/parallel.h"

#include <string.h>

/* ---- where a loop stands ----------------------------------------------------------------------------------------- */

struct loop {
    struct rnni_pass pass;
    struct rnni_time_share share;
    int keeps;                    /* the gates of all steps, as states are; else those of one span of steps */
    int in_rows;                  /* steps of one sequence are made by the cell's forward_row */
    int with_input;               /* steps make U x + b too: there are no spans */
    size_t t;                     /* the step */
    size_t gates;                 /* of a span: the row of the gates where the step begins */
    size_t span_end;              /* the steps before it have their input product */
    struct rnni_input_rows input; /* of the span */
};

/* So few inputs of one sequence cost a step less than the gates of a span cost to write and read. */
#define FEW_INPUTS 8
/* Weights, of both products, that stay in a second-level cache from step to step. */
#define FEW_WEIGHTS ((size_t)98304)

/* Whether a step makes U x(t) + b itself, with what joins it, instead of all steps of a span before. */
static int makes_input(const struct rnni_pass *pass, struct rnni_time_share share, int in_rows)
{
    const struct rnni_bound_weights *bound = pass->bound;
    const struct rnni_cell_form *form = bound->form;
    size_t inputs = bound->input.inputs;
    int joined = form->cell->recurrent && !form->layer_norm && form->in_a == form->gates * form->hidden &&
                 bound->weights.hh[0].gates == form->gates;
    if (!pass->rows.x || share.parts > 1)
        return 0;
    if (pass->session->work.schedule.batch == 1)
        return in_rows && inputs <= FEW_INPUTS;
    return joined && !bound->input.weights.blas && form->width <= RNNI_PRODUCT_JOINED &&
           (inputs + form->width) * form->gates * form->hidden <= FEW_WEIGHTS;
}

/* While only running the gates are those of the share; states are where they are. */
static struct loop begin_loop(const struct rnni_pass *pass, struct rnni_time_share share, size_t t)
{
    const struct rnn_session *session = pass->session;
    int in_place = pass->bound->form->in_place;
    struct loop loop = {.pass = *pass, .share = share, .keeps = session->training || in_place, .t = t, .span_end = t};
    loop.in_rows = share.parts == 1 && rnni_time_loop_in_rows(session, pass->bound->form);
    loop.with_input = makes_input(pass, share, loop.in_rows);
    RNNI_ASSERT(share.parts == 1 || share.rows.count == session->work.schedule.batch);
    if (session->training)
        return loop;
    loop.pass.tape = session->work.local[share.index];
    memcpy(loop.pass.tape.initial, pass->tape.initial, sizeof pass->tape.initial);
    memcpy(loop.pass.tape.state, pass->tape.state, sizeof pass->tape.state);
    if (in_place)
        loop.pass.tape.a = loop.pass.tape.state[0];
    return loop;
}

/* Rows of the share that are alive at step t: the first of those that it has. */
static size_t alive(const struct loop *loop, size_t t)
{
    size_t active = loop->pass.session->work.schedule.active[t], first = loop->share.rows.first;
    if (active <= first)
        return 0;
    return active - first < loop->share.rows.count ? active - first : loop->share.rows.count;
}

static float *at(float *array, size_t row, size_t width)
{
    return array ? array + row * width : NULL;
}

/* The rows of step t and what they come from.  Each member is set: to clear them all first, and to return a copy, would
 * take a fifth of the time of a step of 20 units. */
static inline void find_step(const struct loop *loop, size_t t, struct rnni_part units, struct rnni_cell_step *step)
{
    const struct rnni_workspace *w = &loop->pass.session->work;
    const struct rnni_cell_form *form = loop->pass.bound->form;
    const struct rnni_tape *tape = &loop->pass.tape;
    size_t first = loop->share.rows.first, row = w->schedule.first[t] + first; /* of arrays that hold all steps */
    size_t gates = loop->keeps ? row : loop->gates, width = form->gates * form->hidden;
    step->rows = alive(loop, t);
    step->row = first;
    step->units = units;
    step->a = at(tape->a, gates, width);
    step->q = at(tape->q, gates, form->hidden);
    step->open = at(tape->open, gates, width);
    step->norm = at(tape->norm, gates, width);
    step->spread = at(tape->spread, gates, 2);
    step->mask = at(tape->mask, first, form->width);
    step->dh = at(loop->pass.dh, row, form->width);
    step->da = at(loop->pass.da, row, width);
    step->scratch = w->scratch[loop->share.index];
    for (size_t s = 0; s < RNNI_STATES; s++) {
        size_t wide = form->state_width[s];
        step->state[s] = at(tape->state[s], row, wide);
        step->before[s] =
            t ? at(tape->state[s], w->schedule.first[t - 1] + first, wide) : at(tape->initial[s], first, wide);
        step->dstate[s] = at(loop->pass.dstate[s], first, wide);
    }
    step->seen = tape->seen ? at(tape->seen, gates, form->width) : step->before[0];
    step->x = loop->pass.rows.x ? loop->pass.rows.x + row * loop->pass.bound->input.inputs : NULL;
    step->product = NULL;
    step->input = loop->with_input ? &loop->pass.bound->input : NULL;
    step->in_row = step->rows == 1 && loop->in_rows;
}

/* ---- the threads that divide the units of a step, and meet at every step ----------------------------------------- */

/* Part `index` of the units. */
static struct rnni_part units_of(const struct loop *loop, size_t index)
{
    size_t hidden = loop->pass.bound->form->hidden;
    if (loop->share.parts == 1)
        return (struct rnni_part){0, hidden};
    return rnni_part_of(hidden, RNNI_UNITS_STEP, index, loop->share.parts);
}

/* ---- forward: the input product ---------------------------------------------------------------------------------- */

void rnni_time_loop_input(const struct rnni_pass *pass, const struct rnni_input_rows *r)
{
    const struct rnni_bound_weights *bound = pass->bound;
    const struct rnni_dense *input = &bound->input;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = input->outputs;
    float *out = (bound->form->layer_norm ? tape->input_norm : tape->a) + r->to * width; /* [count,GH] */
    if (pass->rows.tokens) {
        rnni_one_hot_forward(input, out, r->to_lines, pass->rows.tokens + r->from, r->from_lines, r->count);
    } else {
        struct rnni_product product = rnni_products_dense(input, out, pass->rows.x + r->from * input->inputs, r->count);
        product.a_lines = r->from_lines;
        product.c_lines = r->to_lines;
        rnni_products_multiply(&product);
    }
    if (!bound->form->layer_norm)
        return;
    const struct rnn_model *model = pass->session->model;
    const float *bias = model->packed + model->layout.place[bound->index].packed_bias; /* [GH] */
    for (size_t i = 0; i < r->count; i++) {
        size_t row = r->to + rnni_product_line(r->to_lines, i);
        float *a = tape->a + row * width, *norm = tape->input_norm + row * width; /* [GH] */
        rnni_norm_gates_forward(bound->form, norm, tape->input_spread + 2 * row);
        memcpy(a, bias, width * sizeof *a);
        bound->form->elementwise->add_product(a, bound->weights.tensor[RNNI_NORM_IH], norm, width);
    }
}

/* A span: the steps from t on and before `end`, as many as make about RNNI_ROWS_AT_ONCE rows.  The rows of a share that
 * has not all of a step are in groups, which must be alike. */
static void begin_span(struct loop *loop, size_t end)
{
    const struct rnni_schedule *s = &loop->pass.session->work.schedule;
    const struct rnni_lines together = {0, 0};
    size_t t = loop->t, rows = alive(loop, t), count = rows, next;
    int whole = loop->share.rows.count == s->batch;
    for (t++; t < end && (next = alive(loop, t)) > 0 && count + next <= RNNI_ROWS_AT_ONCE; t++) {
        if (!whole && s->active[t] != s->active[loop->t])
            break;
        count += next;
    }
    size_t from = s->first[loop->t] + loop->share.rows.first;
    struct rnni_lines lines = whole ? together : (struct rnni_lines){rows, s->active[loop->t]};
    loop->span_end = t;
    loop->gates = 0;
    loop->input = (struct rnni_input_rows){.from = from,
                                           .to = loop->keeps ? from : 0,
                                           .count = count,
                                           .from_lines = lines,
                                           .to_lines = loop->keeps ? lines : together};
}

/* U x + b of some of the rows of a span. */
static void input_part(void *context, size_t index)
{
    const struct loop *loop = context;
    struct rnni_input_rows rows = loop->input;
    struct rnni_part part = rnni_part_of(rows.count, 1, index, loop->share.parts);
    rows.from += part.first;
    rows.to += part.first;
    rows.count = part.count;
    rnni_time_loop_input(&loop->pass, &rows);
}

/* ---- forward: a step --------------------------------------------------------------------------------------------- */

/* W h(t-1) joins U x(t) + b in a, or is made with it.  With the reset after, W_n h(t-1) + b_hn goes to q. */
struct rnni_product rnni_time_loop_product(const struct rnni_bound_weights *bound, const struct rnni_cell_step *step)
{
    const struct rnni_cell_form *form = bound->form;
    const struct rnni_weights *hh = &bound->weights.hh[0];
    const float *bias = bound->weights.tensor[RNNI_BIAS_HH];
    size_t hidden = form->hidden, width = form->gates * hidden;
    struct rnni_product product = {.weights = hh,
                                   .k = form->width,
                                   .first = step->units.first,
                                   .units = step->units.count,
                                   .a = step->seen,
                                   .a_row = form->width,
                                   .rows = step->rows};
    const struct rnni_dense *input = step->input;
    if (input) {
        product.input = &input->weights;
        product.x = step->x;
    }
    for (size_t gate = 0, column = 0; gate < hh->gates; gate++, column += hidden) {
        float *a = step->a + column;
        product.target[gate] = (struct rnni_target){a, width, a, width};
        if (input)
            product.target[gate] = (struct rnni_target){a, width, input->bias ? input->bias + column : NULL, 0};
        if (column >= form->in_a)
            product.target[gate] = (struct rnni_target){step->q, hidden, bias ? bias + column : NULL, 0};
    }
    return product;
}

static void multiply_state(const struct rnni_bound_weights *bound, const struct rnni_cell_step *step)
{
    const struct rnni_cell_form *form = bound->form;
    if (step->product) {
        rnni_products_multiply(step->product);
    } else if (form->layer_norm) {
        rnni_products_rows(&bound->weights.hh[0], step->norm, form->gates * form->hidden, step->seen, form->width,
                           step->rows, 0);
        rnni_norm_recurrent_forward(form, &bound->weights, step);
    } else {
        struct rnni_product product = rnni_time_loop_product(bound, step);
        rnni_products_multiply(&product);
    }
}

int rnni_time_loop_in_rows(const struct rnn_session *session, const struct rnni_cell_form *form)
{
    return form->in_rows && !session->training && !session->model->layout.blas && !session->model->layout.precision;
}

void rnni_time_loop_step(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                         const struct rnni_cell_step *step, size_t t, int expected)
{
    const struct rnni_cell *cell = bound->form->cell;
    if (step->in_row) {
        cell->forward_row(bound->form, &bound->weights, step);
    } else {
        if (cell->recurrent)
            multiply_state(bound, step);
        cell->forward(bound->form, &bound->weights, step);
    }
    if (session->model->layout.zones)
        rnni_dropout_zoneout(session, bound, step, t, expected);
}

static void forward_part(void *context, size_t index)
{
    const struct loop *loop = context;
    const struct rnni_pass *pass = &loop->pass;
    struct rnni_cell_step step;
    find_step(loop, loop->t, units_of(loop, index), &step);
    size_t row = pass->session->work.schedule.first[loop->t] + step.row, width = pass->bound->form->width;
    if (pass->tape.seen)
        pass->bound->form->elementwise->multiply(pass->tape.seen + row * width, step.before[0], step.mask,
                                                 step.rows * width);
    rnni_time_loop_step(pass->session, pass->bound, &step, loop->t, !pass->session->training);
}

void rnni_time_loop_forward(const struct rnni_pass *pass, struct rnni_time_share share, size_t from, size_t to)
{
    RNNI_ASSERT(from <= to && to <= pass->session->work.schedule.steps);
    struct loop loop = begin_loop(pass, share, from);
    for (; loop.t < to && alive(&loop, loop.t); loop.t++) {
        if (loop.t == loop.span_end && !loop.with_input) {
            begin_span(&loop, to);
            rnni_team_run(pass->session->team, share.parts, input_part, &loop);
        }
        rnni_team_run(pass->session->team, share.parts, forward_part, &loop);
        if (!loop.with_input)
            loop.gates += alive(&loop, loop.t);
    }
}

/* ---- backward: a step -------------------------------------------------------------------------------------------- */

/* dh(t) is what comes from outside and, in dstate, from the step behind this one or from the final state; the gates get
 * their gradients from it. */
static void gates_backward(const struct loop *loop, struct rnni_part units, size_t t)
{
    const struct rnni_bound_weights *bound = loop->pass.bound;
    struct rnni_cell_step step;
    find_step(loop, t, units, &step);
    size_t width = bound->form->width, count = bound->form->splits ? units.count : width;
    for (size_t i = 0; i < step.rows; i++) {
        size_t first = i * width + units.first;
        bound->form->elementwise->add(step.dh + first, step.dstate[0] + first, count);
    }
    if (loop->pass.session->model->layout.zones)
        rnni_dropout_zoneout_split(loop->pass.session, bound, &step, t);
    bound->form->cell->backward(bound->form, &bound->weights, &bound->gradients, &step);
}

/* dstate[0] = W' of the gradients of what W h(t-1) joined. */
static void multiply_state_backward(const struct rnni_bound_weights *bound, const struct rnni_cell_step *step)
{
    const struct rnni_cell_form *form = bound->form;
    size_t width = form->gates * form->hidden;
    struct rnni_product product = {.weights = &bound->weights.back_hh,
                                   .k = form->in_a,
                                   .first = step->units.first,
                                   .units = step->units.count,
                                   .target = {{step->dstate[0], form->width, NULL, form->width}},
                                   .a = step->da,
                                   .a_row = width,
                                   .rows = step->rows};
    if (form->layer_norm) {
        rnni_norm_recurrent_backward(form, &bound->weights, &bound->gradients, step);
        product.a = step->norm;
        product.k = width;
    }
    rnni_products_multiply(&product);
    if (form->layer_norm || form->joined == width)
        return;
    product.from = form->joined;
    product.k = form->hidden;
    product.a = step->q;
    product.a_row = form->hidden;
    product.target[0].start = step->dstate[0];
    rnni_products_multiply(&product);
}

/* And from the gates of step t to dh(t-1), in dstate. */
static void state_backward(const struct loop *loop, struct rnni_part units, size_t t)
{
    const struct rnni_bound_weights *bound = loop->pass.bound;
    const struct rnni_cell_form *form = bound->form;
    struct rnni_cell_step step;
    find_step(loop, t, units, &step);
    if (!form->splits)
        step.units.count = form->width;
    if (form->cell->recurrent)
        multiply_state_backward(bound, &step);
    if (form->cell->backward_state)
        form->cell->backward_state(form, &bound->weights, &step);
    if (step.mask)
        form->elementwise->multiply(step.dstate[0], step.dstate[0], step.mask, step.rows * form->width);
    for (size_t i = 0; i < step.rows && form->cell->mixes_state; i++) {
        size_t first = i * form->width + step.units.first;
        form->elementwise->add(step.dstate[0] + first, step.dh + first, step.units.count);
    }
    if (loop->pass.session->model->layout.zones)
        rnni_dropout_zoneout_join(loop->pass.session, bound, &step);
}

/* The gradients of the gates at t.  First what comes to dh(t) through all gates of step t + 1, so that the threads meet
 * once for each step. */
static void backward_part(void *context, size_t index)
{
    const struct loop *loop = context;
    struct rnni_part units = units_of(loop, index);
    if (alive(loop, loop->t + 1))
        state_backward(loop, units, loop->t + 1);
    gates_backward(loop, units, loop->t);
}

static void initial_part(void *context, size_t index)
{
    const struct loop *loop = context;
    state_backward(loop, units_of(loop, index), 0);
}

void rnni_time_loop_backward(const struct rnni_pass *pass, struct rnni_time_share share)
{
    RNNI_ASSERT(pass->session->training && pass->dh && pass->da);
    struct loop loop = begin_loop(pass, share, pass->session->work.schedule.steps);
    while (loop.t-- > 0)
        if (alive(&loop, loop.t))
            rnni_team_run(pass->session->team, share.parts, backward_part, &loop);
    if (alive(&loop, 0))
        rnni_team_run(pass->session->team, share.parts, initial_part, &loop);
}
