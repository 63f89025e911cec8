/* Layers as a pipeline: while a layer works on some steps, the one above it works on those before.  For few sequences
 * and small layers, which cannot be shared otherwise. */
#ifndef RNNI_PIPELINE_H
#define RNNI_PIPELINE_H

#include "run/layer.h"

/* Whether the layers of a session's next run are best made so. */
int rnni_pipeline_wanted(const struct rnn_session *session);

/* As rnni_layer_forward for all layers in turn; h is that of the top layer. */
void rnni_pipeline_forward(struct rnn_session *session, struct rnni_rows rows, float *h);

#endif
