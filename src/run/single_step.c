#include "run/single_step.h"

#include "run/input_product.h"
#include "run/time_loop.h"
#include "session/parallel.h"

#include <string.h>

/* A step, which the parts of its units have in common. */
struct single_step {
    struct rnn_session *session;
    const struct rnni_bound_weights *bound;
    struct rnni_rows rows;
    struct rnni_cell_step step;
};

/* U x + b of all units. */
static void input_of_step(const struct single_step *single)
{
    struct rnn_session *session = single->session;
    struct rnni_pass pass = {session,      single->bound, session->work.tape[single->bound->index],
                             single->rows, NULL,          NULL};
    if (!session->training)
        rnni_time_loop_borrow(&pass, 0);
    rnni_input_product_once(&pass, session->batch);
}

/* U x + b of some units, unless tokens have chosen theirs before, and the body of the step. */
static void part_of_step(void *context, size_t index)
{
    const struct single_step *single = context;
    const struct rnni_bound_weights *bound = single->bound;
    struct rnni_cell_step step = single->step;
    step.units = rnni_part_of(bound->form->hidden, RNNI_UNITS_STEP, index, step.shares);
    if (single->rows.x)
        rnni_dense_forward_units(&bound->input, step.a, single->rows.x, step.rows, step.units);
    rnni_time_loop_step(single->session, bound, &step, 0, 1);
}

static void make_step(struct single_step *single)
{
    size_t shares = single->step.shares;
    const struct rnni_lines together = {0, 0};
    if (!single->bound->form->layer_norm && !single->rows.tokens && shares == 1)
        rnni_dense_forward(&single->bound->input, single->step.a, together, single->rows.x, together,
                           single->step.rows);
    else if (single->rows.tokens || shares == 1)
        input_of_step(single);
    if (shares == 1)
        rnni_time_loop_step(single->session, single->bound, &single->step, 0, 1);
    else
        rnni_team_run(single->session->team, shares, part_of_step, single);
}

void rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound, struct rnni_rows rows)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_cell_form *form = bound->form;
    const struct rnni_tape *states = &w->tape[bound->index], *tape = session->training ? states : &w->local[0];
    struct single_step single = {
        session, bound, rows, {.rows = session->batch, .shares = rnni_parallel_sharing(session, 1, 0).units}};
    size_t place[RNNI_STATES]; /* of this layer's in the states of the session */
    single.step.a = form->in_place ? states->state[0] : tape->a;
    single.step.q = tape->q;
    single.step.x = rows.x;
    single.step.norm = tape->norm;
    single.step.spread = tape->spread;
    single.step.scratch = rnni_workspace_scratch(w, 0);
    single.step.units.count = form->hidden;
    for (size_t s = 0; s < form->cell->states; s++) {
        place[s] = bound->index * session->batch * rnni_layout_state_width(&session->model->layout, s);
        single.step.before[s] = w->state[s] + place[s];
        single.step.state[s] = states->state[s];
    }
    single.step.seen = single.step.before[0];
    make_step(&single);
    for (size_t s = 0; s < form->cell->states; s++)
        memcpy(w->state[s] + place[s], single.step.state[s],
               session->batch * rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
}
