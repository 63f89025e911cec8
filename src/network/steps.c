#include "network/steps.h"

#include "cells/norm.h"
#include "math/vector.h"
#include "network/noise.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- where things are -------------------------------------------------------------------------------------------- */

float *rnni_steps_initial(const struct rnni_errand *errand, size_t state)
{
    const struct rnni_workspace *w = &errand->session->work;
    size_t room = w->batch - w->schedule.batch;
    return errand->tape.initial[state] + room * rnni_layout_state_width(&errand->session->model->layout, state);
}

float *rnni_steps_sorted(const struct rnni_errand *errand, size_t state)
{
    const struct rnni_workspace *w = &errand->session->work;
    size_t width = rnni_layout_state_width(&errand->session->model->layout, state);
    return w->sorted[state] + errand->run->direction * w->batch * width;
}

void rnni_steps_borrow(struct rnni_errand *errand, size_t index)
{
    struct rnni_tape *tape = &errand->tape, states = *tape;
    *tape = errand->session->work.local[index];
    memcpy(tape->initial, states.initial, sizeof tape->initial);
    memcpy(tape->state, states.state, sizeof tape->state);
    if (errand->run->form->in_place)
        tape->a = tape->state[0];
}

/* What a share works on: sequences at sorted places rows.first .. of every step, and their units. */
struct share {
    struct rnni_part rows, units;
    size_t index;
};

/* Some steps whose input products were made together. */
struct span {
    size_t begin, end;
    size_t rows; /* of each step, where the share has not all of them */
};

/* Rows of the share that are alive at step t. */
static size_t alive(const struct rnni_errand *errand, const struct share *share, size_t t)
{
    size_t active = errand->session->work.schedule.active[t];
    return active > share->rows.first ? smaller(active - share->rows.first, share->rows.count) : 0;
}

static int has_all(const struct rnni_errand *errand, const struct share *share)
{
    return share->rows.count == errand->session->work.schedule.batch;
}

/* The first row of the share at step t in arrays that hold all steps: states, and in training all. */
static size_t row_of_all(const struct rnni_errand *errand, const struct share *share, size_t t)
{
    return errand->session->work.schedule.first[t] + share->rows.first;
}

/* Whether the gates of all steps are kept, or, while running, those of one span. */
static int keeps_gates(const struct rnni_errand *errand)
{
    return errand->session->training || errand->run->form->in_place;
}

/* And in the arrays of gates. */
static size_t row_of_gates(const struct rnni_errand *errand, const struct share *share, struct span span, size_t t)
{
    const struct rnni_schedule *schedule = &errand->session->work.schedule;
    if (keeps_gates(errand))
        return row_of_all(errand, share, t);
    return has_all(errand, share) ? schedule->first[t] - schedule->first[span.begin] : (t - span.begin) * span.rows;
}

static float *at(float *array, size_t row, size_t width)
{
    return array ? array + row * width : NULL;
}

/* ---- the input product ------------------------------------------------------------------------------------------- */

/* Rows of an input product, and where they stand in what enters and in the gates. */
struct input_rows {
    size_t from, to, count;
    struct rnni_lines from_lines, to_lines;
};

static void product(const struct rnni_errand *errand, float *out, const struct input_rows *r)
{
    const struct rnni_dense *input = &errand->run->input;
    out += r->to * input->outputs;
    if (errand->rows.tokens)
        rnni_dense_forward_tokens(input, out, r->to_lines, errand->rows.tokens + r->from, r->from_lines, r->count);
    else
        rnni_dense_forward(input, out, r->to_lines, errand->rows.x + r->from * input->inputs, r->from_lines, r->count);
}

