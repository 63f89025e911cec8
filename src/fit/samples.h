/* Sequences that callbacks make: of a dataset with a source, or copies that a dataset's transform may change. */
#ifndef RNNI_SAMPLES_H
#define RNNI_SAMPLES_H

#include "base/arena.h"
#include "base/status.h"
#include "fit/dataset.h"

/* What the callbacks may set. */
struct rnni_samples_limits {
    size_t steps, targets; /* T; classes or values */
    size_t inputs;         /* I, 0: tokens */
};

struct rnn_sample {
    struct rnni_sequence sequence; /* its arrays are those below, or absent */
    struct rnni_samples_limits limits;
    void *input;               /* float [T,I] or int32_t [T] */
    void *targets;             /* float or int32_t [targets] */
    float *mask;               /* [T] */
    int32_t *step_mask, *kept; /* [T] */
    int is_loaded;             /* `sequence` is that of the dataset's `index` with `seed` */
    size_t index;
    uint64_t seed;
    struct rnni_message message;
};

/* Room for the largest sample. */
struct rnn_sample rnni_samples_plan(struct rnni_arena *arena, struct rnni_samples_limits most);

/* Whether sequences of the dataset come from callbacks. */
int rnni_samples_are_wanted(const struct rnn_dataset *dataset, int transforms);

/* Sequence `index` of the dataset, by its callbacks; limits: those of the dataset, within the room.  Fails with what a
 * callback returns; the message is the thread's.  RNN_E_STATE: the callback set no input. */
int32_t rnni_samples_load(struct rnn_sample *sample, const struct rnn_dataset *dataset,
                          struct rnni_samples_limits limits, size_t index, uint64_t seed, int transforms);

/* Replace an array by a copy; the counts have been checked. */
void rnni_samples_set_input(struct rnn_sample *sample, const void *input, size_t steps);
void rnni_samples_set_classes(struct rnn_sample *sample, const int32_t *classes, size_t count);
void rnni_samples_set_values(struct rnn_sample *sample, const float *values, size_t count);
void rnni_samples_set_mask(struct rnn_sample *sample, const float *mask, size_t count);
void rnni_samples_set_step_mask(struct rnn_sample *sample, const int32_t *mask, size_t count);

#endif
