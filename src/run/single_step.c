#include "run/single_step.h"

#include "run/input_product.h"
#include "run/time_loop.h"
#include "session/parallel.h"

#include <string.h>

/* A step, which the parts of its units have in common. */
struct single_step {
    struct rnni_pass pass;
    struct rnni_cell_step step;
};

/* U x + b of some units, and then the body of the step; tokens have chosen theirs before. */
static void part_of_step(void *context, size_t index)
{
    const struct single_step *single = context;
    const struct rnni_bound_weights *bound = single->pass.bound;
    struct rnni_cell_step step = single->step;
    step.units = rnni_part_of(bound->form->hidden, RNNI_UNITS_STEP, index, step.shares);
    if (single->pass.rows.x)
        rnni_dense_forward_units(&bound->input, step.a, single->pass.rows.x, step.rows, step.units);
    rnni_time_loop_step(&single->pass, &step, 0, 1);
}

static struct single_step step_of(struct rnn_session *session, const struct rnni_bound_weights *bound,
                                  struct rnni_rows rows)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_cell_form *form = bound->form;
    struct single_step single = {.pass = {session, bound, w->tape[bound->index], rows, NULL, NULL}};
    struct rnni_cell_step *step = &single.step;
    if (!session->training)
        rnni_time_loop_borrow(&single.pass, 0);
    *step = (struct rnni_cell_step){.rows = session->batch,
                                    .units = {0, form->hidden},
                                    .shares = rnni_parallel_sharing(session, 1, 0).units,
                                    .a = single.pass.tape.a,
                                    .q = single.pass.tape.q,
                                    .x = rows.x,
                                    .norm = single.pass.tape.norm,
                                    .spread = single.pass.tape.spread,
                                    .scratch = rnni_workspace_scratch(w, 0)};
    for (size_t s = 0; s < form->cell->states; s++) {
        size_t width = rnni_layout_state_width(&session->model->layout, s);
        step->before[s] = w->state[s] + bound->index * session->batch * width;
        step->state[s] = single.pass.tape.state[s];
    }
    step->seen = step->before[0];
    return single;
}

void rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound, struct rnni_rows rows)
{
    struct single_step single = step_of(session, bound, rows);
    size_t shares = single.step.shares;
    if (shares == 1 || rows.tokens)
        rnni_input_product_once(&single.pass, session->batch);
    if (shares == 1)
        rnni_time_loop_step(&single.pass, &single.step, 0, 1);
    else
        rnni_team_run(session->team, shares, part_of_step, &single);
    for (size_t s = 0; s < bound->form->cell->states; s++) {
        size_t count = session->batch * rnni_layout_state_width(&session->model->layout, s);
        memcpy(session->work.state[s] + bound->index * count, single.step.state[s], count * sizeof(float));
    }
}
