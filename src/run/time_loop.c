#include "run/time_loop.h"

#include "base/assertion.h"
#include "math/elementwise.h"
#include "run/dropout.h"
#include "run/input_product.h"
#include "run/states.h"
#include "session/parallel.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- where things are -------------------------------------------------------------------------------------------- */

void rnni_time_loop_borrow(struct rnni_pass *pass, size_t index)
{
    struct rnni_tape *tape = &pass->tape, states = *tape;
    *tape = pass->session->work.local[index];
    memcpy(tape->initial, states.initial, sizeof tape->initial);
    memcpy(tape->state, states.state, sizeof tape->state);
    if (pass->bound->form->in_place)
        tape->a = tape->state[0];
}

/* Some steps whose input products were made together. */
struct span {
    size_t begin, end;
    size_t rows; /* of each step, where the share has not all of them */
};

/* Rows of the share that are alive at step t. */
static size_t alive(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t t)
{
    size_t active = pass->session->work.schedule.active[t];
    return active > share->rows.first ? smaller(active - share->rows.first, share->rows.count) : 0;
}

static int has_all(const struct rnni_pass *pass, const struct rnni_time_share *share)
{
    return share->rows.count == pass->session->work.schedule.batch;
}

/* The first row of the share at step t in arrays that hold all steps: states, and in training all. */
static size_t row_of_all(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t t)
{
    return pass->session->work.schedule.first[t] + share->rows.first;
}

/* Whether the gates of all steps are kept, or, while running, those of one span. */
static int keeps_gates(const struct rnni_pass *pass)
{
    return pass->session->training || pass->bound->form->in_place;
}

/* And in the arrays of gates. */
static size_t row_of_gates(const struct rnni_pass *pass, const struct rnni_time_share *share, struct span span,
                           size_t t)
{
    const struct rnni_schedule *schedule = &pass->session->work.schedule;
    if (keeps_gates(pass))
        return row_of_all(pass, share, t);
    return has_all(pass, share) ? schedule->first[t] - schedule->first[span.begin] : (t - span.begin) * span.rows;
}

static float *at(float *array, size_t row, size_t width)
{
    return array ? array + row * width : NULL;
}

/* ---- the input product ------------------------------------------------------------------------------------------- */

/* The steps from t on and before `end`, as many as make about RNNI_ROWS_AT_ONCE rows.  The rows of a share that has not
 * all of a step are in groups, which must be alike. */
static struct span span_from(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t t, size_t end)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    struct span span = {t, t + 1, alive(pass, share, t)};
    size_t rows = span.rows;
    while (span.end < end) {
        size_t next = alive(pass, share, span.end);
        if (!next || rows + next > RNNI_ROWS_AT_ONCE || (!has_all(pass, share) && s->active[span.end] != s->active[t]))
            break;
        rows += next;
        span.end++;
    }
    return span;
}

/* Rows of part `index` of `parts` of a span. */
static struct rnni_input_rows rows_of_span(const struct rnni_pass *pass, const struct rnni_time_share *share,
                                           struct span span, size_t index, size_t parts)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    size_t to = row_of_gates(pass, share, span, span.begin);
    if (has_all(pass, share)) {
        struct rnni_part part = rnni_part_of(s->first[span.end] - s->first[span.begin], 1, index, parts);
        return (struct rnni_input_rows){
            .from = s->first[span.begin] + part.first, .to = to + part.first, .count = part.count};
    }
    struct rnni_lines lines = {span.rows, s->active[span.begin]}, together = {0, 0};
    return (struct rnni_input_rows){.from = row_of_all(pass, share, span.begin),
                                    .to = to,
                                    .count = (span.end - span.begin) * span.rows,
                                    .from_lines = lines,
                                    .to_lines = keeps_gates(pass) ? lines : together};
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* The rows of a step and what they come from. */
static struct rnni_cell_step step_of(const struct rnni_pass *pass, const struct rnni_time_share *share,
                                     struct rnni_part units, struct span span, size_t t)
{
    const struct rnn_session *session = pass->session;
    const struct rnni_cell_form *form = pass->bound->form;
    const struct rnni_tape *tape = &pass->tape;
    size_t width = form->gates * form->hidden, row = row_of_gates(pass, share, span, t);
    size_t first = share->rows.first;
    struct rnni_cell_step step = {.rows = alive(pass, share, t),
                                  .row = first,
                                  .units = units,
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
        step.state[s] = at(tape->state[s], row_of_all(pass, share, t), wide);
        step.before[s] =
            t ? tape->state[s] + row_of_all(pass, share, t - 1) * wide : rnni_states_initial(pass, s) + first * wide;
    }
    if (!step.seen)
        step.seen = step.before[0];
    if (pass->rows.x)
        step.x = pass->rows.x + row_of_all(pass, share, t) * pass->bound->input.inputs;
    return step;
}

