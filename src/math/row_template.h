/* The product of one row, which sequences of batch 1 and single steps wait for: included by product_template.h, whose
 * parameters and vectors it uses.
 *
 * Why it is fast: ROW_PANELS whole panels side by side have their sums in registers, so a weight is loaded once and
 * used at once, and no copy of a or of sums is made.  The numbers of gates and vectors are constants where a loop is
 * compiled, so it is unrolled.  In the last panel only the vectors that have units are made. */
#if ROW_PANELS
/* One row by panels side by side, from unit `unit` on, `used` vectors of each gate; edge: units end within the last. */
INLINE void row_by_panels(const struct rnni_product *p, size_t unit, size_t panels, size_t gates, size_t used, int edge)
{
    vector sum[ROW_PANELS * MOST_VECTORS];
    const float *a = p->a, *b[ROW_PANELS];
    size_t blocks = (used + BLOCK_VECTORS - 1) / BLOCK_VECTORS, units = blocks * RNNI_BLOCK, width = gates * units;
    size_t vectors = gates * used, k = p->k;
    some last = some_left(p->first + p->units - unit, used - 1); /* of the last vector of a gate */
    for (size_t i = 0; i < panels; i++) {
        b[i] = p->weights->data + (unit + i * units) * gates * p->weights->k + p->from * width;
        for (size_t v = 0; v < vectors; v++) {
            const struct rnni_target *target = &p->target[v / used];
            size_t column = unit + i * units + v % used * WIDTH;
            if (!target->start)
                sum[i * vectors + v] = (vector){0};
            else if (edge && v % used + 1 == used)
                sum[i * vectors + v] = load_some(target->start + column, last);
            else
                sum[i * vectors + v] = *(const vector *)(target->start + column);
        }
    }
    for (size_t q = 0; q < k; q++)
        for (size_t i = 0; i < panels; i++)
            for (size_t v = 0; v < vectors; v++) {
                const float *weights = b[i] + q * width + v / used * units + v % used * WIDTH;
                sum[i * vectors + v] = plus_product(sum[i * vectors + v], a[q], *(const vector *)weights);
            }
    for (size_t i = 0; i < panels; i++)
        for (size_t v = 0; v < vectors; v++) {
            float *c = p->target[v / used].c + unit + i * units + v % used * WIDTH;
            if (edge && v % used + 1 == used)
                store_some(c, last, sum[i * vectors + v]);
            else
                *(vector *)c = sum[i * vectors + v];
        }
}

/* The last panel, of `used` vectors of each gate; what it has no room for is not reached, but must compile. */
INLINE void row_by_rest(const struct rnni_product *p, size_t unit, size_t gates, size_t used)
{
    size_t most = RNNI_PANEL_BLOCKS / gates * BLOCK_VECTORS;
    row_by_panels(p, unit, 1, gates, used < most ? used : most, 1);
}

INLINE void row_by_last(const struct rnni_product *p, size_t unit, size_t gates)
{
    switch ((p->first + p->units - unit + WIDTH - 1) / WIDTH) {
    case 1:
        row_by_rest(p, unit, gates, 1);
        break;
    case 2:
        row_by_rest(p, unit, gates, 2);
        break;
    case 3:
        row_by_rest(p, unit, gates, 3);
        break;
    case 4:
        row_by_rest(p, unit, gates, 4);
        break;
    case 5:
        row_by_rest(p, unit, gates, 5);
        break;
    case 6:
        row_by_rest(p, unit, gates, 6);
        break;
    case 7:
        row_by_rest(p, unit, gates, 7);
        break;
    case 8:
        row_by_rest(p, unit, gates, 8);
        break;
#if MOST_VECTORS > 8
    case 9:
        row_by_rest(p, unit, gates, 9);
        break;
    case 10:
        row_by_rest(p, unit, gates, 10);
        break;
    case 11:
        row_by_rest(p, unit, gates, 11);
        break;
    case 12:
        row_by_rest(p, unit, gates, 12);
        break;
    case 13:
        row_by_rest(p, unit, gates, 13);
        break;
    case 14:
        row_by_rest(p, unit, gates, 14);
        break;
    case 15:
        row_by_rest(p, unit, gates, 15);
        break;
#endif
    default:
        row_by_rest(p, unit, gates, MOST_VECTORS);
    }
}

INLINE void row_by_all(const struct rnni_product *p, size_t gates)
{
    size_t most = RNNI_PANEL_BLOCKS / gates, step = most * RNNI_BLOCK, unit = p->first, end = unit + p->units;
    for (; end - unit >= ROW_PANELS * step; unit += ROW_PANELS * step)
        row_by_panels(p, unit, ROW_PANELS, gates, most * BLOCK_VECTORS, 0);
    for (; end - unit >= step; unit += step)
        row_by_panels(p, unit, 1, gates, most * BLOCK_VECTORS, 0);
    if (unit < end)
        row_by_last(p, unit, gates);
}

/* Not inlined: what many rows need keeps its registers. */
static __attribute__((noinline)) void row_kernel(const struct rnni_product *p)
{
    switch (p->weights->gates) {
    case 1:
        row_by_all(p, 1);
        break;
    case 2:
        row_by_all(p, 2);
        break;
    case 3:
        row_by_all(p, 3);
        break;
    default:
        row_by_all(p, 4);
    }
}
#endif
