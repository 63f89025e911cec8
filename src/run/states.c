#include "run/states.h"

#include "run/dropout.h"

#include <string.h>

float *rnni_states_initial(const struct rnni_pass *pass, size_t state)
{
    const struct rnni_workspace *w = &pass->session->work;
    size_t room = w->batch - w->schedule.batch;
    return pass->tape.initial[state] + room * rnni_layout_state_width(&pass->session->model->layout, state);
}

float *rnni_states_sorted(const struct rnni_pass *pass, size_t state)
{
    const struct rnni_workspace *w = &pass->session->work;
    size_t width = rnni_layout_state_width(&pass->session->model->layout, state);
    return w->sorted[state] + pass->bound->direction * w->batch * width;
}

static size_t width_of(const struct rnni_pass *pass, size_t s)
{
    return rnni_layout_state_width(&pass->session->model->layout, s);
}

/* The states of this layer and direction within those of a session [L*D,B,R], [L*D,B,H]. */
static float *part(const struct rnni_pass *pass, float *const *states, size_t s)
{
    return states[s] + pass->bound->index * pass->session->batch * width_of(pass, s);
}

void rnni_states_begin(const struct rnni_pass *pass)
{
    const struct rnni_workspace *w = &pass->session->work;
    for (size_t s = 0; s < pass->bound->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, rnni_states_initial(pass, s), part(pass, w->state, s),
                           width_of(pass, s) * sizeof(float));
    if (pass->tape.mask)
        rnni_dropout_recurrent_mask(pass->session, pass->bound, &pass->tape);
}

/* The state after the last step of each sequence that has it within those steps; one without steps ends at the first.
 */
void rnni_states_end(const struct rnni_pass *pass, size_t from, size_t to)
{
    const struct rnni_schedule *schedule = &pass->session->work.schedule;
    for (size_t s = 0; s < pass->bound->form->cell->states; s++) {
        size_t width = width_of(pass, s);
        float *states = part(pass, pass->session->work.state, s);
        for (size_t r = 0; r < schedule->batch; r++) {
            size_t length = schedule->length[r], last = length ? length - 1 : 0;
            if (last < from || last >= to)
                continue;
            const float *at = length ? pass->tape.state[s] + rnni_schedule_row(schedule, last, r) * width
                                     : rnni_states_initial(pass, s) + r * width;
            memcpy(states + schedule->order[r] * width, at, width * sizeof *states);
        }
    }
}

void rnni_states_begin_backward(const struct rnni_pass *pass)
{
    const struct rnni_workspace *w = &pass->session->work;
    for (size_t s = 0; s < pass->bound->form->cell->states; s++)
        rnni_schedule_sort(&w->schedule, rnni_states_sorted(pass, s), part(pass, w->dstate, s),
                           width_of(pass, s) * sizeof(float));
}

void rnni_states_end_backward(const struct rnni_pass *pass)
{
    const struct rnni_workspace *w = &pass->session->work;
    for (size_t s = 0; s < pass->bound->form->cell->states; s++)
        rnni_schedule_unsort(&w->schedule, part(pass, w->dstate, s), rnni_states_sorted(pass, s),
                             width_of(pass, s) * sizeof(float));
}
