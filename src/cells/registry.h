/* The cells that there are.  Whatever else is to be known of a cell stands in its struct rnni_cell. */
#ifndef RNNI_REGISTRY_H
#define RNNI_REGISTRY_H

#include "cells/cell.h"

/* In the order of RNN_CELL_..., from 1. */
#define RNNI_REGISTRY(X) X(tanh) X(relu) X(lstm) X(gru) X(mingru) X(slstm) X(indrnn)

#define RNNI_REGISTRY_COUNT(name) +1
enum { RNNI_REGISTRY_LAST = 0 RNNI_REGISTRY(RNNI_REGISTRY_COUNT) };

#define RNNI_REGISTRY_DECLARE(name) extern const struct rnni_cell rnni_cell_##name;
RNNI_REGISTRY(RNNI_REGISTRY_DECLARE)

/* The cell of a value of RNN_CELL, 1 to RNNI_REGISTRY_LAST. */
const struct rnni_cell *rnni_registry_cell(int64_t value);

/* Whether the cell has an option.  All cells have those that no cell names. */
int rnni_registry_has_option(const struct rnni_cell *cell, int32_t key);

#endif
