#ifndef RNN_TESTS_OPTIMIZER_BYTES_H
#define RNN_TESTS_OPTIMIZER_BYTES_H

#include "support/support.h"

/* All that an optimiser is, of few parameters. */
struct optimizer_bytes {
    unsigned char at[4096];
    size_t count;
};

struct optimizer_bytes optimizer_bytes_of(const rnn_optimizer *optimizer);

/* The bytes of a tensor may then be changed: other keys stand where its checksum was. */
void drop_checksums(struct optimizer_bytes *bytes);

/* The optimiser is what it was. */
void assert_optimizer_unchanged(const rnn_optimizer *optimizer, const struct optimizer_bytes *before);

#endif
