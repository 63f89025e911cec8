/* Random numbers for initial weights and masks: the same sequence from the same seed on every machine, because nothing
 * but integer arithmetic and exact double operations is used. */
#ifndef RNNI_RANDOM_H
#define RNNI_RANDOM_H

#include <stdint.h>

struct rnni_random {
    uint64_t state;
};

/* A bijection under which numbers that differ by one become unlike each other. */
uint64_t rnni_random_mix(uint64_t number);

double rnni_random_uniform(struct rnni_random *random); /* in [-1, 1) */
double rnni_random_normal(struct rnni_random *random);  /* mean 0, variance 1 */

#endif
