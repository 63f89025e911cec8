/* One layer of a list, which is not recurrent, over the packed rows of a run: what each kind makes of them, forward and
 * backward.  A kind keeps nothing but its rows: backward makes again what else it needs. */
#ifndef RNNI_LAYER_RUN_H
#define RNNI_LAYER_RUN_H

#include "session/list_session.h"

/* N rows enter and N' leave: the same but for kinds that change lengths. */
struct rnni_layer_run {
    const struct rnn_session *session;
    size_t index; /* of the layer */
    const struct rnni_list_layer *layer;
    const struct rnni_layer_room *room;
    const struct rnni_schedule *from, *to; /* of the rows that enter, that leave */
    const float *x;                        /* [N,inputs] */
    const int32_t *tokens;                 /* [N] embedding, for which x is NULL */
    const float *source;                   /* [N,features of the source] skip */
    float *y;                              /* [N',outputs] */
    int is_step;                           /* of rnn_step: nothing is random */

    /* Backward.  d is used up; below is overwritten, and may not be d. */
    float *d;       /* [N',outputs] dL/dy */
    float *below;   /* [N,inputs] dL/dx; NULL: not wanted */
    float *dsource; /* [N,features of the source] added to */
};

struct rnni_layer_kind {
    void (*forward)(const struct rnni_layer_run *run);
    void (*backward)(const struct rnni_layer_run *run); /* parameters get their gradients */
};

/* Of RNN_KIND_..., but for RNN_KIND_RECURRENT. */
const struct rnni_layer_kind *rnni_layer_run_kind(int64_t kind);

/* Work on rows in shares, on the session's team. */
struct rnni_layer_share {
    const struct rnni_layer_run *run;
    size_t count; /* shares */
};
void rnni_layer_run_shares(const struct rnni_layer_run *run, size_t multiplications, rnni_team_task task);
struct rnni_part rnni_layer_run_rows(const struct rnni_layer_share *share, size_t rows, size_t index);

/* Fills place [B] of the session: where the caller's sequences stand in the order of what enters. */
void rnni_layer_run_find_places(const struct rnni_layer_run *run);

/* The activation of a layer, if it has one: y becomes f(y), and d, the gradient of f's output y, that of its input. */
void rnni_layer_run_activate(const struct rnni_layer_options *options, float *y, size_t count);
void rnni_layer_run_activate_backward(const struct rnni_layer_options *options, float *d, const float *y, size_t count);

/* The gradients of the layer's weight and bias, [outputs] ...; NULL where it has none. */
float *rnni_layer_run_dweight(const struct rnni_layer_run *run);
float *rnni_layer_run_dbias(const struct rnni_layer_run *run);
const float *rnni_layer_run_weight(const struct rnni_layer_run *run);
const float *rnni_layer_run_bias(const struct rnni_layer_run *run);

/* The kinds. */
extern const struct rnni_layer_kind rnni_dense_layer, rnni_conv1d_layer, rnni_embedding_layer, rnni_affine_layer,
    rnni_layer_norm_layer, rnni_rms_norm_layer, rnni_dropout_layer, rnni_activation_layer, rnni_pooling_layer,
    rnni_skip_layer, rnni_magnitude_layer;

#endif
