#include "network/run.h"

#include "base/memory.h"
#include "math/vector.h"
#include "network/noise.h"
#include "network/steps.h"

#include <string.h>

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

static struct rnni_dense input_of(const struct rnn_session *session, const struct rnni_run_place *place)
{
    const struct rnn_model *model = session->model;
    const struct rnni_cell_form *form = &model->layout.form;
    const struct rnni_weights none = {NULL, 0, 0, 0, NULL, 0};
    size_t k = place->inputs, gates = form->gates * form->hidden, weight = place->tensor[RNNI_WEIGHT_IH];
    /* With layer normalisation the biases come behind it. */
    int tokens = rnni_layout_is_one_hot(&model->layout, place);
    return (struct rnni_dense){
        .inputs = k,
        .outputs = gates,
        .weights = tokens ? none : rnni_model_weights(model, weight, place->packed_ih, k, form->hidden, form->gates),
        .back = tokens ? none : rnni_session_weights_back(session, weight, place->back_ih, gates, k),
        .rows = tokens ? model->packed + place->packed_ih : NULL,
        .bias = form->layer_norm ? NULL : model->packed + place->packed_bias};
}

static void find_weights(const struct rnn_session *session, const struct rnni_run_place *place,
                         struct rnni_cell_weights *weights)
{
    const struct rnni_cell_form *form = &session->model->layout.form;
    const struct rnn_model *model = session->model;
    size_t hidden = form->hidden, width = form->width, first = form->first_gates;
    size_t hh = place->tensor[RNNI_WEIGHT_HH], hr = place->tensor[RNNI_WEIGHT_HR];
    if (hh != RNNI_ABSENT) {
        size_t second = place->packed_hh + rnni_panels_count(width, hidden, first);
        weights->hh[0] = rnni_model_weights(model, hh, place->packed_hh, width, hidden, first);
        if (first < form->gates)
            weights->hh[1] =
                rnni_model_weights(model, hh + first * hidden * width, second, width, hidden, form->gates - first);
        weights->back_hh = rnni_session_weights_back(session, hh, place->back_hh, form->gates * hidden, width);
    }
    if (hr != RNNI_ABSENT) {
        weights->hr = rnni_model_weights(model, hr, place->packed_hr, hidden, width, 1);
        weights->back_hr = rnni_session_weights_back(session, hr, place->back_hr, width, hidden);
    }
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
                           .input = input_of(session, place)};
    for (size_t role = 0; role < RNNI_ROLES; role++) {
        int present = place->tensor[role] != RNNI_ABSENT;
        run.weights.tensor[role] = present ? model->parameters + place->tensor[role] : NULL;
        run.gradients.tensor[role] = present && session->gradients ? session->gradients + place->tensor[role] : NULL;
    }
    find_weights(session, place, &run.weights);
    return run;
}

/* ---- shares ------------------------------------------------------------------------------------------------------ */

/* A step of fewer weights takes less time than to share it. */
#define SHARED_WEIGHTS ((size_t)40000)

struct rnni_sharing rnni_run_sharing(const struct rnn_session *session, size_t steps, int backward)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_cell_form *form = &layout->form;
    struct rnni_sharing alone = {1, 1, NULL};
    if (!session->team)
        return alone;
    size_t threads = rnni_team_threads(session->team) / layout->directions, batch = session->batch;
    size_t weights = form->hidden * form->width * form->gates;
    size_t most = (form->hidden + RNNI_UNITS_STEP - 1) / RNNI_UNITS_STEP;
    int random = layout->zones || (session->training && layout->rates.recurrent > 0);
    if (rnni_session_shares(session, rnni_memory_multiply(2 * steps * batch, weights)) == 1)
        return alone;
    alone.team = session->team; /* for directions, or layers */
    if (threads < 2 || (backward && form->sums))
        return alone;
    if (batch < 2 * threads && most > 1 && form->splits && weights >= SHARED_WEIGHTS && !random &&
        layout->directions == 1)
        return (struct rnni_sharing){1, threads < most ? threads : most, session->team};
    return (struct rnni_sharing){batch < threads ? batch : threads, 1, session->team};
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

static size_t width_of(const struct rnni_errand *errand, size_t s)
{
    return rnni_layout_state_width(&errand->session->model->layout, s);
}

/* The states of this layer and direction within those of a session [L*D,B,R], [L*D,B,H]. */
static float *part(const struct rnni_errand *errand, float *const *states, size_t s)
{
    return states[s] + errand->run->index * errand->session->batch * width_of(errand, s);
}

void rnni_run_begin(const struct rnni_errand *errand)
{
    const struct rnni_workspace *w = &errand->session->work;
    for (size_t s = 0; s < errand->run->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, rnni_steps_initial(errand, s), part(errand, w->state, s),
                           width_of(errand, s) * sizeof(float));
    if (errand->tape.mask)
        rnni_noise_recurrent_mask(errand->session, errand->run, &errand->tape);
}

