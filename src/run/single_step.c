#include "run/single_step.h"

#include "run/time_loop.h"
#include "session/parallel.h"

#include <string.h>

/* ---- what is ready ----------------------------------------------------------------------------------------------- */

/* Where the gates are and what they come from. */
static struct rnni_tape tape_of(const struct rnn_session *session, const struct rnni_bound_weights *bound)
{
    const struct rnni_workspace *w = &session->work;
    struct rnni_tape tape = session->training ? w->tape[bound->index] : w->local[0];
    memcpy(tape.state, w->tape[bound->index].state, sizeof tape.state);
    if (bound->form->in_place)
        tape.a = tape.state[0];
    return tape;
}

/* The gates of one kernel read no state of another unit, so the new state may take the place of the old one as soon as
 * the product is made: of all units, or of all that one panel has. */
static void prepare(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                    struct rnni_ready_step *ready)
{
    const struct rnni_workspace *w = &session->work;
    const struct rnni_cell_form *form = bound->form;
    struct rnni_tape tape = tape_of(session, bound);
    ready->parts = session->team ? rnni_parallel_sharing(session, 1, 0).units : 1;
    int in_place = ready->parts == 1 && form->standard && !form->projects && !session->model->layout.zones;
    int in_row = session->batch == 1 && ready->parts == 1 && rnni_time_loop_in_rows(session, form);
    int whole = !in_row || form->hidden <= RNNI_BLOCK;
    ready->step = (struct rnni_cell_step){.rows = session->batch,
                                          .units = {0, form->hidden},
                                          .a = tape.a,
                                          .q = tape.q,
                                          .norm = tape.norm,
                                          .spread = tape.spread,
                                          .scratch = w->scratch[0],
                                          .in_row = in_row};
    for (size_t s = 0; s < form->cell->states; s++) {
        float *state = w->state[s] + bound->index * session->batch * form->state_width[s];
        ready->step.before[s] = state;
        ready->copy[s] = NULL;
        ready->step.state[s] = state;
        if (in_place && (s > 0 || whole))
            continue;
        ready->step.state[s] = w->tape[bound->index].state[s];
        ready->copy[s] = state;
    }
    ready->step.seen = ready->step.before[0];
    ready->input = rnni_products_dense(&bound->input, tape.a, NULL, session->batch);
    if (form->cell->recurrent)
        ready->recurrent = rnni_time_loop_product(bound, &ready->step);
    if (form->cell->recurrent && !form->layer_norm && ready->parts == 1)
        ready->step.product = &ready->recurrent;
}

void rnni_single_step_prepare(struct rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    size_t features = layout->classes ? layout->classes : layout->features;
    for (size_t k = 0; k < layout->layers; k++)
        prepare(session, &session->bound[k], &session->work.ready[k]);
    if (layout->classes)
        session->ready_head = rnni_products_dense(&session->head, session->work.y, NULL, session->batch);
    session->ready_x = session->batch * layout->inputs;
    session->ready_y = session->batch * features;
    session->ready = 1;
}

/* ---- the step ---------------------------------------------------------------------------------------------------- */

/* Some units of a step. */
struct share {
    const struct rnn_session *session;
    const struct rnni_bound_weights *bound;
    const struct rnni_ready_step *ready;
};

/* U x + b of them, unless tokens have chosen theirs before, and the body of the step. */
static void share_of_step(void *context, size_t index)
{
    const struct share *share = context;
    const struct rnni_bound_weights *bound = share->bound;
    struct rnni_cell_step step = share->ready->step;
    struct rnni_product input = share->ready->input;
    step.units = rnni_part_of(bound->form->hidden, RNNI_UNITS_STEP, index, share->ready->parts);
    input.first = step.units.first;
    input.units = step.units.count;
    if (input.a)
        rnni_products_multiply(&input);
    rnni_time_loop_step(share->session, bound, &step, 0, 1);
}

const float *rnni_single_step(struct rnn_session *session, const struct rnni_bound_weights *bound,
                              struct rnni_rows rows)
{
    const struct rnni_cell_form *form = bound->form;
    struct rnni_ready_step *ready = &session->work.ready[bound->index];
    ready->input.a = ready->step.x = rows.x;
    ready->step.input = ready->step.in_row && !rows.tokens ? &bound->input : NULL;
    if (rows.tokens || form->layer_norm) {
        struct rnni_pass pass = {.session = session, .bound = bound, .tape = tape_of(session, bound), .rows = rows};
        rnni_time_loop_input(&pass, &(struct rnni_input_rows){.count = session->batch});
    } else if (ready->parts == 1 && !ready->step.in_row) {
        rnni_products_multiply(&ready->input);
    }
    if (ready->parts == 1)
        rnni_time_loop_step(session, bound, &ready->step, 0, 1);
    else
        rnni_team_run(session->team, ready->parts, share_of_step, &(struct share){session, bound, ready});
    for (size_t s = 0; s < form->cell->states; s++)
        if (ready->copy[s])
            memcpy(ready->copy[s], ready->step.state[s], session->batch * form->state_width[s] * sizeof(float));
    return ready->step.state[0];
}
