/* Weights of fewer bits, src/math/narrow.h: how they lie in panels, what rounding makes of them, and their products, by
 * the kernels of every instruction set that the machine has, against loops in double. */
#include "oracle/narrow_bound.h"
#include "support/product_examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/part.h"
#include "math/kernels.h"
#include "math/narrow.h"
#include "rnn.h"

static const size_t all_units[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 65, 70};

/* ---- panels ------------------------------------------------------------------------------------------------------ */

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Element (q, unit) of gate `gate` of panels of bf16. */
static float bf16_at(const float *panels, size_t k, size_t gates, size_t q, size_t unit, size_t gate)
{
    uint32_t word = bits_of(panels[(unit / 16 * gates + gate) * ((k + 1) / 2 * 16) + q / 2 * 16 + unit % 16]);
    return float_of(q % 2 ? word & 0xFFFF0000u : word << 16);
}

static const float *int8_panel(const float *panels, size_t k, size_t gates, size_t unit, size_t gate)
{
    return panels + (unit / 16 * gates + gate) * (16 + (k + 1023) / 1024 * 16 + (k + 3) / 4 * 16);
}

/* Of a panel of k rows. */
static int int8_at(const float *panel, size_t k, size_t q, size_t column)
{
    return ((const int8_t *)(panel + 16 + (k + 1023) / 1024 * 16))[q / 4 * 64 + column * 4 + q % 4];
}

/* 64 times the sum of the bytes of a column in the rows from q on, up to 1024. */
static void check_offset(const float *panel, size_t k, size_t q, size_t column)
{
    int32_t sum = 0;
    for (size_t i = q; i < k && i < q + 1024; i++)
        sum += 64 * int8_at(panel, k, i, column);
    assert_int_equal((int32_t)bits_of(panel[16 + q / 1024 * 16 + column]), sum);
}

static void check_bf16(const struct weight *m, const float *panels)
{
    for (size_t gate = 0; gate < m->gates; gate++)
        for (size_t unit = 0; unit < (m->units + 15) / 16 * 16; unit++)
            for (size_t q = 0; q < m->k; q++) {
                float found = bf16_at(panels, m->k, m->gates, q, unit, gate);
                float w = unit < m->units ? weight_at(m, q, gate * m->units + unit) : 0;
                assert_true(fabsf(found - w) <= fabsf(w) / 256);
                assert_true(unit < m->units || bits_of(found) == 0);
            }
}

static void check_int8(const struct weight *m, const float *panels)
{
    for (size_t gate = 0; gate < m->gates; gate++)
        for (size_t unit = 0; unit < (m->units + 15) / 16 * 16; unit++) {
            const float *panel = int8_panel(panels, m->k, m->gates, unit, gate);
            float scale = panel[unit % 16], largest = 0;
            for (size_t q = 0; q < (m->k + 3) / 4 * 4; q++) {
                int is_there = unit < m->units && q < m->k, found = int8_at(panel, m->k, q, unit % 16);
                float w = is_there ? weight_at(m, q, gate * m->units + unit) : 0;
                assert_in_range(found + 127, 0, 254);
                assert_true(fabs((double)found * (double)scale - (double)w) <= 0.5001 * (double)scale);
                assert_true(is_there || found == 0);
                largest = fabsf(w) > largest ? fabsf(w) : largest;
            }
            assert_true(scale == largest / 127);
            for (size_t q = 0; q < m->k; q += 1024)
                check_offset(panel, m->k, q, unit % 16);
        }
}

static void panels_are_as_described(void **state)
{
    (void)state;
    static const size_t all_k[] = {1, 2, 3, 4, 5, 63, 130, 1024, 1025, 2050};
    uint64_t seed = 1;
    for (size_t i = 0; i < COUNT_OF(all_units); i++)
        for (size_t j = 0; j < COUNT_OF(all_k); j++)
            for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
                for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
                    struct weight m = new_weight(all_k[j], all_units[i], gates, 1, 3, &seed);
                    size_t count = rnni_narrow_count(precision, m.k, m.units, gates);
                    float *whole = new_guarded(count);
                    rnni_narrow_pack(precision, whole, m.w, m.row, m.k, m.units, gates, 0, 1);
                    if (precision == RNN_PRECISION_BF16)
                        check_bf16(&m, whole);
                    else
                        check_int8(&m, whole);
                    float *parts = new_guarded(count);
                    for (size_t index = 3; index-- > 0;)
                        rnni_narrow_pack(precision, parts, m.w, m.row, m.k, m.units, gates, index, 3);
                    assert_true(same_bits(whole, parts, count));
                    free_guarded(whole, count);
                    free_guarded(parts, count);
                    free(m.w);
                }
}

