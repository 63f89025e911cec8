/* A step of one sequence: product and gates at once.  Included by kernels_template.h behind tile_template.h and
 * gates_template.h, whose vectors and arithmetic it uses.
 *
 * Why it is fast: what enters the gates of some units stays in registers and goes from there to the gates, which take
 * whole vectors also where units end.  The products are those of row_template.h, term by term, so a row has the same
 * bits either way.  A sum waits 4 cycles for its last term, so units behind the last whole panel are made with it: more
 * sums are independent of one another.
 *
 * Parameters: vectors of each gate at a time, where ROW_SUMS registers hold them.
 *
 *                     AVX-512   AVX2 and FMA   NEON   SSE2 and others
 *     ROW_SUMS          12          12          16          0
 *     LSTM, 4 gates      3           3           4          -
 *     GRU, 3 gates       4           4           5          -
 *
 * With SSE2, whose 16 registers do not hold a panel of four gates, there is no such kernel. */
#if defined(__AVX2__)
#define ROW_SUMS 12
#elif defined(__aarch64__)
#define ROW_SUMS 16
#endif

#ifdef ROW_SUMS
enum { LSTM_GATES = 4, GRU_GATES = 3 };

/* The gates have the same bits here as anywhere: see ONE.  gcc fuses products and sums wherever it can, so it may
 * compile the loop again for a constant length. */
#ifdef __clang__
#define GATES_OF_ROW(cell) cell##_vectors
#else
#define GATES_OF_ROW(cell) cell##_gates
#endif

/* Some units: `whole` panels of each gate from `unit` on, and `rest` vectors of the panels behind them, in which the
 * units end.  whole and rest are constants wherever this is made. */
struct units {
    size_t unit, whole, rest;
    size_t left; /* units in the rest */
};

INLINE size_t vectors_in(struct units u)
{
    return u.whole * PANEL_VECTORS + u.rest;
}

/* sum [gates, vectors] += a b, for all rows of b. */
INLINE void add_row(vector *sum, const float *a, const struct rnni_weights *w, size_t gates, struct units u)
{
    size_t vectors = vectors_in(u), k = w->k, end = u.unit + u.whole * RNNI_BLOCK;
    const float *b = w->data + u.unit * gates * k, *b_rest = w->data + end * gates * k;
    size_t width = u.rest ? rnni_panels_width(w->units - end) : 0;
    for (size_t q = 0; q < k; q++, b += RNNI_BLOCK, b_rest += width)
        for (size_t gate = 0; gate < gates; gate++)
            for (size_t v = 0; v < vectors; v++) {
                size_t panel = v / PANEL_VECTORS;
                const float *from =
                    panel < u.whole ? b + (panel * gates + gate) * RNNI_BLOCK * k : b_rest + gate * width * k;
                sum[gate * vectors + v] =
                    plus_product(sum[gate * vectors + v], a[q], *(const vector *)(from + v % PANEL_VECTORS * WIDTH));
            }
}

/* Whether vector v may have fewer units than elements: the last one; and of 4, which stand for 3 too, the last two. */
INLINE int may_be_partial(size_t v, struct units u)
{
    return u.rest && v + (u.rest == 4 ? 2 : 1) >= vectors_in(u);
}

/* The elements of such a vector that are units. */
INLINE some units_of(size_t v, struct units u)
{
    return some_left(u.left, v - u.whole * PANEL_VECTORS);
}

/* Vector v of the units. */
INLINE vector load_of(const float *from, size_t v, struct units u)
{
    from += u.unit + v * WIDTH;
    return may_be_partial(v, u) ? load_some(from, units_of(v, u)) : *(const vector *)from;
}

INLINE void store_of(float *to, const float *from, struct units u)
{
    for (size_t v = 0; v < vectors_in(u); v++)
        if (may_be_partial(v, u))
            store_some(to + u.unit + v * WIDTH, units_of(v, u), *(const vector *)(from + v * WIDTH));
        else
            *(vector *)(to + u.unit + v * WIDTH) = *(const vector *)(from + v * WIDTH);
}

INLINE void lstm_units(const struct rnni_gates_row *r, struct units u)
{
    enum { MOST = ROW_SUMS / LSTM_GATES };
    size_t hidden = r->recurrent->units, vectors = vectors_in(u);
    vector sum[ROW_SUMS];
    float a[LSTM_GATES][MOST * WIDTH], before[MOST * WIDTH], cell[MOST * WIDTH], out[MOST * WIDTH];
    for (size_t gate = 0; gate < LSTM_GATES; gate++)
        for (size_t v = 0; v < vectors; v++)
            sum[gate * vectors + v] = load_of(r->start + gate * hidden, v, u);
    if (r->input)
        add_row(sum, r->x, r->input, LSTM_GATES, u);
    add_row(sum, r->h, r->recurrent, LSTM_GATES, u);
    for (size_t v = 0; v < vectors; v++) {
        for (size_t gate = 0; gate < LSTM_GATES; gate++)
            *(vector *)(a[gate] + v * WIDTH) = sum[gate * vectors + v];
        *(vector *)(before + v * WIDTH) = load_of(r->before, v, u);
    }
    GATES_OF_ROW(lstm)(a[0], a[1], a[2], a[3], before, cell, out, vectors * WIDTH);
    store_of(r->cell, cell, u);
    store_of(r->out, out, u);
}

