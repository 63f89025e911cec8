/* One block, carved.  A plan is run twice: first on an arena without a block, which only counts, then on one whose
 * block has that size. */
#ifndef RNNI_ARENA_H
#define RNNI_ARENA_H

#include <stddef.h>

struct rnni_arena {
    char *block; /* NULL while counting */
    size_t used; /* bytes; more than memory can be once it overflows */
};

/* Room for count elements of `size` bytes at a multiple of RNNI_ALIGNMENT; NULL while counting. */
void *rnni_arena_take(struct rnni_arena *arena, size_t count, size_t size);

#endif
