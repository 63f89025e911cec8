/* Sums of outer products, by the tiles of product_template.h.
 *
 * Why it is fast: a tile takes OUTER_DEPTH terms before its sums go back to memory, and both factors are copied to
 * where they lie close together: rows a power of two apart evict each other from the first-level cache.  A copy is
 * used many times: that of b for all rows of c, that of a for OUTER_COLUMNS columns.
 *
 * Parameters, the same in all sets:
 *
 *     OUTER_DEPTH     128   terms at a time
 *     OUTER_COLUMNS    64   columns of b and c at a time: RNNI_PANEL_BLOCKS blocks
 *     OUTER_ROWS       48   columns of a, rows of c, at a time
 *
 * - OUTER_DEPTH, OUTER_COLUMNS: the copy of b is 32 KiB, the size of a common first-level cache.  A tile of one block
 *   reads 8 KiB of it; a tile of four blocks, with AVX-512, reads all.
 * - OUTER_ROWS: a multiple of every TILE_ROWS and of a cache line.  The copy of a is 24 KiB; both lie in the caller's
 *   RNNI_OUTER_ROOM, as they are too large for the stack of a small thread. */
#define OUTER_DEPTH   128
#define OUTER_COLUMNS (RNNI_PANEL_BLOCKS * RNNI_BLOCK)
#define OUTER_ROWS    48

_Static_assert(OUTER_ROWS % TILE_ROWS == 0 && OUTER_ROWS % RNNI_BLOCK == 0, "whole tiles, whole cache lines");
_Static_assert(RNNI_OUTER_ROOM == OUTER_DEPTH * (OUTER_ROWS + OUTER_COLUMNS), "room for the copies");

/* Copies `columns` columns of [k] rows next to each other: rows that lie a power of two apart would drive each other
 * out of the cache.  What is missing to `width` becomes 0. */
INLINE void gather_columns(float *restrict copy, size_t width, const float *a, size_t a_row, size_t k, size_t columns)
{
    for (size_t q = 0; q < k; q++, copy += width, a += a_row) {
        if (columns == width)
            memcpy(copy, a, width * sizeof *copy);
        else
            for (size_t j = 0; j < width; j++)
                copy[j] = j < columns ? a[j] : 0;
    }
}

/* c [m,columns] += a' b for the rows of c and the columns of b that have been copied. */
static void outer_block(float *c, size_t c_row, const float *a, const float *b, size_t k, size_t m, size_t columns)
{
    struct block block[RNNI_PANEL_BLOCKS];
    size_t count = 0;
    for (size_t j = 0; j < columns; j += RNNI_BLOCK)
        block[count++] = (struct block){.c = c + j,
                                        .row = c_row,
                                        .start = c + j,
                                        .start_row = c_row,
                                        .valid = columns - j < RNNI_BLOCK ? columns - j : RNNI_BLOCK};
    for (size_t j = 0; j < count; j += TILE_BLOCKS) {
        size_t blocks = count - j < TILE_BLOCKS ? count - j : TILE_BLOCKS;
        struct tile tile = {
            .step = OUTER_ROWS, .k = k, .b = b + j * RNNI_BLOCK, .stride = OUTER_COLUMNS, .block = block + j};
        int whole = block[j + blocks - 1].valid == RNNI_BLOCK;
        for (size_t i = 0; i < m; i += TILE_ROWS) {
            size_t rows = m - i < TILE_ROWS ? m - i : TILE_ROWS;
            for (size_t r = 0; r < rows; r++) {
                tile.a[r] = a + i + r;
                tile.line[r] = i + r;
            }
            (whole ? tile_whole : tile_at_edge)(&tile, rows, blocks);
        }
    }
}

static void outer_kernel(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                         size_t m, size_t n, float *room)
{
    float *left = room, *right = room + OUTER_DEPTH * OUTER_ROWS; /* [OUTER_DEPTH,OUTER_ROWS], [.., OUTER_COLUMNS] */
    for (size_t q = 0; q < k; q += OUTER_DEPTH) {
        size_t depth = k - q < OUTER_DEPTH ? k - q : OUTER_DEPTH;
        for (size_t j = 0; j < n; j += OUTER_COLUMNS) {
            size_t columns = n - j < OUTER_COLUMNS ? n - j : OUTER_COLUMNS;
            gather_columns(right, OUTER_COLUMNS, b + q * b_row + j, b_row, depth, columns);
            for (size_t i = 0; i < m; i += OUTER_ROWS) {
                size_t rows = m - i < OUTER_ROWS ? m - i : OUTER_ROWS;
                gather_columns(left, OUTER_ROWS, a + q * a_row + i, a_row, depth, rows);
                outer_block(c + i * c_row + j, c_row, left, right, depth, rows, columns);
            }
        }
    }
}
