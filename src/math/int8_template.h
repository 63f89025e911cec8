/* Products with weights in int8 (narrow.h): included by kernels_template.h behind narrow_template.h
 * and updates_template.h.
 *
 * A row of a becomes bytes too: its scale s is its largest absolute value / 127, and its elements are a / s, rounded to
 * the nearest.  Then
 *
 *     c = start + s * (scale of the column) * (sum of the products of bytes)
 *
 * for each RNNI_NARROW_TERMS of k, whose sum of bytes is exact, one after another: so a row has the same bits in every
 * batch and share.  A row with an infinity or a NaN gives NaN; one that has nothing above 1e-30 counts as 0.
 *
 * Why it is fast: a byte is a quarter of what a float reads, and AVX2 multiplies and adds 32 bytes in five operations.
 * All rows that are bytes go over a panel before the next.  (With weights that are widened to 16 bits for vpmaddwd, a
 * step of 512 units took 5 % less time and a batch of 16 36 % more, Zen 3.)
 *
 * Parameters:
 *
 *     BYTE_ROWS    6   rows of a that are bytes at a time: 6 KiB of the stack
 *     BYTE_TILE    3   rows by a panel at a time: with AVX2 6 registers for sums, 4 for weights */
#define BYTE_ROWS 6
#define BYTE_TILE 3

/* ---- rows as bytes ----------------------------------------------------------------------------------------------- */

/* 127 / (the largest absolute value of a), or 0 for a row that counts as 0; *scale is the inverse. */
INLINE float scale_of(float *scale, const float *a, size_t k)
{
    float largest = magnitude_kernel(a, k);
    *scale = largest > FLT_MAX ? NAN : largest > 1e-30f ? largest / 127 : 0;
    return *scale > 0 ? 127 / largest : 0; /* 0 for NaN */
}

/* By a sum with 1.5 * 2^23, whose last bits are the nearest whole number. */
INLINE void to_bytes(int8_t *to, const float *a, size_t k, float inverse)
{
    for (size_t q = 0; q < k; q++) {
        float shifted = a[q] * inverse + 12582912.0f;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        to[q] = (int8_t)(bits - 0x4B400000);
    }
}

/* ---- sums of bytes ----------------------------------------------------------------------------------------------- */

/* sum [rows,16] = the sums of `quads` terms of four of each row and a panel; rows is a constant where this is called.
 */
