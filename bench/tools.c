#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rnn.h"

void fail(const char *sentence)
{
    fprintf(stderr, "rnn-bench: %s\n", sentence);
    exit(1);
}

void check(int32_t status)
{
    if (status)
        fail(rnn_last_error());
}

double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (!block)
        fail("no memory");
    return block;
}

void *take_aligned(size_t bytes)
{
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!block)
        fail("no memory");
    return block;
}
