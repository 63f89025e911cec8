/* Tiles: sums of products that stay in registers, of a few rows by a few panels (panels.h).
 *
 * Why it is fast:
 * - A tile of sums stays in registers while it takes all terms of its panels.  Each vector of b is loaded once for
 *   all rows of the tile, each element of a once for all its columns, so loads take less time than multiplications.
 * - On most CPUs a multiplication with its addition takes 4 cycles, and two of them start in each cycle.  8 sums
 *   that do not wait for one another keep such a CPU busy.  Vectors run along the columns, so no sum is ever split.
 * - Panels are read from end to end, and nothing is copied: weights were packed when they changed.
 * - Sizes of tiles are constants where a tile is compiled, so its loops over rows and vectors are unrolled.
 * - Where units end within a panel, only the vectors that have units are made; a tile then takes those of more panels.
 *
 * Parameters.  A panel has RNNI_BLOCK = 16 columns, one cache line, or fewer.
 *
 *                  AVX-512   AVX2 and FMA   NEON   SSE2 and others
 *     registers       32          16         32          16
 *     TILE_ROWS        6           6          6           3       rows of a tile: vector_template.h
 *     TILE_PANELS      4           1          1           1       whole panels of a tile
 *       sums          24          12         24          12       registers: TILE_ROWS * TILE_PANELS * 16 / WIDTH
 *       b              4           2          4           4       registers: a row of the panels
 *       a              1           1          1           1       register: one element, in all places
 *       others         0           0          0           1       register: a product that is still to be added
 *     ROW_PANELS       8           4          4           2       whole panels that one row takes side by side
 *       sums           8           8         16           8       registers
 *     AHEAD            1           1          1           0       faster than a CBLAS
 *
 * - TILE_ROWS, TILE_PANELS: the largest tile whose registers the set has: 29 of 32 or 15 of 16.  SSE2 needs 18 of 16,
 *   so gcc 12 keeps two of the sums on the stack.
 * - ROW_PANELS: one row uses each weight once, so no registers are kept for b, and 8 sums are enough.
 * - AHEAD: where it is 0, RNN_PRODUCTS_AUTOMATIC takes a CBLAS if there is one. */
#if defined(__AVX512F__)
#define TILE_PANELS 4
#define ROW_PANELS  8
#define AHEAD       1
#elif defined(__AVX2__) || defined(__aarch64__)
#define TILE_PANELS 1
#define ROW_PANELS  4
#define AHEAD       1
#else
#define TILE_PANELS 1
#define ROW_PANELS  2
#define AHEAD       0
#endif

#define PANEL_VECTORS (RNNI_BLOCK / WIDTH)
#define TILE_VECTORS  (TILE_PANELS * PANEL_VECTORS)
#define ROW_VECTORS   (ROW_PANELS * PANEL_VECTORS)

_Static_assert(RNNI_BLOCK % WIDTH == 0, "panels of whole vectors");

#include "math/partial_template.h"

/* c = start + a b for a few rows of a and some panels, whose sums stay in registers; or with two pairs start + a b +
 * a' b'. */
struct tile {
    const struct rows *rows;
    const struct panel *panel;
    size_t pairs;
    size_t first[PAIRS], k[PAIRS], step; /* of the rows of a: where they begin, how many elements, how far apart */
};

/* Vectors of a panel that has `valid` columns: 1, 2 or 4. */
INLINE size_t vectors_of(size_t valid)
{
    return valid > 8 ? PANEL_VECTORS : valid > 4 && WIDTH < 8 ? PANEL_VECTORS / 2 : 1;
}

/* sum += a b for the term `q` of each row of a and the next of each panel. */
INLINE void add_term(const struct tile *t, vector (*sum)[TILE_VECTORS], const float *const *a, const float **b,
                     size_t q, size_t rows, size_t panels, size_t used, int edge)
{
    vector right[TILE_VECTORS];
    EACH (v, panels * used) {
        right[v] = *(const vector *)(b[v / used] + v % used * WIDTH);
        IN_REGISTER(right[v]);
    }
    EACH (r, rows)
        EACH (v, panels * used)
            sum[r][v] = plus_product(sum[r][v], a[r][q], right[v]);
    EACH (j, panels)
        b[j] += edge ? t->panel[j].width : RNNI_BLOCK;
}

/* `rows`, `panels`, `used` and `edge` are constants wherever this is called.  used: vectors of each panel.  edge: some
 * panels are not all there.  What a vector then holds without being a column of its panel is not stored. */
