/* What a session of a list of layers has: the rows of each layer, and the states of those that keep any. */
#ifndef RNNI_LIST_SESSION_H
#define RNNI_LIST_SESSION_H

#include "session/session.h"

/* Rows of a convolution are gathered and multiplied so many at a time. */
#define RNNI_TAPS_AT_ONCE 64

/* What runs write down of one layer.  Arrays that the layer does not want are NULL. */
struct rnni_layer_room {
    const float *rows;   /* [N,outputs] what leaves: `own`, or where the last run of a recurrent layer left it */
    float *own;          /* NULL for a recurrent layer */
    float *d;            /* [N,outputs] training: what skips add to the gradient of that, where it is a source */
    float *past, *dpast; /* [B,reach,inputs] convolution in streams: the last rows, in the caller's order; training:
                            the gradient of those after, then of those before a run */
    int32_t *waits;      /* [B] steps until the next output of a convolution that changes lengths */
    float *past_before;  /* the same before the saved run, training */
    int32_t *waits_before;
};

/* Everything in the block of the session, which _reserve replaces by a larger one. */
struct rnni_list_rows {
    struct rnni_layer_room *layer;  /* [count] */
    struct rnni_workspace *stack;   /* [count] those of recurrent layers, which their sessions copy */
    struct rnni_schedule *schedule; /* [levels] */
    float *input;                   /* [N,I] */
    float *dinput;                  /* [N,I] training: what skips add to the gradient of the input */
    float *d[2];                    /* [N,widest] training: gradients of a layer's output and input, in turn */
    float **taps;                   /* [shares] times [RNNI_TAPS_AT_ONCE, groups * In] of the widest convolution */
    float *dtaps;                   /* the same, training */
    float *dweight;                 /* training: the gradient of a convolution's weight, in the order of the taps */
    float *scratch[2];              /* [widest] each */
    float **room;                   /* [shares] times [RNNI_OUTER_ROOM], training */
    int32_t *tokens;                /* [N] */
    int32_t *lengths, *most;        /* [B] of sequences at one level, and what they would be if all had T steps */
    size_t *place;                  /* [B] where a sequence stands */
};

struct rnni_list_session {
    struct rnn_session **stack;  /* [count] sessions of recurrent layers, whose workspace is in the list's block */
    struct rnni_dense **product; /* [count] of dense layers and convolutions: [groups] */
    struct rnni_dense *products; /* where these lie */
    struct rnni_list_rows rows;
};

/* The list is the model's, and not empty.  Whatever the status, _release releases it, without the session itself. */
int32_t rnni_list_session_create(struct rnn_session *session, const char *function);
void rnni_list_session_release(struct rnn_session *session);

/* As the functions of session.h. */
int32_t rnni_list_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                                  const char *function);
int32_t rnni_list_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function);
size_t rnni_list_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows);

/* All states as at the beginning of sequences, of session->batch of them, for which there is room; and of sequence b
 * what convolutions keep. */
void rnni_list_session_reset(struct rnn_session *session);
void rnni_list_session_reset_row(struct rnn_session *session, size_t b);

#endif
