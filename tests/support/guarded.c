#include "support/guarded.h"

#include <stdlib.h>
#include <string.h>

#define GUARD 64

static const uint32_t untouched = 0x7fa00000;

float *new_floats(size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], &untouched, sizeof untouched);
    return values;
}

float *new_guarded(size_t count)
{
    return new_floats(count + 2 * GUARD) + GUARD;
}

int guards_hold(const float *values, size_t count)
{
    for (size_t i = 0; i < GUARD; i++)
        if (memcmp(&values[(ptrdiff_t)i - GUARD], &untouched, sizeof untouched) != 0 ||
            memcmp(&values[count + i], &untouched, sizeof untouched) != 0)
            return 0;
    return 1;
}

void free_guarded(float *values, size_t count)
{
    assert_true(guards_hold(values, count));
    free(values - GUARD);
}

int same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

size_t pick(size_t most, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)(most + 1));
}

/* ---- matrices ---------------------------------------------------------------------------------------------------- */

struct matrix new_matrix(size_t rows, size_t columns, size_t row, uint64_t *seed)
{
    struct matrix m = {.rows = rows, .columns = columns, .row = row, .count = (rows - 1) * row + columns};
    m.data = new_guarded(m.count);
    m.before = new_floats(m.count);
    for (size_t i = 0; i < rows; i++)
        fill_uniform(m.before + i * row, columns, seed);
    restore_matrix(&m);
    return m;
}

void restore_matrix(struct matrix *m)
{
    memcpy(m->data, m->before, m->count * sizeof *m->data);
}

int around_is_untouched(const struct matrix *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (i % m->row >= m->columns && !same_bits(m->data + i, m->before + i, 1))
            return 0;
    return guards_hold(m->data, m->count);
}

void free_matrix(struct matrix *m)
{
    assert_true(around_is_untouched(m));
    free_guarded(m->data, m->count);
    free(m->before);
}
