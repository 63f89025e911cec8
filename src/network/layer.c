#include "network/layer.h"

#include "math/vector.h"
#include "network/noise.h"

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
static size_t column_of(const struct rnn_session *session, const struct rnni_run *run)
{
    size_t width = run->form->width;
    return out_width(session, run->layer) == width ? 0 : run->direction * width;
}

/* The row of a direction's own arrays that holds step t of the sequence at sorted place r. */
static size_t row_in(const struct rnni_schedule *schedule, const struct rnni_run *run, size_t t, size_t r)
{
    return rnni_schedule_row(schedule, run->reverse ? schedule->length[r] - 1 - t : t, r);
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static struct rnni_rows reversed(struct rnn_session *session, const struct rnni_run *run, struct rnni_rows rows)
{
    struct rnni_workspace *w = &session->work;
    if (!run->reverse)
        return rows;
    if (rows.tokens) {
        rnni_schedule_reverse(&w->schedule, w->reversed_tokens, rows.tokens, sizeof *rows.tokens);
        return (struct rnni_rows){.tokens = w->reversed_tokens};
    }
    rnni_schedule_reverse(&w->schedule, w->reversed, rows.x, run->input.inputs * sizeof *rows.x);
    return (struct rnni_rows){.x = w->reversed};
}

/* The h of a direction goes into its columns of out[k], or is added to what the other one has left there. */
static void hand_on(struct rnn_session *session, const struct rnni_run *run)
{
    const struct rnni_schedule *s = &session->work.schedule;
    const float *h = session->work.tape[run->index].state[0]; /* [N,R] */
    float *out = session->work.out[run->layer];
    size_t width = run->form->width, row = out_width(session, run->layer), column = column_of(session, run);
    int add = run->direction && !column;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            float *to = out + rnni_schedule_row(s, t, r) * row + column;
            const float *from = h + row_in(s, run, t, r) * width;
            if (add)
                rnni_vector()->add(to, from, width);
            else
                memcpy(to, from, width * sizeof *to);
        }
}

/* The input is added to the first F columns: all, unless two directions are still to be summed. */
static void add_input(struct rnn_session *session, size_t k, const float *x)
{
    size_t row = out_width(session, k), width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_vector()->add(session->work.out[k] + i * row, x + i * width, width);
}

/* What the directions of a layer do, in shares: all shares of the first, then those of the second. */
struct walk {
    struct rnni_errand errand[2];
    size_t shares; /* of the sequences of each */
};

static void walk_forward(void *context, size_t index)
{
    const struct walk *walk = context;
    rnni_run_forward(&walk->errand[index / walk->shares], index % walk->shares, walk->shares);
}

static void run_forward(struct rnn_session *session, struct walk *walk)
{
    struct rnni_sharing sharing = rnni_run_sharing(session, session->work.schedule.steps, 0);
    size_t directions = session->model->layout.directions;
    walk->shares = sharing.rows;
    for (size_t direction = 0; direction < directions; direction++)
        rnni_run_begin(&walk->errand[direction]);
    if (sharing.units > 1)
        rnni_run_forward_by_units(&walk->errand[0], sharing.units);
    else
        rnni_team_run(sharing.team, directions * walk->shares, walk_forward, walk);
    for (size_t direction = 0; direction < directions; direction++)
        rnni_run_end(&walk->errand[direction], 0, session->work.schedule.steps);
}

struct rnni_errand rnni_layer_errand(struct rnn_session *session, size_t k, size_t direction, struct rnni_rows rows,
                                     float *h)
{
    const struct rnni_run *run = rnni_run_at(session, k, direction);
    struct rnni_errand errand = {
        .session = session, .run = run, .tape = session->work.tape[run->index], .rows = reversed(session, run, rows)};
    if (h) {
        errand.tape.state[0] = h;
        errand.tape.a = run->form->in_place ? h : errand.tape.a;
    }
    return errand;
}

void rnni_layer_forward(struct rnn_session *session, size_t k, struct rnni_rows rows, float *h)
{
    struct walk walk;
    size_t directions = session->model->layout.directions;
    for (size_t direction = 0; direction < directions; direction++)
        walk.errand[direction] = rnni_layer_errand(session, k, direction, rows, h);
    run_forward(session, &walk);
    for (size_t direction = 0; direction < directions && has_out(session, k); direction++)
        hand_on(session, walk.errand[direction].run);
    if (adds_input(session, k))
        add_input(session, k, rows.x);
    if (drops(session, k))
        rnni_noise_dropout(session, k, session->work.out[k]);
}

