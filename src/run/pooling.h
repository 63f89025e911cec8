/* One output for each sequence: its last step, or the mean of its steps (RNN_OUTPUT of rnn.h). */
#ifndef RNNI_POOLING_H
#define RNNI_POOLING_H

#include "session/session.h"

/* pooled [B,F], in the caller's order, from the rows of the top layer [N,W]; 0 for a sequence of length 0. */
void rnni_pooling_forward(const struct rnn_session *session, float *pooled, const float *rows);

/* d [N,W], overwritten, from dpooled [B,F]; what that holds for a sequence of length 0 is not looked at. */
void rnni_pooling_backward(const struct rnn_session *session, float *d, const float *dpooled);

/* Sets the rows [B,width] of sequences of length 0 to 0. */
void rnni_pooling_clear_empty(const struct rnn_session *session, float *rows, size_t width);

#endif
