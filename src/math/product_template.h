/* Products with weights in panels (panels.h), by the tiles of tile_template.h.
 *
 * Why it is fast: rows and panels are found once, and then all rows go over a panel, or as many panels as one tile
 * takes, before the next.
 *
 * Parameter, the same in all sets:
 *
 *     DEPTH   1024   rows of a panel at a time
 *
 * DEPTH: 1024 rows of a panel are 64 KiB, which stay in the second-level cache while all rows of a go over them.  A
 * second pass loads and stores the sums again: with 512, a product of 20 rows and 650 terms is 6 % slower (Zen 3). */
#define DEPTH 1024

_Static_assert(DEPTH >= RNNI_PRODUCT_JOINED, "pairs in one pass");

/* Of one gate, a last unit that has a panel of its own: start + a b for b [k], which lies in one piece.  A sum of one
 * term after the other would wait for each, so here, and only here, there are 2 * WIDTH sums, whatever the rows. */
INLINE int is_dot(const struct rnni_weights *w, size_t unit)
{
    return w->gates == 1 && unit + 1 == w->units && unit % RNNI_BLOCK == 0;
}

static __attribute__((noinline)) float dot(float start, const float *a, const float *b, size_t k)
{
    vector even = {0}, odd = {0};
    float sum[WIDTH];
    size_t q = 0;
    for (; k - q >= 2 * WIDTH; q += 2 * WIDTH) {
        even += *(const vector *)(a + q) * *(const vector *)(b + q);
        odd += *(const vector *)(a + q + WIDTH) * *(const vector *)(b + q + WIDTH);
    }
    if (k - q >= WIDTH) {
        even += *(const vector *)(a + q) * *(const vector *)(b + q);
        q += WIDTH;
    }
    odd += load_some(a + q, some_of(k - q)) * load_some(b + q, some_of(k - q));
    *(vector *)sum = even + odd;
    for (size_t half = WIDTH / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sum[i] += sum[i + half];
    return start + sum[0];
}

/* Of a matrix, the panel of the units from `unit` on, and of it the rows from `q` on. */
INLINE const float *panel_at(const struct rnni_weights *w, size_t unit, size_t gate, size_t q)
{
    size_t width = rnni_panels_width(w->units - unit);
    return w->data + rnni_panels_place(w->k, w->units, w->gates, unit, gate) + q * width;
}

/* Of the product, the panel of the units from `unit` on, its rows from `q` on; c holds the sums so far where q > 0. */
INLINE struct panel panel_of(const struct rnni_product *p, size_t unit, size_t gate, size_t q)
{
    const struct rnni_weights *w = p->weights;
    const struct rnni_target *target = &p->target[gate];
    size_t left = w->units - unit, width = rnni_panels_width(left);
    const float *b = panel_at(w, unit, gate, p->from + q);
    struct panel panel = {.b = {p->input && q == 0 ? panel_at(p->input, unit, gate, 0) : b, b},
                          .width = width,
                          .c = target->c + unit,
                          .row = target->row,
                          .start = target->start ? target->start + unit : nothing,
                          .start_row = target->start ? target->start_row : 0,
                          .valid = left < RNNI_BLOCK ? left : RNNI_BLOCK};
    if (q > 0) {
        panel.start = panel.c;
        panel.start_row = panel.row;
    }
    return panel;
}

static void dots(const struct rnni_product *p, const struct places *places, size_t unit)
{
    struct panel panel = panel_of(p, unit, 0, 0);
    for (size_t i = 0; i < places->tiles; i++)
        for (size_t r = 0; r < places->tile[i].count; r++) {
            const float *const(*a)[TILE_ROWS] = places->tile[i].a;
            size_t line = places->tile[i].line[r];
            float start = panel.start[line * panel.start_row];
            if (p->input)
                start = dot(start, a[0][r], panel.b[0], p->input->k);
            panel.c[line * panel.row] = dot(start, a[1][r], panel.b[1], p->k);
        }
}

/* All panels, their rows from `q` on. */
static void all_panels(const struct rnni_product *p, const struct places *places, size_t q)
{
    struct panel panel[TILE_VECTORS];
    size_t k = p->k - q < DEPTH ? p->k - q : DEPTH;
    struct tile tile = {.panel = panel, .pairs = 1, .first = {q}, .k = {k}, .step = 1};
    size_t count = 0, end = p->first + p->units;
    if (p->input) {
        tile.pairs = 2;
        tile.k[0] = p->input->k;
        tile.k[1] = k;
    }
    if (end > p->first && is_dot(p->weights, end - 1)) {
        end--;
        if (q == 0)
            dots(p, places, end);
    }
    for (size_t unit = p->first; unit < end; unit += RNNI_BLOCK)
        for (size_t gate = 0; gate < p->weights->gates; gate++) {
            struct panel next = panel_of(p, unit, gate, q);
            if (count && !joins(panel, count, &next)) {
                make_tiles(tile, places->tile, places->tiles, count);
                count = 0;
            }
            panel[count++] = next;
        }
    if (count)
        make_tiles(tile, places->tile, places->tiles, count);
}

#include "math/row_template.h"

/* ---- any number of rows ------------------------------------------------------------------------------------------ */

static void product_kernel(const struct rnni_product *p)
{
    struct places places;
    size_t chunks = (p->rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, i = 0;
    if (p->rows == 1) {
        row_kernel(p);
        return;
    }
    for (size_t left = chunks; left > 0; left--, i += places.count) {
        find_places(&places, p, i, (p->rows - i + left - 1) / left);
        for (size_t q = 0; q == 0 || q < p->k; q += DEPTH)
            all_panels(p, &places, q);
    }
}