/* The body of a step: its recurrent product and its gates. */
void rnni_time_loop_step(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                         const struct rnni_cell_step *step, size_t t, int expected)
{
    bound->form->cell->forward(bound->form, &bound->weights, step);
    if (session->model->layout.zones)
        rnni_dropout_zoneout(session, bound, step, t, expected);
}

static void forward_step(const struct rnni_pass *pass, const struct rnni_time_share *share, struct rnni_part units,
                         struct span span, size_t t)
{
    struct rnni_cell_step step = step_of(pass, share, units, span, t);
    size_t width = pass->bound->form->width;
    if (pass->tape.seen)
        rnni_elementwise()->multiply(at(pass->tape.seen, row_of_all(pass, share, t), width), step.before[0], step.mask,
                                     step.rows * width);
    rnni_time_loop_step(pass->session, pass->bound, &step, t, !pass->session->training);
}

/* Step t on the way back. */
static struct rnni_cell_step step_back_of(const struct rnni_pass *pass, const struct rnni_time_share *share,
                                          struct rnni_part units, size_t t)
{
    struct rnni_cell_step step = step_of(pass, share, units, (struct span){0, 0, 0}, t);
    size_t row = row_of_all(pass, share, t);
    step.dh = at(pass->dh, row, pass->bound->form->width);
    step.da = at(pass->da, row, pass->bound->input.outputs);
    for (size_t s = 0; s < pass->bound->form->cell->states; s++)
        step.dstate[s] =
            rnni_states_sorted(pass, s) + step.row * rnni_layout_state_width(&pass->session->model->layout, s);
    return step;
}

/* dh(t) is what comes from outside and, in dstate, from the step behind this one or from the final state; the gates get
 * their gradients from it. */
static void gates_backward(const struct rnni_pass *pass, const struct rnni_time_share *share, struct rnni_part units,
                           size_t t)
{
    const struct rnni_bound_weights *bound = pass->bound;
    struct rnni_cell_step step = step_back_of(pass, share, units, t);
    size_t width = bound->form->width, count = bound->form->splits ? units.count : width;
    for (size_t i = 0; i < step.rows; i++) {
        size_t first = i * width + units.first;
        rnni_elementwise()->add(step.dh + first, step.dstate[0] + first, count);
    }
    if (pass->session->model->layout.zones)
        rnni_dropout_zoneout_split(pass->session, bound, &step, t);
    bound->form->cell->backward(bound->form, &bound->weights, &bound->gradients, &step);
}

/* And from the gates to dh(t-1), in dstate. */
static void product_backward(const struct rnni_pass *pass, const struct rnni_time_share *share, struct rnni_part units,
                             size_t t)
{
    const struct rnni_bound_weights *bound = pass->bound;
    struct rnni_cell_step step = step_back_of(pass, share, units, t);
    if (!bound->form->splits)
        step.units.count = bound->form->width;
    bound->form->cell->backward_product(bound->form, &bound->weights, &bound->gradients, &step);
    if (pass->session->model->layout.zones)
        rnni_dropout_zoneout_join(pass->session, bound, &step);
}

