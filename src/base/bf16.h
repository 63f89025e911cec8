/* bfloat16: the upper half of a float. */
#ifndef RNNI_BF16_H
#define RNNI_BF16_H

#include <stdint.h>
#include <string.h>

/* The nearest one, of two the even one; a NaN stays one. */
static inline uint16_t rnni_bf16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >> 16 | 0x40 : nearest);
}

#endif
