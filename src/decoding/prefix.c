#include "decoding/prefix.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/random.h"

#include <string.h>

/* A power of two, so that a hash is cut down by a mask; half of it at most is taken. */
static size_t table_size(size_t room)
{
    size_t size = 4;
    while (size < room && size <= SIZE_MAX / 4)
        size *= 2;
    return 2 * size;
}

void rnni_prefix_plan(struct rnni_prefixes *prefixes, struct rnni_arena *arena, size_t room, int names)
{
    prefixes->room = rnni_memory_add(room, 1);
    if (prefixes->room > INT32_MAX)
        prefixes->room = SIZE_MAX; /* numbers are 32 bits wide: too large for memory */
    prefixes->table_size = names ? table_size(prefixes->room) : 0;
    prefixes->all = rnni_arena_take(arena, prefixes->room, sizeof *prefixes->all);
    prefixes->table = rnni_arena_take(arena, prefixes->table_size, sizeof *prefixes->table);
}

void rnni_prefix_clear(struct rnni_prefixes *prefixes)
{
    RNNI_ASSERT(prefixes->all && (prefixes->table || !prefixes->table_size));
    if (prefixes->count > 1)
        memset(prefixes->table, 0, prefixes->table_size * sizeof *prefixes->table);
    prefixes->all[0] = (struct rnni_prefix){RNNI_NOWHERE, RNNI_NOWHERE, 0, RNNI_NOWHERE};
    prefixes->count = 1;
}

/* Where the prefix stands in the table, or where it would have to. */
static size_t seat_of(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    RNNI_ASSERT(prefixes->table_size && parent >= 0 && (size_t)parent < prefixes->count);
    size_t mask = prefixes->table_size - 1;
    size_t seat = (size_t)rnni_random_mix((uint64_t)parent << 32 | (uint32_t)label) & mask;
    for (; prefixes->table[seat]; seat = (seat + 1) & mask) {
        const struct rnni_prefix *prefix = &prefixes->all[prefixes->table[seat] - 1];
        if (prefix->parent == parent && prefix->label == label)
            break;
    }
    return seat;
}

int32_t rnni_prefix_find(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    int32_t found = prefixes->table[seat_of(prefixes, parent, label)];
    return found ? found - 1 : RNNI_NOWHERE;
}

int32_t rnni_prefix_append(struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    RNNI_ASSERT(parent >= 0 && (size_t)parent < prefixes->count);
    RNNI_ASSERT(prefixes->count < prefixes->room);
    int32_t length = prefixes->all[parent].length + 1;
    prefixes->all[prefixes->count] = (struct rnni_prefix){parent, label, length, RNNI_NOWHERE};
    return (int32_t)prefixes->count++;
}

int32_t rnni_prefix_name(struct rnni_prefixes *prefixes, int32_t parent, int32_t label)
{
    if (parent == RNNI_NOWHERE)
        return 0;
    int32_t *seat = &prefixes->table[seat_of(prefixes, parent, label)];
    if (!*seat)
        *seat = rnni_prefix_append(prefixes, parent, label) + 1;
    return *seat - 1;
}

