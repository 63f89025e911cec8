#include "session/packed_weights.h"

#include "model/list_weights.h"
#include "session/parallel.h"

/* Of which share the panels are made. */
struct share {
    const struct rnn_session *session;
    size_t index, count;
};

static void pack(const struct share *share, size_t back, size_t weight, size_t k, size_t units)
{
    if (back != RNNI_ABSENT)
        rnni_panels_pack(share->session->back + back, share->session->model->parameters + weight, units, k, units, 1, 0,
                         share->index, share->count);
}

static void pack_share(void *context, size_t index)
{
    struct share share = *(const struct share *)context;
    const struct rnni_layout *layout = &share.session->model->layout;
    size_t hidden = layout->form.hidden, width = layout->form.width, gates = layout->form.gates * hidden;
    share.index = index;
    for (size_t i = 0; i < layout->layers * layout->directions; i++) {
        const struct rnni_direction_place *place = &layout->place[i];
        if (!rnni_layout_is_one_hot(layout, place))
            pack(&share, place->back_ih, place->tensor[RNNI_WEIGHT_IH], gates, place->inputs);
        pack(&share, place->back_hh, place->tensor[RNNI_WEIGHT_HH], gates, width);
        pack(&share, place->back_hr, place->tensor[RNNI_WEIGHT_HR], width, hidden);
    }
    for (size_t i = 0; i < share.session->model->list.count; i++)
        rnni_list_weights_pack_back(&share.session->model->list.layers[i], layout, share.session->back,
                                    share.session->model->packed, share.session->model->parameters, index, share.count);
    if (layout->classes)
        pack(&share, layout->head.back, layout->head.weight, layout->classes, layout->features);
}

void rnni_packed_weights_back(struct rnn_session *session)
{
    size_t shares = rnni_parallel_shares(session, session->model->layout.back_count);
    if (session->back_version == session->model->version || session->model->layout.blas)
        return;
    rnni_team_run(session->team, shares, pack_share, &(struct share){.session = session, .count = shares});
    session->back_version = session->model->version;
}