/* To the nearest, of two the even one. */
static void rounding_of_bf16(void **state)
{
    (void)state;
    static const struct {
        uint32_t from, to;
    } pairs[] = {
        {0x3F800000, 0x3F80},
        {0x3F808000, 0x3F80},
        {0x3F808001, 0x3F81},
        {0x3F818000, 0x3F82},
        {0x3F817FFF, 0x3F81},
        {0xBF808001, 0xBF81},
        {0, 0},
        {0x80000000, 0x8000},
        {0x00000001, 0},
        {0x00018000, 0x0002},
        {0x7F7FFFFF, 0x7F80},
        {0x7F800000, 0x7F80},
        {0xFF800000, 0xFF80},
        {0x7FC00001, 0x7FC0},
        {0x7F800001, 0x7FC0},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        float w = float_of(pairs[i].from), panel[16];
        rnni_narrow_pack(RNN_PRECISION_BF16, panel, &w, 1, 1, 1, 1, 0, 1);
        assert_int_equal(bits_of(panel[0]), pairs[i].to);
    }
}

static void rounding_of_int8(void **state)
{
    (void)state;
    const float w[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -126.51f, 0};
    float panel[16 + 16 + 2 * 16];
    static const int expected[] = {127, 0, 2, 2, 0, -127, 0};
    rnni_narrow_pack(RNN_PRECISION_INT8, panel, w, 7, 7, 1, 1, 0, 1);
    for (size_t q = 0; q < 7; q++)
        assert_int_equal(int8_at(panel, 7, q, 0), expected[q]);
    assert_true(panel[0] == 1);

    static const float tiny[] = {1e-45f, -1e-45f}, huge[] = {3e38f, -3e38f}, zero[] = {0, 0}, odd[] = {1, INFINITY};
    rnni_narrow_pack(RNN_PRECISION_INT8, panel, tiny, 2, 2, 1, 1, 0, 1);
    assert_true(int8_at(panel, 2, 0, 0) == 127 && int8_at(panel, 2, 1, 0) == -127 && panel[0] == 0);
    rnni_narrow_pack(RNN_PRECISION_INT8, panel, huge, 2, 2, 1, 1, 0, 1);
    assert_true(int8_at(panel, 2, 1, 0) == -127 && panel[0] == 3e38f / 127);
    rnni_narrow_pack(RNN_PRECISION_INT8, panel, zero, 2, 2, 1, 1, 0, 1);
    assert_true(int8_at(panel, 2, 0, 0) == 0 && panel[0] == 0);
    rnni_narrow_pack(RNN_PRECISION_INT8, panel, odd, 2, 2, 1, 1, 0, 1);
    assert_true(int8_at(panel, 2, 0, 0) == 0 && isnan(panel[0]));
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Every kernel gives the same bits of a row of a table, which has one scale; parts make the whole. */
static void check_table(int64_t precision, size_t rows, size_t columns, int transposed, uint64_t *seed)
{
    size_t row = transposed ? 1 : columns + 2, step = transposed ? rows + 1 : 1, size;
    float *w = new_floats((rows + 1) * (columns + 2)), *y = new_guarded(columns), *start = new_floats(columns);
    size = rows * rnni_narrow_table_row(precision, columns);
    float *whole = new_guarded(size), *parts = new_guarded(size);
    fill_uniform(w, (rows + 1) * (columns + 2), seed);
    fill_uniform(start, columns, seed);
    rnni_narrow_pack_table(precision, whole, w, rows, columns, row, step, 0, 1);
    for (size_t index = 3; index-- > 0;)
        rnni_narrow_pack_table(precision, parts, w, rows, columns, row, step, index, 3);
    assert_true(same_bits(whole, parts, size));
    for (size_t i = 0; i < rows; i++) {
        float largest = 0;
        for (size_t j = 0; j < columns; j++)
            largest = fabsf(w[i * row + j * step]) > largest ? fabsf(w[i * row + j * step]) : largest;
        for (int with = 0; with < 2; with++) {
            rnni_narrow_choose(precision, y, with ? start : NULL, whole, i, columns);
            for (size_t j = 0; j < columns; j++) {
                double value = (double)w[i * row + j * step], error = fabs(value) / 256;
                if (precision == RNN_PRECISION_INT8)
                    error = (double)largest / 127 * 0.5001;
                double found = (double)y[j] - (with ? (double)start[j] : 0);
                assert_true(fabs(found - value) <= error + 2e-7);
            }
        }
    }
    free(w);
    free(start);
    free_guarded(y, columns);
    free_guarded(whole, size);
    free_guarded(parts, size);
}

static void tables_are_those_of_the_weights(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    uint64_t seed = 9;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        for (size_t columns = 1; columns <= 70; columns += columns < 34 ? 1 : 9)
            for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++)
                check_table(precision, 1 + columns % 5, columns, (int)(columns % 2), &seed);
    }
    rnni_kernels_select(in_use);
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

