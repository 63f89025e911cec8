/* The panels that backward reads.  They belong to a session for training, so that others need no room for them. */
#ifndef RNNI_PACKED_WEIGHTS_H
#define RNNI_PACKED_WEIGHTS_H

#include "session/session.h"

/* Makes them, unless they are there or not wanted. */
void rnni_packed_weights_back(struct rnn_session *session);

#endif
