#include "base/block.h"

#include "base/assertion.h"

#include <stdint.h>
#include <string.h>

int rnni_block_grow(struct rnni_block *block, size_t count, size_t size, size_t used)
{
    RNNI_ASSERT(used <= block->bytes);
    size_t bytes = rnni_memory_multiply(count, size);
    if (block->data && bytes <= block->bytes)
        return 1;
    if (bytes < SIZE_MAX / 2 && bytes < 2 * block->bytes)
        bytes = 2 * block->bytes; /* so that growing by one element costs constant time on average */
    void *data = rnni_memory_take(bytes, 1);
    if (!data)
        return 0;
    if (used)
        memcpy(data, block->data, used);
    rnni_memory_release(block->data);
    *block = (struct rnni_block){data, bytes};
    return 1;
}
