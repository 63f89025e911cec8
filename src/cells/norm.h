/* Layer normalisation (Ba, Kiros and Hinton 2016, equation 3) of rows: to mean 0 and variance 1.  Gains and biases are
 * the caller's. */
#ifndef RNNI_NORM_H
#define RNNI_NORM_H

#include "cells/cell.h"

#define RNNI_NORM_EPSILON 1e-5 /* PyTorch's, on the variance */

/* x [n] becomes N(x); returns 1 / sqrt(variance + epsilon). */
float rnni_norm_forward(float *x, size_t n, double epsilon);

/* d [n] holds dL/dN and becomes dL/dx, for N(x) [n] and what rnni_norm_forward returned. */
void rnni_norm_backward(float *d, const float *norm, float spread, size_t n);

/* The same for a row of gates [GH], by the blocks of the form; spread [2]. */
void rnni_norm_gates_forward(const struct rnni_cell_form *form, float *x, float *spread);

/* The rows of W h(t-1) in step->norm become N(W h(t-1)); times the gain they join a, or, behind `joined`, q. */
void rnni_norm_recurrent_forward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                                 const struct rnni_cell_step *step);

/* From da and q to the gradient of W h(t-1), in step->norm. */
void rnni_norm_recurrent_backward(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                                  const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step);

/* From d [GH] = dL/d(gain * N(x)) to dL/dx in d; dgain [GH] is added to. */
void rnni_norm_gates_backward(const struct rnni_cell_form *form, float *d, float *dgain, const float *gain,
                              const float *norm, const float *spread);

#endif
