/* Vectors, and marks for compilers: what the templates of kernels_template.h and narrow_kernels_template.h share.
 *
 * Parameters; a file of kernels can choose a smaller WIDTH or TILE_ROWS than its instruction set has:
 *
 *                  AVX-512   AVX2 and FMA   NEON   SSE2 and others
 *     WIDTH           16           8          4           4       floats in a vector register
 *     TILE_ROWS        6           6          6           3       rows of a tile: see tile_template.h
 *     UNROLL           1           4          1           1       terms of a whole tile between two branches
 *
 * - UNROLL: fewer branches are 2 to 3 % (Zen 3, 40 to 650 terms).  An iteration of the larger tiles of AVX-512 has four
 *   times as many multiplications; there it was not measured. */
#if defined(__i386__) && !defined(__SSE2_MATH__)
#error "the x87 unit rounds otherwise than these kernels expect: add -msse2 -mfpmath=sse to CMAKE_C_FLAGS"
#endif

#if defined(WIDTH)
#elif defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX2__)
#define WIDTH 8
#else
#define WIDTH 4
#endif

#if defined(TILE_ROWS)
#elif defined(__AVX2__) || defined(__aarch64__)
#define TILE_ROWS 6
#else
#define TILE_ROWS 3
#endif
#if defined(__AVX2__) && WIDTH == 8
#define UNROLL _Pragma("GCC unroll 4")
#else
#define UNROLL
#endif

#define SIMD               _Pragma("omp simd")
#define SIMD_SUM(variable) _Pragma(SIMD_TEXT(omp simd reduction(+ : variable)))
#define SIMD_TEXT(text)    #text

#if defined(__clang__) && defined(__FMA__)
#include <immintrin.h>
#elif defined(__clang__) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/* A loop of constant length, unrolled early.  Where gcc unrolls one of its own accord, it has already given arrays
 * their places, and sums go to the stack and back between the parts of a tile: 3 to 20 % of the time (Zen 3).  Clang
 * needs no mark, and with one takes minutes to compile a tile for its sanitizers. */
#if defined(__clang__) || defined(__SANITIZE_ADDRESS__)
#define EACH(i, count) for (size_t i = 0; i < (count); i++)
#else
#define EACH(i, count) _Pragma("GCC unroll 32") for (size_t i = 0; i < (count); i++)
#endif

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* Keeps a vector in a register.  A compiler that reads it from memory again for each row of a tile has more loads than
 * multiplications. */
#if defined(__AVX512F__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#elif defined(__x86_64__)
#define IN_REGISTER(vector) __asm__("" : "+x"(vector))
#else
#define IN_REGISTER(vector) (void)0
#endif

/* sum + a b, rounded once where the set can do so.  Clang makes one operation of the two or not by what stands around
 * them, and the sums of a row must not depend on that; GCC makes one whenever it may, and slow code of the intrinsics.
 */
INLINE vector plus_product(vector sum, float a, vector b)
{
#if defined(__clang__) && WIDTH == 16
    return (vector)_mm512_fmadd_ps(_mm512_set1_ps(a), (__m512)b, (__m512)sum);
#elif defined(__clang__) && defined(__FMA__)
    return (vector)_mm256_fmadd_ps(_mm256_set1_ps(a), (__m256)b, (__m256)sum);
#elif defined(__clang__) && defined(__aarch64__)
    return (vector)vfmaq_n_f32((float32x4_t)sum, (float32x4_t)b, a);
#else
    return sum + a * b;
#endif
}