static void check_shape(const struct shape *s, int64_t precision, int exact, uint64_t *seed)
{
    struct example *e = new_example(s);
    narrow_example(e, precision, exact, seed);
    check_by_all_kernels(e, exact);
    free_example(e);
}

static struct shape pick_shape(size_t rows, size_t k, size_t units, size_t gates, uint64_t *seed)
{
    struct shape s = {.rows = rows, .k = k, .units = units, .gates = gates, .depth = k, .count = units};
    s.start = (enum start)pick(START_COUNT - 1, seed);
    s.place = (enum place)pick(PLACE_COUNT - 1, seed);
    if (pick(2, seed))
        pick_panels(&s, seed);
    s.a_lines = pick_lines(seed);
    s.c_lines = pick_lines(seed);
    return s;
}

static void products_equal_loops(void **state)
{
    (void)state;
    static const size_t all_k[] = {1, 2, 3, 4, 7, 64, 130}, all_rows[] = {1, 2, 3, 4, 5, 6, 7, 13, 200};
    uint64_t seed = 5;
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (size_t i = 0; i < COUNT_OF(all_units); i++)
            for (size_t j = 0; j < COUNT_OF(all_rows); j++) {
                struct shape s =
                    pick_shape(all_rows[j], all_k[pick(COUNT_OF(all_k) - 1, &seed)], all_units[i], gates, &seed);
                for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++)
                    for (int exact = 0; exact < 2; exact++)
                        check_shape(&s, precision, exact, &seed);
            }
}

/* Past the terms of one sum of bytes, and just there. */
static void deep_products_equal_loops(void **state)
{
    (void)state;
    static const size_t deep[] = {RNNI_NARROW_TERMS - 1, RNNI_NARROW_TERMS, RNNI_NARROW_TERMS + 1,
                                  2 * RNNI_NARROW_TERMS + 3};
    uint64_t seed = 6;
    for (size_t i = 0; i < COUNT_OF(deep); i++)
        for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates += 3)
            for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
                struct shape s = pick_shape(1 + pick(8, &seed), deep[i], 17, gates, &seed);
                check_shape(&s, precision, 1, &seed);
                check_shape(&s, precision, 0, &seed);
            }
}

/* c = s * scale * sum, by loops over what narrow.h and int8_template.h describe, for any numbers.  fused: an element of
 * a is multiplied and rounded in one operation, as instruction sets with such an operation do it. */
static double int8_reference(const float *a, const float *panel, size_t k, size_t column, int fused)
{
    const float shift = 12582912; /* whose neighbours are whole numbers */
    float largest = 0;
    double total = 0;
    for (size_t q = 0; q < k; q++)
        largest = fabsf(a[q]) > largest ? fabsf(a[q]) : largest;
    for (size_t first = 0; first < k; first += RNNI_NARROW_TERMS) {
        int32_t sum = 0;
        for (size_t q = first; q < k && q < first + RNNI_NARROW_TERMS; q++) {
            volatile float product = a[q] * (63 / largest); /* volatile: not fused */
            sum += (int32_t)((fused ? fmaf(a[q], 63 / largest, shift) : product + shift) - shift) *
                   int8_at(panel, k, q, column);
        }
        total += (double)sum * (double)(largest / 63 * panel[column]);
    }
    return total;
}

static int equals_reference(float found, const float *a, const float *panel, size_t k, size_t column)
{
    double fused = int8_reference(a, panel, k, column, 1), apart = int8_reference(a, panel, k, column, 0);
    return fabs((double)found - fused) <= 1e-6 * (1 + fabs(fused)) ||
           fabs((double)found - apart) <= 1e-6 * (1 + fabs(apart));
}

static void sums_of_bytes_are_those_of_loops(void **state)
{
    (void)state;
    enum { ROWS = 5, UNITS = 20 };
    uint64_t seed = 7;
    static const size_t all_k[] = {1, 6, 50, 1500};
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t j = 0; j < COUNT_OF(all_k); j++) {
            size_t k = all_k[j];
            struct shape s = {.rows = ROWS, .k = k, .units = UNITS, .gates = 2, .depth = k, .count = UNITS};
            struct example *e = new_example(&s);
            rnni_kernels_select(rnni_kernels_available(i));
            narrow_example(e, RNN_PRECISION_INT8, 0, &seed);
            restore_example(e);
            rnni_products_multiply(&e->product);
            for (size_t gate = 0; gate < 2; gate++)
                for (size_t r = 0; r < ROWS; r++)
                    for (size_t u = 0; u < UNITS; u++) {
                        const struct rnni_target *to = &e->product.target[gate];
                        assert_true(equals_reference(to->c[r * to->row + u], e->a + r * e->product.a_row,
                                                     int8_panel(e->panels, k, 2, u, gate), k, u % 16));
                    }
            free_example(e);
        }
    rnni_kernels_select(in_use);
}

