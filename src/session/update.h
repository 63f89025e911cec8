/* What is done to all gradients or parameters of a session, on its team. */
#ifndef RNNI_UPDATE_H
#define RNNI_UPDATE_H

#include "session/session.h"
#include "training/optimizer.h"

/* sqrt of the sum of squares, finite exactly where all gradients are.  The sum is made in pieces that do not depend on
 * the threads.  Frozen tensors are left out; `tensors` NULL: none. */
double rnni_update_norm(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors);

/* The largest magnitude of the gradients, or of the parameters; infinite where one is not a number. */
double rnni_update_largest_gradient(const struct rnn_session *session, const struct rnni_optimizer_tensors *tensors);
double rnni_update_largest_parameter(const struct rnn_session *session);

void rnni_update_scale(struct rnn_session *session, double factor);
void rnni_update_clip(struct rnn_session *session, double most); /* magnitudes */

/* parameters -= rate * gradients, and all that is made of the parameters. */
void rnni_update_descend(struct rnn_session *session, double rate);

/* The same by an optimiser's rule. */
void rnni_update_optimize(struct rnn_session *session, struct rnn_optimizer *optimizer, const struct rnni_rule *rule);

#endif
