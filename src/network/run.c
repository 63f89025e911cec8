#include "network/run.h"

#include "cells/norm.h"
#include "math/matrix.h"
#include "math/vector.h"
#include "network/noise.h"

#include <string.h>

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

static struct rnni_dense input_of(const struct rnn_model *model, const struct rnni_run_place *place)
{
    const struct rnni_cell_form *form = &model->layout.form;
    /* With layer normalisation the biases come behind it. */
    return (struct rnni_dense){.inputs = place->inputs,
                               .outputs = form->gates * form->hidden,
                               .weight = model->parameters + place->tensor[RNNI_WEIGHT_IH],
                               .packed = model->packed + place->packed_ih,
                               .bias = form->layer_norm ? NULL : model->packed + place->packed_bias};
}

struct rnni_run rnni_run_of(const struct rnn_session *session, size_t layer, size_t direction)
{
    const struct rnn_model *model = session->model;
    const struct rnni_layout *layout = &model->layout;
    size_t index = layer * layout->directions + direction;
    const struct rnni_run_place *place = &layout->run[index];
    struct rnni_run run = {.form = &layout->form,
                           .index = index,
                           .layer = layer,
                           .direction = direction,
                           .reverse = layout->reversed || direction,
                           .input = input_of(model, place)};
    for (size_t role = 0; role < RNNI_ROLES; role++) {
        int present = place->tensor[role] != RNNI_ABSENT;
        run.weights.tensor[role] = present ? model->parameters + place->tensor[role] : NULL;
        run.gradients.tensor[role] = present && session->gradients ? session->gradients + place->tensor[role] : NULL;
    }
    run.weights.packed_hh = run.weights.tensor[RNNI_WEIGHT_HH] ? model->packed + place->packed_hh : NULL;
    run.weights.packed_hr = run.weights.tensor[RNNI_WEIGHT_HR] ? model->packed + place->packed_hr : NULL;
    return run;
}

/* The states of this layer and direction within those of a session [L*D,B,R], [L*D,B,H]. */
static float *part(const struct rnn_session *session, const struct rnni_run *run, float *const *states, size_t s)
{
    return states[s] + run->index * session->batch * rnni_layout_state_width(&session->model->layout, s);
}

/* ---- the input product ------------------------------------------------------------------------------------------- */

/* `count` rows from row `first` on. */
static void product(const struct rnni_dense *input, float *out, struct rnni_rows rows, size_t first, size_t count)
{
    out += first * input->outputs;
    if (rows.tokens)
        rnni_dense_forward_tokens(input, out, rows.tokens + first, count);
    else
        rnni_dense_forward(input, out, rows.x + first * input->inputs, count);
}

static void input_forward(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                          struct rnni_rows rows, size_t first, size_t count)
{
    size_t width = run->input.outputs;
    if (!run->form->layer_norm) {
        product(&run->input, tape->a, rows, first, count);
        return;
    }
    const float *bias = session->model->packed + session->model->layout.run[run->index].packed_bias; /* [GH] */
    product(&run->input, tape->input_norm, rows, first, count);
    for (size_t i = first; i < first + count; i++) {
        float *a = tape->a + i * width, *norm = tape->input_norm + i * width; /* [GH] */
        rnni_norm_gates_forward(run->form, norm, tape->input_spread + 2 * i);
        memcpy(a, bias, width * sizeof *a);
        rnni_vector()->add_product(a, run->weights.tensor[RNNI_NORM_IH], norm, width);
    }
}

/* From da [N,GH] to the gradient of the product, in place; the gain and the bias get theirs. */
static void normalised_input_backward(const struct rnni_run *run, const struct rnni_tape *tape, float *da, size_t count)
{
    size_t width = run->input.outputs;
    if (run->gradients.tensor[RNNI_BIAS_IH])
        rnni_matrix_add_rows(run->gradients.tensor[RNNI_BIAS_IH], da, count, width);
    for (size_t i = 0; i < count; i++)
        rnni_norm_gates_backward(run->form, da + i * width, run->gradients.tensor[RNNI_NORM_IH],
                                 run->weights.tensor[RNNI_NORM_IH], tape->input_norm + i * width,
                                 tape->input_spread + 2 * i);
}

