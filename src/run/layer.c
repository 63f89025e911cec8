#include "run/layer.h"

#include "math/elementwise.h"
#include "run/dropout.h"
#include "run/single_step.h"
#include "run/states.h"
#include "run/time_loop.h"
#include "run/weight_gradients.h"
#include "session/parallel.h"

#include <string.h>

/* ---- where things are -------------------------------------------------------------------------------------------- */

static int adds_input(const struct rnn_session *session, size_t k)
{
    return session->model->layout.residual && k > 0;
}

static int drops(const struct rnn_session *session, size_t k)
{
    return rnni_workspace_drops(&session->model->layout, session->training, k);
}

static int has_out(const struct rnn_session *session, size_t k)
{
    return rnni_workspace_has_out(&session->model->layout, session->training, k);
}

static size_t out_width(const struct rnn_session *session, size_t k)
{
    return rnni_workspace_out_width(&session->model->layout, k);
}

/* Where in a row of out[k] a direction stands. */
static size_t column_of(const struct rnn_session *session, const struct rnni_bound_weights *bound)
{
    size_t width = bound->form->width;
    return out_width(session, bound->layer) == width ? 0 : bound->direction * width;
}

/* The row of a direction's own arrays that holds step t of the sequence at sorted place r. */
static size_t row_in(const struct rnni_schedule *schedule, const struct rnni_bound_weights *bound, size_t t, size_t r)
{
    return rnni_schedule_row(schedule, bound->reverse ? schedule->length[r] - 1 - t : t, r);
}

/* ---- both directions --------------------------------------------------------------------------------------------- */

/* The directions of a layer, whose time loops do not depend on one another. */
struct directions {
    struct rnni_pass pass[2];
    struct rnni_sharing sharing;
    int backward;
};

/* All shares of the first direction, then those of the second. */
static void loop_share(void *context, size_t index)
{
    const struct directions *all = context;
    const struct rnni_sharing *sharing = &all->sharing;
    const struct rnni_pass *pass = &all->pass[index / sharing->rows];
    struct rnni_time_share share = rnni_time_loop_share(pass, index % sharing->rows, sharing->rows);
    if (all->backward)
        rnni_time_loop_backward(pass, &share, sharing->units);
    else
        rnni_time_loop_forward(pass, &share, sharing->units, 0, pass->session->work.schedule.steps);
}

/* The loops of all directions, from the states of the session and on to them. */
static void loop_directions(struct rnn_session *session, struct directions *all, int backward)
{
    size_t count = session->model->layout.directions, steps = session->work.schedule.steps;
    all->backward = backward;
    all->sharing = rnni_parallel_sharing(session, steps, backward);
    for (size_t direction = 0; direction < count; direction++)
        (backward ? rnni_states_begin_backward : rnni_states_begin)(&all->pass[direction]);
    rnni_team_run(all->sharing.team, count * all->sharing.rows, loop_share, all);
    for (size_t direction = 0; direction < count; direction++)
        if (backward)
            rnni_states_end_backward(&all->pass[direction]);
        else
            rnni_states_end(&all->pass[direction], 0, steps);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static struct rnni_rows reversed(struct rnn_session *session, const struct rnni_bound_weights *bound,
                                 struct rnni_rows rows)
{
    struct rnni_workspace *w = &session->work;
    if (!bound->reverse)
        return rows;
    if (rows.tokens) {
        rnni_schedule_reverse(&w->schedule, w->reversed_tokens, rows.tokens, sizeof *rows.tokens);
        return (struct rnni_rows){.tokens = w->reversed_tokens};
    }
    rnni_schedule_reverse(&w->schedule, w->reversed, rows.x, bound->input.inputs * sizeof *rows.x);
    return (struct rnni_rows){.x = w->reversed};
}

/* The h of a direction goes into its columns of out[k], or is added to what the other one has left there. */
static void hand_on(struct rnn_session *session, const struct rnni_bound_weights *bound)
{
    const struct rnni_schedule *s = &session->work.schedule;
    const float *h = session->work.tape[bound->index].state[0]; /* [N,R] */
    float *out = session->work.out[bound->layer];
    size_t width = bound->form->width, row = out_width(session, bound->layer), column = column_of(session, bound);
    int add = bound->direction && !column;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            float *to = out + rnni_schedule_row(s, t, r) * row + column;
            const float *from = h + row_in(s, bound, t, r) * width;
            if (add)
                rnni_elementwise()->add(to, from, width);
            else
                memcpy(to, from, width * sizeof *to);
        }
}

