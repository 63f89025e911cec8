/* The product of one row, which sequences of batch 1 and single steps wait for: included by product_template.h.  The
 * parameters are those of tile_template.h.
 *
 * Why it is fast: ROW_PANELS whole panels side by side have their sums in registers, so a weight is loaded once and
 * used at once, and no copy of a or of sums is made.  The numbers of panels and vectors are constants where a loop is
 * compiled, so it is unrolled. */

/* The panels of a product in the order in which they lie in memory. */
struct place {
    size_t unit, gate;
};

/* One row by `panels` panels from `at` on, `used` vectors of each; edge: they have fewer than 16 units.  Returns the
 * place behind them. */
INLINE struct place row_by_panels(const struct rnni_product *p, struct place at, size_t panels, size_t used, int edge)
{
    const struct rnni_weights *w = p->weights;
    vector sum[ROW_VECTORS];
    size_t left = w->units - at.unit, width = edge ? rnni_panels_width(left) : RNNI_BLOCK, apart = w->k * width,
           k = p->k;
    const float *a = p->a, *b = w->data + (at.unit * w->gates + at.gate * width) * w->k + p->from * width;
    float *c[ROW_VECTORS];
    for (size_t i = 0; i < panels; i++) {
        const struct rnni_target *target = &p->target[at.gate];
        const float *start = target->start ? target->start + at.unit : nothing;
        c[i] = target->c + at.unit;
        for (size_t v = 0; v < used; v++)
            sum[i * used + v] =
                edge ? load_some(start + v * WIDTH, some_left(left, v)) : *(const vector *)(start + v * WIDTH);
        at.gate = at.gate + 1 < w->gates ? at.gate + 1 : 0;
        at.unit += at.gate ? 0 : RNNI_BLOCK;
    }
    for (size_t q = 0; q < k; q++, b += width)
        for (size_t i = 0; i < panels; i++)
            for (size_t v = 0; v < used; v++)
                sum[i * used + v] = plus_product(sum[i * used + v], a[q], *(const vector *)(b + i * apart + v * WIDTH));
    for (size_t i = 0; i < panels; i++)
        for (size_t v = 0; v < used; v++)
            if (edge)
                store_some(c[i] + v * WIDTH, some_left(left, v), sum[i * used + v]);
            else
                *(vector *)(c[i] + v * WIDTH) = sum[i * used + v];
    return at;
}

/* `panels` panels, of at most `most`, a constant: the other cases are not compiled. */
INLINE struct place row_by_some(const struct rnni_product *p, struct place at, size_t panels, size_t most, size_t used,
                                int edge)
{
    if (panels == 1)
        return row_by_panels(p, at, 1, used, edge);
    if (panels == 2 && most >= 2)
        return row_by_panels(p, at, 2, used, edge);
    if (panels == 3 && most >= 3)
        return row_by_panels(p, at, 3, used, edge);
    if (panels == 4 && most >= 4)
        return row_by_panels(p, at, 4, used, edge);
    if (panels == 5 && most >= 5)
        return row_by_panels(p, at, 5, used, edge);
    if (panels == 6 && most >= 6)
        return row_by_panels(p, at, 6, used, edge);
    if (panels == 7 && most >= 7)
        return row_by_panels(p, at, 7, used, edge);
    if (most >= 8)
        return row_by_panels(p, at, 8, used, edge);
    return at;
}

INLINE void row_by_gates(const struct rnni_product *p, struct place at, size_t used)
{
    const size_t most = ROW_VECTORS / used < RNNI_PANEL_GATES ? ROW_VECTORS / used : RNNI_PANEL_GATES;
    for (size_t left = p->weights->gates, panels; left > 0; left -= panels) {
        panels = left < most ? left : most;
        at = row_by_some(p, at, panels, most, used, 1);
    }
}

/* The panels of the last units, one for each gate, `used` vectors of each. */
INLINE void row_by_last(const struct rnni_product *p, struct place at, size_t used)
{
    if (used == PANEL_VECTORS)
        row_by_gates(p, at, PANEL_VECTORS);
    else if (used == 1)
        row_by_gates(p, at, 1);
#if WIDTH < 8
    else
        row_by_gates(p, at, PANEL_VECTORS / 2);
#endif
}

/* Not inlined: what many rows need keeps its registers. */
static __attribute__((noinline)) void row_kernel(const struct rnni_product *p)
{
    size_t rest = p->units % RNNI_BLOCK, left = p->units / RNNI_BLOCK * p->weights->gates;
    struct place at = {p->first, 0};
    for (; left >= ROW_PANELS; left -= ROW_PANELS)
        at = row_by_panels(p, at, ROW_PANELS, PANEL_VECTORS, 0);
    if (left > 0)
        at = row_by_some(p, at, left, ROW_PANELS - 1, PANEL_VECTORS, 0);
    if (rest == 1 && is_dot(p->weights, at.unit)) {
        struct panel panel = panel_of(p, at.unit, 0, 0);
        *panel.c = dot(*panel.start, p->a, panel.b[0], p->k);
    } else if (rest) {
        row_by_last(p, at, vectors_of(rest));
    }
}
