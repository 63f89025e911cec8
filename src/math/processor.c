#include "math/processor.h"

#ifdef RNNI_X86
#include <cpuid.h>
#include <stdint.h>

/* Bits of cpuid: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A. */
#define FMA         (1u << 12) /* leaf 1, ecx */
#define OSXSAVE     (1u << 27)
#define AVX         (1u << 28)
#define AVX2        (1u << 5) /* leaf 7, ebx */
#define AVX512F     (1u << 16)
#define AVX512DQ    (1u << 17)
#define AVX512BW    (1u << 30)
#define AVX512VL    (1u << 31)
#define AVX512_VNNI (1u << 11) /* leaf 7, ecx */
#define AVX_VNNI    (1u << 4)  /* leaf 7, second part, eax */
#define AVX512_BF16 (1u << 5)

#define AVX512 (AVX2 | AVX512F | AVX512DQ | AVX512BW | AVX512VL)

/* Registers that the system saves when it switches threads: xgetbv, volume 1, 13.3. */
#define SAVES_AVX    0x06u
#define SAVES_AVX512 0xE6u

static uint32_t saved_registers(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
#ifdef __APPLE__ /* macOS begins to save those of AVX-512 when a thread first uses them */
    if ((low & SAVES_AVX) == SAVES_AVX)
        low |= SAVES_AVX512;
#endif
    return low;
}

/* Do the processor and the system have FMA, AVX and these bits of leaf 7: ebx, ecx, and eax of its second part? */
static int has(uint32_t basic, uint32_t more, uint32_t second, uint32_t saves)
{
    const uint32_t first = FMA | OSXSAVE | AVX;
    uint32_t a, b, c, d, parts;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first || (saved_registers() & saves) != saves)
        return 0;
    if (!__get_cpuid_count(7, 0, &parts, &b, &c, &d) || (b & basic) != basic || (c & more) != more)
        return 0;
    return !second || (parts >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & second) == second);
}

int rnni_processor_has_avx2(void)
{
    return has(AVX2, 0, 0, SAVES_AVX);
}

int rnni_processor_has_avxvnni(void)
{
    return has(AVX2, 0, AVX_VNNI, SAVES_AVX);
}

int rnni_processor_has_avx512(void)
{
    return has(AVX512, 0, 0, SAVES_AVX512);
}

int rnni_processor_has_avx512vnni(void)
{
    return has(AVX512, AVX512_VNNI, 0, SAVES_AVX512);
}

int rnni_processor_has_avx512bf16(void)
{
    return has(AVX512, AVX512_VNNI, AVX512_BF16, SAVES_AVX512);
}

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif

int rnni_processor_has_dotprod(void)
{
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & (1ul << 20)) != 0; /* HWCAP_ASIMDDP */
#else
    return 1; /* macOS: every processor of Apple for it */
#endif
}
#endif