INLINE void gru_units(const struct rnni_gates_row *r, struct units u)
{
    enum { MOST = ROW_SUMS / GRU_GATES };
    size_t hidden = r->recurrent->units, vectors = vectors_in(u);
    vector sum[ROW_SUMS], candidate[MOST];
    float a[GRU_GATES][MOST * WIDTH], q[MOST * WIDTH], before[MOST * WIDTH], out[MOST * WIDTH];
    for (size_t gate = 0; gate < GRU_GATES; gate++)
        for (size_t v = 0; v < vectors; v++)
            sum[gate * vectors + v] = load_of(r->start + gate * hidden, v, u);
    if (r->input)
        add_row(sum, r->x, r->input, GRU_GATES, u);
    for (size_t v = 0; v < vectors; v++) {
        candidate[v] = sum[2 * vectors + v];
        sum[2 * vectors + v] = r->start_q ? load_of(r->start_q, v, u) : (vector){0};
    }
    add_row(sum, r->h, r->recurrent, GRU_GATES, u);
    for (size_t v = 0; v < vectors; v++) {
        *(vector *)(a[0] + v * WIDTH) = sum[v];
        *(vector *)(a[1] + v * WIDTH) = sum[vectors + v];
        *(vector *)(a[2] + v * WIDTH) = candidate[v];
        *(vector *)(q + v * WIDTH) = sum[2 * vectors + v];
        *(vector *)(before + v * WIDTH) = load_of(r->before, v, u);
    }
    GATES_OF_ROW(gru)(a[0], a[1], a[2], q, before, out, vectors * WIDTH);
    store_of(r->out, out, u);
}

/* The cases are constants; those that have no room are not compiled. */
#define UNITS_CASE(cell, gates, panels, vectors)                                                                       \
    if (u.whole == (panels) && u.rest == (vectors) && (vectors) <= PANEL_VECTORS &&                                    \
        (panels)*PANEL_VECTORS + (vectors) <= ROW_SUMS / (gates)) {                                                    \
        u.whole = (panels);                                                                                            \
        u.rest = (vectors);                                                                                            \
        cell##_units(r, u);                                                                                            \
        return;                                                                                                        \
    }

#define UNITS_CASES(cell, gates)                                                                                       \
    UNITS_CASE(cell, gates, 1, 0)                                                                                      \
    UNITS_CASE(cell, gates, 2, 0)                                                                                      \
    UNITS_CASE(cell, gates, 3, 0)                                                                                      \
    UNITS_CASE(cell, gates, 0, 1)                                                                                      \
    UNITS_CASE(cell, gates, 1, 1)                                                                                      \
    UNITS_CASE(cell, gates, 2, 1)                                                                                      \
    UNITS_CASE(cell, gates, 3, 1)                                                                                      \
    UNITS_CASE(cell, gates, 0, 2)                                                                                      \
    UNITS_CASE(cell, gates, 1, 2)                                                                                      \
    UNITS_CASE(cell, gates, 0, 4)

INLINE void lstm_some(const struct rnni_gates_row *r, struct units u){UNITS_CASES(lstm, LSTM_GATES)}

INLINE void gru_some(const struct rnni_gates_row *r, struct units u){UNITS_CASES(gru, GRU_GATES)}

/* All units: the last whole panels with the rest, as many as have room beside it, and those before at most 3 at a time.
 */
INLINE void all_units(const struct rnni_gates_row *r, size_t gates,
                      void (*some_units)(const struct rnni_gates_row *r, struct units u))
{
    const size_t most = ROW_SUMS / gates;
    size_t hidden = r->recurrent->units, whole = hidden / RNNI_BLOCK, left = hidden % RNNI_BLOCK;
    size_t rest = left ? vectors_of(left) : 0, at_once = most / PANEL_VECTORS < 3 ? most / PANEL_VECTORS : 3;
    size_t with_rest = (most - rest) / PANEL_VECTORS < at_once ? (most - rest) / PANEL_VECTORS : at_once, unit = 0;
    while (whole > with_rest) {
        size_t now = whole - with_rest < at_once ? whole - with_rest : at_once;
        some_units(r, (struct units){unit, now, 0, 0});
        unit += now * RNNI_BLOCK;
        whole -= now;
    }
    if (whole || rest)
        some_units(r, (struct units){unit, whole, rest, left});
}

static void lstm_row_kernel(const struct rnni_gates_row *r)
{
    all_units(r, LSTM_GATES, lstm_some);
}

static void gru_row_kernel(const struct rnni_gates_row *r)
{
    all_units(r, GRU_GATES, gru_some);
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
