/* Some elements of a vector, where a row of units ends within it: included by tile_template.h.
 *
 * Why it is fast: a masked load costs about as much as a whole one, with AVX-512 a masked store too, and no row is
 * copied.  SSE2 and NEON have neither, so a vector is copied there. */
#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* The first `count` elements, 0 to WIDTH. */
#if defined(__AVX512F__)
typedef __mmask16 some;

INLINE some some_of(size_t count)
{
    return (__mmask16)((1u << count) - 1);
}
#else
typedef size_t some;

INLINE some some_of(size_t count)
{
    return count;
}
#endif

/* The elements that are not loaded become 0; those that are not stored stay as they are. */
#if defined(__AVX512F__)
INLINE vector load_some(const float *from, some chosen)
{
    return (vector)_mm512_maskz_loadu_ps(chosen, from);
}

INLINE void store_some(float *to, some chosen, vector v)
{
    _mm512_mask_storeu_ps(to, chosen, (__m512)v);
}
#elif defined(__AVX2__)
INLINE vector load_some(const float *from, some chosen)
{
    static const int32_t ones[2 * WIDTH] = {-1, -1, -1, -1, -1, -1, -1, -1};
    __m256i mask = _mm256_loadu_si256((const __m256i *)(const void *)(ones + WIDTH - chosen));
    return (vector)_mm256_maskload_ps(from, mask);
}

/* By halves: many CPUs are slow with a masked store. */
INLINE void store_some(float *to, some chosen, vector v)
{
    __m128 rest = _mm256_castps256_ps128((__m256)v);
    if (chosen >= WIDTH) {
        *(vector *)to = v;
        return;
    }
    if (chosen & 4) {
        _mm_storeu_ps(to, rest);
        rest = _mm256_extractf128_ps((__m256)v, 1);
        to += 4;
    }
    if (chosen & 2) {
        _mm_storel_pi((__m64 *)(void *)to, rest);
        rest = _mm_movehl_ps(rest, rest);
        to += 2;
    }
    if (chosen & 1)
        _mm_store_ss(to, rest);
}
#else
INLINE vector load_some(const float *from, some chosen)
{
    vector v = {0};
    memcpy(&v, from, chosen * sizeof *from);
    return v;
}

INLINE void store_some(float *to, some chosen, vector v)
{
    memcpy(to, &v, chosen * sizeof *to);
}
#endif

/* Of `left` elements from the first of vector v on, those in it. */
INLINE some some_left(size_t left, size_t v)
{
    size_t before = v * WIDTH, count = left > before ? left - before : 0;
    return some_of(count < WIDTH ? count : WIDTH);
}
