/* Products with weights in panels (panels.h).
 *
 * Why it is fast:
 * - A tile of sums stays in registers while it takes all terms of a panel.  Each vector of b is loaded once for
 *   all rows of the tile, each element of a once for all its columns, so loads take less time than multiplications.
 * - On most CPUs a multiplication with its addition takes 4 cycles, and two of them start in each cycle.  8 sums
 *   that do not wait for one another keep such a CPU busy.  Vectors run along the columns, so no sum is ever split.
 * - Panels are read from end to end, and nothing is copied: weights were packed when they changed.
 * - Sizes of tiles are constants where a tile is compiled, so its loops over rows and blocks are unrolled.
 *
 * Parameters.  A block is RNNI_BLOCK = 16 columns, one cache line; a panel has at most RNNI_PANEL_BLOCKS = 4.
 *
 *                  AVX-512   AVX2 and FMA   NEON   SSE2 and others
 *     registers       32          16         32          16
 *     TILE_ROWS        6           6          6           3       rows of a tile
 *     TILE_BLOCKS      4           1          1           1       blocks of a tile of several rows
 *       sums          24          12         24          12       registers: TILE_ROWS * TILE_BLOCKS * 16 / WIDTH
 *       b              4           2          4           4       registers: a row of the blocks
 *       a              1           1          1           1       register: one element, in all places
 *       others         0           0          0           1       register: a product that is still to be added
 *     ROW_BLOCKS       4           4          4           2       blocks of a tile of one row
 *       sums           4           8         16           8       registers
 *     ROW_PANELS       2           1          1           0       whole panels that one row takes side by side
 *       sums           8           8         16           -       registers; with 3 gates, whose panels have 3 blocks,
 *                                                                 three quarters of that
 *     AHEAD            1           1          1           0       faster than a CBLAS
 *     DEPTH          512         512        512         512       rows of a panel at a time
 *     ROWS_AT_ONCE   192         192        192         192       rows of a at a time
 *
 * - TILE_ROWS, TILE_BLOCKS: the largest tile whose registers the set has: 29 of 32 or 15 of 16.  SSE2 needs 18 of 16,
 *   so gcc 12 keeps two of the sums on the stack.
 * - ROW_BLOCKS, ROW_PANELS: one row uses each weight once, so no registers are kept for b, and 8 sums are enough.  With
 *   SSE2 one row goes by tiles.
 * - AHEAD: where it is 0, RNN_PRODUCTS_AUTOMATIC takes a CBLAS if there is one.
 * - DEPTH: 512 rows of 4 blocks are 128 KiB, which stay in the second-level cache while all rows of a go over them.
 * - ROWS_AT_ONCE: the places of 192 rows are 3 KiB of the stack; a multiple of TILE_ROWS. */
#if defined(__AVX512F__)
#define TILE_ROWS   6
#define TILE_BLOCKS 4
#define ROW_BLOCKS  4
#define ROW_PANELS  2
#define AHEAD       1
#elif defined(__AVX2__) || defined(__aarch64__)
#define TILE_ROWS   6
#define TILE_BLOCKS 1
#define ROW_BLOCKS  4
#define ROW_PANELS  1
#define AHEAD       1
#else
#define TILE_ROWS   3
#define TILE_BLOCKS 1
#define ROW_BLOCKS  2
#define ROW_PANELS  0
#define AHEAD       0
#endif
#define DEPTH        512
#define ROWS_AT_ONCE 192

#if defined(__clang__) && defined(__FMA__)
#include <immintrin.h>
#elif defined(__clang__) && defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define INLINE        static inline __attribute__((always_inline))
#define BLOCK_VECTORS (RNNI_BLOCK / WIDTH)
#define MOST_VECTORS  (RNNI_PANEL_BLOCKS * BLOCK_VECTORS)

_Static_assert(RNNI_BLOCK % WIDTH == 0, "blocks of whole vectors");
_Static_assert(TILE_BLOCKS <= RNNI_PANEL_BLOCKS, "tiles of one panel");
_Static_assert(ROW_BLOCKS <= RNNI_PANEL_BLOCKS, "rows of one panel");
_Static_assert(ROWS_AT_ONCE % TILE_ROWS == 0, "whole tiles");

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
#if defined(__clang__) && defined(__AVX512F__)
    return (vector)_mm512_fmadd_ps(_mm512_set1_ps(a), (__m512)b, (__m512)sum);
#elif defined(__clang__) && defined(__FMA__)
    return (vector)_mm256_fmadd_ps(_mm256_set1_ps(a), (__m256)b, (__m256)sum);
