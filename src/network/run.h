/* One layer in one direction over all time steps of a packed batch (see schedule.h).  A reverse direction is the same
 * recurrence over rows whose steps have been put in reverse order.
 *
 * The work is divided in shares.  Either each share has some of the sequences and goes through all steps with them, or
 * all have the same sequences and each makes some of the hidden units, meeting the others at every step. */
#ifndef RNNI_RUN_H
#define RNNI_RUN_H

#include "base/part.h"
#include "network/dense.h"
#include "network/session.h"

/* The rows that enter a layer: numbers [N,K], or one-hot tokens [N], the other NULL. */
struct rnni_rows {
    const float *x;
    const int32_t *tokens;
};

struct rnni_run {
    const struct rnni_cell_form *form;
    size_t index;     /* k*D + direction */
    size_t layer;     /* k */
    size_t direction; /* 0 or 1: which of the layer's */
    int reverse;
    struct rnni_dense input; /* U, and what of the biases joins it */
    struct rnni_cell_weights weights;
    struct rnni_cell_gradients gradients; /* NULL in a session for inference */
};

/* Of a session whose model and gradients are in place. */
struct rnni_run rnni_run_of(const struct rnn_session *session, size_t layer, size_t direction);

/* The one that the session has made at its creation. */
static inline const struct rnni_run *rnni_run_at(const struct rnn_session *session, size_t layer, size_t direction)
{
    return &session->runs[layer * session->model->layout.directions + direction];
}

/* A run and what it works on. */
struct rnni_errand {
    struct rnn_session *session;
    const struct rnni_run *run;
    struct rnni_tape tape;
    struct rnni_rows rows; /* in the order of the direction */
    float *dh, *da;        /* backward: [N,R] holds dL/dh(t) from outside of the recurrence, [N,GH] */
};

/* Shares of units are multiples of this: whole panels of the weights in both directions. */
#define RNNI_UNITS_STEP ((size_t)RNNI_PANEL_BLOCKS * RNNI_BLOCK)

/* How many shares of the sequences, or of the units, in a run over so many steps; one of the two is 1.  Sequences are
 * shared where there are two for each thread, else units where a step is worth a meeting, else sequences as far as they
 * go.  team: on which; NULL where the run is too short for any. */
struct rnni_sharing {
    size_t rows, units;
    struct rnni_team *team;
};

struct rnni_sharing rnni_run_sharing(const struct rnn_session *session, size_t steps, int backward);

/* Forward, from the session's state and on to it, into tape.state: begin; then share `index` of `rows` for all of them,
 * at once or in turn, or all units with the session's team, or some steps after the other, of all sequences, in the
 * room of that share; then end, for the sequences that end within those steps. */
void rnni_run_begin(const struct rnni_errand *errand);
void rnni_run_forward(const struct rnni_errand *errand, size_t index, size_t shares);
void rnni_run_forward_some(const struct rnni_errand *errand, size_t room, size_t from, size_t to);
void rnni_run_forward_by_units(const struct rnni_errand *errand, size_t shares);
void rnni_run_end(const struct rnni_errand *errand, size_t from, size_t to);

/* Backward, in the same way; dh is used up, the session's dstate goes from the final to the initial state.  da becomes
 * the gradient of what entered the gates; it may be in the place of dh or of the gates. */
void rnni_run_begin_backward(const struct rnni_errand *errand);
void rnni_run_backward(const struct rnni_errand *errand, size_t index, size_t shares);
void rnni_run_backward_by_units(const struct rnni_errand *errand, size_t shares);
void rnni_run_end_backward(const struct rnni_errand *errand);

/* Then the parameters get their gradients, and below [N,K] (NULL: not wanted) that of the rows that entered, added to
 * what it holds where `add` is 1; on the session's team.  room [N,R] is scratch. */
void rnni_run_gradients(const struct rnni_errand *errand, float *room, float *below, int add);

/* One time step without a schedule, from the session's state and on to it: rows are [B,K]. */
void rnni_run_step(struct rnn_session *session, const struct rnni_run *run, struct rnni_rows rows);

#endif
