#include "machine_loops.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

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

/* ---- dot products -------------------------------------------------------------------------------------------------
 */

#if defined(__x86_64__) && defined(__GNUC__) && (defined(__clang__) || __GNUC__ >= 11)
__attribute__((target("avx512f,avx512bf16"))) static float bf16_avx512(const float *numbers, size_t rounds)
{
    const __m512bh a = (__m512bh)_mm512_loadu_ps(numbers), b = (__m512bh)_mm512_loadu_ps(numbers + 16);
    __m512 sums[CHAINS];
    for (size_t i = 0; i < CHAINS; i++)
        sums[i] = _mm512_loadu_ps(numbers + 16 * i);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < CHAINS; i++)
            sums[i] = _mm512_dpbf16_ps(sums[i], a, b);
    for (size_t i = 1; i < CHAINS; i++)
        sums[0] += sums[i];
    return sums[0][0];
}

__attribute__((target("avx512f,avx512vnni"))) static float int8_avx512(const float *numbers, size_t rounds)
{
    const __m512i a = _mm512_loadu_si512(numbers), b = _mm512_loadu_si512(numbers + 16);
    __m512i sums[CHAINS];
    for (size_t i = 0; i < CHAINS; i++)
        sums[i] = _mm512_loadu_si512(numbers + 16 * i);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < CHAINS; i++)
            sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
    for (size_t i = 1; i < CHAINS; i++)
        sums[0] += sums[i];
    return (float)sums[0][0];
}

__attribute__((target("avx2,avxvnni"))) static float int8_avx2(const float *numbers, size_t rounds)
{
    const __m256i *from = (const __m256i *)(const void *)numbers;
    const __m256i a = _mm256_loadu_si256(from), b = _mm256_loadu_si256(from + 1);
    __m256i sums[CHAINS];
    for (size_t i = 0; i < CHAINS; i++)
        sums[i] = _mm256_loadu_si256(from + i);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < CHAINS; i++)
            sums[i] = _mm256_dpbusd_avx_epi32(sums[i], a, b);
    for (size_t i = 1; i < CHAINS; i++)
        sums[0] += sums[i];
    return (float)sums[0][0];
}

/* Bits of cpuid, leaf 7: eax of its second part, and ecx.  Not by __builtin_cpu_supports, whose names depend on the
 * compiler. */
static int has(int second, unsigned bit)
{
    unsigned a = 0, b, c = 0, d;
    if (!__builtin_cpu_supports("avx2"))
        return 0;
    __cpuid_count(7, second, a, b, c, d);
    return ((second ? a : c) & bit) != 0;
}

struct machine_dots machine_dots_bf16(void)
{
    int is_there = __builtin_cpu_supports("avx512f") && has(1, 1u << 5);
    return (struct machine_dots){"bf16 dots", "AVX512-BF16", CHAINS * 32 * 2.0, is_there ? bf16_avx512 : NULL};
}

struct machine_dots machine_dots_int8(void)
{
    struct machine_dots dots = {"int8 dots", "AVX512-VNNI, AVX-VNNI", CHAINS * 64 * 2.0, NULL};
    if (__builtin_cpu_supports("avx512f") && has(0, 1u << 11))
        dots.multiply_add = int8_avx512;
    else if (has(1, 1u << 4))
        dots = (struct machine_dots){dots.name, dots.needs, CHAINS * 32 * 2.0, int8_avx2};
    return dots;
}
#else
struct machine_dots machine_dots_bf16(void)
{
    return (struct machine_dots){"bf16 dots", "AVX512-BF16", 0, NULL};
}

struct machine_dots machine_dots_int8(void)
{
    return (struct machine_dots){"int8 dots", "AVX512-VNNI, AVX-VNNI", 0, NULL};
}
#endif