static void input_forward(const struct rnni_errand *errand, const struct input_rows *r)
{
    const struct rnni_run *run = errand->run;
    const struct rnni_tape *tape = &errand->tape;
    size_t width = run->input.outputs;
    if (!run->form->layer_norm) {
        product(errand, tape->a, r);
        return;
    }
    const struct rnn_model *model = errand->session->model;
    const float *bias = model->packed + model->layout.run[run->index].packed_bias; /* [GH] */
    product(errand, tape->input_norm, r);
    for (size_t i = 0; i < r->count; i++) {
        size_t row = r->to + rnni_lines_at(r->to_lines, i);
        float *a = tape->a + row * width, *norm = tape->input_norm + row * width; /* [GH] */
        rnni_norm_gates_forward(run->form, norm, tape->input_spread + 2 * row);
        memcpy(a, bias, width * sizeof *a);
        rnni_vector()->add_product(a, run->weights.tensor[RNNI_NORM_IH], norm, width);
    }
}

void rnni_steps_input_once(const struct rnni_errand *errand, size_t count)
{
    input_forward(errand, &(struct input_rows){.count = count});
}

/* The steps from t on and before `end`, as many as make about RNNI_ROWS_AT_ONCE rows.  The rows of a share that has not
 * all of a step are in groups, which must be alike. */
static struct span span_from(const struct rnni_errand *errand, const struct share *share, size_t t, size_t end)
{
    const struct rnni_schedule *s = &errand->session->work.schedule;
    struct span span = {t, t + 1, alive(errand, share, t)};
    size_t rows = span.rows;
    while (span.end < end) {
        size_t next = alive(errand, share, span.end);
        if (!next || rows + next > RNNI_ROWS_AT_ONCE ||
            (!has_all(errand, share) && s->active[span.end] != s->active[t]))
            break;
        rows += next;
        span.end++;
    }
    return span;
}

