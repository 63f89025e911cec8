/* Panels of weights of fewer bits (narrow.h) in a product: included by kernels_template.h behind product_template.h,
 * before the templates of bf16 and int8. */

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

/* For rows of the panel behind the first: its sums so far are in c. */
INLINE void narrow_go_on(struct panel *panel)
{
    panel->start = panel->c;
    panel->start_row = panel->row;
}
