/* The steps of one layer in one direction, forward and backward.
 *
 * The work is divided in one of two ways.  Either each share has some of the sequences and goes through all steps with
 * them, or one share has all sequences and the threads divide the hidden units of every step among them. */
#ifndef RNNI_TIME_LOOP_H
#define RNNI_TIME_LOOP_H

#include "base/part.h"
#include "run/pass.h"

/* The sequences at sorted places rows.first .. of every step. */
struct rnni_time_share {
    struct rnni_part rows;
    size_t parts; /* into how many the units of a step are divided on the session's team; 1 unless rows are all */
    size_t index; /* whose scratch and, while only running, whose gates the loop uses */
};

/* Steps from .. to - 1 forward, into tape.state; tape.initial has been filled. */
void rnni_time_loop_forward(const struct rnni_pass *pass, struct rnni_time_share share, size_t from, size_t to);

/* All steps backward, from dstate of the final to that of the initial state; dh is used up.  da becomes the gradient of
 * what entered the gates; it may be in the place of dh or of the gates. */
void rnni_time_loop_backward(const struct rnni_pass *pass, struct rnni_time_share share);

/* Rows of an input product, and where they stand in what enters and in the gates. */
struct rnni_input_rows {
    size_t from, to, count;
    struct rnni_lines from_lines, to_lines;
};

/* The input product U x + b, with its layer normalisation, into tape.a. */
void rnni_time_loop_input(const struct rnni_pass *pass, const struct rnni_input_rows *rows);

/* The body of a step: the recurrent product, the gates, the states.  expected: zoneout has its expectation instead of a
 * random mask. */
void rnni_time_loop_step(const struct rnn_session *session, const struct rnni_bound_weights *bound,
                         const struct rnni_cell_step *step, size_t t, int expected);

/* Whether steps of one sequence are made by the cell's forward_row. */
int rnni_time_loop_in_rows(const struct rnn_session *session, const struct rnni_cell_form *form);

/* Its recurrent product without layer normalisation. */
struct rnni_product rnni_time_loop_product(const struct rnni_bound_weights *bound, const struct rnni_cell_step *step);

#endif
