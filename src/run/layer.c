#include "run/layer.h"

#include "base/assertion.h"
#include "base/part.h"
#include "run/dropout.h"
#include "run/single_step.h"
#include "run/time_loop.h"
#include "run/weight_gradients.h"

#include <string.h>

/* ---- one direction: its states, from those of the session and on to them ----------------------------------------- */

void rnni_layer_begin(const struct rnni_pass *pass)
{
    const struct rnni_cell_form *form = pass->bound->form;
    for (size_t s = 0; s < form->cell->states; s++)
        rnni_schedule_sort(&pass->session->work.schedule, pass->tape.initial[s], pass->session_state[s],
                           form->state_width[s] * sizeof(float));
    if (pass->tape.mask)
        rnni_dropout_recurrent_mask(pass->session, pass->bound, &pass->tape);
}

/* The state behind the last step of each sequence; one without steps ends at the first. */
void rnni_layer_end(const struct rnni_pass *pass, size_t from, size_t to)
{
    const struct rnni_schedule *schedule = &pass->session->work.schedule;
    for (size_t s = 0; s < pass->bound->form->cell->states; s++) {
        size_t width = pass->bound->form->state_width[s];
        for (size_t r = 0; r < schedule->batch; r++) {
            size_t length = schedule->length[r], last = length ? length - 1 : 0;
            if (last < from || last >= to)
                continue;
            const float *state =
                length ? pass->tape.state[s] + (schedule->first[last] + r) * width : pass->tape.initial[s] + r * width;
            memcpy(pass->session_state[s] + schedule->order[r] * width, state, width * sizeof *state);
        }
    }
}

/* The gradient of the final state, and behind the loop that of the initial one. */
static void begin_backward(const struct rnni_pass *pass)
{
    const struct rnni_cell_form *form = pass->bound->form;
    for (size_t s = 0; s < form->cell->states; s++)
        rnni_schedule_sort(&pass->session->work.schedule, pass->dstate[s], pass->session_dstate[s],
                           form->state_width[s] * sizeof(float));
}

static void end_backward(const struct rnni_pass *pass)
{
    const struct rnni_cell_form *form = pass->bound->form;
    for (size_t s = 0; s < form->cell->states; s++)
        rnni_schedule_unsort(&pass->session->work.schedule, pass->session_dstate[s], pass->dstate[s],
                             form->state_width[s] * sizeof(float));
}

/* The row of a direction's own arrays that holds step t of the sequence at sorted place r. */
static size_t row_in(const struct rnni_schedule *schedule, const struct rnni_bound_weights *bound, size_t t, size_t r)
{
    return rnni_schedule_row(schedule, bound->reverse ? schedule->length[r] - 1 - t : t, r);
}

/* The rows that enter, in the order of a reverse direction. */
static struct rnni_rows reversed(struct rnn_session *session, const struct rnni_bound_weights *bound,
                                 struct rnni_rows rows)
{
    struct rnni_workspace *w = &session->work;
    if (rows.tokens) {
        rnni_schedule_reverse(&w->schedule, w->reversed_tokens, rows.tokens, sizeof *rows.tokens);
        return (struct rnni_rows){.tokens = w->reversed_tokens};
    }
    rnni_schedule_reverse(&w->schedule, w->reversed, rows.x, bound->input.inputs * sizeof *rows.x);
    return (struct rnni_rows){.x = w->reversed};
}

/* The tape has room for the states of more sequences: the rows of these are the last in front of step 0. */
struct rnni_pass rnni_layer_pass(struct rnn_session *session, size_t k, size_t direction, struct rnni_rows rows,
                                 float *h)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_bound_weights *bound = &session->bound[k * session->model->layout.directions + direction];
    struct rnni_pass pass = {.session = session, .bound = bound, .tape = w->tape[bound->index]};
    pass.rows = bound->reverse ? reversed(session, bound, rows) : rows;
    for (size_t s = 0; s < bound->form->cell->states; s++) {
        size_t width = bound->form->state_width[s], place = bound->index * session->batch * width;
        pass.tape.initial[s] += (w->batch - w->schedule.batch) * width;
        pass.session_state[s] = w->state[s] + place;
        if (!session->training)
            continue;
        pass.session_dstate[s] = w->dstate[s] + place;
        pass.dstate[s] = w->sorted[s] + direction * w->batch * width;
    }
    if (h) {
        pass.tape.state[0] = h;
        pass.tape.a = bound->form->in_place ? h : pass.tape.a;
    }
    return pass;
}

/* ---- both directions, whose time loops do not depend on one another ---------------------------------------------- */

struct directions {
    struct rnni_pass pass[2];
    struct rnni_sharing sharing;
    int backward;
};

/* All shares of the first direction, then those of the second.  With one thread the directions, which then come one
 * after the other, have the room of one share. */
static void loop_share(void *context, size_t index)
{
    const struct directions *all = context;
    const struct rnni_pass *pass = &all->pass[index / all->sharing.rows];
    const struct rnni_workspace *w = &pass->session->work;
    struct rnni_part rows = rnni_part_of(w->schedule.batch, 1, index % all->sharing.rows, all->sharing.rows);
    struct rnni_time_share share = {.rows = rows, .parts = all->sharing.units, .index = index % w->shares};
    if (all->backward)
        rnni_time_loop_backward(pass, share);
    else
        rnni_time_loop_forward(pass, share, 0, w->schedule.steps);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

/* The h of a direction goes into its columns of the output, or is added to what the other one has left there. */
static void hand_on(const struct rnni_pass *pass, const struct rnni_layer_output *output)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    const struct rnni_bound_weights *bound = pass->bound;
    const float *h = pass->tape.state[0]; /* [N,R] */
    size_t width = bound->form->width;
    int add = bound->direction && !bound->column;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            float *to = output->rows + rnni_schedule_row(s, t, r) * output->width + bound->column;
            const float *from = h + row_in(s, bound, t, r) * width;
            if (add)
                bound->form->elementwise->add(to, from, width);
            else
                memcpy(to, from, width * sizeof *to);
        }
}

