/* A small linear-chain CRF over a batch, and what is expected of it by the sum over all paths, one by one, in double:
 * losses, gradients, best paths and marginals.  Steps that a mask leaves out do not exist. */
#ifndef RNN_TESTS_CRF_INSTANCE_H
#define RNN_TESTS_CRF_INSTANCE_H

#include "support/support.h"

enum { T = 5, B = 3, C = 4, I = 2, ROWS = T * B, COUNT = ROWS * C, RESULTS = 5 };

/* A batch, and what is expected of it. */
struct instance {
    size_t steps, batch, classes;
    float e[COUNT], start[C], end[C], w[C * C], weights[B];
    int32_t target[ROWS], lengths[B], mask[ROWS];
    size_t count[B], at[B][T]; /* the steps of a sequence that count */
    double losses[B], de[COUNT], dstart[C], dend[C], dw[C * C], marginals[COUNT];
    double best[B][RESULTS]; /* the largest log probabilities of paths, falling */
    int32_t best_path[B][T];
    size_t paths[B];
};

/* With `forbids` some scores of pairs are -infinity; with `masks` some steps are left out, where anything may be. */
void crf_draw(struct instance *s, uint64_t *random, int forbids, int masks);

/* Fills in what is expected; returns the mean loss. */
double crf_expect(struct instance *s);

/* A network of I inputs and C classes, with transitions. */
rnn_model *crf_model(int32_t cell, int32_t direction, int64_t seed);

/* One of `count`. */
size_t crf_below(uint64_t *random, size_t count);

#endif
