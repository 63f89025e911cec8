#include "cells/registry.h"

#define ADDRESS(name) &rnni_cell_##name,
static const struct rnni_cell *const cells[] = {RNNI_REGISTRY(ADDRESS)};

const struct rnni_cell *rnni_registry_cell(int64_t value)
{
    return cells[value - 1];
}