/* The input is added to the first F columns: all, unless two directions are still to be summed. */
static void add_input(struct rnn_session *session, const struct rnni_layer_output *output, const float *x)
{
    size_t width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        session->model->layout.form.elementwise->add(output->rows + i * output->width, x + i * width, width);
}

void rnni_layer_forward(struct rnn_session *session, size_t k, struct rnni_rows rows, float *h)
{
    const struct rnni_layer_output *output = &session->work.output[k];
    size_t count = session->model->layout.directions;
    struct directions all = {.sharing = session->sharing};
    for (size_t direction = 0; direction < count; direction++) {
        all.pass[direction] = rnni_layer_pass(session, k, direction, rows, h);
        rnni_layer_begin(&all.pass[direction]);
    }
    rnni_team_run(all.sharing.team, count * all.sharing.rows, loop_share, &all);
    for (size_t direction = 0; direction < count; direction++) {
        rnni_layer_end(&all.pass[direction], 0, session->work.schedule.steps);
        if (!output->is_hidden)
            hand_on(&all.pass[direction], output);
    }
    if (output->adds_input)
        add_input(session, output, rows.x);
    if (output->drops)
        rnni_dropout_apply(session, k, output->rows);
}

const float *rnni_layer_step(struct rnn_session *session, size_t k, struct rnni_rows rows)
{
    const struct rnni_bound_weights *bound = &session->bound[k];
    const struct rnni_layer_output *output = &session->work.output[k];
    const float *h = rnni_single_step(session, bound, rows); /* [B,R] */
    if (!output->adds_input)
        return h;
    size_t count = session->batch * bound->form->width;
    memcpy(output->rows, h, count * sizeof *h);
    bound->form->elementwise->add(output->rows, rows.x, count);
    return output->rows;
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* The gradient of a direction's h: d itself, or its columns in the direction's own order of steps. */
static float *hand_back(const struct rnni_pass *pass, const struct rnni_layer_output *output, float *d)
{
    const struct rnni_schedule *s = &pass->session->work.schedule;
    const struct rnni_bound_weights *bound = pass->bound;
    size_t width = bound->form->width;
    float *dh = pass->session->work.dh[bound->direction];
    if (output->is_hidden)
        return d;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            memcpy(dh + row_in(s, bound, t, r) * width, d + rnni_schedule_row(s, t, r) * output->width + bound->column,
                   width * sizeof *d);
    return dh;
}

/* dreversed [N,K] back into the order of steps, as below [N,K] or added to it. */
static void turn_back(struct rnn_session *session, const struct rnni_bound_weights *bound, float *below, int add)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = bound->input.inputs;
    if (!add) {
        rnni_schedule_reverse(s, below, session->work.dreversed, width * sizeof *below);
        return;
    }
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            bound->form->elementwise->add(below + rnni_schedule_row(s, t, r) * width,
                                          session->work.dreversed + row_in(s, bound, t, r) * width, width);
}

/* The gradients of the parameters of one direction and, in `below`, of what entered. */
static void add_gradients(const struct rnni_pass *pass, float *room, float *below)
{
    struct rnn_session *session = pass->session;
    float *free = session->work.before ? session->work.before : room;
    int add = pass->bound->direction > 0;
    RNNI_ASSERT(!below || below != pass->da);
    if (!pass->bound->reverse) {
        rnni_weight_gradients_add(pass, free, below, add);
        return;
    }
    rnni_weight_gradients_add(pass, free, below ? session->work.dreversed : NULL, 0);
    if (below)
        turn_back(session, pass->bound, below, add);
}

static void add_input_backward(struct rnn_session *session, const struct rnni_layer_output *output, float *below,
                               const float *d)
{
    size_t width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        session->model->layout.form.elementwise->add(below + i * width, d + i * output->width, width);
}

void rnni_layer_backward(struct rnn_session *session, size_t k, float *d, float *room, float *below,
                         struct rnni_rows rows)
{
    const struct rnni_layer_output *output = &session->work.output[k];
    size_t count = session->model->layout.directions;
    struct directions all = {.sharing = session->sharing, .backward = 1};
    RNNI_ASSERT(below != d || !(output->adds_input || session->model->layout.form.projects));
    if (output->drops)
        rnni_dropout_apply(session, k, d);
    for (size_t direction = 0; direction < count; direction++) {
        struct rnni_pass *pass = &all.pass[direction];
        *pass = rnni_layer_pass(session, k, direction, rows, NULL);
        pass->dh = hand_back(pass, output, d);
        pass->da = pass->bound->form->in_place ? pass->dh : pass->tape.a;
        begin_backward(pass);
    }
    rnni_team_run(all.sharing.team, count * all.sharing.rows, loop_share, &all);
    for (size_t direction = 0; direction < count; direction++) {
        end_backward(&all.pass[direction]);
        add_gradients(&all.pass[direction], room, below);
    }
    if (output->adds_input)
        add_input_backward(session, output, below, d);
}