/* ---- all steps --------------------------------------------------------------------------------------------------- */

/* Where a loop stands.  The threads that divide the units of its steps meet at every step. */
struct loop {
    const struct rnni_pass *pass;
    struct rnni_time_share share; /* with all units */
    size_t parts;                 /* of the units; 1: the calling thread makes them all */
    struct span span;
    size_t t;
};

/* Part `index` of the units. */
static struct rnni_part part_of(const struct loop *loop, size_t index)
{
    if (loop->parts == 1)
        return loop->share.units;
    return rnni_part_of(loop->share.units.count, RNNI_UNITS_STEP, index, loop->parts);
}

/* Makes all parts of what the task is. */
static void meet(struct loop *loop, rnni_team_task task)
{
    if (loop->parts == 1)
        task(loop, 0);
    else
        rnni_team_run(loop->pass->session->team, loop->parts, task, loop);
}

/* U x + b of some of the rows of a span. */
static void input_part(void *context, size_t index)
{
    const struct loop *loop = context;
    struct rnni_input_rows rows = rows_of_span(loop->pass, &loop->share, loop->span, index, loop->parts);
    rnni_input_product_forward(loop->pass, &rows);
}

/* W h(t-1), the gates and h(t). */
static void forward_part(void *context, size_t index)
{
    const struct loop *loop = context;
    forward_step(loop->pass, &loop->share, part_of(loop, index), loop->span, loop->t);
}

void rnni_time_loop_forward(const struct rnni_pass *given, const struct rnni_time_share *share, size_t parts,
                            size_t from, size_t to)
{
    RNNI_ASSERT(parts == 1 || has_all(given, share));
    RNNI_ASSERT(from <= to && to <= given->session->work.schedule.steps);
    struct rnni_pass pass = *given;
    struct loop loop = {.pass = &pass, .share = *share, .parts = parts, .span = {from, from, 0}};
    if (!pass.session->training)
        rnni_time_loop_borrow(&pass, share->index);
    for (loop.t = from; loop.t < to && alive(&pass, share, loop.t); loop.t++) {
        if (loop.t == loop.span.end) {
            loop.span = span_from(&pass, share, loop.t, to);
            meet(&loop, input_part);
        }
        meet(&loop, forward_part);
    }
}

/* The gradients of the gates at t.  First what comes to dh(t) through all gates of step t + 1, so that the threads meet
 * once for each step. */
static void backward_part(void *context, size_t index)
{
    const struct loop *loop = context;
    struct rnni_part units = part_of(loop, index);
    if (alive(loop->pass, &loop->share, loop->t + 1))
        product_backward(loop->pass, &loop->share, units, loop->t + 1);
    gates_backward(loop->pass, &loop->share, units, loop->t);
}

static void initial_part(void *context, size_t index)
{
    const struct loop *loop = context;
    product_backward(loop->pass, &loop->share, part_of(loop, index), 0);
}

void rnni_time_loop_backward(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t parts)
{
    RNNI_ASSERT(pass->session->training && pass->dh && pass->da);
    RNNI_ASSERT(parts == 1 || has_all(pass, share));
    struct loop loop = {.pass = pass, .share = *share, .parts = parts};
    for (loop.t = pass->session->work.schedule.steps; loop.t-- > 0;)
        if (alive(pass, share, loop.t))
            meet(&loop, backward_part);
    if (alive(pass, share, 0))
        meet(&loop, initial_part);
}

/* With one thread the directions, which then come one after the other, have the room of one share. */
struct rnni_time_share rnni_time_loop_share(const struct rnni_pass *pass, size_t index, size_t shares)
{
    return (struct rnni_time_share){.rows = rnni_part_of(pass->session->work.schedule.batch, 1, index, shares),
                                    .units = {0, pass->bound->form->hidden},
                                    .index = (pass->bound->direction * shares + index) % pass->session->work.shares};
}
