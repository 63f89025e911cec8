/* From options to the form of a cell. */
#ifndef RNNI_CELL_FORM_H
#define RNNI_CELL_FORM_H

#include "cells/cell.h"
#include "model/options.h"

/* Of checked options. */
struct rnni_cell_form rnni_cell_form_of(const struct rnni_options *options);

#endif
