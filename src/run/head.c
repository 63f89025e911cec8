#include "run/head.h"

#include "session/parallel.h"

#include <string.h>

/* What the shares of the head's work have in common: y or dy [rows,C], h or dh [rows,F]. */
struct head_work {
    const struct rnn_session *session;
    struct rnni_dense dense;
    float *y;
    const float *dy, *h;
    float *dh;
    size_t rows, shares;
};

static void head_share(void *context, size_t index)
{
    const struct head_work *work = context;
    const struct rnni_lines together = {0, 0};
    struct rnni_part part = rnni_part_of(work->rows, 1, index, work->shares);
    rnni_dense_forward(&work->dense, work->y + part.first * work->dense.outputs, together,
                       work->h + part.first * work->dense.inputs, together, part.count);
}

void rnni_head_forward(const struct rnn_session *session, float *y, const float *h, size_t rows)
{
    const struct rnni_layout *layout = &session->model->layout;
    if (!layout->classes) {
        memcpy(y, h, rows * layout->features * sizeof *y);
        return;
    }
    struct head_work work = {.session = session,
                             .dense = rnni_bound_weights_head(session->model, session->back),
                             .y = y,
                             .h = h,
                             .rows = rows};
    work.shares = rnni_parallel_shares(session, rows * layout->classes * layout->features);
    rnni_team_run(session->team, work.shares, head_share, &work);
}

static void head_share_backward(void *context, size_t index)
{
    const struct head_work *work = context;
    const struct rnni_dense *dense = &work->dense;
    const struct rnni_head_place *head = &work->session->model->layout.head;
    float *gradients = work->session->gradients;
    struct rnni_part part = rnni_part_of(work->rows, 1, index, work->shares);
    rnni_dense_backward(dense, work->dh + part.first * dense->inputs, 0, work->dy + part.first * dense->outputs,
                        part.count);
    rnni_dense_gradient(dense, gradients + head->weight, gradients + head->bias, work->dy, work->h, work->rows,
                        &(struct rnni_dense_share){.index = index,
                                                   .shares = work->shares,
                                                   .singly = work->session->batch == 1,
                                                   .room = rnni_workspace_scratch(&work->session->work, index)});
}

void rnni_head_backward(struct rnn_session *session, float *dh, const float *dy, const float *h, size_t rows)
{
    struct head_work work = {.session = session,
                             .dense = rnni_bound_weights_head(session->model, session->back),
                             .dy = dy,
                             .h = h,
                             .dh = dh,
                             .rows = rows,
                             .shares = rnni_parallel_shares(session, rows * session->model->layout.classes *
                                                                         session->model->layout.features)};
    rnni_team_run(session->team, work.shares, head_share_backward, &work);
}
