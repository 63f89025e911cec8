/* Loops that do one thing as fast as the machine can, for the widest instruction set it has. */
#ifndef MACHINE_LOOPS_H
#define MACHINE_LOOPS_H

#include <stddef.h>
#include <stdint.h>

/* Twelve chains of dependent operations hide their latency, and with what they work on fit in sixteen registers. */
#define CHAINS          12
#define MACHINE_NUMBERS ((CHAINS + 2) * 16) /* floats that multiply_add works on: where the chains begin, x and y */

#define LOADS             8            /* registers that `read` fills in a row */
#define MACHINE_READ_UNIT (LOADS * 64) /* bytes of a block are a multiple of this, so that no set needs a remainder */

struct machine_loops {
    const char *set;                                                  /* name of the instruction set */
    double operations;                                                /* of one round of multiply_add */
    float (*multiply_add)(const float *numbers, size_t rounds);       /* sum = sum * x + y */
    uint32_t (*read)(const void *block, size_t bytes, size_t rounds); /* the block from its beginning, in every round */
};

const struct machine_loops *machine_loops(void);

/* Dot products of numbers of fewer bits, for the widest instruction set that the machine has. */
struct machine_dots {
    const char *name, *needs;                                   /* of what; the sets that have such an instruction */
    double operations;                                          /* of one round */
    float (*multiply_add)(const float *numbers, size_t rounds); /* NULL: the machine has none of the sets */
};

struct machine_dots machine_dots_bf16(void);
struct machine_dots machine_dots_int8(void);

#endif
