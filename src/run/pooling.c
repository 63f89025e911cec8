#include "run/pooling.h"

#include <string.h>

/* Where the last step of a direction stands: columns `column` .. `column` + R of the row of step t; `to` are its
 * columns in the pooled row. */
struct last {
    size_t t, column, to;
};

static struct last last_of(const struct rnni_layout *layout, size_t direction, size_t length)
{
    int reverse = layout->reversed || direction;
    size_t column = direction * layout->form.width;
    return (struct last){.t = reverse ? 0 : length - 1, .column = column, .to = layout->sums ? 0 : column};
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static void take_last(const struct rnn_session *session, float *pooled /* [F] */, const float *rows, size_t place)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *s = &session->work.schedule;
    for (size_t direction = 0; direction < layout->directions; direction++) {
        struct last last = last_of(layout, direction, s->length[place]);
        session->model->layout.form.elementwise->add(
            pooled + last.to,
            rows + rnni_schedule_row(s, last.t, place) * session->model->layout.top_width + last.column,
            layout->form.width);
    }
}

static void take_mean(const struct rnn_session *session, float *pooled /* [F] */, const float *rows, size_t place)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.top_width, length = s->length[place];
    for (size_t t = 0; t < length; t++)
        session->model->layout.form.elementwise->add(pooled, rows + rnni_schedule_row(s, t, place) * width, width);
    session->model->layout.form.elementwise->scale(pooled, 1 / (float)length, width);
}

void rnni_pooling_forward(const struct rnn_session *session, float *pooled, const float *rows)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.features;
    memset(pooled, 0, s->batch * width * sizeof *pooled);
    for (size_t r = 0; r < s->batch && s->length[r]; r++)
        (session->model->layout.output == RNN_OUTPUT_MEAN ? take_mean
                                                          : take_last)(session, pooled + s->order[r] * width, rows, r);
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

static void give_last(const struct rnn_session *session, float *d, const float *dpooled /* [F] */, size_t place)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_schedule *s = &session->work.schedule;
    for (size_t direction = 0; direction < layout->directions; direction++) {
        struct last last = last_of(layout, direction, s->length[place]);
        memcpy(d + rnni_schedule_row(s, last.t, place) * session->model->layout.top_width + last.column,
               dpooled + last.to, layout->form.width * sizeof *d);
    }
}

static void give_mean(const struct rnn_session *session, float *d, const float *dpooled /* [F] */, size_t place)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.top_width, length = s->length[place];
    for (size_t t = 0; t < length; t++) {
        float *row = d + rnni_schedule_row(s, t, place) * width;
        memcpy(row, dpooled, width * sizeof *row);
        session->model->layout.form.elementwise->scale(row, 1 / (float)length, width);
    }
}

void rnni_pooling_backward(const struct rnn_session *session, float *d, const float *dpooled)
{
    const struct rnni_schedule *s = &session->work.schedule;
    size_t width = session->model->layout.features;
    memset(d, 0, s->rows * session->model->layout.top_width * sizeof *d);
    for (size_t r = 0; r < s->batch && s->length[r]; r++)
        (session->model->layout.output == RNN_OUTPUT_MEAN ? give_mean : give_last)(session, d,
                                                                                   dpooled + s->order[r] * width, r);
}

void rnni_pooling_clear_empty(const struct rnn_session *session, float *rows, size_t width)
{
    const struct rnni_schedule *s = &session->work.schedule;
    for (size_t r = 0; r < s->batch; r++)
        if (!s->length[r])
            memset(rows + s->order[r] * width, 0, width * sizeof *rows);
}