#elif defined(__clang__) && defined(__aarch64__)
    return (vector)vfmaq_n_f32((float32x4_t)sum, (float32x4_t)b, a);
#else
    return sum + a * b;
#endif
}

#include "math/partial_template.h"

/* A block of 16 columns of c: as a target, but from its own first column on. */
struct block {
    float *c;
    size_t row;
    const float *start;
    size_t start_row;
    size_t valid; /* columns that are there: 1 to 16 */
};

/* c = start + a b for a few rows of a and some blocks of b, whose sums stay in registers. */
struct tile {
    const float *a[TILE_ROWS]; /* where each row of a begins; its next element is `step` floats on */
    size_t line[TILE_ROWS];    /* the rows of c */
    size_t step, k;
    const float *b; /* [k] rows, `stride` floats apart */
    size_t stride;
    const struct block *block;
};

static const float nothing[RNNI_BLOCK];

/* `rows`, `blocks` and `edge` are constants wherever this is called.  edge: some blocks are not all there.  Panels end
 * with zeros, so that only the sums are loaded and stored otherwise. */
INLINE void tile(const struct tile *t, size_t rows, size_t blocks, int edge)
{
    vector sum[TILE_ROWS][MOST_VECTORS];
    const float *a[TILE_ROWS], *b = t->b;
    size_t vectors = blocks * BLOCK_VECTORS, stride = t->stride, step = t->step, end = t->k * step;
    for (size_t r = 0; r < rows; r++) {
        a[r] = t->a[r];
        for (size_t v = 0; v < vectors; v++) {
            const struct block *block = &t->block[v / BLOCK_VECTORS];
            const float *start = block->start + t->line[r] * block->start_row + v % BLOCK_VECTORS * WIDTH;
            sum[r][v] = edge ? load_some(start, some_left(block->valid, v % BLOCK_VECTORS)) : *(const vector *)start;
        }
    }
    for (size_t q = 0; q < end; q += step, b += stride) {
        vector right[MOST_VECTORS];
        for (size_t v = 0; v < vectors; v++) {
            right[v] = *(const vector *)(b + v * WIDTH);
            IN_REGISTER(right[v]);
        }
        for (size_t r = 0; r < rows; r++)
            for (size_t v = 0; v < vectors; v++)
                sum[r][v] = plus_product(sum[r][v], a[r][q], right[v]);
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++) {
            const struct block *block = &t->block[v / BLOCK_VECTORS];
            float *c = block->c + t->line[r] * block->row + v % BLOCK_VECTORS * WIDTH;
            if (edge)
                store_some(c, some_left(block->valid, v % BLOCK_VECTORS), sum[r][v]);
            else
                *(vector *)c = sum[r][v];
        }
}

/* One row alone has room for more blocks than a tile of several. */
INLINE void tile_of_row(const struct tile *t, size_t blocks, int edge)
{
    switch (blocks) {
    case 1:
        tile(t, 1, 1, edge);
        break;
#if ROW_BLOCKS > 2
    case 2:
        tile(t, 1, 2, edge);
        break;
    case 3:
        tile(t, 1, 3, edge);
        break;
#endif
    default:
        tile(t, 1, ROW_BLOCKS, edge);
    }
}

INLINE void tile_of_rows(const struct tile *t, size_t rows, size_t blocks, int edge)
{
    switch (rows) {
    case 1:
        tile(t, 1, blocks, edge);
        break;
    case 2:
        tile(t, 2, blocks, edge);
        break;
#if TILE_ROWS > 3
    case 3:
        tile(t, 3, blocks, edge);
        break;
    case 4:
        tile(t, 4, blocks, edge);
        break;
    case 5:
        tile(t, 5, blocks, edge);
        break;
#endif
    default:
        tile(t, TILE_ROWS, blocks, edge);
    }
}

INLINE void tile_of(const struct tile *t, size_t rows, size_t blocks, int edge)
{
    if (rows == 1) {
        tile_of_row(t, blocks, edge);
        return;
    }
    switch (blocks) {
    case 1:
        tile_of_rows(t, rows, 1, edge);
        break;
#if TILE_BLOCKS > 1
    case 2:
        tile_of_rows(t, rows, 2, edge);
        break;
    case 3:
        tile_of_rows(t, rows, 3, edge);
        break;
#endif
    default:
        tile_of_rows(t, rows, TILE_BLOCKS, edge);
    }
}

static void tile_whole(const struct tile *t, size_t rows, size_t blocks)
{
    tile_of(t, rows, blocks, 0);
}

