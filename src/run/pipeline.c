#include "run/pipeline.h"

#include "run/time_loop.h"
#include "session/parallel.h"

#define STEPS ((size_t)16) /* of a piece: many enough to be worth a meeting */

int rnni_pipeline_wanted(const struct rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    struct rnni_sharing sharing = session->sharing;
    int random = layout->zones || (session->training && layout->rates.recurrent > 0);
    if (!sharing.team || layout->layers < 2 || layout->reverses || random || sharing.rows > 1 || sharing.units > 1)
        return 0;
    for (size_t k = 0; k < layout->layers; k++)
        if (!session->work.output[k].is_hidden)
            return 0;
    return session->work.schedule.steps > STEPS;
}

/* A stage of a run: in stage `number` layer k works on piece number - k of the steps. */
struct stage {
    struct rnn_session *session;
    struct rnni_rows rows;
    float *h;
    size_t number, first, end, shares; /* layers first .. end - 1 have a piece */
};

/* Begin and end come with the first and the last step, as while running every other layer has the same states. */
static void make_piece(const struct stage *stage, size_t room, size_t k)
{
    struct rnn_session *session = stage->session;
    size_t layers = session->model->layout.layers, steps = session->work.schedule.steps;
    size_t from = (stage->number - k) * STEPS, to = steps - from < STEPS ? steps : from + STEPS;
    struct rnni_rows rows = k ? (struct rnni_rows){.x = session->work.output[k - 1].rows} : stage->rows;
    struct rnni_pass pass = rnni_layer_pass(session, k, 0, rows, k + 1 == layers ? stage->h : NULL);
    struct rnni_time_share all = {.rows = {0, session->work.schedule.batch}, .parts = 1, .index = room};
    if (from == 0)
        rnni_layer_begin(&pass);
    rnni_time_loop_forward(&pass, all, from, to);
    rnni_layer_end(&pass, from, to);
}

static void share_of_stage(void *context, size_t index)
{
    const struct stage *stage = context;
    for (size_t k = stage->first + index; k < stage->end; k += stage->shares)
        make_piece(stage, index, k);
}

void rnni_pipeline_forward(struct rnn_session *session, struct rnni_rows rows, float *h)
{
    size_t layers = session->model->layout.layers, threads = rnni_team_threads(session->team);
    size_t pieces = (session->work.schedule.steps + STEPS - 1) / STEPS;
    struct stage stage = {.session = session, .rows = rows, .h = h};
    for (; stage.number < pieces + layers - 1; stage.number++) {
        stage.first = stage.number < pieces ? 0 : stage.number - pieces + 1;
        stage.end = stage.number + 1 < layers ? stage.number + 1 : layers;
        stage.shares = stage.end - stage.first < threads ? stage.end - stage.first : threads;
        rnni_team_run(session->team, stage.shares, share_of_stage, &stage);
    }
}