const float *rnni_layer_step(struct rnn_session *session, size_t k, struct rnni_rows rows)
{
    const struct rnni_run *run = rnni_run_at(session, k, 0);
    rnni_run_step(session, run, rows);
    const float *h = session->work.tape[k].state[0]; /* [B,R] */
    if (!adds_input(session, k))
        return h;
    size_t count = session->batch * run->form->width;
    memcpy(session->work.out[k], h, count * sizeof *h);
    rnni_vector()->add(session->work.out[k], rows.x, count);
    return session->work.out[k];
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* The gradient of a direction's h: d itself, or its columns in the direction's own order of steps. */
static float *hand_back(struct rnn_session *session, const struct rnni_run *run, float *d)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = run->form->width, row = out_width(session, run->layer), column = column_of(session, run);
    float *dh = session->work.dh[run->direction];
    if (!has_out(session, run->layer))
        return d;
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            memcpy(dh + row_in(s, run, t, r) * width, d + rnni_schedule_row(s, t, r) * row + column, width * sizeof *d);
    return dh;
}

/* dreversed [N,K] back into the order of steps, as below [N,K] or added to it. */
static void turn_back(struct rnn_session *session, const struct rnni_run *run, float *below, int add)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = run->input.inputs;
    if (!add) {
        rnni_schedule_reverse(s, below, session->work.dreversed, width * sizeof *below);
        return;
    }
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++)
            rnni_vector()->add(below + rnni_schedule_row(s, t, r) * width,
                               session->work.dreversed + row_in(s, run, t, r) * width, width);
}

static void walk_backward(void *context, size_t index)
{
    const struct walk *walk = context;
    rnni_run_backward(&walk->errand[index / walk->shares], index % walk->shares, walk->shares);
}

static void run_backward(struct rnn_session *session, struct walk *walk)
{
    struct rnni_sharing sharing = rnni_run_sharing(session, session->work.schedule.steps, 1);
    size_t directions = session->model->layout.directions;
    walk->shares = sharing.rows;
    for (size_t direction = 0; direction < directions; direction++)
        rnni_run_begin_backward(&walk->errand[direction]);
    if (sharing.units > 1)
        rnni_run_backward_by_units(&walk->errand[0], sharing.units);
    else
        rnni_team_run(sharing.team, directions * walk->shares, walk_backward, walk);
    for (size_t direction = 0; direction < directions; direction++)
        rnni_run_end_backward(&walk->errand[direction]);
}

/* The gradients of the parameters of one direction and, in `below`, of what entered. */
static void finish_backward(struct rnn_session *session, struct rnni_errand *errand, float *room, float *below,
                            struct rnni_rows rows)
{
    const struct rnni_run *run = errand->run;
    float *free = session->work.before ? session->work.before : room;
    int add = run->direction > 0;
    errand->rows = reversed(session, run, rows);
    if (!run->reverse) {
        rnni_run_gradients(errand, free, below, add);
        return;
    }
    rnni_run_gradients(errand, free, below ? session->work.dreversed : NULL, 0);
    if (below)
        turn_back(session, run, below, add);
}

static void add_input_backward(struct rnn_session *session, size_t k, float *below, const float *d)
{
    size_t row = out_width(session, k), width = session->model->layout.features;
    for (size_t i = 0; i < session->work.schedule.rows; i++)
        rnni_vector()->add(below + i * width, d + i * row, width);
}

void rnni_layer_backward(struct rnn_session *session, size_t k, float *d, float *room, float *below,
                         struct rnni_rows rows)
{
    struct walk walk;
    size_t directions = session->model->layout.directions;
    if (drops(session, k))
        rnni_noise_dropout(session, k, d);
    for (size_t direction = 0; direction < directions; direction++) {
        const struct rnni_run *run = rnni_run_at(session, k, direction);
        const struct rnni_tape *tape = &session->work.tape[run->index];
        float *dh = hand_back(session, run, d);
        walk.errand[direction] = (struct rnni_errand){
            .session = session, .run = run, .tape = *tape, .dh = dh, .da = run->form->in_place ? dh : tape->a};
    }
    run_backward(session, &walk);
    for (size_t direction = 0; direction < directions; direction++)
        finish_backward(session, &walk.errand[direction], room, below, rows);
    if (adds_input(session, k))
        add_input_backward(session, k, below, d);
}
