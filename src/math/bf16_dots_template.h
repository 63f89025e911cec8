/* Products with weights in bf16 (narrow.h) by AVX512-BF16: included by narrow_kernels_template.h.
 *
 * The rows of a are rounded to bf16 too, and vdpbf16ps adds two products to each of 16 sums.  It takes numbers below
 * the normal ones as 0.  A sum begins with its start and takes its terms in the order of k, so a row has the same bits
 * in every batch and share.
 *
 * Parameters:
 *
 *     PAIRS_AT_ONCE   128   words of a row at a time: 3 KiB of the stack
 *     PAIR_PANELS       2   panels of a tile: 12 sums, 2 vectors of weights
 *     ROW_PAIR_PANELS   8   panels that one row takes side by side */
#define PAIRS_AT_ONCE   128
#define PAIR_PANELS     2
#define ROW_PAIR_PANELS 8
#define ROUNDS_ROWS     1

/* Some rows as words of two bf16. */
struct pair_rows {
    struct narrow_rows at;
    uint32_t word[NARROW_ROWS][PAIRS_AT_ONCE];
};

static void fill_pairs(struct pair_rows *rows, size_t q, size_t k)
{
    for (size_t r = 0; r < rows->at.count; r++) {
        const float *a = rows->at.a[r] + q;
        SIMD
        for (size_t i = 0; i < k / 2; i++)
            rows->word[r][i] = rnni_bf16_of(a[2 * i]) | (uint32_t)rnni_bf16_of(a[2 * i + 1]) << 16;
        if (k % 2)
            rows->word[r][k / 2] = rnni_bf16_of(a[k - 1]);
    }
}

/* `count` rows by `panels` panels from number `index` on, of them the words from `first` on; constants where this is
 * called. */
INLINE void pair_tile(const struct rnni_product *p, const struct pair_rows *rows, size_t index, size_t first,
                      size_t words, size_t count, size_t panels)
{
    __m512 sum[NARROW_ROWS][ROW_PAIR_PANELS];
    struct panel panel[ROW_PAIR_PANELS];
    size_t size = (p->k + 1) / 2 * RNNI_BLOCK;
    const float *b = p->weights->data + index * size + first * RNNI_BLOCK;
    EACH (i, panels) {
        panel[i] = narrow_target(p, index + i);
        if (first > 0)
            narrow_go_on(&panel[i]);
        __mmask16 valid = (__mmask16)((1u << panel[i].valid) - 1);
        EACH (r, count)
            sum[r][i] = _mm512_maskz_loadu_ps(valid, panel[i].start + rows->at.line[r] * panel[i].start_row);
    }
    for (size_t q = 0; q < words; q++, b += RNNI_BLOCK)
        EACH (i, panels) {
            __m512bh right = (__m512bh)_mm512_loadu_si512(b + i * size);
            EACH (r, count)
                sum[r][i] = _mm512_dpbf16_ps(sum[r][i], (__m512bh)_mm512_set1_epi32((int)rows->word[r][q]), right);
        }
    EACH (i, panels) {
        __mmask16 valid = (__mmask16)((1u << panel[i].valid) - 1);
        EACH (r, count)
            _mm512_mask_storeu_ps(panel[i].c + rows->at.line[r] * panel[i].row, valid, sum[r][i]);
    }
}

INLINE void pair_tile_of_rows(const struct rnni_product *p, const struct pair_rows *rows, size_t index, size_t first,
                              size_t words, size_t panels)
{
    switch (rows->at.count) {
    case 1:
        pair_tile(p, rows, index, first, words, 1, panels);
        break;
    case 2:
        pair_tile(p, rows, index, first, words, 2, panels);
        break;
    case 3:
        pair_tile(p, rows, index, first, words, 3, panels);
        break;
    case 4:
        pair_tile(p, rows, index, first, words, 4, panels);
        break;
    case 5:
        pair_tile(p, rows, index, first, words, 5, panels);
        break;
    default:
        pair_tile(p, rows, index, first, words, NARROW_ROWS, panels);
    }
}

/* All panels, of them the words from `first` on. */
static void pair_panels(const struct rnni_product *p, const struct pair_rows *rows, size_t first, size_t words)
{
    size_t index = narrow_first(p), end = narrow_end(p);
    if (rows->at.count == 1)
        for (; end - index >= ROW_PAIR_PANELS; index += ROW_PAIR_PANELS)
            pair_tile(p, rows, index, first, words, 1, ROW_PAIR_PANELS);
    for (; end - index >= PAIR_PANELS; index += PAIR_PANELS)
        pair_tile_of_rows(p, rows, index, first, words, PAIR_PANELS);
    for (; index < end; index++)
        pair_tile_of_rows(p, rows, index, first, words, 1);
}

static void bf16_kernel(const struct rnni_product *p)
{
    struct pair_rows rows;
    struct walk a = walk_from(p->a_lines, 0), c = walk_from(p->c_lines, 0);
    const size_t most = 2 * PAIRS_AT_ONCE;
    for (size_t i = 0; i < p->rows; i += rows.at.count) {
        rows.at = narrow_next(p, &a, &c, p->rows - i);
        for (size_t q = 0; q == 0 || q < p->k; q += most) {
            size_t k = p->k - q < most ? p->k - q : most;
            fill_pairs(&rows, q, k);
            pair_panels(p, &rows, q / 2, (k + 1) / 2);
        }
    }
}