int32_t rnni_prefix_common(const struct rnni_prefixes *prefixes, int32_t number, int32_t other)
{
    const struct rnni_prefix *all = prefixes->all;
    while (number != other)
        if (all[number].length > all[other].length)
            number = all[number].parent;
        else
            other = all[other].parent;
    return number;
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static void name_all(struct rnni_prefixes *prefixes)
{
    memset(prefixes->table, 0, prefixes->table_size * sizeof *prefixes->table);
    for (size_t i = 1; i < prefixes->count; i++) {
        const struct rnni_prefix *prefix = &prefixes->all[i];
        prefixes->table[seat_of(prefixes, prefix->parent, prefix->label)] = (int32_t)i + 1;
    }
}

void rnni_prefix_copy(struct rnni_prefixes *prefixes, const struct rnni_prefixes *from)
{
    RNNI_ASSERT(prefixes->table_size && from->count >= 1 && from->count <= prefixes->room);
    memcpy(prefixes->all, from->all, from->count * sizeof *from->all);
    prefixes->count = from->count;
    name_all(prefixes);
}

void rnni_prefix_keep_none(struct rnni_prefixes *prefixes)
{
    for (size_t i = 1; i < prefixes->count; i++)
        prefixes->all[i].place = RNNI_NOWHERE;
    prefixes->all[0].place = 0;
}

void rnni_prefix_keep(struct rnni_prefixes *prefixes, int32_t number)
{
    for (; prefixes->all[number].place == RNNI_NOWHERE; number = prefixes->all[number].parent)
        prefixes->all[number].place = 0;
}

/* A parent stands before its children, so that its new number is known. */
void rnni_prefix_renumber(struct rnni_prefixes *prefixes)
{
    int32_t kept = 1;
    for (size_t i = 1; i < prefixes->count; i++)
        if (prefixes->all[i].place != RNNI_NOWHERE) {
            prefixes->all[i].place = kept++;
            prefixes->all[i].parent = prefixes->all[prefixes->all[i].parent].place;
        }
}

void rnni_prefix_compact(struct rnni_prefixes *prefixes)
{
    size_t kept = 1;
    for (size_t i = 1; i < prefixes->count; i++)
        if (prefixes->all[i].place != RNNI_NOWHERE) {
            prefixes->all[kept] = prefixes->all[i];
            prefixes->all[kept++].place = RNNI_NOWHERE;
        }
    prefixes->all[0].place = RNNI_NOWHERE;
    prefixes->count = kept;
    name_all(prefixes);
}

/* ---- order and labels -------------------------------------------------------------------------------------------- */

/* A sequence that is read from its end. */
struct reader {
    int32_t parent, label;
};

static int32_t length_of(const struct rnni_prefixes *prefixes, struct reader reader)
{
    RNNI_ASSERT(reader.parent == RNNI_NOWHERE || (reader.parent >= 0 && (size_t)reader.parent < prefixes->count));
    return reader.parent == RNNI_NOWHERE ? 0 : prefixes->all[reader.parent].length + 1;
}

static struct reader shorter(const struct rnni_prefixes *prefixes, struct reader reader)
{
    const struct rnni_prefix *parent = &prefixes->all[reader.parent];
    return (struct reader){parent->parent, parent->label};
}

int rnni_prefix_before(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label, int32_t other_parent,
                       int32_t other_label)
{
    struct reader a = {parent, label}, b = {other_parent, other_label};
    int32_t length = length_of(prefixes, a), other_length = length_of(prefixes, b);
    for (int32_t i = length; i > other_length; i--)
        a = shorter(prefixes, a);
    for (int32_t i = other_length; i > length; i--)
        b = shorter(prefixes, b);
    while (a.parent != b.parent) {
        a = shorter(prefixes, a);
        b = shorter(prefixes, b);
    }
    return a.label != b.label ? a.label < b.label : length < other_length;
}

size_t rnni_prefix_length(const struct rnni_prefixes *prefixes, int32_t parent)
{
    return (size_t)length_of(prefixes, (struct reader){parent, RNNI_NOWHERE});
}

void rnni_prefix_write(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label, int32_t *labels)
{
    struct reader reader = {parent, label};
    for (size_t i = rnni_prefix_length(prefixes, parent); i-- > 0; reader = shorter(prefixes, reader))
        labels[i] = reader.label;
}

size_t rnni_prefix_count(size_t labels, size_t length, size_t limit)
{
    size_t count = 1, longest = 1;
    for (size_t i = 0; i < length && count < limit && longest; i++) {
        longest = rnni_memory_multiply(longest, labels);
        count = rnni_memory_add(count, longest);
    }
    return count < limit ? count : limit;
}
