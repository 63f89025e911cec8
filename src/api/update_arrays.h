/* The update of arrays by an optimiser, which modules of attention use too. */
#ifndef RNNI_UPDATE_ARRAYS_H
#define RNNI_UPDATE_ARRAYS_H

#include "api/check.h"

/* The whole of rnn_optimizer_step_arrays, for `caller`. */
int32_t rnni_update_arrays(struct rnni_caller caller, struct rnn_optimizer *optimizer, float *parameters,
                           size_t parameters_count, const float *gradients, size_t gradients_count);

#endif