/* One of the weights is `huge` times as large as the others. */
static void check_bound(int64_t precision, size_t k, float huge, uint64_t *seed)
{
    enum { ROWS = 7, UNITS = 19 };
    float *w = new_floats(UNITS * k), *a = new_floats(ROWS * k), c[ROWS * UNITS];
    float *panels = new_floats(rnni_narrow_count(precision, k, UNITS, 1));
    fill_uniform(w, UNITS * k, seed);
    fill_uniform(a, ROWS * k, seed);
    w[pick(UNITS * k - 1, seed)] = huge;
    rnni_narrow_pack(precision, panels, w, k, k, UNITS, 1, 0, 1);
    struct rnni_weights weights = {.data = panels, .k = k, .units = UNITS, .gates = 1, .precision = precision};
    rnni_products_rows(&weights, c, UNITS, a, k, ROWS, 0);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t u = 0; u < UNITS; u++) {
            double sum = 0;
            for (size_t q = 0; q < k; q++)
                sum += (double)a[r * k + q] * (double)w[u * k + q];
            assert_true(fabs((double)c[r * UNITS + u] - sum) <= narrow_bound(precision, a + r * k, w + u * k, k));
        }
    free(w);
    free(a);
    free(panels);
}

static void errors_keep_their_bounds(void **state)
{
    (void)state;
    static const size_t all_k[] = {1, 2, 5, 63, 130, 1025};
    static const float huge[] = {0.5f, 1e3f, 1e30f};
    const struct rnni_kernels *in_use = rnni_kernels();
    uint64_t seed = 10;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        for (size_t j = 0; j < COUNT_OF(all_k); j++)
            for (size_t h = 0; h < COUNT_OF(huge); h++)
                for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++)
                    check_bound(precision, all_k[j], huge[h], &seed);
    }
    rnni_kernels_select(in_use);
}

/* ---- numbers that are not everyday ------------------------------------------------------------------------------- */

/* One row by one unit of weights 1: c = start + the sum of a. */
static float sum_by_kernels(int64_t precision, const float *a, size_t k, float start)
{
    float w[64], panels[16 + 16 + 64 * 16], c = NAN;
    for (size_t q = 0; q < k; q++)
        w[q] = 1;
    rnni_narrow_pack(precision, panels, w, k, k, 1, 1, 0, 1);
    struct rnni_weights weights = {.data = panels, .k = k, .units = 1, .gates = 1, .precision = precision};
    rnni_products_multiply(&(struct rnni_product){
        .weights = &weights, .k = k, .units = 1, .a = a, .a_row = k, .rows = 1, .target = {{&c, 1, &start, 0}}});
    return c;
}

static void extreme_rows(void **state)
{
    (void)state;
    const float huge[] = {1e30f, -1e30f, 1e30f}, zeros[] = {0, -0.0f, 0}, small[] = {9e-31f, 1, 1e-40f};
    const float tiny[] = {9e-31f, -9e-31f, 1e-45f}, infinite[] = {1, INFINITY, 1}, not_one[] = {1, NAN, 1};
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
            float error = precision == RNN_PRECISION_BF16 && rnni_narrow_kernels()->rounds_rows ? 1e28f : 1e24f;
            assert_true(fabsf(sum_by_kernels(precision, huge, 3, 5) - 1e30f) <= error);
            assert_true(sum_by_kernels(precision, zeros, 3, 5) == 5);
            assert_true(fabsf(sum_by_kernels(precision, small, 3, 5) - 6) <= 1e-6f);
            assert_true(sum_by_kernels(precision, tiny, 3, 5) == 5);
            assert_true(isnan(sum_by_kernels(precision, not_one, 3, 5)));
        }
        assert_true(isnan(sum_by_kernels(RNN_PRECISION_INT8, infinite, 3, 5)));
        assert_true(sum_by_kernels(RNN_PRECISION_BF16, infinite, 3, 5) == INFINITY);
        assert_true(sum_by_kernels(RNN_PRECISION_INT8, tiny, 3, 0) == 0);
    }
    rnni_kernels_select(in_use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_are_as_described),
        cmocka_unit_test(rounding_of_bf16),
        cmocka_unit_test(rounding_of_int8),
        cmocka_unit_test(tables_are_those_of_the_weights),
        cmocka_unit_test(products_equal_loops),
        cmocka_unit_test(deep_products_equal_loops),
        cmocka_unit_test(sums_of_bytes_are_those_of_loops),
        cmocka_unit_test(errors_keep_their_bounds),
        cmocka_unit_test(extreme_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
