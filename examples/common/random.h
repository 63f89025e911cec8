#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* A random number, uniform in [0, 1).  Any *state is a seed. */
double uniform(uint64_t *state);

/* A random number, normal with mean 0 and variance 1. */
double normal(uint64_t *state);

/* Puts `count` items of `size` bytes each in a random order (Fisher and Yates). */
void shuffle(void *items, size_t count, size_t size, uint64_t *state);

#endif
