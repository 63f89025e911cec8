/* What one thread needs to run or train a model: the state, and one planned block for everything that a run over time
 * writes down. */
#ifndef RNNI_SESSION_H
#define RNNI_SESSION_H

#include "network/model.h"
#include "network/schedule.h"

/* The block, carved for runs of up to `steps` time steps (T here), `batch` sequences (B) and `rows` packed rows (N). */
struct rnni_workspace {
    void *block;
    size_t steps, batch, rows;
    float *state;    /* [L,B,H] with the session's B; the caller's order */
    float *dstate;   /* [L,B,H] training: dL/d(final state), after backward dL/d(initial state) */
    float *sorted;   /* [B,H] training: one layer of dstate in sorted order */
    int32_t *tokens; /* [N] */
    float *x;        /* [N,I] or [N,E]; none for one-hot tokens */
    float *dx;       /* [N,I] or [N,E] training; none for one-hot tokens */
    float **h;       /* [L] times [B+N,H]; while running only, two blocks in turn */
    float *d[2];     /* [N,H] training: gradients of one layer and of the one below, in turn */
    float *y;        /* [N,C] logits, or their gradients, of a ragged batch */
    struct rnni_schedule schedule;
};

/* What the last call left for others. */
enum rnni_saved { RNNI_SAVED_NOTHING, RNNI_SAVED_FORWARD, RNNI_SAVED_BACKWARD };

struct rnn_session {
    struct rnn_model *model; /* one reference */
    struct rnni_sentence sentence;
    int training;
    size_t batch; /* B of the state */
    struct rnni_workspace work;
    enum rnni_saved saved;
    uint64_t version;     /* of the model's parameters at the saved forward */
    float *gradients;     /* [parameter_count] training, in the layout of the parameters */
    float *token_scratch; /* [V,H] training on one-hot tokens: see rnni_dense_backward_tokens */
};

int32_t rnni_session_create(struct rnn_session **out, struct rnn_model *model, int training, const char *function);
void rnni_session_release(struct rnn_session *session); /* NULL does nothing */

/* Makes room for T steps of B sequences, beside what there is room for already; keeps the state.  Where it fails
 * nothing has changed. */
int32_t rnni_session_reserve(struct rnn_session *session, size_t steps, size_t batch, const char *function);

#endif
