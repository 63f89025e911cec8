/* Products with weights in bf16 (narrow.h), which are widened to floats: included by kernels_template.h behind
 * narrow_template.h.  Every sum begins with its start and takes its terms in the order of k, as with floats.
 *
 * Why it is fast: a row of a panel is half as many bytes, and a load, a shift and a mask give two vectors, which all
 * rows of a tile use.
 *
 * Parameters:
 *
 *     WORDS             8   words of a vector, at most: AVX-512 has the vectors of AVX2 here
 *     BF16_PANELS       4   panels that one row takes side by side; with SSE2 2 */
#define WORDS       (WIDTH > 8 ? 8 : WIDTH)
#define WORD_HALVES (RNNI_BLOCK / 2 / WORDS) /* vectors of words in a row of a panel */
#define BF16_SUMS   (2 * WORD_HALVES)        /* vectors of floats in it */
#define BF16_PANELS (ROW_PANELS > 4 ? 4 : ROW_PANELS)

typedef uint32_t words __attribute__((vector_size(4 * WORDS), aligned(4), may_alias));
#if WIDTH > 8
typedef float floats __attribute__((vector_size(4 * WORDS), aligned(4), may_alias));

/* As plus_product. */
INLINE floats plus_floats(floats sum, float a, floats b)
{
#if defined(__clang__)
    return (floats)_mm256_fmadd_ps(_mm256_set1_ps(a), (__m256)b, (__m256)sum);
#else
    return sum + a * b;
#endif
}
#else
typedef vector floats;
#define plus_floats plus_product
#endif

/* The first `valid` columns, in their order: as many vectors as the lower halves of a row, then those of the upper. */
INLINE void load_start(floats *sum, const float *start, size_t valid)
{
    float room[RNNI_BLOCK] = {0};
    memcpy(room, start, valid * sizeof *room);
    EACH (v, BF16_SUMS)
        sum[v] = *(const floats *)(room + v * WORDS);
}

INLINE void store_end(float *c, const floats *sum, size_t valid)
{
    float room[RNNI_BLOCK];
    EACH (v, BF16_SUMS)
        *(floats *)(room + v * WORDS) = sum[v];
    memcpy(c, room, valid * sizeof *room);
}

/* sum [rows,BF16_SUMS] += a b for one term of each row and a row of a panel. */
INLINE void add_words(floats (*sum)[BF16_SUMS], const float *const *a, size_t q, const float *b, size_t rows)
{
    floats right[BF16_SUMS];
    EACH (h, WORD_HALVES) {
        words both = *(const words *)(b + h * WORDS), upper = both & 0xFFFF0000u;
        if (rows > 1) { /* a mask would take a register from the sums */
            upper = both >> 16;
            IN_REGISTER(upper);
            upper <<= 16;
        }
        right[h] = (floats)(both << 16);
        right[h + WORD_HALVES] = (floats)upper;
        IN_REGISTER(right[h]);
        IN_REGISTER(right[h + WORD_HALVES]);
    }
    EACH (r, rows)
        EACH (v, BF16_SUMS)
            sum[r][v] = plus_floats(sum[r][v], a[r][q], right[v]);
}

/* ---- one row ----------------------------------------------------------------------------------------------------- */

/* `panels` panels from number `index` on, a constant where this is called. */
INLINE void bf16_row_by_panels(const struct rnni_product *p, size_t index, size_t panels)
{
    floats sum[BF16_PANELS][BF16_SUMS];
    size_t size = p->weights->k * (RNNI_BLOCK / 2);
    const float *a = p->a, *b = p->weights->data + index * size;
    EACH (i, panels) {
        struct panel panel = narrow_target(p, index + i);
        load_start(sum[i], panel.start, panel.valid);
    }
    for (size_t q = 0; q < p->k; q++, b += RNNI_BLOCK / 2)
        EACH (i, panels)
            add_words(&sum[i], &a, q, b + i * size, 1);
    EACH (i, panels) {
        struct panel panel = narrow_target(p, index + i);
        store_end(panel.c, sum[i], panel.valid);
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
    floats sum[TILE_ROWS][BF16_SUMS];
    const float *a[TILE_ROWS], *b = panel->b[0];
    EACH (r, rows) {
        a[r] = at->a[1][r];
        load_start(sum[r], panel->start + at->line[r] * panel->start_row, panel->valid);
    }
    UNROLL for (size_t q = 0; q < k; q++, b += RNNI_BLOCK / 2) add_words(sum, a, q, b, rows);
    EACH (r, rows)
        store_end(panel->c + at->line[r] * panel->row, sum[r], panel->valid);
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
            panel.b[0] = p->weights->data + index * p->weights->k * (RNNI_BLOCK / 2);
            for (size_t tile = 0; tile < places.tiles; tile++)
                bf16_tile_of_rows(&places.tile[tile], &panel, p->k);
        }
    }
}