static void tile_at_edge(const struct tile *t, size_t rows, size_t blocks)
{
    tile_of(t, rows, blocks, 1);
}

/* ---- weights in panels ------------------------------------------------------------------------------------------- */

/* Rows of a and c, where they stand. */
struct places {
    size_t rows;
    size_t a[ROWS_AT_ONCE], c[ROWS_AT_ONCE];
};

/* Those of `rows` rows from row `first` on, `apart` floats each: see struct rnni_lines. */
static void find_places(size_t *place, size_t rows, struct rnni_lines lines, size_t first, size_t apart)
{
    size_t group = lines.group ? lines.group : SIZE_MAX, left = group - first % group;
    size_t line = first / group * lines.apart + first % group;
    for (size_t i = 0; i < rows; i++, line++, left--) {
        if (left == 0) {
            line += lines.apart - group;
            left = group;
        }
        place[i] = line * apart;
    }
}

/* All rows by `blocks` blocks that lie side by side: as few tiles as hold them, of about as many rows each. */
static void rows_by_blocks(const struct places *places, const float *a, struct tile tile, size_t blocks)
{
    size_t tiles = (places->rows + TILE_ROWS - 1) / TILE_ROWS, i = 0, whole = 1;
    for (size_t b = 0; b < blocks; b++)
        whole &= tile.block[b].valid == RNNI_BLOCK;
    for (size_t left = tiles; left > 0; left--) {
        size_t rows = (places->rows - i + left - 1) / left;
        for (size_t r = 0; r < rows; r++, i++) {
            tile.a[r] = a + places->a[i];
            tile.line[r] = places->c[i];
        }
        (whole ? tile_whole : tile_at_edge)(&tile, rows, blocks);
    }
}

/* The blocks of the panel whose first unit is `unit`; returns how many.  `begun`: c holds the sums so far. */
static size_t find_blocks(struct block *block, const struct rnni_product *p, size_t unit, int begun)
{
    const struct rnni_weights *w = p->weights;
    size_t step = RNNI_PANELS_STEP(w->gates), left = w->units - unit, count = 0;
    for (size_t gate = 0; gate < w->gates; gate++)
        for (size_t j = 0; j < step && j < left; j += RNNI_BLOCK) {
            const struct rnni_target *target = &p->target[gate];
            struct block *to = &block[count++];
            *to = (struct block){.c = target->c + unit + j,
                                 .row = target->row,
                                 .start = target->start ? target->start + unit + j : nothing,
                                 .start_row = target->start ? target->start_row : 0,
                                 .valid = left - j < RNNI_BLOCK ? left - j : RNNI_BLOCK};
            if (begun) {
                to->start = to->c;
                to->start_row = to->row;
            }
        }
    return count;
}

/* Rows `q` .. of one panel. */
static void panel(const struct rnni_product *p, const struct places *places, size_t unit, size_t q)
{
    struct block block[RNNI_PANEL_BLOCKS];
    size_t count = find_blocks(block, p, unit, q > 0), width = count * RNNI_BLOCK;
    size_t most = places->rows == 1 ? ROW_BLOCKS : TILE_BLOCKS;
    const float *data = p->weights->data + unit * p->weights->gates * p->weights->k + (p->from + q) * width;
    for (size_t b = 0; b < count; b += most) {
        struct tile tile = {.step = 1,
                            .k = p->k - q < DEPTH ? p->k - q : DEPTH,
                            .b = data + b * RNNI_BLOCK,
                            .stride = width,
                            .block = block + b};
        rows_by_blocks(places, p->a + q, tile, count - b < most ? count - b : most);
    }
}

#include "math/row_template.h"

/* ---- any number of rows ------------------------------------------------------------------------------------------ */

static void product_kernel(const struct rnni_product *p)
{
    struct places places;
    size_t step = RNNI_PANELS_STEP(p->weights->gates);
#if ROW_PANELS
    if (p->rows == 1) {
        row_kernel(p);
        return;
    }
#endif
    for (size_t i = 0; i < p->rows; i += ROWS_AT_ONCE) {
        places.rows = p->rows - i < ROWS_AT_ONCE ? p->rows - i : ROWS_AT_ONCE;
        find_places(places.a, places.rows, p->a_lines, i, p->a_row);
        find_places(places.c, places.rows, p->c_lines, i, 1);
        for (size_t q = 0; q == 0 || q < p->k; q += DEPTH)
            for (size_t unit = p->first; unit < p->first + p->units; unit += step)
                panel(p, &places, unit, q);
    }
}
