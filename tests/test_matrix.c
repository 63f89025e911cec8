/* The products and movements of src/math/matrix.h, by whichever provider was built, against loops in double; and the
 * built-in product kernel of every instruction set that the machine has. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "math/matrix.h"
#include "math/vector.h"

static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 33, 64, 65, 130};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

static float *random_floats(size_t count, uint64_t *seed)
{
    float *values = malloc((count + 1) * sizeof *values);
    assert_non_null(values);
    fill_uniform(values, count, seed);
    values[count] = 12345; /* a guard that no product may touch */
    return values;
}

/* c [m,n] + the sum over q of a(i,q) b(q,j), with a(i,q) at a[i * row + q * column]. */
static double *expected_product(const float *c, const float *a, size_t row, size_t column, const float *b, size_t m,
                                size_t k, size_t n)
{
    double *sums = malloc(m * n * sizeof *sums);
    assert_non_null(sums);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = c ? (double)c[i * n + j] : 0;
            for (size_t q = 0; q < k; q++)
                sum += (double)a[i * row + q * column] * (double)b[q * n + j];
            sums[i * n + j] = sum;
        }
    return sums;
}

/* Sums of k products of numbers below 1, in floats: an error of k * 2^-24 at most, here bounded generously. */
#define TOLERANCE 2e-5

enum product { MULTIPLY, ADD_MULTIPLY, ADD_OUTER, KERNEL };

static void run_product(enum product which, const struct rnni_vector *kernels, size_t m, size_t k, size_t n)
{
    uint64_t seed = m * 1000003 + k * 1009 + n;
    float *a = random_floats(m * k, &seed), *b = random_floats(k * n, &seed), *c = random_floats(m * n, &seed);
    size_t row = which == ADD_OUTER ? 1 : k, column = which == ADD_OUTER ? m : 1;
    double *expected = expected_product(which == MULTIPLY ? NULL : c, a, row, column, b, m, k, n);
    if (which == ADD_OUTER)
        rnni_matrix_add_outer(c, a, b, k, m, n);
    else if (which == KERNEL)
        kernels->product(c, n, a, k, 1, b, n, m, k, n);
    else
        rnni_matrix_multiply(c, a, b, m, k, n, which == ADD_MULTIPLY);
    assert_all_close(c, expected, m * n, TOLERANCE);
    assert_true(c[m * n] == 12345);
    free(a);
    free(b);
    free(c);
    free(expected);
}

static void run_all_sizes(enum product which, const struct rnni_vector *kernels)
{
    for (size_t i = 0; i < SIZE_COUNT; i++)
        for (size_t j = 0; j < SIZE_COUNT; j++)
            for (size_t q = 0; q < SIZE_COUNT; q++)
                run_product(which, kernels, sizes[i], sizes[q], sizes[j]);
}

static void products_equal_loops(void **state)
{
    (void)state;
    run_all_sizes(MULTIPLY, NULL);
    run_all_sizes(ADD_MULTIPLY, NULL);
    run_all_sizes(ADD_OUTER, NULL);
    run_product(ADD_OUTER, NULL, 300, 1, 301);
}

/* One row goes by kernels of its own or, with the plainest set, by the BLAS, in pieces that long vectors fill. */
static void rows_equal_loops(void **state)
{
    (void)state;
    const struct rnni_vector *in_use = rnni_vector();
    for (size_t i = 0; rnni_vector_available(i); i++) {
        rnni_vector_select(rnni_vector_available(i));
        for (size_t n = 1; n < 600; n += n < 70 ? 1 : 53) {
            run_product(MULTIPLY, NULL, 1, 37, n);
            run_product(ADD_MULTIPLY, NULL, 1, 1000, n);
        }
        run_product(MULTIPLY, NULL, 1, 3000, 1);
        run_product(MULTIPLY, NULL, 1, 1, 3000);
    }
    rnni_vector_select(in_use);
}

/* Parts of wider matrices: rows of a, b and c lie further apart than they are long; what is between stays. */
static void run_part(enum product which, size_t m, size_t k, size_t n)
{
    uint64_t seed = m * 31 + k * 7 + n;
    size_t a_columns = which == ADD_OUTER ? m : k, a_rows = which == ADD_OUTER ? k : m;
    size_t a_row = a_columns + 3, b_row = n + 5, c_row = which == ADD_OUTER ? n : n + 7;
    float *a = random_floats(a_rows * a_row, &seed), *b = random_floats(k * b_row, &seed);
    float *c = random_floats(m * c_row, &seed), *before = random_floats(m * c_row, &seed);
    memcpy(before, c, m * c_row * sizeof *c);
    if (which == ADD_OUTER)
        rnni_matrix_add_outer_part(c, a, a_row, b, b_row, k, m, n);
    else
        rnni_matrix_multiply_part(c, c_row, a, a_row, b, b_row, m, k, n, which == ADD_MULTIPLY);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < c_row; j++) {
            double sum = which == MULTIPLY && j < n ? 0 : (double)before[i * c_row + j];
            for (size_t q = 0; j < n && q < k; q++)
                sum += (double)(which == ADD_OUTER ? a[q * a_row + i] : a[i * a_row + q]) * (double)b[q * b_row + j];
            assert_close((double)c[i * c_row + j], sum, TOLERANCE);
        }
    free(a);
    free(b);
    free(c);
    free(before);
}