/* The input is added to the first F columns: all, unless two directions are still to be summed. */
static void add_input(struct rnn_session *session, size_t k, const float *x)
{
    size_t row = out_width(session, k), width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_elementwise()->add(session->work.out[k] + i * row, x + i * width, width);
}

struct rnni_pass rnni_layer_pass(struct rnn_session *session, size_t k, size_t direction, struct rnni_rows rows,
                                 float *h)
{
    const struct rnni_bound_weights *bound = rnni_session_weights(session, k, direction);
    struct rnni_pass pass = {.session = session,
                             .bound = bound,
                             .tape = session->work.tape[bound->index],
                             .rows = reversed(session, bound, rows)};
    if (h) {
        pass.tape.state[0] = h;
        pass.tape.a = bound->form->in_place ? h : pass.tape.a;
    }
    return pass;
}

void rnni_layer_forward(struct rnn_session *session, size_t k, struct rnni_rows rows, float *h)
{
    struct directions all;
    size_t directions = session->model->layout.directions;
    for (size_t direction = 0; direction < directions; direction++)
        all.pass[direction] = rnni_layer_pass(session, k, direction, rows, h);
    loop_directions(session, &all, 0);
    for (size_t direction = 0; direction < directions && has_out(session, k); direction++)
        hand_on(session, all.pass[direction].bound);
    if (adds_input(session, k))
        add_input(session, k, rows.x);
    if (drops(session, k))
        rnni_dropout_apply(session, k, session->work.out[k]);
}

const float *rnni_layer_step(struct rnn_session *session, size_t k, struct rnni_rows rows)
{
    const struct rnni_bound_weights *bound = rnni_session_weights(session, k, 0);
    rnni_single_step(session, bound, rows);
    const float *h = session->work.tape[k].state[0]; /* [B,R] */
    if (!adds_input(session, k))
        return h;
    size_t count = session->batch * bound->form->width;
    memcpy(session->work.out[k], h, count * sizeof *h);
    rnni_elementwise()->add(session->work.out[k], rows.x, count);
    return session->work.out[k];
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* The gradient of a direction's h: d itself, or its columns in the direction's own order of steps. */
static float *hand_back(struct rnn_session *session, const struct rnni_bound_weights *bound, float *d)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = bound->form->width, row = out_width(session, bound->layer), column = column_of(session, bound);
    float *dh = session->work.dh[bound->direction];
    if (!has_out(session, bound->layer))
        return d;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            memcpy(dh + row_in(s, bound, t, r) * width, d + rnni_schedule_row(s, t, r) * row + column,
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
            rnni_elementwise()->add(below + rnni_schedule_row(s, t, r) * width,
                                    session->work.dreversed + row_in(s, bound, t, r) * width, width);
}

/* The gradients of the parameters of one direction and, in `below`, of what entered. */
static void finish_backward(struct rnn_session *session, struct rnni_pass *pass, float *room, float *below,
                            struct rnni_rows rows)
{
    const struct rnni_bound_weights *bound = pass->bound;
    float *free = session->work.before ? session->work.before : room;
    int add = bound->direction > 0;
    pass->rows = reversed(session, bound, rows);
    if (!bound->reverse) {
        rnni_weight_gradients_add(pass, free, below, add);
        return;
    }
    rnni_weight_gradients_add(pass, free, below ? session->work.dreversed : NULL, 0);
    if (below)
        turn_back(session, bound, below, add);
}

static void add_input_backward(struct rnn_session *session, size_t k, float *below, const float *d)
{
    size_t row = out_width(session, k), width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_elementwise()->add(below + i * width, d + i * row, width);
}

void rnni_layer_backward(struct rnn_session *session, size_t k, float *d, float *room, float *below,
                         struct rnni_rows rows)
{
    struct directions all;
    size_t directions = session->model->layout.directions;
    if (drops(session, k))
        rnni_dropout_apply(session, k, d);
    for (size_t direction = 0; direction < directions; direction++) {
        const struct rnni_bound_weights *bound = rnni_session_weights(session, k, direction);
        const struct rnni_tape *tape = &session->work.tape[bound->index];
        float *dh = hand_back(session, bound, d);
        all.pass[direction] = (struct rnni_pass){
            .session = session, .bound = bound, .tape = *tape, .dh = dh, .da = bound->form->in_place ? dh : tape->a};
    }
    loop_directions(session, &all, 1);
    for (size_t direction = 0; direction < directions; direction++)
        finish_backward(session, &all.pass[direction], room, below, rows);
    if (adds_input(session, k))
        add_input_backward(session, k, below, d);
}
