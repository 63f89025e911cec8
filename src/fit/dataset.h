/* Sequences with what is to be learned of them. */
#ifndef RNNI_DATASET_H
#define RNNI_DATASET_H

#include "base/block.h"
#include "model/model.h"
#include "rnn.h"

#include <stdatomic.h>

/* One of x and tokens, and one of classes and values. */
struct rnni_sequence {
    size_t steps;           /* T of the arrays below */
    size_t length;          /* how many of them count: T without a step mask */
    int32_t *kept;          /* [length] the steps that count, rising; NULL: all */
    void *input, *targets;  /* the memory of the arrays below */
    const float *x;         /* [T,I] */
    const int32_t *tokens;  /* [T] */
    int has_classes;        /* classes are set, maybe none */
    const int32_t *classes; /* [classes_count] */
    const float *values;    /* [values_count], NULL: not set */
    size_t classes_count, values_count;
    float *mask; /* [mask_count], one for each step of the output, or NULL: 1 for all */
    size_t mask_count;
    double weight;
};

/* What the largest sequence has, each of its own kind. */
struct rnni_dataset_extent {
    size_t steps;   /* T: those of a row of a batch, at least 1 */
    size_t outputs; /* T' of y, at least 1 */
    size_t labels;  /* classes */
    size_t values;  /* elements of the values of a padded row: T'*K */
    size_t targets; /* classes or values of one sequence */
};

struct rnn_dataset {
    atomic_size_t references; /* the caller's, and one of each rnn_fit and rnn_evaluate, during which nothing changes */
    struct rnni_sequence *sequences; /* [count], in `list` */
    struct rnni_block list;
    size_t count;
    size_t inputs;                         /* I, or 0 for tokens: as the first sequence has it */
    rnn_sample_function source, transform; /* or NULL; with a source there are no sequences here */
    void *source_user, *transform_user;
    struct rnni_dataset_extent most; /* of a source, as declared */
};

void rnni_dataset_retain(const struct rnn_dataset *dataset); /* for both NULL does nothing */
void rnni_dataset_drop(const struct rnn_dataset *dataset);

/* Adds a copy of x [T,I], or tokens [T] with I = 0.  0: out of memory, and nothing is changed. */
int rnni_dataset_add(struct rnn_dataset *dataset, const float *x, const int32_t *tokens, size_t steps, size_t inputs);

/* Replace an array of a sequence by a copy; (NULL, 0): none.  0: out of memory, and nothing is changed. */
int rnni_dataset_set_classes(struct rnni_sequence *sequence, const int32_t *classes, size_t count);
int rnni_dataset_set_values(struct rnni_sequence *sequence, const float *values, size_t count);
int rnni_dataset_set_mask(struct rnni_sequence *sequence, const float *mask, size_t count);
int rnni_dataset_set_step_mask(struct rnni_sequence *sequence, const int32_t *mask, size_t count);

/* kept [steps] becomes the steps whose mask is not 0; returns how many. */
size_t rnni_dataset_keep_steps(int32_t *kept, const int32_t *mask, size_t steps);

/* The place in the arrays of step i of those that count. */
static inline size_t rnni_dataset_step(const struct rnni_sequence *sequence, size_t i)
{
    return sequence->kept ? (size_t)sequence->kept[i] : i;
}

/* The most steps that count of sequence i: a transform may drop its step mask. */
size_t rnni_dataset_most_steps(const struct rnn_dataset *dataset, size_t i);

/* For that model; 0 for NULL and an empty dataset.  pieces: the most steps of a row; 0: all. */
struct rnni_dataset_extent rnni_dataset_extent(const struct rnn_dataset *dataset, const struct rnn_model *model,
                                               size_t pieces);

#endif
