#include "fit/streams.h"

#include "base/assertion.h"
#include "base/memory.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define HALF 16777216 /* 2^24: a float has every whole number below it */

static float *row_of(const struct rnni_streams *streams, size_t i)
{
    return streams->rows + i * streams->width;
}

int rnni_streams_reserve(struct rnni_streams *streams, size_t room, size_t state)
{
    size_t width = rnni_memory_add(state, RNNI_STREAMS_HEAD);
    if (streams->rows && room <= streams->room && width == streams->width)
        return 1;
    RNNI_ASSERT(!streams->count || (width == streams->width && streams->count <= room));
    float *rows = rnni_memory_take(room, rnni_memory_multiply(width, sizeof *rows));
    if (!rows)
        return 0;
    if (streams->count)
        memcpy(rows, streams->rows, streams->count * width * sizeof *rows);
    rnni_memory_release(streams->rows);
    *streams = (struct rnni_streams){rows, streams->count, room, width};
    return 1;
}

void rnni_streams_release(struct rnni_streams *streams)
{
    rnni_memory_release(streams->rows);
    *streams = (struct rnni_streams){0};
}

/* Two floats as a whole number. */
static size_t number_of(const float *halves)
{
    return (size_t)((uint64_t)halves[0] * HALF + (uint64_t)halves[1]);
}

static void put_number(float *halves, size_t number)
{
    RNNI_ASSERT((uint64_t)number / HALF < HALF);
    halves[0] = (float)((uint64_t)number / HALF);
    halves[1] = (float)((uint64_t)number % HALF);
}

size_t rnni_streams_place(const struct rnni_streams *streams, size_t i)
{
    return number_of(row_of(streams, i));
}

size_t rnni_streams_step(const struct rnni_streams *streams, size_t i)
{
    return number_of(row_of(streams, i) + 2);
}

float *rnni_streams_state(const struct rnni_streams *streams, size_t i)
{
    return row_of(streams, i) + RNNI_STREAMS_HEAD;
}

void rnni_streams_set(struct rnni_streams *streams, size_t i, size_t place, size_t step)
{
    put_number(row_of(streams, i), place);
    put_number(row_of(streams, i) + 2, step);
}

static int is_half(float value)
{
    return value >= 0 && value < HALF && floorf(value) == value;
}

int rnni_streams_are_valid(const struct rnni_streams *streams, size_t begun)
{
    for (size_t i = 0; i < streams->count; i++) {
        for (size_t k = 0; k < RNNI_STREAMS_HEAD; k++)
            if (!is_half(row_of(streams, i)[k]))
                return 0;
        size_t place = rnni_streams_place(streams, i), step = rnni_streams_step(streams, i);
        if (!step || step > INT32_MAX || place >= begun || (i && place <= rnni_streams_place(streams, i - 1)))
            return 0;
    }
    return 1;
}
