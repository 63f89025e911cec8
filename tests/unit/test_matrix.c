/* The kernels' sums of outer products and the movements of src/math/matrix.h, on every instruction set that the machine
 * has, against loops in double. */
#include "support/product_examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/kernels.h"
#include "math/matrix.h"

static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 33, 64, 65, 130};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

/* Sums of k products of numbers below 1, in floats: an error of k * 2^-24 at most, here bounded generously. */
#define TOLERANCE 2e-5

/* As products ask for it, with a c that has no gaps, or by the kernel in use. */
enum way { PRODUCTS, KERNEL };

static float room[RNNI_OUTER_ROOM + 1];

/* Rows `first` .. `first + count` of c. */
static void add_rows_of_outer(const struct outer *o, enum way way, size_t first, size_t count)
{
    room[RNNI_OUTER_ROOM] = 7;
    float *c = o->c.data + first * o->c.row;
    const float *a = o->a.data + first;
    if (way == KERNEL)
        rnni_product_kernels()->outer(c, o->c.row, a, o->a.row, o->b.data, o->b.row, o->a.rows, count, o->c.columns,
                                      room);
    else
        rnni_products_add_outer(&(struct rnni_outer){.c = c,
                                                     .a = a,
                                                     .a_row = o->a.row,
                                                     .b = o->b.data,
                                                     .b_row = o->b.row,
                                                     .k = o->a.rows,
                                                     .m = count,
                                                     .n = o->c.columns,
                                                     .room = room});
    assert_true(room[RNNI_OUTER_ROOM] == 7);
}

/* In shares of `rows` rows, and the last what is left, the same bits come out. */
static void check_shares(struct outer *o, enum way way, const float *whole, size_t rows)
{
    restore_matrix(&o->c);
    for (size_t first = 0; first < o->c.rows; first += rows)
        add_rows_of_outer(o, way, first, rows < o->c.rows - first ? rows : o->c.rows - first);
    assert_memory_equal(o->c.data, whole, o->c.count * sizeof *whole);
}

static void check_outer(enum way way, size_t m, size_t k, size_t n, int gaps)
{
    size_t gap = gaps ? 1 : 0;
    struct outer o = new_outer(m, k, n, 3 * gap, 5 * gap, way == KERNEL ? 7 * gap : 0);
    const struct rnni_kernels *in_use = rnni_kernels();
    float *whole = malloc(o.c.count * sizeof *whole);
    assert_non_null(whole);
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        restore_matrix(&o.c);
        add_rows_of_outer(&o, way, 0, m);
        check_outer_sums(&o);
        memcpy(whole, o.c.data, o.c.count * sizeof *whole);
        for (size_t shares = 2; shares <= m; shares += shares < 7 ? 1 : m / 2)
            check_shares(&o, way, whole, (m + shares - 1) / shares);
        assert_true(around_is_untouched(&o.c));
    }
    rnni_kernels_select(in_use);
    free(whole);
    free_outer(&o);
}

static void outer_products_equal_loops(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++)
        for (size_t j = 0; j < SIZE_COUNT; j++)
            for (size_t q = 0; q < SIZE_COUNT; q++) {
                check_outer(PRODUCTS, sizes[i], sizes[q], sizes[j], (i + j + q) % 2 == 0);
                check_outer(KERNEL, sizes[i], sizes[q], sizes[j], (i + j + q) % 2 == 1);
            }
    for (enum way way = PRODUCTS; way <= KERNEL; way++) {
        check_outer(way, 300, 1, 301, 0);
        check_outer(way, 300, 1, 301, 1);
    }
}

/* Past the depth to which b is copied at a time, and just there; by every number of rows that a tile may have. */
static void deep_outer_products_equal_loops(void **state)
{
    (void)state;
    static const size_t deep[] = {127, 128, 129, 256, 257, 385};
    for (enum way way = PRODUCTS; way <= KERNEL; way++)
        for (size_t q = 0; q < sizeof deep / sizeof *deep; q++)
            for (size_t m = 1; m <= 14; m++)
                check_outer(way, m, deep[q], 60 + m, 1);
}

/* ---- sums of rows ------------------------------------------------------------------------------------------------ */

static void check_sums(const struct matrix *sum, const struct matrix *a)
{
    for (size_t j = 0; j < a->columns; j++) {
        double expected = (double)sum->before[j];
        for (size_t i = 0; i < a->rows; i++)
            expected += (double)a->data[i * a->row + j];
        assert_close((double)sum->data[j], expected, TOLERANCE);
    }
    assert_true(around_is_untouched(sum));
}

/* Threads take columns in shares of cache lines: the same bits come out. */
static void check_columns(struct matrix *sum, struct matrix *also, const struct matrix *a)
{
    float *whole = malloc(2 * a->columns * sizeof *whole);
    assert_non_null(whole);
    memcpy(whole, sum->data, a->columns * sizeof *whole);
    memcpy(whole + a->columns, also->data, a->columns * sizeof *whole);
    restore_matrix(sum);
    restore_matrix(also);
    for (size_t j = 0; j < a->columns; j += 16)
        rnni_matrix_add_rows(sum->data + j, also->data + j, a->data + j, a->row, a->rows,
                             a->columns - j < 16 ? a->columns - j : 16);
    assert_memory_equal(sum->data, whole, a->columns * sizeof *whole);
    assert_memory_equal(also->data, whole + a->columns, a->columns * sizeof *whole);
    free(whole);
}

