/* Beam search over the logits of a generator: see RNN_DECODER_BEAM. */
#ifndef RNNI_BEAM_H
#define RNNI_BEAM_H

#include "base/status.h"
#include "decoding/result.h"
#include "decoding/scorer.h"

struct rnni_beam_search {
    int32_t start, end;
    size_t minimum, steps; /* tokens before the end is allowed; tokens at most */
    size_t classes, width, results;
    double penalty;
    rnn_generator generator;
    void *user;
    struct rnni_scorer *scorer;   /* with its bonus, also if there is none to call; the caller releases it */
    struct rnni_message *message; /* where messages go, and the function that they begin with */
    const char *function;
};

/* `found` becomes the results of one sequence if all goes well.  RNN_E_MEMORY, RNN_E_VALUE for logits, or what the
 * generator or the scorer returns. */
int32_t rnni_beam_search(struct rnni_results *found, const struct rnni_beam_search *wanted);

#endif
