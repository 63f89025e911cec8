#ifndef RNN_TESTS_OPTIMIZER_BYTES_H
#define RNN_TESTS_OPTIMIZER_BYTES_H

#include "support/support.h"

/* The file of an optimiser of few parameters, in memory. */
struct optimizer_bytes {
    unsigned char at[4096];
    size_t count;
};

struct optimizer_bytes optimizer_bytes_of(const rnn_optimizer *optimizer);

/* Renames the keys of the checksums, so that the values of tensors can be changed. */
void drop_checksums(struct optimizer_bytes *bytes);

/* Fails unless the optimiser still has these bytes. */
void assert_optimizer_unchanged(const rnn_optimizer *optimizer, const struct optimizer_bytes *before);

#endif