#if defined(__AVX2__)
INLINE void sum_bytes(int32_t (*sum)[RNNI_BLOCK], const int8_t *const *a, const int8_t *b, size_t quads, size_t rows)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i total[BYTE_TILE][2];
    for (size_t r = 0; r < rows; r++)
        total[r][0] = total[r][1] = _mm256_setzero_si256();
    UNROLL for (size_t q = 0; q < quads; q++)
    {
        __m256i left = _mm256_loadu_si256((const __m256i *)(const void *)(b + q * 64));
        __m256i right = _mm256_loadu_si256((const __m256i *)(const void *)(b + q * 64 + 32));
        __m256i plus_left = _mm256_abs_epi8(left), plus_right = _mm256_abs_epi8(right);
        for (size_t r = 0; r < rows; r++) {
            int32_t four;
            memcpy(&four, a[r] + 4 * q, sizeof four);
            __m256i each = _mm256_set1_epi32(four);
            /* |w| times a with the sign of w: pairs stay below 2^15. */
            __m256i pairs = _mm256_maddubs_epi16(plus_left, _mm256_sign_epi8(each, left));
            __m256i more = _mm256_maddubs_epi16(plus_right, _mm256_sign_epi8(each, right));
            total[r][0] = _mm256_add_epi32(total[r][0], _mm256_madd_epi16(pairs, ones));
            total[r][1] = _mm256_add_epi32(total[r][1], _mm256_madd_epi16(more, ones));
        }
    }
    for (size_t r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *)(void *)sum[r], total[r][0]);
        _mm256_storeu_si256((__m256i *)(void *)(sum[r] + 8), total[r][1]);
    }
}
#else
INLINE void sum_bytes(int32_t (*sum)[RNNI_BLOCK], const int8_t *const *a, const int8_t *b, size_t quads, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        int32_t total[RNNI_BLOCK] = {0};
        for (size_t q = 0; q < quads; q++) {
            const int8_t *four = a[r] + 4 * q, *column = b + q * 64;
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
    int8_t byte[BYTE_ROWS][RNNI_NARROW_TERMS];
    float scale[BYTE_ROWS], inverse[BYTE_ROWS];
    const float *a[BYTE_ROWS];
    size_t line[BYTE_ROWS], count;
};

static void fill_bytes(struct byte_rows *rows, size_t q, size_t k)
{
    for (size_t r = 0; r < rows->count; r++) {
        int8_t *to = rows->byte[r];
        to_bytes(to, rows->a[r] + q, k, rows->inverse[r]);
        memset(to + k, 0, (4 - k % 4) % 4);
    }
}

/* c [valid] = start + sum * scale. */
INLINE void store_sums(float *c, const float *start, const int32_t *sum, const float *scale, float row, size_t valid)
{
    SIMD
    for (size_t j = 0; j < valid; j++)
        c[j] = start[j] + (float)sum[j] * (row * scale[j]);
}

INLINE void byte_tile(const struct byte_rows *rows, size_t first, size_t count, const struct panel *panel,
                      const float *weights, size_t quad, size_t quads)
{
    int32_t sum[BYTE_TILE][RNNI_BLOCK];
    const int8_t *a[BYTE_TILE];
    for (size_t r = 0; r < count; r++)
        a[r] = rows->byte[first + r];
    sum_bytes(sum, a, (const int8_t *)(weights + RNNI_BLOCK) + quad * 4 * RNNI_BLOCK, quads, count);
    for (size_t r = 0; r < count; r++) {
        size_t line = rows->line[first + r];
        float *c = panel->c + line * panel->row;
        const float *start = panel->start + line * panel->start_row;
        if (panel->valid == RNNI_BLOCK)
            store_sums(c, start, sum[r], weights, rows->scale[first + r], RNNI_BLOCK);
        else
            store_sums(c, start, sum[r], weights, rows->scale[first + r], panel->valid);
    }
}

/* All panels, their rows from `q` on, `k` of them. */
static void byte_panels(const struct rnni_product *p, const struct byte_rows *rows, size_t q, size_t k)
{
    const struct rnni_weights *w = p->weights;
    size_t size = RNNI_BLOCK + (w->k + 3) / 4 * RNNI_BLOCK, end = narrow_end(p), quads = (k + 3) / 4;
    for (size_t index = narrow_first(p); index < end; index++) {
        struct panel panel = narrow_target(p, index);
        const float *weights = w->data + index * size;
        size_t r = 0;
        if (q > 0)
            narrow_go_on(&panel);
        for (; r + BYTE_TILE <= rows->count; r += BYTE_TILE)
            byte_tile(rows, r, BYTE_TILE, &panel, weights, q / 4, quads);
        for (; r < rows->count; r++)
            byte_tile(rows, r, 1, &panel, weights, q / 4, quads);
    }
}

static void int8_kernel(const struct rnni_product *p)
{
    struct byte_rows rows;
    struct walk a = walk_from(p->a_lines, 0), c = walk_from(p->c_lines, 0);
    for (size_t i = 0; i < p->rows; i += rows.count) {
        rows.count = p->rows - i < BYTE_ROWS ? p->rows - i : BYTE_ROWS;
        for (size_t r = 0; r < rows.count; r++) {
            rows.a[r] = p->a + next_line(&a) * p->a_row;
            rows.line[r] = next_line(&c);
            rows.inverse[r] = scale_of(&rows.scale[r], rows.a[r], p->k);
        }
        for (size_t q = 0; q == 0 || q < p->k; q += RNNI_NARROW_TERMS) {
            size_t k = p->k - q < RNNI_NARROW_TERMS ? p->k - q : RNNI_NARROW_TERMS;
            fill_bytes(&rows, q, k);
            byte_panels(p, &rows, q, k);
        }
    }
}
