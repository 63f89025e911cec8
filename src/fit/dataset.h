/* Sequences with what is to be learned of them. */
#ifndef RNNI_DATASET_H
#define RNNI_DATASET_H

#include "rnn.h"

#include <stdatomic.h>

/* One of x and tokens, and one of classes and values; all in one block with the sequence. */
struct rnni_sequence {
    const float *x;         /* [T,I] */
    const int32_t *tokens;  /* [T] */
    const int32_t *classes; /* [classes_count] */
    const float *values;    /* [values_count] */
    size_t steps, classes_count, values_count;
};

struct rnn_dataset {
    atomic_size_t references;         /* the caller's, and one of each rnn_fit, during which nothing is added */
    struct rnni_sequence **sequences; /* [count], room for more */
    size_t count, room;
    size_t inputs;  /* I, or 0 for tokens: as the first sequence has it */
    int has_values; /* and what kind of target */
    size_t longest; /* T of the longest sequence */
    size_t most;    /* the most classes that a sequence has */
};

void rnni_dataset_retain(const struct rnn_dataset *dataset); /* for both NULL does nothing */
void rnni_dataset_drop(const struct rnn_dataset *dataset);

/* A copy of the sequence; 0 where there is no memory, and nothing is changed. */
int rnni_dataset_add(struct rnn_dataset *dataset, const struct rnni_sequence *sequence, size_t inputs);

#endif