static void check_sum_of_rows(size_t rows, size_t columns, size_t gap)
{
    uint64_t seed = rows * 31 + columns;
    struct matrix a = new_matrix(rows, columns, columns + gap, &seed);
    struct matrix sum = new_matrix(1, columns, columns, &seed), also = new_matrix(1, columns, columns, &seed);
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        restore_matrix(&sum);
        rnni_matrix_add_rows(sum.data, NULL, a.data, a.row, rows, columns);
        check_sums(&sum, &a);
        restore_matrix(&sum);
        restore_matrix(&also);
        rnni_matrix_add_rows(sum.data, also.data, a.data, a.row, rows, columns);
        check_sums(&sum, &a);
        check_sums(&also, &a);
        check_columns(&sum, &also, &a);
    }
    rnni_kernels_select(in_use);
    free_matrix(&a);
    free_matrix(&sum);
    free_matrix(&also);
}

static void sums_of_rows_equal_loops(void **state)
{
    (void)state;
    static const size_t many[] = {255, 256, 257, 511, 512, 513, 700};
    for (size_t gap = 0; gap <= 3; gap += 3)
        for (size_t i = 0; i < SIZE_COUNT; i++) {
            for (size_t j = 0; j < SIZE_COUNT; j++)
                check_sum_of_rows(sizes[j], sizes[i], gap);
            for (size_t j = 0; j < sizeof many / sizeof *many; j++)
                check_sum_of_rows(many[j], sizes[i], gap);
        }
    for (size_t columns = 511; columns <= 513; columns++) /* there they are summed in strips */
        check_sum_of_rows(260, columns, 3);
    check_sum_of_rows(3, 1100, 0);
}

/* A float that adds up a million equal numbers ends one percent off. */
static void sums_of_many_rows_stay_exact(void **state)
{
    (void)state;
    enum { ROWS = 1 << 20 };
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t columns = 1; columns <= 65; columns += 64) {
        float *a = malloc(ROWS * columns * sizeof *a);
        assert_non_null(a);
        for (size_t i = 0; i < ROWS * columns; i++)
            a[i] = 0.1f;
        for (size_t i = 0; rnni_kernels_available(i); i++) {
            float sum[65] = {0};
            rnni_kernels_select(rnni_kernels_available(i));
            rnni_matrix_add_rows(sum, NULL, a, columns, ROWS, columns);
            for (size_t j = 0; j < columns; j++)
                assert_close((double)sum[j], ROWS * (double)0.1f, TOLERANCE);
        }
        free(a);
    }
    rnni_kernels_select(in_use);
}

/* ---- movements --------------------------------------------------------------------------------------------------- */

static void check_movements(size_t rows, size_t columns, size_t gap)
{
    uint64_t seed = rows * 31 + columns;
    struct matrix a = new_matrix(rows, columns, columns + gap, &seed), t = new_matrix(columns, rows, rows, &seed);
    if (gap == 0) {
        rnni_matrix_transpose(t.data, a.data, rows, columns);
        for (size_t i = 0; i < t.count; i++)
            assert_true(t.data[i] == a.data[i % rows * columns + i / rows]);
        assert_true(around_is_untouched(&t));
        restore_matrix(&t);
    }
    rnni_matrix_add_transposed(t.data, a.data, a.row, rows, columns);
    for (size_t i = 0; i < t.count; i++)
        assert_true(t.data[i] == t.before[i] + a.data[i % rows * a.row + i / rows]);
    free_matrix(&a);
    free_matrix(&t);
}

static void movements(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++)
        for (size_t j = 0; j < SIZE_COUNT; j++)
            for (size_t gap = 0; gap <= 3; gap += 3)
                check_movements(sizes[i], sizes[j], gap);
}

static void no_rows_is_nothing(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    float c[4] = {1, 2, 3, 4}, none[2] = {NAN, NAN};
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        rnni_product_kernels()->outer(c, 2, none, 2, none, 2, 0, 2, 2, room);
        rnni_product_kernels()->outer(c, 2, none, 2, none, 2, 1, 0, 2, room);
        rnni_product_kernels()->outer(c, 2, none, 2, none, 2, 1, 2, 0, room);
        rnni_matrix_add_rows(c, c + 2, none, 2, 0, 2);
        rnni_matrix_add_rows(c, c + 2, none, 2, 1, 0);
    }
    rnni_matrix_transpose(c, none, 0, 2);
    rnni_matrix_add_transposed(c, none, 2, 0, 2);
    for (int i = 0; i < 4; i++)
        assert_true(c[i] == (float)(i + 1));
    rnni_kernels_select(in_use);
}

/* The comparison above must see a product that is a little wrong. */
static void comparison_rejects_faults(void **state)
{
    (void)state;
    assert_true(close_enough(1 + 1e-6, 1, TOLERANCE));
    assert_false(close_enough(1 + 1e-4, 1, TOLERANCE));
    assert_false(close_enough(0.0 / 0.0, 1, TOLERANCE));
    assert_false(close_enough(1, 0.0 / 0.0, TOLERANCE));
    assert_false(close_enough(1 / 0.0, 1 / 0.0, TOLERANCE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outer_products_equal_loops),
        cmocka_unit_test(deep_outer_products_equal_loops),
        cmocka_unit_test(sums_of_rows_equal_loops),
        cmocka_unit_test(sums_of_many_rows_stay_exact),
        cmocka_unit_test(movements),
        cmocka_unit_test(no_rows_is_nothing),
        cmocka_unit_test(comparison_rejects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
