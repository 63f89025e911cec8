#include "support/allocator.h"

/* The linker's names: __real_ is the wrapped function, __wrap_ its replacement. */
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

struct allocator memory;

static int runs_out(size_t count, size_t size)
{
    if (memory.paused)
        return 0;
    memory.calls++;
    if (memory.largest && size && count > memory.largest / size)
        return 1;
    return memory.fail_at && (memory.for_good ? memory.calls >= memory.fail_at : memory.calls == memory.fail_at);
}

static void *counted(void *block)
{
    memory.live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return runs_out(count, size) ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_malloc(size_t size)
{
    return runs_out(1, size) ? NULL : counted(__real_malloc(size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (runs_out(1, size))
        return NULL;
    void *moved = __real_realloc(block, size);
    memory.live += moved && !block;
    return moved;
}

void __wrap_free(void *block)
{
    memory.live -= block != NULL;
    __real_free(block);
}
