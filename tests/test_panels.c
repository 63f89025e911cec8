/* The panels of src/math/panels.h: how weights lie in them, and their products, by the kernels of every instruction set
 * that the machine has, against loops in double.  What the header promises to the bit is compared so. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/part.h"
#include "math/products.h"
#include "math/vector.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Floats around what a function may write, and all else that it may neither read nor write, are signalling NaNs: a sum
 * that took one in would show it, and even adding 0 to one changes it. */
#define GUARD 64

static const uint32_t untouched = 0x7fa00000;

static const size_t all_units[] = {1, 2, 15, 16, 17, 31, 33, 48, 63, 64, 65, 100, 130};
static const size_t all_rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 95, 96, 193, 400};

/* `count` such floats. */
static float *new_floats(size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], &untouched, sizeof untouched);
    return values;
}

static float *new_guarded(size_t count)
{
    return new_floats(count + 2 * GUARD) + GUARD;
}

static void free_guarded(float *values, size_t count)
{
    for (size_t i = 0; i < GUARD; i++)
        assert_true(!memcmp(&values[(ptrdiff_t)i - GUARD], &untouched, sizeof untouched) &&
                    !memcmp(&values[count + i], &untouched, sizeof untouched));
    free(values - GUARD);
}

static int same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/* A whole number in [0, most], another one at each call. */
static size_t pick(size_t most, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)(most + 1));
}

/* ---- how weights lie --------------------------------------------------------------------------------------------- */

/* W' [k, gates * units], lying as W, row after row `row` floats apart, or as it is. */
struct matrix {
    float *w;
    size_t k, units, gates, row;
    int transposed;
};

static struct matrix new_matrix(size_t k, size_t units, size_t gates, int transposed, uint64_t *seed)
{
    size_t rows = transposed ? gates * units : k, columns = transposed ? k : units;
    struct matrix m = {.k = k, .units = units, .gates = gates, .row = columns + 3, .transposed = transposed};
    m.w = new_floats(rows * m.row);
    for (size_t i = 0; i < rows; i++)
        fill_uniform(m.w + i * m.row, columns, seed);
    return m;
}

/* Element (q, column) of W'. */
static float element(const struct matrix *m, size_t q, size_t column)
{
    return m->transposed ? m->w[column * m->row + q] : m->w[q * m->row + column];
}

/* The panels as panels.h describes them, from the first float to the last; returns how many there are. */
static size_t expect_panels(float *panels, const struct matrix *m)
{
    size_t step = 4 / m->gates * 16, count = 0;
    for (size_t first = 0; first < m->units; first += step)
        for (size_t q = 0; q < m->k; q++)
            for (size_t gate = 0; gate < m->gates; gate++)
                for (size_t unit = first; unit < first + step && (unit < m->units || unit % 16 != 0); unit++)
                    panels[count++] = unit < m->units ? element(m, q, gate * m->units + unit) : 0;
    return count;
}

static void check_packing(size_t k, size_t units, size_t gates, int transposed)
{
    uint64_t seed = k * 1000003 + units * 1009 + gates;
    struct matrix m = new_matrix(k, units, gates, transposed, &seed);
    size_t count = rnni_panels_count(k, units, gates);
    float *expected = new_floats(count + 4 * 64 * k);
    assert_int_equal(expect_panels(expected, &m), count);
    for (size_t parts = 1; parts <= 5; parts++) {
        float *panels = new_guarded(count);
        for (size_t index = parts; index-- > 0;)
            rnni_panels_pack(panels, m.w, m.row, k, units, gates, transposed, index, parts);
        assert_true(same_bits(panels, expected, count));
        free_guarded(panels, count);
    }
    free(expected);
    free(m.w);
}

static void panels_are_as_described(void **state)
{
    (void)state;
    static const size_t all_k[] = {1, 2, 7, 15, 16, 17, 64, 130, 513};
    for (size_t i = 0; i < COUNT_OF(all_units); i++)
        for (size_t j = 0; j < COUNT_OF(all_k); j++) {
            for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
                check_packing(all_k[j], all_units[i], gates, 1);
            check_packing(all_k[j], all_units[i], 1, 0);
        }
}

