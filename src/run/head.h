/* The dense head on top of the layers. */
#ifndef RNNI_HEAD_H
#define RNNI_HEAD_H

#include "session/session.h"

/* y [rows,Y] = the head's logits of h [rows,F], or h itself. */
void rnni_head_forward(const struct rnn_session *session, float *y, const float *h, size_t rows);

/* From dy [rows,C] to dh [rows,F], and to the gradients of the head. */
void rnni_head_backward(struct rnn_session *session, float *dh, const float *dy, const float *h, size_t rows);

#endif
