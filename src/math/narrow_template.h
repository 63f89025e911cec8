/* Panels of weights of fewer bits (narrow.h) in a product: included by narrow_kernels_template.h before the templates
 * of bf16 and int8. */

#define NARROW_VECTORS (RNNI_BLOCK / WIDTH) /* of floats, of a panel */

/* Numbers of the panels of a product, in the order in which they lie in memory: from the first to behind the last. */
INLINE size_t narrow_first(const struct rnni_product *p)
{
    return p->first / RNNI_BLOCK * p->weights->gates;
}

INLINE size_t narrow_end(const struct rnni_product *p)
{
    return narrow_first(p) + (p->units + RNNI_BLOCK - 1) / RNNI_BLOCK * p->weights->gates;
}

/* Where panel number `index` puts its columns; b is not set. */
INLINE struct panel narrow_target(const struct rnni_product *p, size_t index)
{
    const struct rnni_weights *w = p->weights;
    size_t unit = index / w->gates * RNNI_BLOCK, left = w->units - unit;
    const struct rnni_target *target = &p->target[index % w->gates];
    return (struct panel){.width = RNNI_BLOCK,
                          .c = target->c + unit,
                          .row = target->row,
                          .start = target->start ? target->start + unit : nothing,
                          .start_row = target->start ? target->start_row : 0,
                          .valid = left < RNNI_BLOCK ? left : RNNI_BLOCK};
}

#define NARROW_ROWS 6 /* that are converted together, at most */

struct narrow_rows {
    const float *a[NARROW_ROWS];
    size_t line[NARROW_ROWS], count; /* the rows of c */
};

/* The next of `left` rows: as many as fit, of about as many at a time. */
INLINE struct narrow_rows narrow_next(const struct rnni_product *p, struct walk *a, struct walk *c, size_t left)
{
    size_t times = (left + NARROW_ROWS - 1) / NARROW_ROWS;
    struct narrow_rows rows = {.count = (left + times - 1) / times};
    for (size_t r = 0; r < rows.count; r++) {
        rows.a[r] = p->a + next_line(a) * p->a_row;
        rows.line[r] = next_line(c);
    }
    return rows;
}

/* For terms behind the first: the sums so far are in c. */
INLINE void narrow_go_on(struct panel *panel)
{
    panel->start = panel->c;
    panel->start_row = panel->row;
}

/* The first `valid` columns, and zeros behind them. */
INLINE void narrow_load(vector *sum, const float *start, size_t valid)
{
    float room[RNNI_BLOCK] = {0};
    memcpy(room, start, valid * sizeof *room);
    EACH (v, NARROW_VECTORS)
        sum[v] = *(const vector *)(room + v * WIDTH);
}

INLINE void narrow_store(float *c, const vector *sum, size_t valid)
{
    float room[RNNI_BLOCK];
    EACH (v, NARROW_VECTORS)
        *(vector *)(room + v * WIDTH) = sum[v];
    memcpy(c, room, valid * sizeof *room);
}
