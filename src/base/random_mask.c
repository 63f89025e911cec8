#include "base/random_mask.h"

#include "base/random.h"

uint64_t rnni_random_mask_key(uint64_t seed, uint64_t bound, enum rnni_random_mask_kind kind, size_t layer,
                              size_t direction)
{
    uint64_t key = rnni_random_mix(rnni_random_mix(seed) + bound);
    return rnni_random_mix(key + ((uint64_t)layer << 8 | (uint64_t)direction << 4 | (uint64_t)kind));
}

void rnni_random_mask_fill(float *mask, size_t n, uint64_t key, size_t step, size_t sequence, double p)
{
    uint64_t row = rnni_random_mix(key + ((uint64_t)step << 32 | (uint64_t)sequence));
    uint64_t end = (uint64_t)(p * 0x1p53);
    for (size_t j = 0; j < n; j++)
        mask[j] = rnni_random_mix(row + j) >> 11 < end ? 1 : 0;
}