/* A part writes its own panels alone: threads pack theirs at the same time. */
static void a_part_packs_its_own(void **state)
{
    (void)state;
    enum { K = 5, UNITS = 100, GATES = 4, PARTS = 3 };
    uint64_t seed = 1;
    struct matrix m = new_matrix(K, UNITS, GATES, 1, &seed);
    size_t count = rnni_panels_count(K, UNITS, GATES);
    for (size_t index = 0; index < PARTS; index++) {
        float *panels = new_guarded(count);
        struct rnni_part part = rnni_part_of(UNITS, rnni_panels_step(GATES), index, PARTS);
        size_t first = part.first * K * GATES, end = rnni_panels_count(K, part.first + part.count, GATES);
        rnni_panels_pack(panels, m.w, m.row, K, UNITS, GATES, 1, index, PARTS);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(isnan(panels[i]) ? 1 : 0, i < first || i >= end);
        free_guarded(panels, count);
    }
    free(m.w);
}

/* ---- one product ------------------------------------------------------------------------------------------------- */

/* What a sum begins with. */
enum start { NOTHING, WHAT_IS_THERE, BIAS, OTHER_ROWS, START_COUNT };

struct shape {
    size_t rows, k, units, gates;
    size_t from, depth;  /* rows of W' */
    size_t first, count; /* units */
    enum start start;
    struct rnni_lines a_lines, c_lines;
};

/* Gates go to two buffers, all but the last to the first one, gate by gate, as those of a GRU do; rows have gaps. */
enum { BUFFERS = 2 };

struct buffer {
    float *c;      /* [lines, row], guarded */
    float *before; /* the same, before the product */
    float *start;  /* [lines, start_row] of OTHER_ROWS, or a bias */
    size_t lines, gates, row, start_row, count;
};

struct example {
    struct shape shape;
    struct matrix matrix;
    float *data, *a;
    struct rnni_weights panels;
    struct buffer buffer[BUFFERS];
    double *expected[BUFFERS]; /* NaN: not to be touched */
    struct rnni_product product;
};

static size_t lines_of(struct rnni_lines lines, size_t rows)
{
    return rnni_product_line(lines, rows - 1) + 1;
}

/* The floats at the places of the product get numbers, those between stay NaN. */
static void fill_rows(float *to, size_t row, size_t columns, struct rnni_lines lines, size_t rows, uint64_t *seed)
{
    for (size_t i = 0; i < rows; i++)
        fill_uniform(to + rnni_product_line(lines, i) * row, columns, seed);
}

/* With WHAT_IS_THERE the starts are there; otherwise what is in c must not matter, and is NaN. */
static struct buffer new_buffer(const struct shape *s, size_t gates, size_t gap, uint64_t *seed)
{
    struct buffer b = {.lines = lines_of(s->c_lines, s->rows), .gates = gates};
    size_t columns = gates * s->units;
    b.row = columns + gap;
    b.count = b.lines * b.row;
    b.start_row = s->start == BIAS ? 0 : columns + 1;
    b.c = new_guarded(b.count);
    b.before = new_floats(b.count);
    b.start = new_floats(b.lines * (columns + 1));
    fill_rows(b.start, b.start_row, columns, s->c_lines, s->rows, seed);
    if (s->start == WHAT_IS_THERE)
        fill_rows(b.before, b.row, columns, s->c_lines, s->rows, seed);
    return b;
}

static struct rnni_target target_of(const struct example *e, size_t gate)
{
    int last = gate == e->shape.gates - 1;
    const struct buffer *b = &e->buffer[last];
    size_t column = last ? 0 : gate * e->shape.units;
    struct rnni_target target = {.c = b->c + column, .row = b->row};
    if (e->shape.start == WHAT_IS_THERE) {
        target.start = target.c;
        target.start_row = target.row;
    } else if (e->shape.start != NOTHING) {
        target.start = b->start + column;
        target.start_row = b->start_row;
    }
    return target;
}

/* The start of row i, in double; line is where the row stands. */
static double start_of(const struct example *e, int buffer, size_t line, size_t column)
{
    const struct buffer *b = &e->buffer[buffer];
    switch (e->shape.start) {
    case NOTHING:
        return 0;
    case WHAT_IS_THERE:
        return (double)b->before[line * b->row + column];
    default:
        return (double)b->start[line * b->start_row + column];
    }
}

