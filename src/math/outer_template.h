/* Sums of outer products, by the tiles of tile_template.h.
 *
 * Why it is fast: a tile takes OUTER_DEPTH terms before its sums go back to memory, and both factors are copied, b to
 * panels and a to the rows of tiles, so that a tile reads either from end to end: rows a power of two apart evict each
 * other from the first-level cache.  A copy is used many times: that of b for all rows of c, that of a for
 * OUTER_COLUMNS columns.
 *
 * Parameters, the same in all sets:
 *
 *     OUTER_DEPTH     256   terms at a time
 *     OUTER_COLUMNS   128   columns of b and c at a time: eight panels
 *     OUTER_ROWS       48   columns of a, rows of c, at a time
 *
 * - OUTER_DEPTH, OUTER_COLUMNS: the more terms, the fewer loads and stores of sums; the more columns, the fewer copies
 *   of a.  With 128 and 64, products of 100 to 2048 terms are 5 to 15 % slower (Zen 3).  The copy of b is 128 KiB, in
 *   the second-level cache; a panel of it, 16 KiB, stays in the first-level cache with the rows of a tile.
 * - OUTER_ROWS: a multiple of every TILE_ROWS.  The copy of a is 48 KiB; both lie in the caller's RNNI_OUTER_ROOM, as
 *   they are too large for the stack of a small thread. */
#define OUTER_DEPTH   256
#define OUTER_COLUMNS 128
#define OUTER_ROWS    48

_Static_assert(OUTER_ROWS % TILE_ROWS == 0 && OUTER_COLUMNS % (TILE_PANELS * RNNI_BLOCK) == 0, "whole tiles");
_Static_assert(RNNI_OUTER_ROOM == OUTER_DEPTH * (OUTER_ROWS + OUTER_COLUMNS), "room for the copies");

/* Copies `columns` columns of [k] rows to pieces [k,width], one behind another.  What is missing in the last becomes 0.
 */
INLINE void gather_columns(float *restrict copy, size_t width, const float *a, size_t a_row, size_t k, size_t columns)
{
    size_t whole = columns / width * width, left = columns - whole;
    for (size_t q = 0; q < k; q++, copy += width, a += a_row) {
        for (size_t first = 0; first < whole; first += width)
            memcpy(copy + first * k, a + first, width * sizeof *copy);
        for (size_t j = 0; left && j < width; j++)
            copy[whole * k + j] = j < left ? a[whole + j] : 0;
    }
}

/* c [m,columns] += a' b for the rows of c and the columns of b that have been copied. */
static void outer_block(float *c, size_t c_row, const float *a, const float *b, size_t k, size_t m, size_t columns)
{
    struct panel panel[TILE_VECTORS];
    struct rows rows[OUTER_ROWS / TILE_ROWS];
    for (size_t i = 0; i < m; i++) {
        struct rows *of = &rows[i / TILE_ROWS];
        of->count = i % TILE_ROWS + 1;
        of->a[0][i % TILE_ROWS] = a + i / TILE_ROWS * TILE_ROWS * k + i % TILE_ROWS;
        of->line[i % TILE_ROWS] = i;
    }
    for (size_t j = 0, count; j < columns; j += count * RNNI_BLOCK) {
        for (count = 0; j + count * RNNI_BLOCK < columns; count++) {
            size_t column = j + count * RNNI_BLOCK, left = columns - column;
            struct panel next = {.b = {b + column * k},
                                 .width = RNNI_BLOCK,
                                 .c = c + column,
                                 .row = c_row,
                                 .start = c + column,
                                 .start_row = c_row,
                                 .valid = left < RNNI_BLOCK ? left : RNNI_BLOCK};
            if (count && !joins(panel, count, &next))
                break;
            panel[count] = next;
        }
        struct tile tile = {.step = TILE_ROWS, .pairs = 1, .k = {k}, .panel = panel};
        make_tiles(tile, rows, (m + TILE_ROWS - 1) / TILE_ROWS, count);
    }
}

static void outer_kernel(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                         size_t m, size_t n, float *room)
{
    float *left = room, *right = room + OUTER_DEPTH * OUTER_ROWS; /* pieces [depth,TILE_ROWS], panels [depth,16] */
    for (size_t q = 0; q < k; q += OUTER_DEPTH) {
        size_t depth = k - q < OUTER_DEPTH ? k - q : OUTER_DEPTH;
        for (size_t j = 0; j < n; j += OUTER_COLUMNS) {
            size_t columns = n - j < OUTER_COLUMNS ? n - j : OUTER_COLUMNS;
            gather_columns(right, RNNI_BLOCK, b + q * b_row + j, b_row, depth, columns);
            for (size_t i = 0; i < m; i += OUTER_ROWS) {
                size_t rows = m - i < OUTER_ROWS ? m - i : OUTER_ROWS;
                gather_columns(left, TILE_ROWS, a + q * a_row + i, a_row, depth, rows);
                outer_block(c + i * c_row + j, c_row, left, right, depth, rows, columns);
            }
        }
    }
}
