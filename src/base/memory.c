#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

/* The pages of a large block may be large ones: rows of gates and panels of weights then do not wait for the tables of
 * pages.  A wish: where the system does not grant it, nothing is lost. */
#define LARGE_PAGE  ((size_t)2 << 20)
#define LARGE_BLOCK (2 * LARGE_PAGE)

static void wish_large_pages(char *block, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    size_t skip = (LARGE_PAGE - (uintptr_t)block % LARGE_PAGE) % LARGE_PAGE;
    if (bytes >= LARGE_BLOCK)
        (void)madvise(block + skip, (bytes - skip) / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}

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
    wish_large_pages(block, bytes - (size_t)(block - given));
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
