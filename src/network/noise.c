#include "network/noise.h"

#include "math/vector.h"
#include "network/mask.h"

static uint64_t key_of(const struct rnn_session *session, enum rnni_mask_kind kind, size_t layer, size_t direction)
{
    return rnni_mask_key(session->masks.seed, session->masks.run, kind, layer, direction);
}

/* mask [n] of hits becomes 0 for a hit and 1/(1-p) for the others. */
static void keep_and_scale(float *mask, size_t n, double p)
{
    float scale = (float)(1 / (1 - p));
    for (size_t j = 0; j < n; j++)
        mask[j] = (1 - mask[j]) * scale;
}

/* ---- dropout ----------------------------------------------------------------------------------------------------- */

void rnni_noise_dropout(const struct rnn_session *session, size_t k, float *x)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.features;
    double p = session->model->layout.rates.dropout;
    uint64_t key = key_of(session, RNNI_MASK_DROPOUT, k, 0);
    float *mask = session->work.random; /* [F] */
    for (size_t t = 0; t < s->steps; t++)
        for (size_t r = 0; r < s->active[t]; r++) {
            float *row = x + rnni_schedule_row(s, t, r) * width;
            rnni_mask_fill(mask, width, key, t, s->order[r], p);
            keep_and_scale(mask, width, p);
            rnni_vector()->multiply(row, row, mask, width);
        }
}

void rnni_noise_recurrent_mask(const struct rnn_session *session, const struct rnni_run *run,
                               const struct rnni_tape *tape)
{
    const struct rnni_schedule *s = &session->work.schedule;
    double p = session->model->layout.rates.recurrent;
    uint64_t key = key_of(session, RNNI_MASK_RECURRENT, run->layer, run->direction);
    size_t width = run->form->width;
    for (size_t r = 0; r < s->batch; r++)
        rnni_mask_fill(tape->mask + r * width, width, key, 0, s->order[r], p);
    keep_and_scale(tape->mask, s->batch * width, p);
}

/* ---- zoneout ----------------------------------------------------------------------------------------------------- */

static double rate_of(const struct rnn_session *session, size_t state)
{
    return session->model->layout.rates.zoneout[state];
}

static size_t width_of(const struct rnn_session *session, size_t state)
{
    return rnni_layout_state_width(&session->model->layout, state);
}

/* The mask of one state at index t, which in reverse is another time step for every sequence: [rows,R] or [rows,H]. */
static const float *draw(const struct rnn_session *session, const struct rnni_run *run, size_t state, size_t t,
                         size_t rows)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = width_of(session, state);
    uint64_t key = key_of(session, state ? RNNI_MASK_ZONEOUT_CELL : RNNI_MASK_ZONEOUT, run->layer, run->direction);
    for (size_t r = 0; r < rows; r++)
        rnni_mask_fill(session->work.random + r * width, width, key, run->reverse ? s->length[r] - 1 - t : t,
                       s->order[r], rate_of(session, state));
    return session->work.random;
}

static const float *expectation(const struct rnn_session *session, size_t state, size_t rows)
{
    for (size_t i = 0; i < rows * width_of(session, state); i++)
        session->work.random[i] = (float)rate_of(session, state);
    return session->work.random;
}

void rnni_noise_forward(const struct rnn_session *session, const struct rnni_run *run,
                        const struct rnni_cell_step *step, size_t t, int expected)
{
    for (size_t s = 0; s < 2; s++) {
        if (!(rate_of(session, s) > 0))
            continue;
        const float *zone = expected ? expectation(session, s, step->rows) : draw(session, run, s, t, step->rows);
        rnni_vector()->interpolate(step->state[s], zone, step->before[s], step->state[s],
                                   step->rows * width_of(session, s));
    }
}

static float *gradient_of(const struct rnni_cell_step *step, size_t state)
{
    return state ? step->dstate[state] : step->dh;
}

void rnni_noise_split(const struct rnn_session *session, const struct rnni_run *run, const struct rnni_cell_step *step,
                      size_t t)
{
    for (size_t s = 0; s < 2; s++) {
        if (!(rate_of(session, s) > 0))
            continue;
        size_t count = step->rows * width_of(session, s);
        const float *zone = draw(session, run, s, t, step->rows);
        float *d = gradient_of(step, s), *kept = session->work.kept[s];
        for (size_t i = 0; i < count; i++) {
            kept[i] = zone[i] * d[i];
            d[i] -= kept[i];
        }
    }
}

void rnni_noise_join(const struct rnn_session *session, const struct rnni_cell_step *step)
{
    for (size_t s = 0; s < 2; s++)
        if (rate_of(session, s) > 0)
            rnni_vector()->add(step->dstate[s], session->work.kept[s], step->rows * width_of(session, s));
}
