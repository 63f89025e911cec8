/* The steps of one layer in one direction, forward and backward.
 *
 * The work is divided in one of two ways.  Either each share has some of the sequences and goes through all steps with
 * them, or one share has all sequences and the threads divide the hidden units of every step among them. */
#ifndef RNNI_TIME_LOOP_H
#define RNNI_TIME_LOOP_H

#include "base/part.h"
#include "run/pass.h"

/* Sequences at sorted places rows.first .. of every step, and their hidden units. */
struct rnni_time_share {
    struct rnni_part rows, units;
    size_t index; /* whose scratch and, while only running, whose gates the loop uses */
};

/* Share `index` of `shares` of the sequences, with all units. */
struct rnni_time_share rnni_time_loop_share(const struct rnni_pass *pass, size_t index, size_t shares);

/* Steps from .. to - 1 forward, between rnni_states_begin and rnni_states_end, into tape.state.  parts: into how many
 * parts the units of each step are divided among the session's team; more than 1 only for a share of all sequences. */
void rnni_time_loop_forward(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t parts,
                            size_t from, size_t to);

/* All steps backward; dh is used up.  da becomes the gradient of what entered the gates; it may be in the place of dh
 * or of the gates. */
void rnni_time_loop_backward(const struct rnni_pass *pass, const struct rnni_time_share *share, size_t parts);

/* The body of a step.  expected: zoneout has its expectation instead of a random mask. */
void rnni_time_loop_step(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                         const struct rnni_cell_step *step, size_t t, int expected);

/* While only running: the tape gets its gates and the like from those of share `index`. */
void rnni_time_loop_borrow(struct rnni_pass *pass, size_t index);

#endif
