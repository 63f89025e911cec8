/* Work in parts. */
#ifndef RNNI_PART_H
#define RNNI_PART_H

#include "base/assertion.h"

#include <stddef.h>

struct rnni_part {
    size_t first, count;
};

/* Part `index` of `parts` of `count` things, about as many in each, in whole steps but for the last thing. */
static inline struct rnni_part rnni_part_of(size_t count, size_t step, size_t index, size_t parts)
{
    RNNI_ASSERT(step > 0 && index < parts);
    size_t steps = (count + step - 1) / step;
    size_t first = steps * index / parts * step, end = steps * (index + 1) / parts * step;
    end = end < count ? end : count;
    first = first < count ? first : count;
    return (struct rnni_part){first, end - first};
}

#endif
