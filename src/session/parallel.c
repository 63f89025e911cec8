#include "session/parallel.h"

#include "base/memory.h"
#include "base/share.h"

size_t rnni_parallel_shares(const struct rnn_session *session, size_t multiplications)
{
    return rnni_share_count(session->team, multiplications);
}

/* A step of fewer weights takes less time than to share it. */
#define SHARED_WEIGHTS ((size_t)40000)

struct rnni_sharing rnni_parallel_sharing(const struct rnn_session *session, size_t steps, int backward)
{
    const struct rnni_layout *layout = &session->model->layout;
    const struct rnni_cell_form *form = &layout->form;
    struct rnni_sharing alone = {1, 1, NULL};
    size_t threads = rnni_team_threads(session->team) / layout->directions, batch = session->batch;
    size_t weights = form->hidden * form->width * form->gates;
    size_t most = (form->hidden + RNNI_UNITS_STEP - 1) / RNNI_UNITS_STEP;
    int random = layout->zones || (session->training && layout->rates.recurrent > 0);
    if (rnni_parallel_shares(session, rnni_memory_multiply(2 * steps * batch, weights)) == 1)
        return alone;
    alone.team = session->team; /* for directions, or layers */
    if (threads < 2 || (backward && form->sums))
        return alone;
    if (batch < 2 * threads && most > 1 && form->splits && weights >= SHARED_WEIGHTS && !random &&
        layout->directions == 1)
        return (struct rnni_sharing){1, threads < most ? threads : most, session->team};
    return (struct rnni_sharing){batch < threads ? batch : threads, 1, session->team};
}
