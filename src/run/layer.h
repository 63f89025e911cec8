/* A layer: its directions, what becomes of them together, and what is done to that on the way to the next layer. */
#ifndef RNNI_LAYER_H
#define RNNI_LAYER_H

#include "run/pass.h"

/* From the rows that enter layer k to its output.  h, where it is not NULL, takes the place of that: for a top layer
 * whose h is the output of the network and nothing else. */
void rnni_layer_forward(struct rnn_session *session, size_t k, struct rnni_rows rows, float *h);

/* d [N,F] holds the gradient of the output and is used up; below [N,K] (NULL: not wanted) becomes that of the rows.
 * room [N,F] is scratch.  d, room and below may be one array, d only where workspace.h says so. */
void rnni_layer_backward(struct rnn_session *session, size_t k, float *d, float *room, float *below,
                         struct rnni_rows rows);

/* One time step: the rows that layer k hands on [B,F], which live until the next call for layer k + 2. */
const float *rnni_layer_step(struct rnn_session *session, size_t k, struct rnni_rows rows);

/* Parts of forward: one direction; its states before the steps, from those of the session; and behind steps
 * from .. to - 1, back to the session for the sequences that end within them. */
struct rnni_pass rnni_layer_pass(struct rnn_session *session, size_t k, size_t direction, struct rnni_rows rows,
                                 float *h);
void rnni_layer_begin(const struct rnni_pass *pass);
void rnni_layer_end(const struct rnni_pass *pass, size_t from, size_t to);

#endif
