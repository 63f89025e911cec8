#include "run/pipeline.h"

#include "run/states.h"
#include "run/time_loop.h"
#include "session/parallel.h"

#define STEPS ((size_t)16) /* of a layer in a wave: many enough to be worth a meeting */

int rnni_pipeline_wanted(const struct rnn_session *session)
{
    const struct rnni_layout *layout = &session->model->layout;
    struct rnni_sharing sharing = rnni_parallel_sharing(session, session->work.schedule.steps, 0);
    int random = layout->zones || (session->training && layout->rates.recurrent > 0);
    if (!sharing.team || layout->layers < 2 || layout->reverses || random || sharing.rows > 1 || sharing.units > 1)
        return 0;
    for (size_t k = 0; k < layout->layers; k++)
        if (rnni_workspace_has_out(layout, session->training, k))
            return 0;
    return session->work.schedule.steps > STEPS;
}

/* The waves of a run: in wave `number` layer k works on piece number - k of the steps. */
struct wave {
    struct rnn_session *session;
    struct rnni_rows rows;
    float *h;
    size_t number, first, end, shares; /* layers first .. end - 1 have a piece */
};

/* Begin and end come with the first and the last step, as while running every other layer has the same states. */
static void make_piece(const struct wave *wave, size_t room, size_t k)
{
    struct rnn_session *session = wave->session;
    size_t layers = session->model->layout.layers, steps = session->work.schedule.steps;
    size_t from = (wave->number - k) * STEPS, to = steps - from < STEPS ? steps : from + STEPS;
    struct rnni_rows rows = k ? (struct rnni_rows){.x = session->work.out[k - 1]} : wave->rows;
    struct rnni_pass pass = rnni_layer_pass(session, k, 0, rows, k + 1 == layers ? wave->h : NULL);
    if (from == 0)
        rnni_states_begin(&pass);
    struct rnni_time_share all = rnni_time_loop_share(&pass, 0, 1);
    all.index = room;
    rnni_time_loop_forward(&pass, &all, 1, from, to);
    rnni_states_end(&pass, from, to);
}

static void share_of_wave(void *context, size_t index)
{
    const struct wave *wave = context;
    for (size_t k = wave->first + index; k < wave->end; k += wave->shares)
        make_piece(wave, index, k);
}

void rnni_pipeline_forward(struct rnn_session *session, struct rnni_rows rows, float *h)
{
    size_t layers = session->model->layout.layers, threads = rnni_team_threads(session->team);
    size_t pieces = (session->work.schedule.steps + STEPS - 1) / STEPS;
    struct wave wave = {.session = session, .rows = rows, .h = h};
    for (; wave.number < pieces + layers - 1; wave.number++) {
        wave.first = wave.number < pieces ? 0 : wave.number - pieces + 1;
        wave.end = wave.number + 1 < layers ? wave.number + 1 : layers;
        wave.shares = wave.end - wave.first < threads ? wave.end - wave.first : threads;
        rnni_team_run(session->team, wave.shares, share_of_wave, &wave);
    }
}