static void input_backward(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                           float *da, float *below, int add, struct rnni_rows rows)
{
    size_t count = session->work.schedule.rows;
    float *dweight = run->gradients.tensor[RNNI_WEIGHT_IH], *dbias = run->gradients.tensor[RNNI_BIAS_IH];
    if (run->form->layer_norm) {
        normalised_input_backward(run, tape, da, count);
        dbias = NULL;
    }
    if (rows.tokens)
        rnni_dense_backward_tokens(&run->input, dweight, dbias, session->token_scratch, da, rows.tokens, count);
    else
        rnni_dense_backward(&run->input, below, add, dweight, dbias, da, rows.x, count);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static float *at(float *array, size_t row, size_t width)
{
    return array ? array + row * width : NULL;
}

/* The initial rows [B,...] of a state: right before the first row of its block, which has room for more of them. */
static float *initial_rows(const struct rnn_session *session, const struct rnni_tape *tape, size_t s)
{
    size_t room = session->work.batch - session->work.schedule.batch;
    return tape->initial[s] + room * rnni_layout_state_width(&session->model->layout, s);
}

/* `rows` rows of the tape from row `first` on; without what comes from the step before. */
static struct rnni_cell_step step_at(const struct rnn_session *session, const struct rnni_run *run,
                                     const struct rnni_tape *tape, size_t first, size_t rows)
{
    const struct rnni_cell_form *form = run->form;
    size_t width = form->gates * form->hidden;
    struct rnni_cell_step step = {.rows = rows,
                                  .a = at(tape->a, first, width),
                                  .q = at(tape->q, first, form->hidden),
                                  .open = at(tape->open, first, width),
                                  .norm = at(tape->norm, first, width),
                                  .spread = at(tape->spread, first, 2),
                                  .seen = at(tape->seen, first, form->width),
                                  .mask = tape->mask,
                                  .scratch = session->work.scratch};
    for (size_t s = 0; s < form->cell->states; s++)
        step.state[s] = at(tape->state[s], first, rnni_layout_state_width(&session->model->layout, s));
    return step;
}

/* The rows before step t: those of the step before, of which the first active(t) go on, or the initial ones. */
static void look_back(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                      struct rnni_cell_step *step, size_t t)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    for (size_t s = 0; s < run->form->cell->states; s++) {
        size_t width = rnni_layout_state_width(&session->model->layout, s);
        step->before[s] = t ? tape->state[s] + schedule->first[t - 1] * width : initial_rows(session, tape, s);
    }
    if (!step->seen)
        step->seen = step->before[0];
}

static struct rnni_cell_step step_of(const struct rnn_session *session, const struct rnni_run *run,
                                     const struct rnni_tape *tape, size_t t)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    struct rnni_cell_step step = step_at(session, run, tape, schedule->first[t], schedule->active[t]);
    look_back(session, run, tape, &step, t);
    return step;
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void begin(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape)
{
    const struct rnni_workspace *w = &session->work;
    for (size_t s = 0; s < run->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, initial_rows(session, tape, s), part(session, run, w->state, s),
                           rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
    if (tape->mask)
        rnni_noise_recurrent_mask(session, run, tape);
}

/* The state after the last step of each sequence. */
static void end(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    for (size_t s = 0; s < run->form->cell->states; s++) {
        size_t width = rnni_layout_state_width(&session->model->layout, s);
        float *states = part(session, run, session->work.state, s);
        for (size_t r = 0; r < schedule->batch; r++) {
            size_t length = schedule->length[r];
            const float *from = length ? tape->state[s] + rnni_schedule_row(schedule, length - 1, r) * width
                                       : initial_rows(session, tape, s) + r * width;
            memcpy(states + schedule->order[r] * width, from, width * sizeof *states);
        }
    }
}

/* The input products of the steps from t on, of as many as are best made at once.  Returns the step behind them. */
static size_t input_of_steps(const struct rnn_session *session, const struct rnni_run *run,
                             const struct rnni_tape *tape, struct rnni_rows rows, size_t t)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    size_t most = rnni_matrix_rows_at_once(run->input.inputs, run->input.outputs);
    size_t first = schedule->first[t], end = t + 1;
    while (end < schedule->steps && schedule->first[end + 1] - first <= most)
        end++;
    input_forward(session, run, tape, rows, first, schedule->first[end] - first);
    return end;
}

static void forward_step(struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                         size_t t)
{
    struct rnni_cell_step step = step_of(session, run, tape, t);
    if (tape->seen)
        rnni_vector()->multiply(at(tape->seen, session->work.schedule.first[t], run->form->width), step.before[0],
                                tape->mask, step.rows * run->form->width);
    run->form->cell->forward(run->form, &run->weights, &step);
    if (session->model->layout.zones)
        rnni_noise_forward(session, run, &step, t, !session->training);
}

