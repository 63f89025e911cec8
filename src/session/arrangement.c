#include "session/arrangement.h"

#include "base/arena.h"
#include "base/assertion.h"

#include <string.h>

int rnni_arrangement_is_wanted(const struct rnni_step_flags *flags)
{
    return flags->mask.count || flags->resets.count;
}

void rnni_arrangement_drop(struct rnni_step_flags *flags)
{
    flags->mask.count = 0;
    flags->resets.count = 0;
}

static int is_set(const struct rnni_flags *flags, size_t row)
{
    return flags->count && ((const int32_t *)flags->block.data)[row];
}

int rnni_arrangement_counts(const struct rnni_step_flags *flags, size_t row)
{
    return !flags->mask.count || is_set(&flags->mask, row);
}

/* ---- room -------------------------------------------------------------------------------------------------------- */

static size_t count_set(const struct rnni_flags *flags)
{
    size_t count = 0;
    for (size_t i = 0; i < flags->count; i++)
        if (is_set(flags, i))
            count++;
    return count;
}

/* Carves the block, or with NULL counts its bytes. */
static size_t carve(struct rnni_arrangement *a, void *block, size_t rows, size_t episodes, size_t batch)
{
    struct rnni_arena arena = {block, 0};
    a->source = rnni_arena_take(&arena, rows, sizeof *a->source);
    a->offset = rnni_arena_take(&arena, rnni_memory_add(episodes, 1), sizeof *a->offset);
    a->lengths = rnni_arena_take(&arena, episodes, sizeof *a->lengths);
    a->origin = rnni_arena_take(&arena, episodes, sizeof *a->origin);
    a->heir = rnni_arena_take(&arena, episodes, sizeof *a->heir);
    a->first = rnni_arena_take(&arena, batch, sizeof *a->first);
    a->last = rnni_arena_take(&arena, batch, sizeof *a->last);
    a->given = rnni_arena_take(&arena, batch, sizeof *a->given);
    return arena.used;
}

/* Each reset begins at most one episode. */
static int take_room(struct rnni_arrangement *a, const struct rnni_step_flags *flags, size_t steps, size_t batch)
{
    size_t rows = rnni_memory_multiply(steps, batch), episodes = rnni_memory_add(batch, count_set(&flags->resets));
    if (!rnni_block_grow(&a->block, carve(a, NULL, rows, episodes, batch), 1, 0))
        return 0;
    carve(a, a->block.data, rows, episodes, batch);
    return 1;
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

/* Begins episode `e` of sequence b; the one before it, of the same sequence and without steps, is not needed. */
static size_t begin_episode(struct rnni_arrangement *a, size_t e, size_t b, int is_first)
{
    if (!is_first && !a->lengths[e - 1]) {
        e--;
        if (a->origin[e] >= 0)
            a->first[b] = -1;
    }
    a->offset[e] = a->rows;
    a->lengths[e] = 0;
    a->origin[e] = is_first ? (int32_t)b : -1;
    a->heir[e] = -1;
    if (is_first)
        a->first[b] = (int32_t)e;
    return e + 1;
}

/* The episodes of sequence b from number e on; returns the number of the next one. */
static size_t add_sequence(struct rnni_arrangement *a, const struct rnni_step_flags *flags, size_t e, size_t b)
{
    e = begin_episode(a, e, b, 1);
    for (size_t t = 0; t < (size_t)a->given[b]; t++) {
        size_t row = t * a->batch + b;
        if (is_set(&flags->resets, row))
            e = begin_episode(a, e, b, 0);
        if (!rnni_arrangement_counts(flags, row))
            continue;
        a->source[a->rows++] = row;
        size_t length = (size_t)++a->lengths[e - 1];
        a->longest = length > a->longest ? length : a->longest;
    }
    a->last[b] = (int32_t)e - 1;
    a->heir[e - 1] = (int32_t)b;
    return e;
}

int rnni_arrangement_make(struct rnni_arrangement *a, const struct rnni_step_flags *flags, const int32_t *lengths,
                          size_t steps, size_t batch)
{
    RNNI_ASSERT(!flags->mask.count || flags->mask.count == steps * batch);
    RNNI_ASSERT(!flags->resets.count || flags->resets.count == steps * batch);
    size_t e = 0;
    if (!take_room(a, flags, steps, batch))
        return 0;
    a->is_used = 1;
    a->has_resets = flags->resets.count > 0;
    a->steps = steps;
    a->batch = batch;
    a->longest = 1;
    a->rows = 0;
    for (size_t b = 0; b < batch; b++) {
        a->given[b] = lengths ? lengths[b] : (int32_t)steps;
        e = add_sequence(a, flags, e, b);
    }
    a->episodes = e;
    a->offset[e] = a->rows;
    return 1;
}
