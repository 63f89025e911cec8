#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "hostile/arrays.h"

#include "hostile/chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* The C library's own: those of the library are counted, and fail on request. */
void *__real_malloc(size_t size);
void __real_free(void *block);

enum { MOST = 128, PAGES = 5, KEPT = 64 };
enum use { INPUT, OUTPUT, SIZE };

static struct array {
    unsigned char *data;
    size_t bytes;
    enum use use;
    int is_block; /* to be freed */
    uint64_t hash;
} arrays[MOST];
static size_t count_of_arrays;

static void *kept[KEPT];
static size_t kept_count;

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Slot i: PAGES pages between two that cannot be read. */
static unsigned char *slot(size_t i, size_t *size)
{
    static unsigned char *all;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), stride = (PAGES + 1) * page;
    if (!all) {
        all = mmap(NULL, MOST * stride + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED)
            abort();
        for (size_t k = 0; k < MOST; k++)
            if (mprotect(all + k * stride + page, PAGES * page, PROT_READ | PROT_WRITE))
                abort();
    }
    *size = PAGES * page;
    return all + i * stride + page;
}

static uint64_t hash_of(const struct array *array)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < array->bytes; i++)
        hash = (hash ^ array->data[i]) * 1099511628211u;
    return hash;
}

static void *new_array(size_t bytes, enum use use)
{
    if (count_of_arrays == MOST)
        abort();
    struct array *array = &arrays[count_of_arrays];
    size_t size = 0;
    unsigned char *pages = SANITIZED ? NULL : slot(count_of_arrays, &size);
    *array = (struct array){.bytes = bytes, .use = use, .is_block = bytes > size || !pages};
    array->data = array->is_block ? __real_malloc(bytes ? bytes : 1) : one_in(4) ? pages : pages + size - bytes;
    if (!array->data)
        abort();
    if (use != INPUT)
        memset(array->data, 0xA5, bytes);
    array->hash = use == INPUT ? 0 : hash_of(array); /* of an input it is recorded when it is full */
    count_of_arrays++;
    return array->data;
}

size_t arrays_mark(void)
{
    return count_of_arrays;
}

void arrays_release(size_t mark)
{
    while (count_of_arrays > mark) {
        const struct array *array = &arrays[--count_of_arrays];
        if (array->is_block)
            __real_free(array->data);
    }
}

void arrays_record(size_t mark)
{
    for (size_t i = mark; i < count_of_arrays; i++)
        arrays[i].hash = hash_of(&arrays[i]);
}

const char *arrays_changed(size_t mark, int refused, int sizes_may_change)
{
    for (size_t i = mark; i < count_of_arrays; i++) {
        const struct array *array = &arrays[i];
        int may = array->use == SIZE ? !refused || sizes_may_change : array->use == OUTPUT && !refused;
        if (!may && hash_of(array) != array->hash)
            return array->use == INPUT ? "an input array" : "an output";
    }
    return NULL;
}

/* ---- arrays of numbers ------------------------------------------------------------------------------------------- */

/* The count that a call is told, mostly `right`; *real elements are there. */
static size_t told_count(size_t right, size_t *real)
{
    size_t told = random_size(right);
    if (one_in(24))
        told = right + 1 - 2 * below(2) * (right > 0);
    if (told > ((size_t)1 << 17) && told < SIZE_MAX / 4)
        told = right;
    *real = told >= SIZE_MAX / 4 ? right : told;
    return told;
}

static float *floats_of(size_t count, double low, double high)
{
    float *data = new_array(count * sizeof *data, INPUT);
    for (size_t i = 0; i < count; i++) {
        float value = random_float();
        data[i] = value >= -1 && value < 1 ? (float)(low + (high - low) * (value + 1.0) / 2) : value;
    }
    return data;
}

static int32_t *ints_of(size_t count, int32_t low, int32_t high)
{
    static const int32_t others[] = {INT32_MIN, INT32_MAX, -1, -100, -2, 65536};
    int32_t *data = new_array(count * sizeof *data, INPUT);
    for (size_t i = 0; i < count; i++)
        data[i] = one_in(600) ? (one_in(2) ? high + 1 : PICK(others)) : (int32_t)within(low, high);
    return data;
}

static int is_null(void)
{
    return one_in(48);
}

struct floats no_floats(void)
{
    return (struct floats){NULL, one_in(20) ? below(4) : 0};
}

struct ints no_ints(void)
{
    return (struct ints){NULL, one_in(20) ? below(4) : 0};
}

struct floats in_floats_from(size_t count, double low, double high)
{
    size_t real, told = told_count(count, &real);
    return (struct floats){is_null() ? NULL : floats_of(real, low, high), told};
}

struct floats in_floats(size_t count)
{
    return in_floats_from(count, -1, 1);
}

struct floats out_floats(size_t count)
{
    size_t real, told = told_count(count, &real);
    return (struct floats){is_null() ? NULL : new_array(real * sizeof(float), OUTPUT), told};
}

struct ints in_ints(size_t count, int32_t low, int32_t high)
{
    size_t real, told = told_count(count, &real);
    return (struct ints){is_null() ? NULL : ints_of(real, low, high), told};
}

struct ints out_ints(size_t count)
{
    size_t real, told = told_count(count, &real);
    return (struct ints){is_null() ? NULL : new_array(real * sizeof(int32_t), OUTPUT), told};
}

struct floats exact_in_floats_from(size_t count, double low, double high)
{
    return (struct floats){is_null() ? NULL : floats_of(count, low, high), count};
}

struct floats exact_in_floats(size_t count)
{
    return exact_in_floats_from(count, -1, 1);
}

struct floats exact_out_floats(size_t count)
{
    return (struct floats){is_null() ? NULL : new_array(count * sizeof(float), OUTPUT), count};
}

struct ints exact_in_ints(size_t count, int32_t low, int32_t high)
{
    return (struct ints){is_null() ? NULL : ints_of(count, low, high), count};
}

void *out_bytes(size_t bytes)
{
    return is_null() ? NULL : new_array(bytes, OUTPUT);
}

size_t *out_size(void)
{
    return is_null() ? NULL : new_array(sizeof(size_t), SIZE);
}

void *in_bytes(const void *bytes, size_t count)
{
    if (is_null())
        return NULL;
    void *copy = new_array(count, INPUT);
    if (count)
        memcpy(copy, bytes, count);
    return copy;
}

struct floats kept_floats(size_t count)
{
    if (kept_count == KEPT || count > 65536)
        return no_floats();
    float *data = __real_malloc(count ? count * sizeof *data : 1);
    if (!data)
        abort();
    for (size_t i = 0; i < count; i++)
        data[i] = random_float();
    kept[kept_count++] = data;
    return (struct floats){data, count};
}

void free_kept(void)
{
    while (kept_count)
        __real_free(kept[--kept_count]);
}
