/* What a caller needs to run or train a model: the workspace, in which the state lies as well, and the gradients. */
#ifndef RNNI_SESSION_H
#define RNNI_SESSION_H

#include "base/team.h"
#include "session/arrangement.h"
#include "session/bound_weights.h"
#include "session/workspace.h"

/* What the last call left for others; while only running, a forward leaves its steps and lengths. */
enum rnni_saved { RNNI_SAVED_NOTHING, RNNI_SAVED_FORWARD, RNNI_SAVED_BACKWARD };

/* Which masks a run draws: see mask.h. */
struct rnni_masks {
    uint64_t seed, run;
    size_t first_step; /* what is step 0 here may be a later one of the run */
};

/* A run in segments: see propagate.h. */
struct rnni_segments {
    size_t wanted;          /* for training: steps of a segment; 0: all in one */
    size_t steps, all;      /* of a segment, and T of the run */
    const float *x;         /* [T,B,I] the caller's */
    const int32_t *entered; /* [T,B] the caller's tokens, or in training `tokens` */
    void *states;           /* training: floats, one state of the session for each segment, and one more */
    void *tokens;           /* training: int32_t [T,B] */
    void *lengths;          /* int32_t [2,B] of the run, within a segment */
    size_t states_room, tokens_room, lengths_room;
};

/* Into how many shares a run is divided, by sequences or by hidden units; one of the two is 1.  team: on which; NULL:
 * the caller's thread alone. */
struct rnni_sharing {
    size_t rows, units;
    struct rnni_team *team;
};

struct rnni_list_session;

struct rnn_session {
    struct rnn_model *model; /* one reference */
    struct rnni_list_session
        *list; /* where the network is a list of layers; of what follows, it then has neither weights
                  nor tapes, and of the workspace the sizes and the schedule of what enters */
    struct rnni_message message;
    int training;
    size_t batch;                     /* B of the state */
    struct rnni_bound_weights *bound; /* [L*D] */
    struct rnni_dense head;           /* with C > 0 */
    struct rnni_workspace work;
    int ready; /* work.ready and ready_head have been made for the present B, workspace and team */
    struct rnni_product ready_head;
    size_t ready_x, ready_y; /* elements of one step */
    enum rnni_saved saved;
    size_t saved_steps;        /* T of the saved run */
    size_t saved_output_steps; /* of its output, before pooling: T, unless layers of a list change lengths */
    int has_output;            /* the last step had one */
    struct rnni_segments segments;
    struct rnni_step_flags flags;              /* of the next run */
    struct rnni_arrangement arranged, another; /* of the saved run, of the next one while it is made */
    struct rnni_block exchange;                /* floats for an exchange of states */
    uint64_t version;                          /* of the model's parameters at the saved forward */
    struct rnni_team *team;                    /* NULL: the caller's thread alone */
    struct rnni_sharing sharing;               /* of the current run */
    float *back;                               /* [back_count] training: the panels that backward reads */
    uint64_t back_version;                     /* of the parameters from which they were made */
    float *gradients;                          /* [parameter_count] training, in the layout of the parameters */
    float *token_scratch;                      /* [V,GH] training on one-hot tokens: see one_hot.h */
    struct rnni_masks masks, next_masks;       /* of the saved run, of the next one */
};

/* A session without room and without a list.  parent NULL: with a block of gradients; else the session is that of a
 * recurrent layer of a list, whose gradients are at `first` of the parent's. */
int32_t rnni_session_create(struct rnn_session **out, struct rnn_model *model, int training,
                            const struct rnn_session *parent, size_t first, const char *function);
void rnni_session_release(struct rnn_session *session); /* NULL does nothing */

/* The room that is to be taken for T steps of B sequences, `rows` in all, beside what there is already; 0: there is
 * room. */
int rnni_session_wants(const struct rnn_session *session, struct rnni_workspace *room, size_t steps, size_t batch,
                       size_t rows);

/* The room of a new session for T steps of B sequences, `rows` in all. */
struct rnni_workspace rnni_session_room(const struct rnni_layout *layout, int training, size_t steps, size_t batch,
                                        size_t rows);

/* Steps of a segment of a run over B sequences; 0: a run is made in one. */
size_t rnni_session_segment(const struct rnn_session *session, size_t batch);

/* Makes room for T steps of B sequences, `rows` in all, or their segments, beside what there is room for already; keeps
 * the state.  Where it fails nothing has changed. */
int32_t rnni_session_reserve(struct rnn_session *session, size_t steps, size_t batch, size_t rows,
                             const char *function);

/* Puts a team to work and makes room for it; the team is the session's from then on, unless the call fails. */
int32_t rnni_session_take_team(struct rnn_session *session, struct rnni_team *team, const char *function);

/* Copies the states into a new workspace. */
void rnni_session_keep_states(const struct rnn_session *session, const struct rnni_workspace *to);

/* The initial states of B sequences, for which there is room: zeros, or what is learned; and of sequence b alone. */
void rnni_session_reset(struct rnn_session *session, size_t batch);
void rnni_session_reset_row(struct rnn_session *session, size_t b);

/* Before a run or a step: initial states are what the parameters are now.  Behind backward their gradients are added to
 * those of the parameters.  And when states have been set they are no longer the initial ones. */
void rnni_session_begin_run(struct rnn_session *session);
void rnni_session_end_backward(struct rnn_session *session);
void rnni_session_state_set(struct rnn_session *session);

/* Elements of a state of that kind: L*D*B*R for h, L*D*B*H for the others. */
size_t rnni_session_state_count(const struct rnn_session *session, size_t state);

/* Bytes of a session without a list for runs of T steps of B sequences, `rows` in all; SIZE_MAX where that overflows.
 * Without the workspace, for steps 0. */
size_t rnni_session_bytes(const struct rnn_model *model, int training, size_t steps, size_t batch, size_t rows);

/* The weights of one layer in one direction. */
static inline const struct rnni_bound_weights *rnni_session_weights(const struct rnn_session *session, size_t layer,
                                                                    size_t direction)
{
    return &session->bound[layer * session->model->layout.directions + direction];
}

#endif
