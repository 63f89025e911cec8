#include "random.h"

#include <math.h>

/* Steele, Lea and Flood 2014 (SplitMix64). */
double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Box and Muller 1958, the cosine of the two. */
double normal(uint64_t *state)
{
    const double two_pi = 6.283185307179586;
    double radius = sqrt(-2 * log(1 - uniform(state)));

    return radius * cos(two_pi * uniform(state));
}

static void swap(unsigned char *a, unsigned char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void shuffle(void *items, size_t count, size_t size, uint64_t *state)
{
    unsigned char *bytes = items;

    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(uniform(state) * (double)i);
        swap(bytes + (i - 1) * size, bytes + j * size, size);
    }
}
