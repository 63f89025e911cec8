#include "session/select.h"

#include "base/memory.h"

#include <string.h>

static int is_as_before(const struct rnn_session *session, const int32_t *rows, size_t count)
{
    size_t i = 0;
    while (i < count && (size_t)rows[i] == i)
        i++;
    return i == count && count == session->batch;
}

/* to [L*D,count,width] from the rows of `from` [L*D,B,width]. */
static void gather(const struct rnn_session *session, float *to, const float *from, const int32_t *rows, size_t count,
                   size_t width)
{
    size_t runs = session->model->layout.layers * session->model->layout.directions;
    for (size_t run = 0; run < runs; run++, from += session->batch * width)
        for (size_t i = 0; i < count; i++, to += width)
            memcpy(to, from + (size_t)rows[i] * width, width * sizeof *to);
}

/* In the scratch is room for a state of the present B. */
static void select_rows(struct rnn_session *session, float *scratch, const int32_t *rows, size_t count)
{
    for (size_t s = 0; s < session->model->layout.form.cell->states; s++) {
        memcpy(scratch, session->work.state[s], rnni_session_state_count(session, s) * sizeof *scratch);
        gather(session, session->work.state[s], scratch, rows, count, session->model->layout.form.state_width[s]);
    }
    session->batch = count;
    session->ready = 0;
}

static size_t largest_state(const struct rnn_session *session)
{
    size_t largest = 0;
    for (size_t s = 0; s < session->model->layout.form.cell->states; s++) {
        size_t count = rnni_session_state_count(session, s);
        largest = count > largest ? count : largest;
    }
    return largest;
}

int32_t rnni_select_state(struct rnn_session *session, const int32_t *rows, size_t count, const char *function)
{
    int32_t status = RNN_OK;
    if (!is_as_before(session, rows, count)) {
        float *scratch = rnni_memory_take(largest_state(session), sizeof *scratch);
        status = scratch ? rnni_session_reserve(session, 1, count, function)
                         : rnni_status_fail(&session->message, RNN_E_MEMORY,
                                            "%s: out of memory for a copy of the state", function);
        if (!status)
            select_rows(session, scratch, rows, count);
        rnni_memory_release(scratch);
    }
    if (!status)
        session->saved = RNNI_SAVED_NOTHING;
    return status;
}
