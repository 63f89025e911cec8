/* What calls the scorer of a program: see rnn_scorer. */
#ifndef RNNI_SCORER_H
#define RNNI_SCORER_H

#include "base/block.h"
#include "base/status.h"

struct rnni_scorer {
    rnn_scorer call; /* NULL: there is none */
    void *user;
    double weight, bonus;
    size_t classes;
    struct rnni_message *message; /* where messages go, and the function that they begin with */
    const char *function;
    size_t rows;                              /* of the next call */
    struct rnni_block slots, labels, parents; /* int32_t [rows] */
    struct rnni_block scores;                 /* float [rows,C] */
};

/* Releases what it allocated, and keeps the options. */
void rnni_scorer_release(struct rnni_scorer *scorer);

/* Adds a row to the next call.  Returns 0 if out of memory. */
int rnni_scorer_add(struct rnni_scorer *scorer, int32_t slot, int32_t label, int32_t parent);

/* Calls the scorer, if there are rows, and checks its scores.  The rows remain until rows is 0.  RNN_E_MEMORY,
 * RNN_E_VALUE for a score, or what the scorer returns. */
int32_t rnni_scorer_ask(struct rnni_scorer *scorer);

/* What a label adds to the score of a hypothesis. */
static inline double rnni_scorer_gain(const struct rnni_scorer *scorer, float score)
{
    return scorer->weight * (double)score + scorer->bonus;
}

#endif
