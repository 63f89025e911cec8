/* Where the rows of a product and the columns of a panel are.
 *
 * Parameter, the same in all sets:
 *
 *     TILES_AT_ONCE   32   tiles of rows at a time: their places are at most 5 KiB of the stack */
#define TILES_AT_ONCE 32
#define ROWS_AT_ONCE  (TILES_AT_ONCE * TILE_ROWS)
#define PAIRS         2 /* factors a and b of a tile, at most */

/* A panel [k,width] and where its columns of c are: as a target, but from its own first unit on. */
struct panel {
    const float *b[PAIRS];
    size_t width;
    float *c;
    size_t row;
    const float *start;
    size_t start_row;
    size_t valid; /* columns that are there: 1 to 16 */
};

/* The rows of a tile. */
struct rows {
    size_t count;
    const float *a[PAIRS][TILE_ROWS]; /* where each row of a begins */
    size_t line[TILE_ROWS];           /* the rows of c */
};

static const float nothing[RNNI_BLOCK];

/* All rows of a product, or as many as are made at once. */
struct places {
    size_t count, tiles;
    struct rows tile[TILES_AT_ONCE];
};

/* Where the rows of some lines stand, one after another: see struct rnni_lines. */
struct walk {
    struct rnni_lines lines;
    size_t line, left; /* in its group */
};

static struct walk walk_from(struct rnni_lines lines, size_t i)
{
    size_t group = lines.group ? lines.group : SIZE_MAX;
    return (struct walk){lines, i / group * lines.apart + i % group, group - i % group};
}

INLINE size_t next_line(struct walk *walk)
{
    if (walk->left == 0) {
        walk->line += walk->lines.apart - walk->lines.group;
        walk->left = walk->lines.group;
    }
    walk->left--;
    return walk->line++;
}

/* `count` rows from row `first` on: as few tiles as hold them, of about as many rows each.  Kernels that convert the
 * rows do not need it. */
static __attribute__((unused)) void find_places(struct places *places, const struct rnni_product *p, size_t first,
                                                size_t count)
{
    struct walk a = walk_from(p->a_lines, first), c = walk_from(p->c_lines, first);
    places->count = count;
    places->tiles = (count + TILE_ROWS - 1) / TILE_ROWS;
    for (size_t i = 0; i < places->tiles; i++) {
        struct rows *rows = &places->tile[i];
        size_t left = places->tiles - i;
        rows->count = (count + left - 1) / left;
        count -= rows->count;
        for (size_t r = 0; r < rows->count; r++) {
            const float *row = p->a + next_line(&a) * p->a_row;
            rows->line[r] = next_line(&c);
            rows->a[0][r] = p->input ? p->x + rows->line[r] * p->input->k : row;
            rows->a[1][r] = row;
        }
    }
}
