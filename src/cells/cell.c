#include "cells/cell.h"

#include "base/memory.h"

static int is_met(const struct rnni_cell_form *form, enum rnni_cell_condition condition)
{
    switch (condition) {
    case RNNI_WITH_BIAS:
        return form->bias;
    case RNNI_WITH_PROJECTION:
        return form->projects;
    case RNNI_WITH_PEEPHOLES:
        return form->peepholes;
    case RNNI_WITH_LAYER_NORM:
        return form->layer_norm;
    case RNNI_WITH_INITIAL_STATE:
        return form->initial_state;
    default:
        return 1;
    }
}

static size_t count_of(const struct rnni_cell_form *form, enum rnni_cell_extent extent, size_t inputs)
{
    switch (extent) {
    case RNNI_K:
        return inputs;
    case RNNI_H:
        return form->hidden;
    case RNNI_R:
        return form->width;
    case RNNI_GH:
        return rnni_memory_multiply(form->gates, form->hidden);
    case RNNI_G1H:
        return rnni_memory_multiply(form->gates - 1, form->hidden);
    default:
        return 0;
    }
}

int rnni_cell_has(const struct rnni_cell_form *form, enum rnni_role role)
{
    const struct rnni_cell_tensor *tensor = &form->cell->tensors[role];
    return tensor->rows != RNNI_NONE && is_met(form, tensor->condition);
}

int rnni_cell_has_matrix(const struct rnni_cell_form *form, enum rnni_role role)
{
    return rnni_cell_has(form, role) && form->cell->tensors[role].columns != RNNI_NONE;
}

struct rnni_cell_shape rnni_cell_shape(const struct rnni_cell_form *form, enum rnni_role role, size_t inputs)
{
    const struct rnni_cell_tensor *tensor = &form->cell->tensors[role];
    return (struct rnni_cell_shape){count_of(form, tensor->rows, inputs), count_of(form, tensor->columns, inputs)};
}
