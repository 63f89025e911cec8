/* The generators: one for each public function, in tables by subject.  A generator makes one call, or more. */
#ifndef RNN_TESTS_RANDOM_CALLS_H
#define RNN_TESTS_RANDOM_CALLS_H

#include "hostile/callbacks.h"

typedef void (*generator)(void);

struct generators {
    const generator *of;
    size_t count;
};
#define GENERATORS(array)                                                                                              \
    {                                                                                                                  \
        array, sizeof(array) / sizeof *(array)                                                                         \
    }

extern const struct generators config_generators, model_generators, file_generators, session_generators,
    loss_generators, optimizer_generators, decoder_generators, attention_generators, dataset_generators,
    sample_generators, trainer_generators;

/* Before the next seed. */
void forget_files(void);

/* Makes one random call. */
void random_call(void);
/* One of a subject; within a callback that has a sample, for instance. */
void random_call_of(const struct generators *generators);

#endif
