#include "support/product_examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/part.h"
#include "math/kernels.h"
#include "math/narrow.h"
#include "rnn.h"

/* ---- weights ----------------------------------------------------------------------------------------------------- */

struct weight new_weight(size_t k, size_t units, size_t gates, int transposed, size_t gap, uint64_t *seed)
{
    size_t rows = transposed ? gates * units : k, columns = transposed ? k : gates * units;
    struct weight weight = {.k = k, .units = units, .gates = gates, .row = columns + gap, .transposed = transposed};
    weight.w = new_floats(rows * weight.row);
    for (size_t i = 0; i < rows; i++)
        fill_uniform(weight.w + i * weight.row, columns, seed);
    return weight;
}

float weight_at(const struct weight *weight, size_t q, size_t column)
{
    return weight->transposed ? weight->w[column * weight->row + q] : weight->w[q * weight->row + column];
}

/* ---- where things are -------------------------------------------------------------------------------------------- */

/* The buffer of a gate, and its position in it. */
struct slot {
    size_t buffer, place;
};

static struct slot slot_of(const struct shape *s, size_t gate)
{
    switch (s->place) {
    case TOGETHER:
        return (struct slot){0, gate};
    case PAIRS:
        return (struct slot){gate / 2, gate % 2};
    case APART:
        return (struct slot){gate, 0};
    case REVERSED:
        return (struct slot){0, s->gates - 1 - gate};
    default:
        return gate == s->gates - 1 ? (struct slot){1, 0} : (struct slot){0, gate};
    }
}

static size_t column_of(const struct shape *s, size_t gate)
{
    return slot_of(s, gate).place * s->units;
}

static enum start start_of(const struct shape *s, size_t gate)
{
    return s->start == MIXED ? (enum start)((gate + s->rows) % MIXED) : s->start;
}

int lie_together(const struct example *e, size_t gate, size_t next)
{
    const struct shape *s = &e->shape;
    struct slot slot = slot_of(s, gate), beside = slot_of(s, next);
    return next == gate + 1 && s->count == s->units && slot.buffer == beside.buffer && slot.place + 1 == beside.place;
}

static size_t lines_of(struct rnni_lines lines, size_t rows)
{
    return rnni_product_line(lines, rows - 1) + 1;
}

/* Fills the rows of the product with random numbers; the floats between them stay NaN. */
static void fill_rows(float *to, size_t row, size_t columns, struct rnni_lines lines, size_t rows, uint64_t *seed)
{
    for (size_t i = 0; i < rows; i++)
        fill_uniform(to + rnni_product_line(lines, i) * row, columns, seed);
}

/* ---- an example -------------------------------------------------------------------------------------------------- */

/* Before the product, c is NaN. */
static struct buffer new_buffer(const struct shape *s, size_t index, uint64_t *seed)
{
    struct buffer b = {.lines = lines_of(s->c_lines, s->rows)};
    for (size_t gate = 0; gate < s->gates; gate++)
        if (slot_of(s, gate).buffer == index)
            b.columns += s->units;
    b.row = b.columns + 3 + 2 * index;
    b.start_row = b.columns + 1;
    b.count = b.lines * b.row;
    b.c = new_guarded(b.count);
    b.before = new_floats(b.count);
    b.start = new_floats(b.lines * b.start_row);
    fill_rows(b.start, b.start_row, b.columns, s->c_lines, s->rows, seed);
    return b;
}

static struct rnni_target target_of(const struct example *e, size_t gate)
{
    const struct buffer *b = &e->buffer[slot_of(&e->shape, gate).buffer];
    size_t column = column_of(&e->shape, gate);
    struct rnni_target target = {.c = b->c + column, .row = b->row};
    switch (start_of(&e->shape, gate)) {
    case NOTHING:
        break;
    case WHAT_IS_THERE:
        target.start = target.c;
        target.start_row = target.row;
        break;
    case BIAS:
        target.start = b->start + column;
        break;
    default:
        target.start = b->start + column;
        target.start_row = b->start_row;
    }
    return target;
}

/* The expected initial value of a sum of a gate; `column` is that of the buffer. */
static double number_at_start(const struct example *e, size_t gate, size_t line, size_t column)
{
    const struct buffer *b = &e->buffer[slot_of(&e->shape, gate).buffer];
    switch (start_of(&e->shape, gate)) {
    case NOTHING:
        return 0;
    case WHAT_IS_THERE:
        return (double)b->before[line * b->row + column];
    case BIAS:
        return (double)b->start[column];
    default:
        return (double)b->start[line * b->start_row + column];
    }
}

