/* A step of one sequence: product and gates at once.  Included by kernels_template.h behind product_template.h and
 * gates_template.h, whose vectors and arithmetic it uses.
 *
 * Why it is fast: what enters the gates of a panel's units stays in registers and goes from there to the gates, which
 * take whole vectors also where units end.  The products are those of row_template.h, term by term, so a row has the
 * same bits either way.  There are no parameters but WIDTH. */
#if ROW_PANELS

/* Some rows of weights in panels of one block for each of `gates` gates: sum += a b, `used` vectors of each gate. */
INLINE void add_row(vector *sum, const float *a, const struct rnni_weights *weights, size_t unit, size_t gates,
                    size_t used)
{
    const float *b = weights->data + unit * gates * weights->k;
    size_t width = gates * RNNI_BLOCK, k = weights->k;
    for (size_t q = 0; q < k; q++, b += width)
        for (size_t v = 0; v < gates * used; v++)
            sum[v] = plus_product(sum[v], a[q], *(const vector *)(b + v / used * RNNI_BLOCK + v % used * WIDTH));
}

/* `used` vectors, of which the last has the elements `last`. */
INLINE vector load_of(const float *from, size_t v, size_t used, some last)
{
    return v + 1 == used ? load_some(from + v * WIDTH, last) : *(const vector *)(from + v * WIDTH);
}

INLINE void store_of(float *to, const float *from, size_t used, some last)
{
    for (size_t v = 0; v < used; v++)
        if (v + 1 == used)
            store_some(to + v * WIDTH, last, *(const vector *)(from + v * WIDTH));
        else
            *(vector *)(to + v * WIDTH) = *(const vector *)(from + v * WIDTH);
}

/* The units of one panel from `unit` on. */
INLINE void lstm_panel(const struct rnni_gates_row *r, size_t unit, size_t used)
{
    enum { GATES = 4 };
    size_t hidden = r->recurrent->units, left = hidden - unit;
    some last = some_left(left, used - 1);
    vector sum[GATES * BLOCK_VECTORS];
    float a[GATES][RNNI_BLOCK], before[RNNI_BLOCK], cell[RNNI_BLOCK], out[RNNI_BLOCK];
    for (size_t v = 0; v < GATES * used; v++)
        sum[v] = load_of(r->start + v / used * hidden + unit, v % used, used, last);
    if (r->input)
        add_row(sum, r->x, r->input, unit, GATES, used);
    add_row(sum, r->h, r->recurrent, unit, GATES, used);
    for (size_t v = 0; v < GATES * used; v++)
        *(vector *)(a[v / used] + v % used * WIDTH) = sum[v];
    for (size_t v = 0; v < used; v++)
        *(vector *)(before + v * WIDTH) = load_of(r->before + unit, v, used, last);
    lstm_gates(a[0], a[1], a[2], a[3], before, cell, out, used * WIDTH);
    store_of(r->cell + unit, cell, used, last);
    store_of(r->out + unit, out, used, last);
}

INLINE void gru_panel(const struct rnni_gates_row *r, size_t unit, size_t used)
{
    enum { GATES = 3 };
    size_t hidden = r->recurrent->units, left = hidden - unit;
    some last = some_left(left, used - 1);
    vector sum[GATES * BLOCK_VECTORS], candidate[BLOCK_VECTORS];
    float a[GATES][RNNI_BLOCK], q[RNNI_BLOCK], before[RNNI_BLOCK], out[RNNI_BLOCK];
    for (size_t v = 0; v < GATES * used; v++)
        sum[v] = load_of(r->start + v / used * hidden + unit, v % used, used, last);
    if (r->input)
        add_row(sum, r->x, r->input, unit, GATES, used);
    for (size_t v = 0; v < used; v++) {
        candidate[v] = sum[2 * used + v];
        sum[2 * used + v] = r->start_q ? load_of(r->start_q + unit, v, used, last) : (vector){0};
    }
    add_row(sum, r->h, r->recurrent, unit, GATES, used);
    for (size_t v = 0; v < used; v++) {
        *(vector *)(a[0] + v * WIDTH) = sum[v];
        *(vector *)(a[1] + v * WIDTH) = sum[used + v];
        *(vector *)(a[2] + v * WIDTH) = candidate[v];
        *(vector *)(q + v * WIDTH) = sum[2 * used + v];
        *(vector *)(before + v * WIDTH) = load_of(r->before + unit, v, used, last);
    }
    gru_gates(a[0], a[1], a[2], q, before, out, used * WIDTH);
    store_of(r->out + unit, out, used, last);
}

/* All panels: whole ones, and the last with as many vectors as it has units for. */
#define ALL_PANELS(panel)                                                                                              \
    size_t hidden = r->recurrent->units, unit = 0;                                                                     \
    for (; hidden - unit >= RNNI_BLOCK; unit += RNNI_BLOCK)                                                            \
        panel(r, unit, BLOCK_VECTORS);                                                                                 \
    switch ((hidden - unit + WIDTH - 1) / WIDTH) {                                                                     \
    case 1:                                                                                                            \
        panel(r, unit, 1);                                                                                             \
        break;                                                                                                         \
    case 2:                                                                                                            \
        panel(r, unit, BLOCK_VECTORS > 2 ? 2 : BLOCK_VECTORS);                                                         \
        break;                                                                                                         \
    case 3:                                                                                                            \
        panel(r, unit, BLOCK_VECTORS > 3 ? 3 : BLOCK_VECTORS);                                                         \
        break;                                                                                                         \
    case 4:                                                                                                            \
        panel(r, unit, BLOCK_VECTORS);                                                                                 \
    }

static void lstm_row_kernel(const struct rnni_gates_row *r)
{
    ALL_PANELS(lstm_panel)
}

static void gru_row_kernel(const struct rnni_gates_row *r)
{
    ALL_PANELS(gru_panel)
}
#else
#define lstm_row_kernel NULL
#define gru_row_kernel  NULL
#endif

static const struct rnni_gates_kernels gates_kernels = {
    .lstm = lstm_kernel,
    .lstm_backward = lstm_backward_kernel,
    .gru = gru_kernel,
    .gru_backward = gru_backward_kernel,
    .lstm_row = lstm_row_kernel,
    .gru_row = gru_row_kernel,
};
