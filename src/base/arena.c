#include "base/arena.h"

#include "base/assertion.h"
#include "base/memory.h"

#include <stdint.h>

void *rnni_arena_take(struct rnni_arena *arena, size_t count, size_t size)
{
    RNNI_ASSERT(arena->used % RNNI_ALIGNMENT == 0 || arena->used == SIZE_MAX);
    size_t at = arena->used;
    size_t lines = rnni_memory_add(rnni_memory_multiply(count, size), RNNI_ALIGNMENT - 1) / RNNI_ALIGNMENT;
    arena->used = rnni_memory_add(at, rnni_memory_multiply(lines, RNNI_ALIGNMENT));
    return arena->block ? arena->block + at : NULL;
}
