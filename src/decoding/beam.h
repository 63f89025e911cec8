/* Beam search over what a generator says: see rnn_beam_search. */
#ifndef RNNI_BEAM_H
#define RNNI_BEAM_H

#include "base/status.h"

struct rnni_beam_search {
    int32_t first, end;
    size_t steps, classes, width, results;
    double penalty;
    rnn_generator next;
    void *user;
};

/* tokens [N,T], lengths [N], scores [N], written at the end if all goes well.  RNN_E_MEMORY, RNN_E_VALUE for logits, or
 * what the generator returns. */
int32_t rnni_beam_search(int32_t *tokens, int32_t *lengths, double *scores, const struct rnni_beam_search *wanted,
                         const char *function);

#endif