static double sum_of(const struct example *e, size_t i, size_t gate, size_t unit, double start)
{
    const struct shape *s = &e->shape;
    const float *a = e->a + rnni_product_line(s->a_lines, i) * e->product.a_row;
    for (size_t q = 0; q < s->depth; q++)
        start += (double)a[q] * (double)weight_at(&e->weight, s->from + q, gate * s->units + unit);
    return start;
}

static void expect_gate(struct example *e, size_t gate)
{
    const struct shape *s = &e->shape;
    size_t buffer = slot_of(s, gate).buffer;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t unit = s->first; unit < s->first + s->count; unit++) {
            size_t line = rnni_product_line(s->c_lines, i), column = column_of(s, gate) + unit;
            e->expected[buffer][line * e->buffer[buffer].row + column] =
                sum_of(e, i, gate, unit, number_at_start(e, gate, line, column));
        }
}

static void set_product(struct example *e, uint64_t *seed)
{
    const struct shape *s = &e->shape;
    size_t a_row = s->depth + 2, lines = lines_of(s->a_lines, s->rows);
    e->a = new_floats((lines - 1) * a_row +
                      s->depth); /* no gap after the last row, so that a sanitizer finds reads past its end */
    fill_rows(e->a, a_row, s->depth, s->a_lines, s->rows, seed);
    e->product = (struct rnni_product){.weights = &e->weights,
                                       .from = s->from,
                                       .k = s->depth,
                                       .first = s->first,
                                       .units = s->count,
                                       .a = e->a,
                                       .a_row = a_row,
                                       .a_lines = s->a_lines,
                                       .c_lines = s->c_lines,
                                       .rows = s->rows};
    for (size_t gate = 0; gate < s->gates; gate++)
        e->product.target[gate] = target_of(e, gate);
}

static void fill_what_is_there(struct example *e, size_t gate, uint64_t *seed)
{
    const struct shape *s = &e->shape;
    const struct buffer *b = &e->buffer[slot_of(s, gate).buffer];
    if (start_of(s, gate) == WHAT_IS_THERE)
        fill_rows(b->before + column_of(s, gate), b->row, s->units, s->c_lines, s->rows, seed);
}

struct example *new_example(const struct shape *s)
{
    uint64_t seed = s->rows * 1000003 + s->k * 10007 + s->units * 101 + s->gates;
    struct example *e = calloc(1, sizeof *e);
    assert_non_null(e);
    e->shape = *s;
    e->weight = new_weight(s->k, s->units, s->gates, !s->straight, 0, &seed);
    if (!s->straight || s->gates == 1) {
        e->panels = new_floats(rnni_panels_count(s->k, s->units, s->gates));
        rnni_panels_pack(e->panels, e->weight.w, e->weight.row, s->k, s->units, s->gates, !s->straight, 0, 1);
    }
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++) {
        e->buffer[i] = new_buffer(s, i, &seed);
        e->expected[i] = malloc((e->buffer[i].count + 1) * sizeof(double));
        assert_non_null(e->expected[i]);
        for (size_t j = 0; j < e->buffer[i].count; j++)
            e->expected[i][j] = (double)NAN;
    }
    set_product(e, &seed);
    for (size_t gate = 0; gate < s->gates; gate++) {
        fill_what_is_there(e, gate, &seed);
        expect_gate(e, gate);
    }
    choose_provider(e, NULL);
    return e;
}

void free_example(struct example *e)
{
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++) {
        free_guarded(e->buffer[i].c, e->buffer[i].count);
        free(e->buffer[i].before);
        free(e->buffer[i].start);
        free(e->expected[i]);
    }
    free(e->weight.w);
    free(e->panels);
    free(e->a);
    free(e);
}

void choose_provider(struct example *e, const struct rnni_blas *blas)
{
    const struct shape *s = &e->shape;
    e->weights = (struct rnni_weights){.data = blas ? e->weight.w : e->panels,
                                       .k = s->k,
                                       .units = s->units,
                                       .gates = s->gates,
                                       .blas = blas,
                                       .straight = blas && s->straight};
}

int kernels_take(const struct example *e)
{
    const struct shape *s = &e->shape;
    size_t step = RNNI_BLOCK, end = s->first + s->count;
    return e->panels && s->first % step == 0 && (end == s->units || end % step == 0);
}

void restore_example(struct example *e)
{
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++)
        memcpy(e->buffer[i].c, e->buffer[i].before, e->buffer[i].count * sizeof(float));
}

/* ---- against loops ----------------------------------------------------------------------------------------------- */

void show_example(const struct example *e)
{
    const struct shape *s = &e->shape;
    const struct rnni_blas *blas = e->weights.blas;
    print_error("%s: %zu rows, k %zu from %zu of %zu, units %zu from %zu of %zu, %zu gates, start %d, place %d, "
                "straight %d, lines a %zu/%zu, c %zu/%zu\n",
                blas ? blas->name : rnni_kernels()->name, s->rows, s->depth, s->from, s->k, s->count, s->first,
                s->units, s->gates, (int)s->start, (int)s->place, s->straight, s->a_lines.group, s->a_lines.apart,
                s->c_lines.group, s->c_lines.apart);
}

