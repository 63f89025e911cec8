#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* calloc and an alignment by hand rather than aligned_alloc and memset: the pages of a large block that is never
 * touched then cost nothing.  The address that calloc gave stands just below the block. */
void *rnni_memory_take(size_t count, size_t size)
{
    size_t bytes = rnni_memory_add(rnni_memory_multiply(count, size), RNNI_ALIGNMENT + sizeof(void *));
    if (bytes > PTRDIFF_MAX)
        return NULL;
    char *given = calloc(bytes, 1);
    if (!given)
        return NULL;
    uintptr_t past = (uintptr_t)given + sizeof(void *) + RNNI_ALIGNMENT - 1;
    char *block = given + (past - past % RNNI_ALIGNMENT - (uintptr_t)given);
    ((void **)(void *)block)[-1] = given;
    return block;
}

void rnni_memory_release(void *block)
{
    if (block)
        free(((void **)block)[-1]);
}

size_t rnni_memory_add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

size_t rnni_memory_multiply(size_t a, size_t b)
{
    return b && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}
