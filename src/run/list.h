/* A network that is a list of layers: all of them forward, or backward, or one step on.  Arguments have been checked
 * and memory reserved, so nothing here can fail.  Between two layers stand packed rows, by the schedule of their level.
 */
#ifndef RNNI_LIST_H
#define RNNI_LIST_H

#include "run/stack.h"

/* As the functions of stack.h.  y of a run is [T',B,Y], where T' is what the lengths become. */
void rnni_list_forward(struct rnn_session *session, float *y, struct rnni_input input);
void rnni_list_backward(struct rnn_session *session, float *dx, const float *dy);

/* y is unchanged where the step has no output. */
void rnni_list_step(struct rnn_session *session, float *y, struct rnni_input input);

/* Steps that the next run over `steps` has in its output. */
size_t rnni_list_output_steps(const struct rnn_session *session, size_t steps);

/* The lengths of what the last run has left. */
const struct rnni_schedule *rnni_list_top(const struct rnn_session *session);

/* Whether all sequences are at the same place between two outputs, as a single step needs. */
int rnni_list_is_in_step(const struct rnn_session *session);

#endif