/* Element j of buffer i. */
static int is_right(const struct example *e, size_t i, size_t j)
{
    const float *c = &e->buffer[i].c[j];
    double tolerance = 2e-6 * sqrt((double)e->shape.depth + 1);
    return isnan(e->expected[i][j]) ? same_bits(c, &e->buffer[i].before[j], 1)
                                    : close_enough((double)*c, e->expected[i][j], tolerance);
}

int example_is_right(const struct example *e)
{
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++) {
        for (size_t j = 0; j < e->buffer[i].count; j++)
            if (!is_right(e, i, j))
                return 0;
        if (!guards_hold(e->buffer[i].c, e->buffer[i].count))
            return 0;
    }
    return 1;
}

void check_example(const struct example *e)
{
    if (example_is_right(e))
        return;
    show_example(e);
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++)
        for (size_t j = 0; j < e->buffer[i].count; j++)
            if (!is_right(e, i, j))
                fail_msg("buffer %zu, line %zu, column %zu: %.9g, expected %.9g", i, j / e->buffer[i].row,
                         j % e->buffer[i].row, (double)e->buffer[i].c[j], e->expected[i][j]);
    fail_msg("floats around a buffer were overwritten");
}

/* ---- which products ---------------------------------------------------------------------------------------------- */

void pick_panels(struct shape *s, uint64_t *seed)
{
    size_t step = RNNI_BLOCK, panels = (s->units + step - 1) / step;
    size_t first = pick(panels - 1, seed), end = first + 1 + pick(panels - first - 1, seed);
    s->first = first * step;
    s->count = (end == panels ? s->units : end * step) - s->first;
}

struct rnni_lines pick_lines(uint64_t *seed)
{
    static const struct rnni_lines lines[] = {{0, 0}, {0, 0}, {1, 3}, {3, 3}, {5, 8}, {96, 97}};
    return lines[pick(COUNT_OF(lines) - 1, seed)];
}

/* ---- to the bit -------------------------------------------------------------------------------------------------- */

static void keep(const struct example *e, float *whole[RNNI_PANEL_GATES])
{
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++) {
        whole[i] = new_floats(e->buffer[i].count);
        memcpy(whole[i], e->buffer[i].c, e->buffer[i].count * sizeof *whole[i]);
    }
}

static void assert_same_as(const struct example *e, float *whole[RNNI_PANEL_GATES], const char *what)
{
    for (size_t i = 0; i < RNNI_PANEL_GATES; i++)
        if (!same_bits(whole[i], e->buffer[i].c, e->buffer[i].count)) {
            show_example(e);
            print_error("other bits: %s\n", what);
            fail();
        }
}

/* The product of `count` rows from row `i` on; where there are lines, of one row, without them. */
static void multiply_rows(const struct example *e, size_t i, size_t count)
{
    struct rnni_product p = e->product;
    size_t line = rnni_product_line(p.c_lines, i);
    p.a += rnni_product_line(p.a_lines, i) * p.a_row;
    p.a_lines = p.c_lines = (struct rnni_lines){0, 0};
    p.rows = count;
    for (size_t gate = 0; gate < p.weights->gates; gate++) {
        p.target[gate].c += line * p.target[gate].row;
        if (p.target[gate].start)
            p.target[gate].start += line * p.target[gate].start_row;
    }
    rnni_products_multiply(&p);
}

static void check_rows_alone(struct example *e, float *whole[RNNI_PANEL_GATES])
{
    restore_example(e);
    for (size_t i = 0; i < e->shape.rows; i++)
        multiply_rows(e, i, 1);
    assert_same_as(e, whole, "rows alone");
}

/* Batches of 1, 2, 3 .. rows. */
static void check_batches(struct example *e, float *whole[RNNI_PANEL_GATES])
{
    if (e->shape.a_lines.group || e->shape.c_lines.group)
        return;
    restore_example(e);
    for (size_t i = 0, batch = 1; i < e->shape.rows; i += batch++)
        multiply_rows(e, i, batch < e->shape.rows - i ? batch : e->shape.rows - i);
    assert_same_as(e, whole, "smaller batches");
}

static void check_shares(struct example *e, float *whole[RNNI_PANEL_GATES], size_t parts)
{
    restore_example(e);
    for (size_t index = 0; index < parts; index++) {
        struct rnni_product p = e->product;
        struct rnni_part part = rnni_part_of(p.units, RNNI_BLOCK, index, parts);
        p.first += part.first;
        p.units = part.count;
        rnni_products_multiply(&p);
    }
    assert_same_as(e, whole, "shares of units");
}

