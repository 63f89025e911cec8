/* The only caller of the system's allocator. */
#ifndef RNNI_MEMORY_H
#define RNNI_MEMORY_H

#include <stddef.h>

#define RNNI_ALIGNMENT 64 /* a cache line, and the widest vector register */

/* count * size bytes of zeros at a multiple of RNNI_ALIGNMENT; NULL where there is no memory or the product overflows.
 * count 0 gives a valid block. */
void *rnni_memory_take(size_t count, size_t size);
void rnni_memory_release(void *block); /* NULL does nothing */

/* Sizes are summed with these: once a sum overflows it stays SIZE_MAX, which rnni_memory_take refuses. */
size_t rnni_memory_add(size_t a, size_t b);
size_t rnni_memory_multiply(size_t a, size_t b);

#endif
