/* Products with weights in int8 (narrow.h): included by narrow_kernels_template.h.
 *
 * A row of a becomes bytes too: its scale s is its largest absolute value / RNNI_NARROW_LEVELS, and its elements are
 * a / s, rounded to the nearest.  Then
 *
 *     c = start + s * (scale of the column) * (sum of the products of bytes)
 *
 * for each RNNI_NARROW_TERMS of k, whose sum of bytes is exact, one after another: so a row has the same bits in every
 * batch and share.  A row with an infinity or a NaN gives NaN; one that has nothing above 1e-30 counts as 0.
 *
 * Why it is fast: a byte is a quarter of what a float reads, and AVX2 multiplies and adds 32 bytes in three operations,
 * a dot product of bytes in one.  All rows that are bytes go over a panel before the next.  Measured with AVX2 (Zen 3),
 * the time of a step of 512 units and of a batch of 16: rows of 8 bits, whose signs the weights take, 29 % and 34 %
 * more; weights that are widened to 16 bits another 5 % less and 36 % more.
 *
 * Parameters:
 *
 *                 AVX512-VNNI   AVX-VNNI   AVX2   NEON with dot products   others
 *     BYTE_INTS       16            8        8              4                      sums of a vector
 *     BYTE_TILE        6            3        3              3                3     rows by a panel at a time
 *     BYTE_SPLIT       2            2        1              1                      sums of each row and column
 *     ROW_SPLIT        8            4        1              2                      those of one row alone
 *
 * BYTE_SPLIT, ROW_SPLIT: a dot product waits 4 or 5 cycles for the one before, so about 10 sums are needed.  AVX2 waits
 * one cycle, for an addition. */
#if defined(__AVX512VNNI__)
#define BYTE_INTS  16
#define BYTE_TILE  6
#define BYTE_SPLIT 2
#define ROW_SPLIT  8
#elif defined(__AVXVNNI__)
#define BYTE_INTS  8
#define BYTE_TILE  3
#define BYTE_SPLIT 2
#define ROW_SPLIT  4
#elif defined(__AVX2__)
#define BYTE_INTS  8
#define BYTE_TILE  3
#define BYTE_SPLIT 1
#define ROW_SPLIT  1
#elif defined(__ARM_FEATURE_DOTPROD)
#define BYTE_INTS  4
#define BYTE_TILE  3
#define BYTE_SPLIT 1
#define ROW_SPLIT  2
#else
#define BYTE_TILE 3
#endif

/* ---- rows as bytes ----------------------------------------------------------------------------------------------- */

/* RNNI_NARROW_LEVELS / (the largest absolute value of a), or 0 for a row that counts as 0; *scale is the inverse. */
INLINE float scale_of(float *scale, const float *a, size_t k)
{
    float largest = rnni_updates()->magnitude(a, k);
    *scale = largest > FLT_MAX ? NAN : largest > 1e-30f ? largest / RNNI_NARROW_LEVELS : 0;
    return *scale > 0 ? RNNI_NARROW_LEVELS / largest : 0; /* 0 for NaN */
}

/* By a sum with 1.5 * 2^23, whose last bits are the nearest whole number. */
INLINE void to_bytes(uint8_t *to, const float *a, size_t k, float inverse)
{
    SIMD
    for (size_t q = 0; q < k; q++) {
        float shifted = a[q] * inverse + 12582912.0f;
        uint32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        to[q] = (uint8_t)(bits - 0x4B400000u + RNNI_NARROW_OFFSET);
    }
}

/* ---- sums of bytes ----------------------------------------------------------------------------------------------- */

#ifdef BYTE_INTS
#define BYTE_VECTORS (RNNI_BLOCK / BYTE_INTS)

typedef int32_t ints __attribute__((vector_size(4 * BYTE_INTS), aligned(4), may_alias));

/* sum + the products of four bytes of a row and four of each column. */
INLINE ints plus_bytes(ints sum, int32_t row, const int8_t *b)
{
    ints columns = *(const ints *)(const void *)b, each = row - (ints){0};
#if defined(__AVX512VNNI__)
    return (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)each, (__m512i)columns);
