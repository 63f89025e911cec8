/* The product of one row, which sequences of batch 1 and single steps wait for: included by product_template.h, whose
 * parameters and vectors it uses.
 *
 * Why it is fast: ROW_PANELS whole panels side by side have their sums in registers, so a weight is loaded once and
 * used at once, and no copy of a or of sums is made.  The numbers of gates and blocks are constants where a loop is
 * compiled, so it is unrolled.  What is not whole blocks is left to the tiles. */
#if ROW_PANELS
/* One row by panels side by side, of `blocks` blocks of each gate, from unit `unit` on: what sequences of batch 1 and
 * single steps wait for. */
INLINE void row_by_panels(const struct rnni_product *p, size_t unit, size_t panels, size_t gates, size_t blocks)
{
    vector sum[ROW_PANELS * MOST_VECTORS];
    const float *a = p->a, *b[ROW_PANELS];
    size_t units = blocks * RNNI_BLOCK, width = gates * units, vectors = width / WIDTH, k = p->k;
    for (size_t i = 0; i < panels; i++) {
        b[i] = p->weights->data + (unit + i * units) * gates * p->weights->k + p->from * width;
        for (size_t v = 0; v < vectors; v++) {
            const struct rnni_target *target = &p->target[v * WIDTH / units];
            size_t column = unit + i * units + v * WIDTH % units;
            sum[i * vectors + v] = target->start ? *(const vector *)(target->start + column) : (vector){0};
        }
    }
    for (size_t q = 0; q < k; q++)
        for (size_t i = 0; i < panels; i++)
            for (size_t v = 0; v < vectors; v++)
                sum[i * vectors + v] =
                    plus_product(sum[i * vectors + v], a[q], *(const vector *)(b[i] + q * width + v * WIDTH));
    for (size_t i = 0; i < panels; i++)
        for (size_t v = 0; v < vectors; v++) {
            const struct rnni_target *target = &p->target[v * WIDTH / units];
            *(vector *)(target->c + unit + i * units + v * WIDTH % units) = sum[i * vectors + v];
        }
}

/* The panels from unit `unit` on, `panels` of them, or the last one, if it has no more than whole blocks.  Returns how
 * many units that made: 0 if neither is there. */
INLINE size_t row_by_some(const struct rnni_product *p, size_t unit, size_t panels, size_t gates)
{
    size_t most = RNNI_PANEL_BLOCKS / gates, left = p->first + p->units - unit, step = most * RNNI_BLOCK;
    if (left >= panels * step) {
        row_by_panels(p, unit, panels, gates, most);
        return panels * step;
    }
    if (left >= step) {
        row_by_panels(p, unit, 1, gates, most);
        return step;
    }
    if (left % RNNI_BLOCK)
        return 0;
    /* What a panel has no room for is not reached, but it must be something that compiles. */
    if (left == RNNI_BLOCK)
        row_by_panels(p, unit, 1, gates, 1);
    else if (left == 2 * RNNI_BLOCK)
        row_by_panels(p, unit, 1, gates, most > 2 ? 2 : 1);
    else if (left == 3 * RNNI_BLOCK)
        row_by_panels(p, unit, 1, gates, most > 3 ? 3 : 1);
    return left;
}

/* All that row_by_some makes; returns the first unit behind them. */
INLINE size_t row_by_all(const struct rnni_product *p, size_t gates)
{
    size_t unit = p->first, made = 1;
    for (; made; unit += made)
        made = row_by_some(p, unit, ROW_PANELS, gates);
    return unit;
}

static size_t row_kernel(const struct rnni_product *p)
{
    switch (p->weights->gates) {
    case 1:
        return row_by_all(p, 1);
    case 2:
        return row_by_all(p, 2);
    case 3:
        return row_by_all(p, 3);
    default:
        return row_by_all(p, 4);
    }
}
#else
static size_t row_kernel(const struct rnni_product *p)
{
    return p->first;
}
#endif
