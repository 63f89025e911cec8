#include "run/dropout.h"

#include "base/random_mask.h"

static uint64_t key_of(const struct rnn_session *session, enum rnni_random_mask_kind kind, size_t layer,
                       size_t direction)
{
    return rnni_random_mask_key(session->masks.seed, session->masks.run, kind, layer, direction);
}

/* mask [n] of hits becomes 0 for a hit and 1/(1-p) for the others. */
static void keep_and_scale(float *mask, size_t n, double p)
{
    float scale = (float)(1 / (1 - p));
    for (size_t j = 0; j < n; j++)
        mask[j] = (1 - mask[j]) * scale;
}

/* ---- dropout ----------------------------------------------------------------------------------------------------- */

void rnni_dropout_apply(const struct rnn_session *session, size_t k, float *x)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.features;
    double p = session->model->layout.rates.dropout;
    uint64_t key = key_of(session, RNNI_RANDOM_MASK_DROPOUT, k, 0);
    float *mask = session->work.random; /* [F] */
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            float *row = x + rnni_schedule_row(s, t, r) * width;
            rnni_random_mask_fill(mask, width, key, session->masks.first_step + t, s->order[r], p);
            keep_and_scale(mask, width, p);
            session->model->layout.form.elementwise->multiply(row, row, mask, width);
        }
}

void rnni_dropout_recurrent_mask(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                                 const struct rnni_tape *tape)
{
    const struct rnni_schedule *s = &session->work.schedule;
    double p = session->model->layout.rates.recurrent;
    uint64_t key = key_of(session, RNNI_RANDOM_MASK_RECURRENT, bound->layer, bound->direction);
    size_t width = bound->form->width;
    for (size_t r = 0; r < s->batch; r++)
        rnni_random_mask_fill(tape->mask + r * width, width, key, 0, s->order[r], p);
    keep_and_scale(tape->mask, s->batch * width, p);
}

/* ---- zoneout ----------------------------------------------------------------------------------------------------- */

static double rate_of(const struct rnn_session *session, size_t state)
{
    return session->model->layout.rates.zoneout[state];
}

static size_t width_of(const struct rnn_session *session, size_t state)
{
    return session->model->layout.form.state_width[state];
}

/* Room [rows,R] or [rows,H] for what belongs to the rows of a step, apart from that of other rows and directions. */
static float *room_of(const struct rnn_session *session, const struct rnni_bound_weights *bound, float *room,
                      size_t row, size_t width)
{
    return room + (bound->direction * session->work.batch + row) * width;
}

/* The mask of one state at index t, which in reverse is another time step for every sequence: [rows,R] or [rows,H]. */
static const float *draw(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                         const struct rnni_cell_step *step, size_t state, size_t t)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = width_of(session, state);
    float *mask = room_of(session, bound, session->work.random, step->row, width);
    uint64_t key = key_of(session, state ? RNNI_RANDOM_MASK_ZONEOUT_CELL : RNNI_RANDOM_MASK_ZONEOUT, bound->layer,
                          bound->direction);
    for (size_t r = 0; r < step->rows; r++) {
        size_t place = step->row + r;
        size_t step_of_run = session->masks.first_step + (bound->reverse ? s->length[place] - 1 - t : t);
        rnni_random_mask_fill(mask + r * width, width, key, step_of_run, s->order[place], rate_of(session, state));
    }
    return mask;
}

/* p [rows,R] or [rows,H]: in expectation a state is p * s(t-1) + (1-p) * s(t). */
static const float *expectation(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                                const struct rnni_cell_step *step, size_t state)
{
    size_t width = width_of(session, state);
    float *mask = room_of(session, bound, session->work.random, step->row, width);
    for (size_t i = 0; i < step->rows * width; i++)
        mask[i] = (float)rate_of(session, state);
    return mask;
}

void rnni_dropout_zoneout(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                          const struct rnni_cell_step *step, size_t t, int expected)
{
    for (size_t s = 0; s < 2; s++) {
        if (!(rate_of(session, s) > 0))
            continue;
        const struct rnni_elementwise_kernels *kernels = session->model->layout.form.elementwise;
        const float *zone = expected ? expectation(session, bound, step, s) : draw(session, bound, step, s, t);
        (expected ? kernels->interpolate : kernels->choose)(step->state[s], zone, step->before[s], step->state[s],
                                                            step->rows * width_of(session, s));
    }
}

static float *gradient_of(const struct rnni_cell_step *step, size_t state)
{
    return state ? step->dstate[state] : step->dh;
}

void rnni_dropout_zoneout_split(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                                const struct rnni_cell_step *step, size_t t)
{
    for (size_t s = 0; s < 2; s++) {
        if (!(rate_of(session, s) > 0))
            continue;
        size_t width = width_of(session, s);
        const float *zone = draw(session, bound, step, s, t);
        float *d = gradient_of(step, s), *kept = room_of(session, bound, session->work.kept[s], step->row, width);
        for (size_t i = 0; i < step->rows * width; i++) {
            kept[i] = zone[i] > 0 ? d[i] : 0;
            d[i] = zone[i] > 0 ? 0 : d[i];
        }
    }
}

void rnni_dropout_zoneout_join(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                               const struct rnni_cell_step *step)
{
    for (size_t s = 0; s < 2; s++) {
        size_t width = width_of(session, s);
        if (rate_of(session, s) > 0)
            session->model->layout.form.elementwise->add(
                step->dstate[s], room_of(session, bound, session->work.kept[s], step->row, width), step->rows * width);
    }
}