static void parts_equal_loops(void **state)
{
    (void)state;
    const struct rnni_vector *in_use = rnni_vector();
    for (size_t v = 0; rnni_vector_available(v); v++) {
        rnni_vector_select(rnni_vector_available(v));
        for (size_t i = 0; i < SIZE_COUNT; i++)
            for (size_t j = 0; j < SIZE_COUNT; j++)
                for (enum product which = MULTIPLY; which <= ADD_OUTER; which++) {
                    run_part(which, sizes[i], sizes[(i + 2 * j) % SIZE_COUNT], sizes[j]);
                    run_part(which, 1, sizes[i], sizes[j]);
                }
        run_part(MULTIPLY, 200, 33, 65); /* by the BLAS */
        run_part(ADD_MULTIPLY, 200, 33, 65);
        run_part(ADD_MULTIPLY, 1, 700, 300);
    }
    rnni_vector_select(in_use);
}

static void sums_of_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        size_t columns = sizes[i], row = columns + 3;
        for (size_t rows = 1; rows < 700; rows += 233) {
            uint64_t seed = rows * columns;
            float *a = random_floats(rows * row, &seed), sum[131] = {0};
            rnni_matrix_add_rows_part(sum, a, row, rows, columns);
            for (size_t j = 0; j < columns; j++) {
                double expected = 0;
                for (size_t r = 0; r < rows; r++)
                    expected += (double)a[r * row + j];
                assert_close((double)sum[j], expected, TOLERANCE);
            }
            assert_true(sum[columns] == 0);
            free(a);
        }
    }
}

static void no_rows_is_nothing(void **state)
{
    (void)state;
    float c[4] = {1, 2, 3, 4}, none[1] = {0};
    rnni_matrix_multiply(c, none, none, 0, 2, 2, 1);
    rnni_matrix_add_outer(c, none, none, 0, 2, 2);
    rnni_matrix_add_rows(c, none, 0, 4);
    for (int i = 0; i < 4; i++)
        assert_true(c[i] == (float)(i + 1));
}

static void kernels_equal_loops(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++)
        run_all_sizes(KERNEL, rnni_vector_available(i));
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

static void movements(void **state)
{
    (void)state;
    for (size_t r = 0; r < SIZE_COUNT; r++)
        for (size_t s = 0; s < SIZE_COUNT; s++) {
            size_t rows = sizes[r], columns = sizes[s];
            uint64_t seed = rows * 31 + columns;
            float *a = random_floats(rows * columns, &seed), *t = random_floats(rows * columns, &seed);
            float *sum = calloc(columns, sizeof *sum);
            assert_non_null(sum);
            rnni_matrix_transpose(t, a, rows, columns);
            for (size_t i = 0; i < rows * columns; i++)
                assert_true(t[i % columns * rows + i / columns] == a[i]);
            rnni_matrix_add_transposed(t, a, rows, columns);
            for (size_t i = 0; i < rows * columns; i++)
                assert_true(t[i % columns * rows + i / columns] == 2 * a[i]);
            rnni_matrix_add_rows(sum, a, rows, columns);
            for (size_t j = 0; j < columns; j++) {
                double expected = 0;
                for (size_t i = 0; i < rows; i++)
                    expected += (double)a[i * columns + j];
                assert_close((double)sum[j], expected, TOLERANCE);
            }
            rnni_matrix_fill_rows(t, sum, rows, columns);
            assert_memory_equal(t + (rows - 1) * columns, sum, columns * sizeof *sum);
            assert_true(t[rows * columns] == 12345);
            free(a);
            free(t);
            free(sum);
        }
}

/* A float that adds up a million equal numbers ends one percent off. */
static void sums_of_many_rows_stay_exact(void **state)
{
    (void)state;
    enum { ROWS = 1 << 20 };
    for (size_t columns = 1; columns <= 65; columns += 64) {
        float *a = malloc(ROWS * columns * sizeof *a), sum[65] = {0};
        assert_non_null(a);
        for (size_t i = 0; i < ROWS * columns; i++)
            a[i] = 0.1f;
        rnni_matrix_add_rows(sum, a, ROWS, columns);
        for (size_t j = 0; j < columns; j++)
            assert_close((double)sum[j], ROWS * (double)0.1f, TOLERANCE);
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_loops),
        cmocka_unit_test(rows_equal_loops),
        cmocka_unit_test(parts_equal_loops),
        cmocka_unit_test(sums_of_parts),
        cmocka_unit_test(no_rows_is_nothing),
        cmocka_unit_test(kernels_equal_loops),
        cmocka_unit_test(movements),
        cmocka_unit_test(sums_of_many_rows_stay_exact),
        cmocka_unit_test(comparison_rejects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
