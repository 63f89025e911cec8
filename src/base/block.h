/* A block of memory that only grows. */
#ifndef RNNI_BLOCK_H
#define RNNI_BLOCK_H

#include "base/memory.h"

struct rnni_block {
    void *data; /* at a multiple of RNNI_ALIGNMENT; NULL: none yet */
    size_t bytes;
};

/* Makes room for count * size bytes and keeps the first `used` bytes; the others may hold anything.  Returns 0 if out
 * of memory; the block is unchanged then. */
int rnni_block_grow(struct rnni_block *block, size_t count, size_t size, size_t used);

#endif
