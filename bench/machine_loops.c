#include "machine_loops.h"

#if defined(__x86_64__)

#define SET    avx512
#define TARGET __attribute__((target("avx512f")))
#define WIDTH  64
#include "machine_template.h"

#define SET    avx2
#define TARGET __attribute__((target("avx2,fma")))
#define WIDTH  32
#include "machine_template.h"

#endif

#define SET plain
#define TARGET
#define WIDTH 16
#include "machine_template.h"

/* Two operations for each number of a register. */
static const struct machine_loops plain = {"plain", CHAINS * 4 * 2.0, multiply_add_plain, read_plain};

const struct machine_loops *machine_loops(void)
{
#if defined(__x86_64__)
    static const struct machine_loops avx512 = {"avx512", CHAINS * 16 * 2.0, multiply_add_avx512, read_avx512};
    static const struct machine_loops avx2 = {"avx2", CHAINS * 8 * 2.0, multiply_add_avx2, read_avx2};
    if (__builtin_cpu_supports("avx512f"))
        return &avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &avx2;
#endif
    return &plain;
}