static void check_parts(struct example *e)
{
    float *whole[RNNI_PANEL_GATES];
    keep(e, whole);
    check_rows_alone(e, whole);
    check_batches(e, whole);
    check_shares(e, whole, 2);
    check_shares(e, whole, 5);
    for (size_t j = 0; j < RNNI_PANEL_GATES; j++)
        free(whole[j]);
}

void check_by_all_kernels(struct example *e, int right)
{
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        restore_example(e);
        rnni_products_multiply(&e->product);
        if (right)
            check_example(e);
        check_parts(e);
    }
    rnni_kernels_select(in_use);
}

/* ---- fewer bits -------------------------------------------------------------------------------------------------- */

static void round_to_bf16(float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        bits &= 0xFFFF0000u;
        memcpy(values + i, &bits, sizeof bits);
    }
}

/* Whole numbers of at most `levels`, one of which is that, times a power of two. */
static void round_to_bytes(float *values, size_t count, int levels, uint64_t *seed)
{
    int power = (int)pick(8, seed) - 10;
    for (size_t i = 0; i < count; i++)
        values[i] = ldexpf((float)pick(2 * (size_t)levels, seed) - (float)levels, power);
    if (count)
        values[pick(count - 1, seed)] = ldexpf((float)(pick(1, seed) ? levels : -levels), power);
}

void narrow_example(struct example *e, int64_t precision, int exact, uint64_t *seed)
{
    const struct shape *s = &e->shape;
    assert_true(s->depth == s->k && !s->straight);
    for (size_t i = 0; exact && i < s->gates * s->units; i++) {
        float *row = e->weight.w + i * e->weight.row;
        if (precision == RNN_PRECISION_BF16)
            round_to_bf16(row, s->k);
        else
            round_to_bytes(row, s->k, 127, seed);
    }
    for (size_t i = 0; exact && i < s->rows; i++) {
        float *row = e->a + rnni_product_line(s->a_lines, i) * e->product.a_row;
        if (precision == RNN_PRECISION_BF16)
            round_to_bf16(row, s->k);
        else
            round_to_bytes(row, s->k, RNNI_NARROW_LEVELS, seed);
    }
    free(e->panels);
    e->panels = new_floats(rnni_narrow_count(precision, s->k, s->units, s->gates));
    rnni_narrow_pack(precision, e->panels, e->weight.w, e->weight.row, s->k, s->units, s->gates, 0, 1);
    choose_provider(e, NULL);
    e->weights.precision = precision;
    for (size_t gate = 0; gate < s->gates; gate++)
        expect_gate(e, gate);
}

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

/* Sums of k products of numbers below 1, in float: the error is at most k * 2^-24; the bound is larger. */
#define OUTER_TOLERANCE 2e-5

struct outer new_outer(size_t m, size_t k, size_t n, size_t a_gap, size_t b_gap, size_t c_gap)
{
    uint64_t seed = m * 1000003 + k * 1009 + n;
    struct outer o = {.a = new_matrix(k, m, m + a_gap, &seed),
                      .b = new_matrix(k, n, n + b_gap, &seed),
                      .c = new_matrix(m, n, n + c_gap, &seed)};
    o.expected = malloc(m * n * sizeof *o.expected);
    assert_non_null(o.expected);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            o.expected[i * n + j] = (double)o.c.data[i * o.c.row + j];
    for (size_t q = 0; q < k; q++)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                o.expected[i * n + j] += (double)o.a.data[q * o.a.row + i] * (double)o.b.data[q * o.b.row + j];
    return o;
}

void free_outer(struct outer *o)
{
    free_matrix(&o->a);
    free_matrix(&o->b);
    free_matrix(&o->c);
    free(o->expected);
}

static int is_right_sum(const struct outer *o, size_t i, size_t j)
{
    return close_enough((double)o->c.data[i * o->c.row + j], o->expected[i * o->c.columns + j], OUTER_TOLERANCE);
}

int outer_is_right(const struct outer *o)
{
    for (size_t i = 0; i < o->c.rows; i++)
        for (size_t j = 0; j < o->c.columns; j++)
            if (!is_right_sum(o, i, j))
                return 0;
    return around_is_untouched(&o->c);
}

void check_outer_sums(const struct outer *o)
{
    for (size_t i = 0; i < o->c.rows; i++)
        for (size_t j = 0; j < o->c.columns; j++)
            if (!is_right_sum(o, i, j))
                fail_msg("m %zu, k %zu, n %zu: row %zu, column %zu: %.9g, expected %.9g", o->c.rows, o->a.rows,
                         o->c.columns, i, j, (double)o->c.data[i * o->c.row + j], o->expected[i * o->c.columns + j]);
    assert_true(around_is_untouched(&o->c));
}
