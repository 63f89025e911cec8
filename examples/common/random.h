#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* A random number, uniform in [0, 1).  Any *state is a seed. */
double uniform(uint64_t *state);

/* A random number, normal with mean 0 and variance 1. */
double normal(uint64_t *state);

#endif