#elif defined(__AVXVNNI__)
    return (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)each, (__m256i)columns);
#elif defined(__AVX2__)
    __m256i pairs = _mm256_maddubs_epi16((__m256i)each, (__m256i)columns); /* below 2^15 */
    return sum + (ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
    return (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)each, (int8x16_t)columns);
#endif
}

/* sum [rows,16] = the sums of `quads` terms of four of each row and a panel, each in `split` parts; rows and split are
 * constants where this is called. */
INLINE void sum_parts(int32_t (*sum)[RNNI_BLOCK], const uint8_t *const *a, const int8_t *b, size_t quads, size_t rows,
                      size_t split)
{
    ints total[BYTE_TILE * BYTE_SPLIT > ROW_SPLIT ? BYTE_TILE * BYTE_SPLIT : ROW_SPLIT][BYTE_VECTORS];
    size_t q = 0;
    EACH (i, rows * split)
        EACH (v, BYTE_VECTORS)
            total[i][v] = (ints){0};
    UNROLL for (; q + split <= quads; q += split)
    {
        EACH (part, split)
            EACH (r, rows) {
                int32_t four;
                memcpy(&four, a[r] + 4 * (q + part), sizeof four);
                EACH (v, BYTE_VECTORS)
                    total[r * split + part][v] = plus_bytes(total[r * split + part][v], four,
                                                            b + (q + part) * 4 * RNNI_BLOCK + v * 4 * BYTE_INTS);
            }
    }
    for (; q < quads; q++)
        EACH (r, rows) {
            int32_t four;
            memcpy(&four, a[r] + 4 * q, sizeof four);
            EACH (v, BYTE_VECTORS)
                total[r * split][v] = plus_bytes(total[r * split][v], four, b + q * 4 * RNNI_BLOCK + v * 4 * BYTE_INTS);
        }
    EACH (r, rows)
        EACH (v, BYTE_VECTORS) {
            EACH (part, split - 1)
                total[r * split][v] += total[r * split + part + 1][v];
            *(ints *)(void *)(sum[r] + v * BYTE_INTS) = total[r * split][v];
        }
}

INLINE void sum_bytes(int32_t (*sum)[RNNI_BLOCK], const uint8_t *const *a, const int8_t *b, size_t quads, size_t rows)
{
    if (rows == 1)
        sum_parts(sum, a, b, quads, 1, ROW_SPLIT);
    else
        sum_parts(sum, a, b, quads, rows, BYTE_SPLIT);
}
#else
INLINE void sum_bytes(int32_t (*sum)[RNNI_BLOCK], const uint8_t *const *a, const int8_t *b, size_t quads, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        int32_t total[RNNI_BLOCK] = {0};
        for (size_t q = 0; q < quads; q++) {
            const uint8_t *four = a[r] + 4 * q;
            const int8_t *column = b + q * 64;
            SIMD
            for (size_t j = 0; j < RNNI_BLOCK; j++)
                total[j] += four[0] * column[4 * j] + four[1] * column[4 * j + 1] + four[2] * column[4 * j + 2] +
                            four[3] * column[4 * j + 3];
        }
        memcpy(sum[r], total, sizeof total);
    }
}
#endif

/* ---- products ---------------------------------------------------------------------------------------------------- */

/* Some rows as bytes. */
struct byte_rows {
    struct narrow_rows at;
    uint8_t byte[NARROW_ROWS][RNNI_NARROW_TERMS];
    float scale[NARROW_ROWS], inverse[NARROW_ROWS];
};

static void fill_bytes(struct byte_rows *rows, size_t q, size_t k)
{
    for (size_t r = 0; r < rows->at.count; r++) {
        uint8_t *to = rows->byte[r];
        to_bytes(to, rows->at.a[r] + q, k, rows->inverse[r]);
        memset(to + k, 0, (4 - k % 4) % 4);
    }
}

/* Of a panel, what a chunk of RNNI_NARROW_TERMS rows reads. */
struct bytes {
    const float *scale;    /* [16] */
    const int32_t *offset; /* [16] */
    const int8_t *quad;
    size_t quads;
};

