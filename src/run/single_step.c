#include "run/single_step.h"

#include "run/dropout.h"
#include "run/input_product.h"
#include "run/time_loop.h"
#include "session/parallel.h"

#include <string.h>

struct single_step {
    struct rnn_session *session;
    const struct rnni_bound_weights *bound;
    struct rnni_rows rows;
    struct rnni_cell_step step;
};

/* The input product of all units of a step, by way of a run where something comes behind it. */
static void input_of_step(const struct single_step *single)
{
    struct rnn_session *session = single->session;
    const struct rnni_lines together = {0, 0};
    if (single->bound->form->layer_norm) {
        struct rnni_pass pass = {.session = session,
                                 .bound = single->bound,
                                 .tape = session->work.tape[single->bound->index],
                                 .rows = single->rows};
        if (!session->training)
            rnni_time_loop_borrow(&pass, 0);
        rnni_input_product_once(&pass, session->batch);
    } else if (single->rows.tokens) {
        rnni_dense_forward_tokens(&single->bound->input, single->step.a, together, single->rows.tokens, together,
                                  session->batch);
    } else {
        rnni_dense_forward(&single->bound->input, single->step.a, together, single->rows.x, together, session->batch);
    }
}

/* Some units, the input product included unless it is none. */
static void share_of_step(void *context, size_t index)
{
    const struct single_step *single = context;
    const struct rnni_cell_form *form = single->bound->form;
    struct rnni_cell_step step = single->step;
    step.units = rnni_part_of(form->hidden, RNNI_UNITS_STEP, index, step.shares);
    if (single->rows.x)
        rnni_dense_forward_units(&single->bound->input, step.a, single->rows.x, step.rows, step.units);
    form->cell->forward(form, &single->bound->weights, &step);
}

static void make_step(struct single_step *single)
{
    const struct rnni_cell_form *form = single->bound->form;
    size_t shares = single->step.shares;
    if (shares == 1 || single->rows.tokens)
        input_of_step(single);
    if (shares == 1)
        form->cell->forward(form, &single->bound->weights, &single->step);
    else
        rnni_team_run(single->session->team, shares, share_of_step, single);
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
    if (session->model->layout.zones)
        rnni_dropout_zoneout(session, bound, &single.step, 0, 1);
    for (size_t s = 0; s < form->cell->states; s++)
        memcpy(w->state[s] + place[s], single.step.state[s],
               session->batch * rnni_layout_state_width(&session->model->layout, s) * sizeof(float));
}