/* The state after the last step of each sequence that has it within those steps; one without steps ends at the first.
 */
void rnni_run_end(const struct rnni_errand *errand, size_t from, size_t to)
{
    const struct rnni_schedule *schedule = &errand->session->work.schedule;
    for (size_t s = 0; s < errand->run->form->cell->states; s++) {
        size_t width = width_of(errand, s);
        float *states = part(errand, errand->session->work.state, s);
        for (size_t r = 0; r < schedule->batch; r++) {
            size_t length = schedule->length[r], last = length ? length - 1 : 0;
            if (last < from || last >= to)
                continue;
            const float *at = length ? errand->tape.state[s] + rnni_schedule_row(schedule, last, r) * width
                                     : rnni_steps_initial(errand, s) + r * width;
            memcpy(states + schedule->order[r] * width, at, width * sizeof *states);
        }
    }
}

void rnni_run_begin_backward(const struct rnni_errand *errand)
{
    const struct rnni_workspace *w = &errand->session->work;
    for (size_t s = 0; s < errand->run->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, rnni_steps_sorted(errand, s), part(errand, w->dstate, s),
                           width_of(errand, s) * sizeof(float));
}

void rnni_run_end_backward(const struct rnni_errand *errand)
{
    const struct rnni_workspace *w = &errand->session->work;
    for (size_t s = 0; s < errand->run->form->cell->states; s++)
        rnni_schedule_unsort(&w->schedule, part(errand, w->dstate, s), rnni_steps_sorted(errand, s),
                             width_of(errand, s) * sizeof(float));
}

/* ---- one step without a schedule --------------------------------------------------------------------------------- */

struct lone_step {
    struct rnn_session *session;
    const struct rnni_run *run;
    struct rnni_rows rows;
    struct rnni_cell_step step;
};

/* The input product of all units of a step, by way of a run where something comes behind it. */
static void input_of_step(const struct lone_step *lone)
{
    struct rnn_session *session = lone->session;
    const struct rnni_lines together = {0, 0};
    if (lone->run->form->layer_norm) {
        struct rnni_errand errand = {
            .session = session, .run = lone->run, .tape = session->work.tape[lone->run->index], .rows = lone->rows};
        if (!session->training)
            rnni_steps_borrow(&errand, 0);
        rnni_steps_input_once(&errand, session->batch);
    } else if (lone->rows.tokens) {
        rnni_dense_forward_tokens(&lone->run->input, lone->step.a, together, lone->rows.tokens, together,
                                  session->batch);
    } else {
        rnni_dense_forward(&lone->run->input, lone->step.a, together, lone->rows.x, together, session->batch);
    }
}

/* Some units, the input product included unless it is none. */
static void share_of_step(void *context, size_t index)
{
    const struct lone_step *lone = context;
    const struct rnni_cell_form *form = lone->run->form;
    struct rnni_cell_step step = lone->step;
    step.units = rnni_part_of(form->hidden, RNNI_UNITS_STEP, index, step.shares);
    if (lone->rows.x)
        rnni_dense_forward_units(&lone->run->input, step.a, lone->rows.x, step.rows, step.units);
    form->cell->forward(form, &lone->run->weights, &step);
}

static void make_step(struct lone_step *lone)
{
    const struct rnni_cell_form *form = lone->run->form;
    size_t shares = lone->step.shares;
    if (shares == 1 || lone->rows.tokens)
        input_of_step(lone);
    if (shares == 1)
        form->cell->forward(form, &lone->run->weights, &lone->step);
    else
        rnni_team_run(lone->session->team, shares, share_of_step, lone);
}

void rnni_run_step(struct rnn_session *session, const struct rnni_run *run, struct rnni_rows rows)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_cell_form *form = run->form;
    const struct rnni_tape *states = &w->tape[run->index], *tape = session->training ? states : &w->local[0];
    struct lone_step lone = {
        session, run, rows, {.rows = session->batch, .shares = rnni_run_sharing(session, 1, 0).units}};
    size_t place[RNNI_STATES]; /* of this layer's in the states of the session */
    lone.step.a = form->in_place ? states->state[0] : tape->a;
    lone.step.q = tape->q;
    lone.step.norm = tape->norm;
    lone.step.spread = tape->spread;
    lone.step.scratch = rnni_workspace_scratch(w, 0);
    lone.step.units.count = form->hidden;
    for (size_t s = 0; s < form->cell->states; s++) {
        place[s] = run->index * session->batch * rnni_layout_state_width(&session->model->layout, s);
        lone.step.before[s] = w->state[s] + place[s];
        lone.step.state[s] = states->state[s];
    }
    lone.step.seen = lone.step.before[0];
    make_step(&lone);
    if (session->model->layout.zones)
        rnni_noise_forward(session, run, &lone.step, 0, 1);
    for (size_t s = 0; s < form->cell->states; s++)
        memcpy(w->state[s] + place[s], lone.step.state[s],
               session->batch * rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
}