INLINE void store_sums(float *c, const float *start, const int32_t *sum, const struct bytes *bytes, float row,
                       size_t valid)
{
    const int32_t *offset = bytes->offset;
    const float *scale = bytes->scale;
    SIMD
    for (size_t j = 0; j < valid; j++)
        c[j] = start[j] + (float)(sum[j] - offset[j]) * (row * scale[j]);
}

INLINE void byte_tile(const struct byte_rows *rows, size_t first, const struct panel *panel, const struct bytes *bytes,
                      size_t count)
{
    int32_t sum[BYTE_TILE][RNNI_BLOCK];
    const uint8_t *a[BYTE_TILE];
    EACH (r, count)
        a[r] = rows->byte[first + r];
    sum_bytes(sum, a, bytes->quad, bytes->quads, count);
    for (size_t r = 0; r < count; r++) {
        size_t line = rows->at.line[first + r];
        float *c = panel->c + line * panel->row;
        const float *start = panel->start + line * panel->start_row;
        if (panel->valid == RNNI_BLOCK)
            store_sums(c, start, sum[r], bytes, rows->scale[first + r], RNNI_BLOCK);
        else
            store_sums(c, start, sum[r], bytes, rows->scale[first + r], panel->valid);
    }
}

INLINE void byte_tiles(const struct byte_rows *rows, const struct panel *panel, const struct bytes *bytes)
{
    size_t r = 0;
    for (; rows->at.count - r > BYTE_TILE; r += BYTE_TILE)
        byte_tile(rows, r, panel, bytes, BYTE_TILE);
    switch (rows->at.count - r) {
    case 1:
        byte_tile(rows, r, panel, bytes, 1);
        break;
    case 2:
        byte_tile(rows, r, panel, bytes, 2);
        break;
#if BYTE_TILE > 3
    case 3:
        byte_tile(rows, r, panel, bytes, 3);
        break;
    case 4:
        byte_tile(rows, r, panel, bytes, 4);
        break;
    case 5:
        byte_tile(rows, r, panel, bytes, 5);
        break;
#endif
    default:
        byte_tile(rows, r, panel, bytes, BYTE_TILE);
    }
}

/* All panels, their rows from `q` on, `k` of them. */
static void byte_panels(const struct rnni_product *p, const struct byte_rows *rows, size_t q, size_t k)
{
    size_t end = narrow_end(p), chunks = rnni_narrow_chunks(p->k);
    size_t size = (1 + chunks + (p->k + 3) / 4) * RNNI_BLOCK;
    for (size_t index = narrow_first(p); index < end; index++) {
        struct panel panel = narrow_target(p, index);
        const float *weights = p->weights->data + index * size, *offset = weights + RNNI_BLOCK;
        struct bytes bytes = {.scale = weights,
                              .offset = (const int32_t *)(const void *)offset + q / RNNI_NARROW_TERMS * RNNI_BLOCK,
                              .quad = (const int8_t *)(offset + chunks * RNNI_BLOCK) + q * RNNI_BLOCK,
                              .quads = (k + 3) / 4};
        if (q > 0)
            narrow_go_on(&panel);
        byte_tiles(rows, &panel, &bytes);
    }
}

static void int8_kernel(const struct rnni_product *p)
{
    struct byte_rows rows;
    struct walk a = walk_from(p->a_lines, 0), c = walk_from(p->c_lines, 0);
    for (size_t i = 0; i < p->rows; i += rows.at.count) {
        rows.at = narrow_next(p, &a, &c, p->rows - i);
        for (size_t r = 0; r < rows.at.count; r++)
            rows.inverse[r] = scale_of(&rows.scale[r], rows.at.a[r], p->k);
        for (size_t q = 0; q == 0 || q < p->k; q += RNNI_NARROW_TERMS) {
            size_t k = p->k - q < RNNI_NARROW_TERMS ? p->k - q : RNNI_NARROW_TERMS;
            fill_bytes(&rows, q, k);
            byte_panels(p, &rows, q, k);
        }
    }
}
