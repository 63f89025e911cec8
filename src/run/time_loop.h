/* The steps of one layer in one direction, forward and backward.
 *
 * The work is divided in shares.  Either each share has some of the sequences and goes through all steps with them, or
 * all have the same sequences and each makes some of the hidden units, meeting the others at every step. */
#ifndef RNNI_TIME_LOOP_H
#define RNNI_TIME_LOOP_H

#include "run/pass.h"

/* Forward, between rnni_states_begin and rnni_states_end, into tape.state: share `index` of `shares` of the sequences,
 * for all of them, at once or in turn; or all units with the session's team; or some steps after the other, of all
 * sequences, in the room of share `room`. */
void rnni_time_loop_forward(const struct rnni_pass *pass, size_t index, size_t shares);
void rnni_time_loop_forward_some(const struct rnni_pass *pass, size_t room, size_t from, size_t to);
void rnni_time_loop_forward_by_units(const struct rnni_pass *pass, size_t shares);

/* Backward, in the same way; dh is used up.  da becomes the gradient of what entered the gates; it may be in the place
 * of dh or of the gates. */
void rnni_time_loop_backward(const struct rnni_pass *pass, size_t index, size_t shares);
void rnni_time_loop_backward_by_units(const struct rnni_pass *pass, size_t shares);

/* While only running: the tape gets its gates and the like from those of share `index`. */
void rnni_time_loop_borrow(struct rnni_pass *pass, size_t index);

#endif
