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

double time_calls(timed_call *call, void *context)
{
    call(context);
    call(context);
    double start = seconds(), fastest = 1e9;
    call(context);
    double once = seconds() - start;
    size_t count = (size_t)(0.1 / (once > 1e-7 ? once : 1e-7));
    count = count ? count : 1;
    for (int group = 0; group < 5; group++) {
        start = seconds();
        for (size_t i = 0; i < count; i++)
            call(context);
        double each = (seconds() - start) / (double)count;
        fastest = each < fastest ? each : fastest;
    }
    return fastest;
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
