#include "cells/registry.h"

#include "base/assertion.h"

#define ADDRESS(name) &rnni_cell_##name,
static const struct rnni_cell *const cells[] = {RNNI_REGISTRY(ADDRESS)};

const struct rnni_cell *rnni_registry_cell(int64_t value)
{
    RNNI_ASSERT(value >= 1 && value <= RNNI_REGISTRY_LAST);
    return cells[value - 1];
}

static int names(const struct rnni_cell *cell, int32_t key)
{
    for (const int32_t *own = cell->options; *own; own++)
        if (*own == key)
            return 1;
    return 0;
}

int rnni_registry_has_option(const struct rnni_cell *cell, int32_t key)
{
    if (names(cell, key))
        return 1;
    for (size_t i = 0; i < RNNI_REGISTRY_LAST; i++)
        if (names(cells[i], key))
            return 0;
    return 1;
}