static double sum_of(const struct example *e, size_t i, size_t gate, size_t unit, double start)
{
    const struct shape *s = &e->shape;
    const float *a = e->a + rnni_product_line(s->a_lines, i) * e->product.a_row;
    const float *w = e->matrix.w + (gate * s->units + unit) * e->matrix.row + s->from;
    for (size_t q = 0; q < s->depth; q++)
        start += (double)a[q] * (double)w[q];
    return start;
}

static void expect_gate(struct example *e, size_t gate)
{
    const struct shape *s = &e->shape;
    int last = gate == s->gates - 1;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t unit = s->first; unit < s->first + s->count; unit++) {
            size_t line = rnni_product_line(s->c_lines, i), column = (last ? 0 : gate * s->units) + unit;
            e->expected[last][line * e->buffer[last].row + column] =
                sum_of(e, i, gate, unit, start_of(e, last, line, column));
        }
}

static void restore(struct example *e)
{
    for (size_t i = 0; i < BUFFERS; i++)
        memcpy(e->buffer[i].c, e->buffer[i].before, e->buffer[i].count * sizeof(float));
}

static void set_product(struct example *e, uint64_t *seed)
{
    const struct shape *s = &e->shape;
    size_t a_row = s->depth + 2, lines = lines_of(s->a_lines, s->rows);
    e->panels = (struct rnni_weights){.data = e->data, .k = s->k, .units = s->units, .gates = s->gates};
    e->a = new_floats((lines - 1) * a_row + s->depth); /* no gap behind the last row: a sanitizer sees its end */
    fill_rows(e->a, a_row, s->depth, s->a_lines, s->rows, seed);
    e->product = (struct rnni_product){.weights = &e->panels,
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

static struct example *new_example(const struct shape *s)
{
    uint64_t seed = s->rows * 1000003 + s->k * 10007 + s->units * 101 + s->gates;
    struct example *e = calloc(1, sizeof *e);
    assert_non_null(e);
    e->shape = *s;
    e->matrix = new_matrix(s->k, s->units, s->gates, 1, &seed);
    e->data = new_floats(rnni_panels_count(s->k, s->units, s->gates));
    rnni_panels_pack(e->data, e->matrix.w, e->matrix.row, s->k, s->units, s->gates, 1, 0, 1);
    e->buffer[0] = new_buffer(s, s->gates - 1, 3, &seed);
    e->buffer[1] = new_buffer(s, 1, 5, &seed);
    set_product(e, &seed);
    for (size_t i = 0; i < BUFFERS; i++) {
        e->expected[i] = malloc((e->buffer[i].count + 1) * sizeof(double));
        assert_non_null(e->expected[i]);
        for (size_t j = 0; j < e->buffer[i].count; j++)
            e->expected[i][j] = (double)NAN;
    }
    for (size_t gate = 0; gate < s->gates; gate++)
        expect_gate(e, gate);
    return e;
}

static void free_example(struct example *e)
{
    for (size_t i = 0; i < BUFFERS; i++) {
        free_guarded(e->buffer[i].c, e->buffer[i].count);
        free(e->buffer[i].before);
        free(e->buffer[i].start);
        free(e->expected[i]);
    }
    free(e->matrix.w);
    free(e->data);
    free(e->a);
    free(e);
}

/* ---- against loops ----------------------------------------------------------------------------------------------- */

static void show(const struct shape *s)
{
    print_error("%s: %zu rows, k %zu from %zu of %zu, units %zu from %zu of %zu, %zu gates, start %d, lines a %zu/%zu, "
                "c %zu/%zu\n",
                rnni_vector()->name, s->rows, s->depth, s->from, s->k, s->count, s->first, s->units, s->gates,
                (int)s->start, s->a_lines.group, s->a_lines.apart, s->c_lines.group, s->c_lines.apart);
}

/* Every element of the buffers is the sum that is expected, or untouched.  The error of a sum grows as its partial sums
 * and the number of its terms do, each by the root of k, but relative to the sum by no more than that. */
static void check_sums(const struct example *e)
{
    double tolerance = 2e-6 * sqrt((double)e->shape.depth + 1);
    for (size_t i = 0; i < BUFFERS; i++)
        for (size_t j = 0; j < e->buffer[i].count; j++) {
            const float *c = &e->buffer[i].c[j];
            if (isnan(e->expected[i][j]) ? same_bits(c, &e->buffer[i].before[j], 1)
                                         : close_enough((double)*c, e->expected[i][j], tolerance))
                continue;
            show(&e->shape);
            print_error("buffer %zu, line %zu, column %zu: %.9g, expected %.9g\n", i, j / e->buffer[i].row,
                        j % e->buffer[i].row, (double)*c, e->expected[i][j]);
            fail();
        }
}

/* ---- to the bit -------------------------------------------------------------------------------------------------- */

static void keep(const struct example *e, float *whole[BUFFERS])
{
    for (size_t i = 0; i < BUFFERS; i++) {
        whole[i] = new_floats(e->buffer[i].count);
        memcpy(whole[i], e->buffer[i].c, e->buffer[i].count * sizeof *whole[i]);
    }
}

static void assert_same_as(const struct example *e, float *whole[BUFFERS], const char *what)
{
    for (size_t i = 0; i < BUFFERS; i++)
        if (!same_bits(whole[i], e->buffer[i].c, e->buffer[i].count)) {
            show(&e->shape);
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

static void check_rows_alone(struct example *e, float *whole[BUFFERS])
{
    restore(e);
    for (size_t i = 0; i < e->shape.rows; i++)
        multiply_rows(e, i, 1);
    assert_same_as(e, whole, "rows alone");
}

/* Batches of 1, 2, 3 .. rows. */
static void check_batches(struct example *e, float *whole[BUFFERS])
{
    if (e->shape.a_lines.group || e->shape.c_lines.group)
        return;
    restore(e);
    for (size_t i = 0, batch = 1; i < e->shape.rows; i += batch++)
        multiply_rows(e, i, batch < e->shape.rows - i ? batch : e->shape.rows - i);
    assert_same_as(e, whole, "smaller batches");
}

static void check_shares(struct example *e, float *whole[BUFFERS], size_t parts)
{
    restore(e);
    for (size_t index = 0; index < parts; index++) {
        struct rnni_product p = e->product;
        struct rnni_part part = rnni_part_of(p.units, rnni_panels_step(e->shape.gates), index, parts);
        p.first += part.first;
        p.units = part.count;
        rnni_products_multiply(&p);
    }
    assert_same_as(e, whole, "shares of units");
}

static void check_shape(const struct shape *s)
{
    struct example *e = new_example(s);
    const struct rnni_vector *in_use = rnni_vector();
    for (size_t i = 0; rnni_vector_available(i); i++) {
        float *whole[BUFFERS];
        rnni_vector_select(rnni_vector_available(i));
        restore(e);
        rnni_products_multiply(&e->product);
        check_sums(e);
        keep(e, whole);
        check_rows_alone(e, whole);
        check_batches(e, whole);
        check_shares(e, whole, 2);
        check_shares(e, whole, 5);
        for (size_t j = 0; j < BUFFERS; j++)
            free(whole[j]);
    }
    rnni_vector_select(in_use);
    free_example(e);
}

/* ---- which products ---------------------------------------------------------------------------------------------- */

/* A share of the units: some whole panels, or from some panel to the end. */
static void pick_units(struct shape *s, uint64_t *seed)
{
    size_t step = rnni_panels_step(s->gates), panels = (s->units + step - 1) / step;
    size_t first = pick(panels - 1, seed), end = first + 1 + pick(panels - first - 1, seed);
    s->first = first * step;
    s->count = (end == panels ? s->units : end * step) - s->first;
}

static struct rnni_lines pick_lines(uint64_t *seed)
{
    static const struct rnni_lines lines[] = {{0, 0}, {0, 0}, {1, 3}, {3, 3}, {5, 8}, {96, 97}};
    return lines[pick(COUNT_OF(lines) - 1, seed)];
}

/* Sizes as given, all else by chance; every third product is a whole one. */
static struct shape pick_shape(size_t rows, size_t k, size_t units, size_t gates, uint64_t *seed)
{
    struct shape s = {.rows = rows, .k = k, .units = units, .gates = gates, .depth = k, .count = units};
    s.start = (enum start)pick(START_COUNT - 1, seed);
    if (pick(2, seed)) {
        s.from = pick(k - 1, seed);
        s.depth = k - s.from - pick((k - s.from - 1) / 4, seed);
        pick_units(&s, seed);
    }
    s.a_lines = pick_lines(seed);
    s.c_lines = pick_lines(seed);
    return s;
}

static void products_of_all_sizes_equal_loops(void **state)
{
    (void)state;
    static const size_t all_k[] = {1, 2, 7, 64};
    uint64_t seed = 1;
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (size_t i = 0; i < COUNT_OF(all_units); i++)
            for (size_t j = 0; j < COUNT_OF(all_rows); j++)
                for (size_t q = 0; q < COUNT_OF(all_k); q++) {
                    if (all_rows[j] > 14 && (i + j + q) % 3) /* of many rows a third is enough */
                        continue;
                    struct shape s = pick_shape(all_rows[j], all_k[q], all_units[i], gates, &seed);
                    check_shape(&s);
                }
}

/* Past the depth to which a panel is read at a time, and just there. */
static void deep_products_equal_loops(void **state)
{
    (void)state;
    static const size_t deep[] = {130, 511, 512, 513, 1024, 1030}, units[] = {2, 17, 64, 130};
    uint64_t seed = 2;
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (size_t i = 0; i < COUNT_OF(deep); i++)
            for (size_t j = 0; j < COUNT_OF(units); j++) {
                struct shape s = pick_shape(1 + (i + j + gates) % 13, deep[i], units[j], gates, &seed);
                check_shape(&s);
                s = pick_shape(1 + (i + j + gates) % 3, deep[i], units[j], gates, &seed);
                check_shape(&s);
            }
    struct shape s = {
        .rows = 193, .k = 600, .units = 17, .gates = 3, .depth = 600, .count = 17, .start = WHAT_IS_THERE};
    check_shape(&s);
    s.start = BIAS;
    check_shape(&s);
}

/* Of one small product, whatever can be chosen in every combination. */
static void every_start_goes_with_every_range_and_line(void **state)
{
    (void)state;
    static const struct rnni_lines lines[] = {{0, 0}, {2, 3}, {3, 7}};
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (int start = NOTHING; start < START_COUNT; start++)
            for (size_t al = 0; al < COUNT_OF(lines); al++)
                for (size_t cl = 0; cl < COUNT_OF(lines); cl++)
                    for (size_t range = 0; range < 4; range++) {
                        size_t step = rnni_panels_step(gates), units = 2 * step + 21 % step;
                        struct shape s = {
                            .rows = 8, .k = 9, .units = units, .gates = gates, .start = (enum start)start};
                        s.a_lines = lines[al];
                        s.c_lines = lines[cl];
                        s.from = range % 2 * 4;
                        s.depth = range % 2 ? 3 : 9;
                        s.first = range / 2 * step;
                        s.count = range / 2 ? step : units;
                        check_shape(&s);
                    }
}

/* No terms: the starts alone.  No rows or no units: nothing. */
static void empty_products(void **state)
{
    (void)state;
    const struct rnni_vector *in_use = rnni_vector();
    struct shape s = {.rows = 7, .k = 3, .units = 37, .gates = 3, .from = 1, .count = 37, .start = BIAS};
    check_shape(&s);
    s.depth = 2;
    struct example *e = new_example(&s);
    for (size_t i = 0; rnni_vector_available(i); i++) {
        struct rnni_product no_rows = e->product, no_units = e->product;
        rnni_vector_select(rnni_vector_available(i));
        restore(e);
        no_rows.rows = 0;
        no_units.units = 0;
        rnni_products_multiply(&no_rows);
        rnni_products_multiply(&no_units);
        no_units.rows = 1;
        rnni_products_multiply(&no_units);
        for (size_t j = 0; j < BUFFERS; j++)
            assert_true(same_bits(e->buffer[j].c, e->buffer[j].before, e->buffer[j].count));
    }
    rnni_vector_select(in_use);
    free_example(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_are_as_described),
        cmocka_unit_test(a_part_packs_its_own),
        cmocka_unit_test(products_of_all_sizes_equal_loops),
        cmocka_unit_test(deep_products_equal_loops),
        cmocka_unit_test(every_start_goes_with_every_range_and_line),
        cmocka_unit_test(empty_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
