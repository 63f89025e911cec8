/* Random numbers for initial weights: the same sequence from the same seed on every machine, because nothing but
 * integer arithmetic and exact double operations is used. */
#ifndef RNNI_RANDOM_H
#define RNNI_RANDOM_H

#include <stdint.h>

struct rnni_random {
    uint64_t state;
};

double rnni_random_uniform(struct rnni_random *random); /* in [-1, 1) */
double rnni_random_normal(struct rnni_random *random);  /* mean 0, variance 1 */

#endif
