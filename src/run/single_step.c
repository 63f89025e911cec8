#include "run/single_step.h"

#include "run/time_loop.h"
#include "session/parallel.h"

#include <string.h>

/* A step, which the parts of its units have in common. */
struct single_step {
    struct rnni_pass pass;
    struct rnni_cell_step step;
    size_t parts; /* of the units */
};

/* U x + b of some units, unless all have theirs, and the body of the step. */
static void part_of_step(void *context, size_t index)
{
    const struct single_step *single = context;
    const struct rnni_bound_weights *bound = single->pass.bound;
    struct rnni_cell_step step = single->step;
    if (single->parts > 1) {
        step.units = rnni_part_of(bound->form->hidden, RNNI_UNITS_STEP, index, single->parts);
        if (single->pass.rows.x) {
            struct rnni_product product = rnni_products_dense(&bound->input, step.a, single->pass.rows.x, step.rows);
            product.first = step.units.first;
            product.units = step.units.count;
            rnni_products_multiply(&product);
        }
    }
    rnni_time_loop_step(single->pass.session, bound, &step, 0, 1);
}

void rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound, struct rnni_rows rows)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_cell_form *form = bound->form;
    struct single_step single = {.pass = {.session = session, .bound = bound, .rows = rows}, .parts = 1};
    struct rnni_tape *tape = &single.pass.tape;
    *tape = session->training ? w->tape[bound->index] : w->local[0];
    memcpy(tape->state, w->tape[bound->index].state, sizeof tape->state);
    if (form->in_place)
        tape->a = tape->state[0];
    if (session->team)
        single.parts = rnni_parallel_sharing(session, 1, 0).units;
    single.step = (struct rnni_cell_step){.rows = session->batch,
                                          .units = {0, form->hidden},
                                          .a = tape->a,
                                          .q = tape->q,
                                          .norm = tape->norm,
                                          .spread = tape->spread,
                                          .x = rows.x,
                                          .scratch = w->scratch[0]};
    for (size_t s = 0; s < form->cell->states; s++) {
        single.step.before[s] = w->state[s] + bound->index * session->batch * form->state_width[s];
        single.step.state[s] = tape->state[s];
    }
    single.step.seen = single.step.before[0];
    if (single.parts == 1 || rows.tokens)
        rnni_time_loop_input(&single.pass, &(struct rnni_input_rows){.count = session->batch});
    rnni_team_run(session->team, single.parts, part_of_step, &single);
    for (size_t s = 0; s < form->cell->states; s++)
        memcpy(w->state[s] + bound->index * session->batch * form->state_width[s], single.step.state[s],
               session->batch * form->state_width[s] * sizeof(float));
}
