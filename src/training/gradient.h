/* What is done to a flat block of gradients between backward and the update. */
#ifndef RNNI_GRADIENT_H
#define RNNI_GRADIENT_H

#include <stddef.h>

/* In double: squares of floats cannot overflow it, so it is finite exactly where all gradients are. */
double rnni_gradient_sum_of_squares(const float *gradients, size_t count);

/* The largest magnitude; infinite where one is not a number. */
double rnni_gradient_largest(const float *gradients, size_t count);

void rnni_gradient_scale(float *gradients, double factor, size_t count);
void rnni_gradient_clip(float *gradients, double most, size_t count);

/* parameters -= rate * gradients */
void rnni_gradient_descend(float *parameters, const float *gradients, double rate, size_t count);

#endif
