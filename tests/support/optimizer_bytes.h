#ifndef OPTIMIZER_BYTES_H
#define OPTIMIZER_BYTES_H

#include "support.h"

/* All that an optimiser is, of few parameters. */
struct bytes {
    unsigned char at[4096];
    size_t count;
};

struct bytes bytes_of(const rnn_optimizer *optimizer);

/* The bytes of a tensor may then be changed: other keys stand where its checksum was. */
void forget_checksums(struct bytes *bytes);

/* The optimiser is what it was. */
void assert_same_bytes(const rnn_optimizer *optimizer, const struct bytes *before);

#endif
