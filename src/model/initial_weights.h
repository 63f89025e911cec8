/* Initial weights, by the options RNN_SEED, RNN_INIT_... and RNN_FORGET_BIAS: the same on every machine. */
#ifndef RNNI_INITIAL_WEIGHTS_H
#define RNNI_INITIAL_WEIGHTS_H

#include "model/model.h"

/* Fills and packs the parameters.  0 where there is no memory for an orthogonal matrix. */
int rnni_initial_weights_draw(struct rnn_model *model);

#endif
