/* Products with weights in bf16 (narrow.h), which are widened to floats: included by narrow_kernels_template.h.  Every
 * sum begins with its start and takes its terms in the order of k, as with floats.
 *
 * Why it is fast: a row of a panel is half as many bytes, and a load, a shift and a mask give two vectors, which all
 * rows of a tile use.
 *
 * Parameter:
 *
 *     BF16_PANELS   4   panels that one row takes side by side; with SSE2 2 */
#if defined(__AVX2__) || defined(__aarch64__)
#define BF16_PANELS 4
#else
#define BF16_PANELS 2
#endif
#define ROUNDS_ROWS 0

typedef uint32_t words __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

/* The upper halves as floats.  By shifts where there are several rows: a mask would take a register from the sums. */
INLINE vector upper_half(words both, size_t rows)
{
    if (rows == 1)
        return (vector)(both & 0xFFFF0000u);
    both >>= 16;
    IN_REGISTER(both);
    return (vector)(both << 16);
}

/* sum [rows,NARROW_VECTORS] += a b for two terms of each row and a row of words.  The words are loaded twice: kept,
 * they would take registers from the sums. */
INLINE void add_words(vector (*sum)[NARROW_VECTORS], const float *const *a, size_t q, const float *b, size_t rows)
{
    vector right[NARROW_VECTORS];
    EACH (v, NARROW_VECTORS) {
        right[v] = (vector)(*(const words *)(b + v * WIDTH) << 16);
        IN_REGISTER(right[v]);
    }
    EACH (r, rows)
        EACH (v, NARROW_VECTORS)
            sum[r][v] = plus_product(sum[r][v], a[r][q], right[v]);
    EACH (v, NARROW_VECTORS) {
        right[v] = upper_half(*(const words *)(b + v * WIDTH), rows);
        IN_REGISTER(right[v]);
    }
    EACH (r, rows)
        EACH (v, NARROW_VECTORS)
            sum[r][v] = plus_product(sum[r][v], a[r][q + 1], right[v]);
}

/* The same for the one term of a last row of words. */
INLINE void add_half(vector (*sum)[NARROW_VECTORS], const float *const *a, size_t q, const float *b, size_t rows)
{
    EACH (r, rows)
        EACH (v, NARROW_VECTORS)
            sum[r][v] = plus_product(sum[r][v], a[r][q], (vector)(*(const words *)(b + v * WIDTH) << 16));
}

/* ---- one row ----------------------------------------------------------------------------------------------------- */

/* `panels` panels from number `index` on, a constant where this is called. */
INLINE void bf16_row_by_panels(const struct rnni_product *p, size_t index, size_t panels)
{
    vector sum[BF16_PANELS][NARROW_VECTORS];
    size_t q = 0, size = (p->k + 1) / 2 * RNNI_BLOCK;
    const float *a = p->a, *b = p->weights->data + index * size;
    EACH (i, panels) {
        struct panel panel = narrow_target(p, index + i);
        narrow_load(sum[i], panel.start, panel.valid);
    }
    for (; q + 1 < p->k; q += 2, b += RNNI_BLOCK)
        EACH (i, panels)
            add_words(&sum[i], &a, q, b + i * size, 1);
    if (q < p->k)
        EACH (i, panels)
            add_half(&sum[i], &a, q, b + i * size, 1);
    EACH (i, panels) {
        struct panel panel = narrow_target(p, index + i);
        narrow_store(panel.c, sum[i], panel.valid);
    }
}

static __attribute__((noinline)) void bf16_row(const struct rnni_product *p)
{
    size_t index = narrow_first(p), end = narrow_end(p);
    for (; end - index >= BF16_PANELS; index += BF16_PANELS)
        bf16_row_by_panels(p, index, BF16_PANELS);
    for (; index < end; index++)
        bf16_row_by_panels(p, index, 1);
}

/* ---- any number of rows ------------------------------------------------------------------------------------------ */

INLINE void bf16_tile(const struct rows *at, const struct panel *panel, size_t k, size_t rows)
{
    vector sum[TILE_ROWS][NARROW_VECTORS];
    const float *a[TILE_ROWS], *b = panel->b[0];
    size_t q = 0;
    EACH (r, rows) {
        a[r] = at->a[1][r];
        narrow_load(sum[r], panel->start + at->line[r] * panel->start_row, panel->valid);
    }
    for (; q + 1 < k; q += 2, b += RNNI_BLOCK)
        add_words(sum, a, q, b, rows);
    if (q < k)
        add_half(sum, a, q, b, rows);
    EACH (r, rows)
        narrow_store(panel->c + at->line[r] * panel->row, sum[r], panel->valid);
}

INLINE void bf16_tile_of_rows(const struct rows *at, const struct panel *panel, size_t k)
{
    switch (at->count) {
    case 1:
        bf16_tile(at, panel, k, 1);
        break;
    case 2:
        bf16_tile(at, panel, k, 2);
        break;
#if TILE_ROWS > 3
    case 3:
        bf16_tile(at, panel, k, 3);
        break;
    case 4:
        bf16_tile(at, panel, k, 4);
        break;
    case 5:
        bf16_tile(at, panel, k, 5);
        break;
#endif
    default:
        bf16_tile(at, panel, k, TILE_ROWS);
    }
}

static void bf16_kernel(const struct rnni_product *p)
{
    struct places places;
    if (p->rows == 1) {
        bf16_row(p);
        return;
    }
    for (size_t i = 0; i < p->rows; i += places.count) {
        find_places(&places, p, i, p->rows - i < ROWS_AT_ONCE ? p->rows - i : ROWS_AT_ONCE);
        for (size_t index = narrow_first(p); index < narrow_end(p); index++) {
            struct panel panel = narrow_target(p, index);
            panel.b[0] = p->weights->data + index * ((p->k + 1) / 2 * RNNI_BLOCK);
            for (size_t tile = 0; tile < places.tiles; tile++)
                bf16_tile_of_rows(&places.tile[tile], &panel, p->k);
        }
    }
}
