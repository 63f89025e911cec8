#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* A random number, uniform in [0, 1).  Any *state is a seed. */
double uniform(uint64_t *state);

#endif
