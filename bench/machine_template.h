/* The two loops of machine_loops.c for one instruction set.  Whoever includes this has defined SET (the end of the
 * names), TARGET (the attribute that allows the instructions) and WIDTH (bytes of a register). */
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define FLOATS       PASTE(floats_, SET)
#define WORDS        PASTE(words_, SET)

typedef float FLOATS __attribute__((vector_size(WIDTH), may_alias));
typedef uint32_t WORDS __attribute__((vector_size(WIDTH), may_alias));

/* Every sum begins at another number: equal ones would be computed once. */
TARGET static float PASTE(multiply_add_, SET)(const float *numbers, size_t rounds)
{
    const FLOATS *from = (const FLOATS *)(const void *)numbers;
    const FLOATS factor = from[CHAINS], addend = from[CHAINS + 1];
    FLOATS sums[CHAINS];
    for (size_t i = 0; i < CHAINS; i++)
        sums[i] = from[i];
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < CHAINS; i++)
            sums[i] = sums[i] * factor + addend;
    for (size_t i = 1; i < CHAINS; i++)
        sums[0] += sums[i];
    return sums[0][0];
}

/* Whole numbers are added, so that nothing but the loads is slow. */
TARGET static uint32_t PASTE(read_, SET)(const void *block, size_t bytes, size_t rounds)
{
    const WORDS *const end = (const WORDS *)block + bytes / WIDTH;
    WORDS sums[LOADS] = {{0}};
    for (size_t round = 0; round < rounds; round++) {
        for (const WORDS *at = block; at < end; at += LOADS)
            for (size_t i = 0; i < LOADS; i++)
                sums[i] += at[i];
        __asm__ volatile("" ::: "memory"); /* what is read may be different the next time, for all the compiler knows */
    }
    for (size_t i = 1; i < LOADS; i++)
        sums[0] += sums[i];
    return sums[0][0];
}

#undef PASTE_
#undef PASTE
#undef FLOATS
#undef WORDS
#undef SET
#undef TARGET
#undef WIDTH