void rnni_run_forward(struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                      struct rnni_rows rows)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    size_t ready = 0; /* steps whose input products have been made */
    begin(session, run, tape);
    for (size_t t = 0; t < schedule->steps && schedule->active[t]; t++) {
        if (t == ready)
            ready = input_of_steps(session, run, tape, rows, t);
        forward_step(session, run, tape, t);
    }
    end(session, run, tape);
}

void rnni_run_step(struct rnn_session *session, const struct rnni_run *run, struct rnni_rows rows)
{
    const struct rnni_tape *tape = &session->work.tape[run->index];
    struct rnni_cell_step step = {.rows = session->batch,
                                  .a = tape->a,
                                  .q = tape->q,
                                  .norm = tape->norm,
                                  .spread = tape->spread,
                                  .scratch = session->work.scratch};
    for (size_t s = 0; s < run->form->cell->states; s++) {
        step.before[s] = part(session, run, session->work.state, s);
        step.state[s] = tape->state[s];
    }
    step.seen = step.before[0];
    input_forward(session, run, tape, rows, 0, session->batch);
    run->form->cell->forward(run->form, &run->weights, &step);
    if (session->model->layout.zones)
        rnni_noise_forward(session, run, &step, 0, 1);
    for (size_t s = 0; s < run->form->cell->states; s++)
        memcpy(part(session, run, session->work.state, s), step.state[s],
               session->batch * rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* The rows h(t-1) [N,R] of all steps: where all sequences go on to the end, they are the states themselves. */
static const float *all_seen(const struct rnn_session *session, const struct rnni_run *run,
                             const struct rnni_tape *tape, float *room)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = run->form->width;
    if (tape->seen || s->plain)
        return tape->seen ? tape->seen : initial_rows(session, tape, 0);
    for (size_t t = 0; t < s->steps; t++) {
        struct rnni_cell_step step = step_of(session, run, tape, t);
        memcpy(room + s->first[t] * width, step.before[0], s->active[t] * width * sizeof *room);
    }
    return room;
}

/* Step t: dh(t) is what comes from outside and, in sorted, from the step behind it or from the final state. */
static void step_backward(struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                          float *dh, float *da, size_t t)
{
    const struct rnni_schedule *schedule = &session->work.schedule;
    struct rnni_cell_step step = step_of(session, run, tape, t);
    size_t width = run->form->width;
    step.dh = at(dh, schedule->first[t], width);
    step.da = at(da, schedule->first[t], run->input.outputs);
    memcpy(step.dstate, session->work.sorted, sizeof step.dstate);
    rnni_vector()->add(step.dh, step.dstate[0], step.rows * width);
    if (session->model->layout.zones)
        rnni_noise_split(session, run, &step, t);
    run->form->cell->backward(run->form, &run->weights, &run->gradients, &step);
    if (session->model->layout.zones)
        rnni_noise_join(session, &step);
}

static void weight_gradient(struct rnn_session *session, const struct rnni_run *run, const struct rnni_tape *tape,
                            float *dh, float *da, float *room)
{
    struct rnni_cell_step all = step_at(session, run, tape, 0, session->work.schedule.rows);
    all.seen = all_seen(session, run, tape, room);
    all.dh = dh;
    all.da = da;
    run->form->cell->weight_gradient(run->form, &run->gradients, &all);
}

void rnni_run_backward(struct rnn_session *session, const struct rnni_run *run, float *dh, float *room, float *below,
                       int add, struct rnni_rows rows)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_tape *tape = &w->tape[run->index];
    float *da = run->form->in_place ? dh : tape->a; /* [N,GH] */
    for (size_t s = 0; s < run->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, w->sorted[s], part(session, run, w->dstate, s),
                           rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
    for (size_t t = w->schedule.steps; t-- > 0;)
        if (w->schedule.active[t])
            step_backward(session, run, tape, dh, da, t);
    for (size_t s = 0; s < run->form->cell->states; s++)
        rnni_schedule_unsort(&w->schedule, part(session, run, w->dstate, s), w->sorted[s],
                             rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
    weight_gradient(session, run, tape, dh, da, room);
    input_backward(session, run, tape, da, below, add, rows);
}
