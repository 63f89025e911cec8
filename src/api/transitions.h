/* The checks of the scores of a CRF. */
#ifndef RNNI_TRANSITIONS_H
#define RNNI_TRANSITIONS_H

#include "api/check.h"
#include "math/crf_lattice.h"

/* Checks start [C], end [C] and transitions [C,C], C = start_count, and keeps a copy.  RNN_E_NULL, RNN_E_SIZE,
 * RNN_E_VALUE, RNN_E_MEMORY. */
struct rnni_transitions {
    const float *start, *end, *transitions;
    size_t start_count, end_count, transitions_count;
};
int32_t rnni_transitions_set(struct rnni_caller caller, struct rnni_crf_transitions *kept,
                             struct rnni_transitions given);

/* The same with those of a model.  RNN_E_UNSUPPORTED where it has none. */
int32_t rnni_transitions_set_of_model(struct rnni_caller caller, struct rnni_crf_transitions *kept,
                                      const struct rnn_model *model);

/* RNN_E_STATE where none are set, by the function `setter`; RNN_E_SIZE where they are those of other classes. */
int32_t rnni_transitions_check(struct rnni_caller caller, const struct rnni_crf_transitions *kept, size_t classes,
                               const char *setter);

/* RNN_E_UNSUPPORTED where the model has none. */
int32_t rnni_transitions_check_model(struct rnni_caller caller, const struct rnn_model *model);

#endif
