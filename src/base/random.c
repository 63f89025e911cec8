#include "base/random.h"

/* SplitMix64 (Steele, Lea and Flood 2014). */
uint64_t rnni_random_mix(uint64_t number)
{
    uint64_t z = number + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t next(struct rnni_random *random)
{
    uint64_t z = rnni_random_mix(random->state);
    random->state += 0x9e3779b97f4a7c15u;
    return z;
}

double rnni_random_uniform(struct rnni_random *random)
{
    return (double)(next(random) >> 11) * 0x1p-52 - 1;
}

/* The sum of twelve uniforms has nearly the normal distribution (cut at 6 standard deviations) and, unlike the usual
 * transforms, needs no logarithm or cosine, which differ in the last place from one libm to the next. */
double rnni_random_normal(struct rnni_random *random)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += rnni_random_uniform(random);
    return sum / 2; /* a uniform in [-1,1) has variance 1/3 */
}
