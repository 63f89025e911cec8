/* The panels of src/math/panels.h: how weights lie in them, and their products, by the kernels of every instruction set
 * that the machine has, against loops in double.  What the header promises to the bit is compared so. */
#include "support/product_examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/part.h"
#include "math/kernels.h"

static const size_t all_units[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 33, 48, 56, 63, 64, 65, 100, 130};
static const size_t all_rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 95, 96, 193, 400};

/* ---- how weights lie --------------------------------------------------------------------------------------------- */

/* Columns of the panel of the units from `unit` on, as panels.h describes them. */
static size_t width_of(size_t units, size_t unit)
{
    size_t width = 1;
    while (width < 16 && width < units - unit)
        width *= 2;
    return width;
}

/* The panels, from the first float to the last; returns how many there are. */
static size_t expect_panels(float *panels, const struct weight *m)
{
    size_t count = 0;
    for (size_t first = 0; first < m->units; first += 16)
        for (size_t gate = 0; gate < m->gates; gate++)
            for (size_t q = 0; q < m->k; q++)
                for (size_t unit = first; unit < first + width_of(m->units, first); unit++)
                    panels[count++] = unit < m->units ? weight_at(m, q, gate * m->units + unit) : 0;
    return count;
}

static void check_packing(size_t k, size_t units, size_t gates, int transposed)
{
    uint64_t seed = k * 1000003 + units * 1009 + gates;
    struct weight m = new_weight(k, units, gates, transposed, 3, &seed);
    size_t room = rnni_panels_count(k, units, gates);
    float *expected = new_floats(room);
    size_t count = expect_panels(expected, &m), behind = units % 16 == 0 || units % 16 > 8 ? 0 : 16;
    assert_in_range(room, count + behind, count + 2 * behind);
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
    struct weight m = new_weight(K, UNITS, GATES, 1, 3, &seed);
    size_t count = rnni_panels_count(K, UNITS, GATES);
    for (size_t index = 0; index < PARTS; index++) {
        float *panels = new_guarded(count);
        struct rnni_part part = rnni_part_of(UNITS, RNNI_BLOCK, index, PARTS);
        size_t first = part.first * K * GATES, end = (part.first + part.count) * K * GATES;
        rnni_panels_pack(panels, m.w, m.row, K, UNITS, GATES, 1, index, PARTS);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(isnan(panels[i]) ? 1 : 0, i < first || i >= end);
        free_guarded(panels, count);
    }
    free(m.w);
}

/* ---- to the bit -------------------------------------------------------------------------------------------------- */

static void check_shape(const struct shape *s)
{
    struct example *e = new_example(s);
    check_by_all_kernels(e, 1);
    free_example(e);
}

/* ---- which products ---------------------------------------------------------------------------------------------- */

/* Sizes as given, all else by chance; every third product is a whole one. */
static struct shape pick_shape(size_t rows, size_t k, size_t units, size_t gates, uint64_t *seed)
{
    struct shape s = {.rows = rows, .k = k, .units = units, .gates = gates, .depth = k, .count = units};
    s.start = (enum start)pick(START_COUNT - 1, seed);
    if (pick(2, seed)) {
        s.from = pick(k - 1, seed);
        s.depth = k - s.from - pick((k - s.from - 1) / 4, seed);
        pick_panels(&s, seed);
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
                        size_t step = RNNI_BLOCK, units = 2 * step + 5;
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

/* ---- two products at once ---------------------------------------------------------------------------------------- */

static float *new_panels(size_t k, size_t units, size_t gates, uint64_t *seed)
{
    struct weight m = new_weight(k, units, gates, 1, 0, seed);
    float *panels = new_floats(rnni_panels_count(k, units, gates));
    rnni_panels_pack(panels, m.w, m.row, k, units, gates, 1, 0, 1);
    free(m.w);
    return panels;
}

/* c = bias + x U' + a W' in one product has the bits of two. */
static void check_joined(size_t rows, size_t inputs, size_t k, size_t units, size_t gates)
{
    uint64_t seed = rows * 10007 + inputs * 1009 + k * 101 + units * 11 + gates;
    size_t width = gates * units;
    float *u = new_panels(inputs, units, gates, &seed), *w = new_panels(k, units, gates, &seed);
    float *x = new_floats(rows * inputs), *a = new_floats(rows * k), *bias = new_floats(width);
    float *one = new_guarded(rows * width), *two = new_guarded(rows * width);
    fill_uniform(x, rows * inputs, &seed);
    fill_uniform(a, rows * k, &seed);
    fill_uniform(bias, width, &seed);
    struct rnni_weights input = {.data = u, .k = inputs, .units = units, .gates = gates};
    struct rnni_weights weights = {.data = w, .k = k, .units = units, .gates = gates};
    struct rnni_product first = {.weights = &input, .k = inputs, .units = units, .a = x, .a_row = inputs, .rows = rows};
    struct rnni_product second = {.weights = &weights, .k = k, .units = units, .a = a, .a_row = k, .rows = rows};
    struct rnni_product joined = second;
    joined.input = &input;
    joined.x = x;
    for (size_t gate = 0; gate < gates; gate++) {
        size_t column = gate * units;
        first.target[gate] = (struct rnni_target){two + column, width, bias + column, 0};
        second.target[gate] = (struct rnni_target){two + column, width, two + column, width};
        joined.target[gate] = (struct rnni_target){one + column, width, bias + column, 0};
    }
    rnni_products_multiply(&first);
    rnni_products_multiply(&second);
    rnni_products_multiply(&joined);
    assert_true(same_bits(one, two, rows * width) && guards_hold(one, rows * width));
    free_guarded(one, rows * width);
    free_guarded(two, rows * width);
    free(u);
    free(w);
    free(x);
    free(a);
    free(bias);
}

static void joined_products_have_the_bits_of_two(void **state)
{
    (void)state;
    static const size_t joined_rows[] = {1, 2, 3, 6, 7, 16, 193}, inputs[] = {1, 5, 16, 40};
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
            for (size_t u = 0; u < COUNT_OF(all_units); u++)
                for (size_t r = 0; r < COUNT_OF(joined_rows); r++)
                    check_joined(joined_rows[r], inputs[(u + r) % COUNT_OF(inputs)], all_units[u], all_units[u], gates);
        check_joined(5, 33, RNNI_PRODUCT_JOINED, 20, 4);
        check_joined(5, 33, RNNI_PRODUCT_JOINED + 1, 20, 4);
    }
    rnni_kernels_select(in_use);
}

/* No terms: the starts alone.  No rows or no units: nothing. */
static void empty_products(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    struct shape s = {.rows = 7, .k = 3, .units = 37, .gates = 3, .from = 1, .count = 37, .start = BIAS};
    check_shape(&s);
    s.depth = 2;
    struct example *e = new_example(&s);
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        struct rnni_product no_rows = e->product, no_units = e->product;
        rnni_kernels_select(rnni_kernels_available(i));
        restore_example(e);
        no_rows.rows = 0;
        no_units.units = 0;
        rnni_products_multiply(&no_rows);
        rnni_products_multiply(&no_units);
        no_units.rows = 1;
        rnni_products_multiply(&no_units);
        for (size_t j = 0; j < RNNI_PANEL_GATES; j++)
            assert_true(same_bits(e->buffer[j].c, e->buffer[j].before, e->buffer[j].count));
    }
    rnni_kernels_select(in_use);
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
        cmocka_unit_test(joined_products_have_the_bits_of_two),
        cmocka_unit_test(empty_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
