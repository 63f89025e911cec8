/* A gate: its pre-activation clipped where the form says so (ONNX's `clip`), then its activation. */
#ifndef RNNI_GATE_H
#define RNNI_GATE_H

#include "cells/cell.h"

/* a [n] becomes the gate; open [n] or NULL as in struct rnni_cell_step. */
void rnni_gate_forward(const struct rnni_cell_form *form, const struct rnni_activation *activation, float *a,
                       float *open, size_t n);

/* d [n] holds dL/dgate and becomes dL/da, for the gate y [n]. */
void rnni_gate_backward(const struct rnni_activation *activation, float *d, const float *y, const float *open,
                        size_t n);

#endif
