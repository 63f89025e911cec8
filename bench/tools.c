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

/* Calls that take a tenth of a second, after two that do not count. */
static size_t calls_of_group(timed_call *call, void *context)
{
    call(context);
    call(context);
    double start = seconds();
    call(context);
    double once = seconds() - start;
    size_t count = (size_t)(0.1 / (once > 1e-7 ? once : 1e-7));
    return count ? count : 1;
}

/* Makes `count` calls; keeps the seconds of one if they are the fewest so far. */
static void time_group(timed_call *call, void *context, size_t count, double *fastest)
{
    double start = seconds();
    for (size_t i = 0; i < count; i++)
        call(context);
    double each = (seconds() - start) / (double)count;
    *fastest = each < *fastest ? each : *fastest;
}

double time_calls(timed_call *call, void *context)
{
    size_t count = calls_of_group(call, context);
    double fastest = 1e9;
    for (int group = 0; group < 5; group++)
        time_group(call, context, count, &fastest);
    return fastest;
}

void time_in_turn(timed_call *call, void *const contexts[2], double fastest[2])
{
    size_t counts[2];
    for (int i = 0; i < 2; i++) {
        counts[i] = calls_of_group(call, contexts[i]);
        fastest[i] = 1e9;
    }
    for (int group = 0; group < 20; group++)
        time_group(call, contexts[group % 2], counts[group % 2], &fastest[group % 2]);
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