/* Rows of part `index` of `parts` of a span. */
static struct input_rows rows_of_span(const struct rnni_errand *errand, const struct share *share, struct span span,
                                      size_t index, size_t parts)
{
    const struct rnni_schedule *s = &errand->session->work.schedule;
    size_t to = row_of_gates(errand, share, span, span.begin);
    if (has_all(errand, share)) {
        struct rnni_part part = rnni_part_of(s->first[span.end] - s->first[span.begin], 1, index, parts);
        return (struct input_rows){
            .from = s->first[span.begin] + part.first, .to = to + part.first, .count = part.count};
    }
    struct rnni_lines lines = {span.rows, s->active[span.begin]}, together = {0, 0};
    return (struct input_rows){.from = row_of_all(errand, share, span.begin),
                               .to = to,
                               .count = (span.end - span.begin) * span.rows,
                               .from_lines = lines,
                               .to_lines = keeps_gates(errand) ? lines : together};
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* The rows of a step and what they come from. */
static struct rnni_cell_step step_of(const struct rnni_errand *errand, const struct share *share, struct span span,
                                     size_t t)
{
    const struct rnn_session *session = errand->session;
    const struct rnni_cell_form *form = errand->run->form;
    const struct rnni_tape *tape = &errand->tape;
    size_t width = form->gates * form->hidden, row = row_of_gates(errand, share, span, t);
    size_t first = share->rows.first;
    struct rnni_cell_step step = {.rows = alive(errand, share, t),
                                  .row = first,
                                  .units = share->units,
                                  .a = at(tape->a, row, width),
                                  .q = at(tape->q, row, form->hidden),
                                  .open = at(tape->open, row, width),
                                  .norm = at(tape->norm, row, width),
                                  .spread = at(tape->spread, row, 2),
                                  .seen = at(tape->seen, row, form->width),
                                  .mask = at(tape->mask, first, form->width),
                                  .scratch = rnni_workspace_scratch(&session->work, share->index)};
    for (size_t s = 0; s < form->cell->states; s++) {
        size_t wide = rnni_layout_state_width(&session->model->layout, s);
        step.state[s] = at(tape->state[s], row_of_all(errand, share, t), wide);
        step.before[s] =
            t ? tape->state[s] + row_of_all(errand, share, t - 1) * wide : rnni_steps_initial(errand, s) + first * wide;
    }
    if (!step.seen)
        step.seen = step.before[0];
    return step;
}

static void forward_step(const struct rnni_errand *errand, const struct share *share, struct span span, size_t t)
{
    struct rnn_session *session = errand->session;
    const struct rnni_run *run = errand->run;
    struct rnni_cell_step step = step_of(errand, share, span, t);
    if (errand->tape.seen)
        rnni_vector()->multiply(at(errand->tape.seen, row_of_all(errand, share, t), run->form->width), step.before[0],
                                step.mask, step.rows * run->form->width);
    run->form->cell->forward(run->form, &run->weights, &step);
    if (session->model->layout.zones)
        rnni_noise_forward(session, run, &step, t, !session->training);
}

/* Step t on the way back. */
static struct rnni_cell_step step_back_of(const struct rnni_errand *errand, const struct share *share, size_t t)
{
    struct rnni_cell_step step = step_of(errand, share, (struct span){0, 0, 0}, t);
    size_t row = row_of_all(errand, share, t);
    step.dh = at(errand->dh, row, errand->run->form->width);
    step.da = at(errand->da, row, errand->run->input.outputs);
    for (size_t s = 0; s < errand->run->form->cell->states; s++)
        step.dstate[s] =
            rnni_steps_sorted(errand, s) + step.row * rnni_layout_state_width(&errand->session->model->layout, s);
    return step;
}

/* dh(t) is what comes from outside and, in dstate, from the step behind this one or from the final state; the gates get
 * their gradients from it. */
static void gates_backward(const struct rnni_errand *errand, const struct share *share, size_t t)
{
    const struct rnni_run *run = errand->run;
    struct rnni_cell_step step = step_back_of(errand, share, t);
    size_t width = run->form->width, units = run->form->splits ? share->units.count : width;
    for (size_t i = 0; i < step.rows; i++) {
        size_t first = i * width + share->units.first;
        rnni_vector()->add(step.dh + first, step.dstate[0] + first, units);
    }
    if (errand->session->model->layout.zones)
        rnni_noise_split(errand->session, run, &step, t);
    run->form->cell->backward(run->form, &run->weights, &run->gradients, &step);
}

/* And from the gates to dh(t-1), in dstate. */
static void product_backward(const struct rnni_errand *errand, const struct share *share, size_t t)
{
    const struct rnni_run *run = errand->run;
    struct rnni_cell_step step = step_back_of(errand, share, t);
    if (!run->form->splits)
        step.units.count = run->form->width;
    run->form->cell->backward_product(run->form, &run->weights, &run->gradients, &step);
    if (errand->session->model->layout.zones)
        rnni_noise_join(errand->session, run, &step);
}

/* ---- all steps, by rows ------------------------------------------------------------------------------------------ */

/* With one thread the directions, which then come one after the other, have the room of one share. */
static struct share share_of_rows(const struct rnni_errand *errand, size_t index, size_t shares)
{
    size_t rooms = errand->session->work.shares;
    return (struct share){.rows = rnni_part_of(errand->session->work.schedule.batch, 1, index, shares),
                          .units = {0, errand->run->form->hidden},
                          .index = (errand->run->direction * shares + index) % rooms};
}

static void forward_steps(const struct rnni_errand *given, const struct share *share, size_t from, size_t to)
{
    struct rnni_errand errand = *given;
    struct span span = {from, from, 0};
    if (!errand.session->training)
        rnni_steps_borrow(&errand, share->index);
    for (size_t t = from; t < to && alive(&errand, share, t); t++) {
        if (t == span.end) {
            span = span_from(&errand, share, t, to);
            struct input_rows rows = rows_of_span(&errand, share, span, 0, 1);
            input_forward(&errand, &rows);
        }
        forward_step(&errand, share, span, t);
    }
}

void rnni_run_forward(const struct rnni_errand *errand, size_t index, size_t shares)
{
    struct share share = share_of_rows(errand, index, shares);
    forward_steps(errand, &share, 0, errand->session->work.schedule.steps);
}

void rnni_run_forward_some(const struct rnni_errand *errand, size_t room, size_t from, size_t to)
{
    struct share share = share_of_rows(errand, 0, 1);
    share.index = room;
    forward_steps(errand, &share, from, to);
}

void rnni_run_backward(const struct rnni_errand *errand, size_t index, size_t shares)
{
    struct share share = share_of_rows(errand, index, shares);
    for (size_t t = errand->session->work.schedule.steps; t-- > 0;)
        if (alive(errand, &share, t)) {
            gates_backward(errand, &share, t);
            product_backward(errand, &share, t);
        }
}

/* ---- all steps, by units ----------------------------------------------------------------------------------------- */

/* One meeting of the shares. */
struct meeting {
    const struct rnni_errand *errand;
    struct span span;
    size_t t, shares;
};

static struct share share_of_units(const struct meeting *meeting, size_t index)
{
    const struct rnni_cell_form *form = meeting->errand->run->form;
    return (struct share){.rows = {0, meeting->errand->session->work.schedule.batch},
                          .units = rnni_part_of(form->hidden, RNNI_UNITS_STEP, index, meeting->shares),
                          .index = 0};
}

static void meet_for_input(void *context, size_t index)
{
    const struct meeting *meeting = context;
    struct share share = share_of_units(meeting, index);
    struct input_rows rows = rows_of_span(meeting->errand, &share, meeting->span, index, meeting->shares);
    input_forward(meeting->errand, &rows);
}

static void meet_forward(void *context, size_t index)
{
    const struct meeting *meeting = context;
    struct share share = share_of_units(meeting, index);
    forward_step(meeting->errand, &share, meeting->span, meeting->t);
}

void rnni_run_forward_by_units(const struct rnni_errand *given, size_t shares)
{
    struct rnni_errand errand = *given;
    struct meeting meeting = {.errand = &errand, .shares = shares};
    struct share all = {.rows = {0, errand.session->work.schedule.batch}};
    struct rnni_team *team = errand.session->team;
    if (!errand.session->training)
        rnni_steps_borrow(&errand, 0);
    for (; meeting.t < errand.session->work.schedule.steps && alive(&errand, &all, meeting.t); meeting.t++) {
        if (meeting.t == meeting.span.end) {
            meeting.span = span_from(&errand, &all, meeting.t, errand.session->work.schedule.steps);
            rnni_team_run(team, shares, meet_for_input, &meeting);
        }
        rnni_team_run(team, shares, meet_forward, &meeting);
    }
}

/* Some units of step t: first what comes to them from all gates of step t + 1, then their own gates. */
static void meet_backward(void *context, size_t index)
{
    const struct meeting *meeting = context;
    struct share share = share_of_units(meeting, index);
    if (alive(meeting->errand, &share, meeting->t + 1))
        product_backward(meeting->errand, &share, meeting->t + 1);
    gates_backward(meeting->errand, &share, meeting->t);
}

static void meet_at_start(void *context, size_t index)
{
    const struct meeting *meeting = context;
    struct share share = share_of_units(meeting, index);
    product_backward(meeting->errand, &share, 0);
}

void rnni_run_backward_by_units(const struct rnni_errand *errand, size_t shares)
{
    const struct rnni_schedule *schedule = &errand->session->work.schedule;
    struct meeting meeting = {.errand = errand, .shares = shares};
    for (size_t t = schedule->steps; t-- > 0;) {
        meeting.t = t;
        if (schedule->active[t])
            rnni_team_run(errand->session->team, shares, meet_backward, &meeting);
    }
    if (schedule->active[0])
        rnni_team_run(errand->session->team, shares, meet_at_start, &meeting);
}