INLINE void tile(const struct tile *t, size_t rows, size_t panels, size_t used, int edge)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
    const float *a[TILE_ROWS], *b[TILE_VECTORS];
    float *c[TILE_ROWS][TILE_VECTORS];
    size_t vectors = panels * used, step = t->step;
    EACH (r, rows)
        EACH (v, vectors) {
            const struct panel *panel = &t->panel[v / used];
            const float *start = panel->start + t->rows->line[r] * panel->start_row + v % used * WIDTH;
            sum[r][v] = edge ? load_some(start, some_left(panel->valid, v % used)) : *(const vector *)start;
        }
    for (size_t pair = 0; pair < t->pairs; pair++) {
        size_t end = t->k[pair] * step;
        EACH (j, panels)
            b[j] = t->panel[j].b[pair];
        EACH (r, rows)
            a[r] = t->rows->a[pair][r] + t->first[pair];
        if (edge)
            for (size_t q = 0; q < end; q += step)
                add_term(t, sum, a, b, q, rows, panels, used, edge);
        else
            UNROLL for (size_t q = 0; q < end; q += step) add_term(t, sum, a, b, q, rows, panels, used, edge);
    }
    EACH (r, rows) /* all before the first store, which could change what they are found by */
        EACH (j, panels)
            c[r][j] = t->panel[j].c + t->rows->line[r] * t->panel[j].row;
    EACH (r, rows)
        EACH (v, vectors) {
            float *to = c[r][v / used] + v % used * WIDTH;
            if (edge)
                store_some(to, some_left(t->panel[v / used].valid, v % used), sum[r][v]);
            else
                *(vector *)to = sum[r][v];
        }
}

INLINE void tile_of_rows(const struct tile *t, size_t panels, size_t used, int edge)
{
    switch (t->rows->count) {
    case 1:
        tile(t, 1, panels, used, edge);
        break;
    case 2:
        tile(t, 2, panels, used, edge);
        break;
#if TILE_ROWS > 3
    case 3:
        tile(t, 3, panels, used, edge);
        break;
    case 4:
        tile(t, 4, panels, used, edge);
        break;
    case 5:
        tile(t, 5, panels, used, edge);
        break;
#endif
    default:
        tile(t, TILE_ROWS, panels, used, edge);
    }
}

/* As many panels as have room for their `used` vectors. */
INLINE void tile_of_panels(const struct tile *t, size_t panels, size_t used, int edge)
{
    switch (panels) {
    case 1:
        tile_of_rows(t, 1, used, edge);
        break;
#if TILE_VECTORS > 1
    case 2:
        if (2 * used <= TILE_VECTORS)
            tile_of_rows(t, 2, used, edge);
        break;
#endif
#if TILE_VECTORS > 2
    case 3:
        if (3 * used <= TILE_VECTORS)
            tile_of_rows(t, 3, used, edge);
        break;
    case 4:
        if (4 * used <= TILE_VECTORS)
            tile_of_rows(t, 4, used, edge);
        break;
#endif
    default:
        break;
    }
}

static void tile_whole(const struct tile *t, size_t panels)
{
    tile_of_panels(t, panels, PANEL_VECTORS, 0);
}

static void tile_at_edge(const struct tile *t, size_t panels, size_t used)
{
    if (used == PANEL_VECTORS)
        tile_of_panels(t, panels, PANEL_VECTORS, 1);
    else if (used == 1)
        tile_of_panels(t, panels, 1, 1);
#if WIDTH < 8
    else
        tile_of_panels(t, panels, PANEL_VECTORS / 2, 1);
#endif
}

/* Tiles of `count` times some rows, by the same panels. */
static void make_tiles(struct tile tile, const struct rows *rows, size_t count, size_t panels)
{
    size_t whole = 1, used = vectors_of(tile.panel[0].valid);
    for (size_t j = 0; j < panels; j++)
        whole &= tile.panel[j].valid == RNNI_BLOCK;
    for (size_t i = 0; i < count; i++) {
        tile.rows = &rows[i];
        if (whole)
            tile_whole(&tile, panels);
        else
            tile_at_edge(&tile, panels, used);
    }
}

/* Whether `next` has room in a tile that has `count` panels from `panel` on: all have as many vectors. */
INLINE int joins(const struct panel *panel, size_t count, const struct panel *next)
{
    size_t used = vectors_of(next->valid);
    return used == vectors_of(panel->valid) && (count + 1) * used <= TILE_VECTORS;
}
