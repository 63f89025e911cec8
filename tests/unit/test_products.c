/* The requests of src/math/products.h, made by a CBLAS that is strict about its arguments and counts its calls: the
 * sums, against loops in double, and which functions are called how often.  The same requests are made by the CBLAS of
 * this build, if it has one, and by the kernels, where they take them. */
#include "support/product_examples.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "math/kernels.h"
#include "oracle/blas_naive.h"

/* ---- a strict CBLAS ---------------------------------------------------------------------------------------------- */

struct calls {
    size_t sgemv, sger, sgemm;
};

static struct calls calls;
static int most; /* the largest size or stride that is allowed */

static void accept(const char *complaint, int largest)
{
    if (complaint)
        fail_msg("a bad argument of %s", complaint);
    if (largest > most)
        fail_msg("a size or stride of %d, expected at most %d", largest, most);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void strict_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
                         int incx, float beta, float *y, int incy)
{
    calls.sgemv++;
    accept(blas_naive_sgemv(order, trans, m, n, alpha, a, lda, x, incx, beta, y, incy), larger(larger(m, n), lda));
}

static void strict_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy,
                        float *a, int lda)
{
    calls.sger++;
    accept(blas_naive_sger(order, m, n, alpha, x, incx, y, incy, a, lda), larger(larger(m, n), lda));
}

static void strict_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                         const float *b, int ldb, float beta, float *c, int ldc)
{
    calls.sgemm++;
    accept(blas_naive_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc),
           larger(larger(larger(m, n), k), larger(larger(lda, ldb), ldc)));
}

/* With a limit. */
static struct rnni_blas strict_blas(int limit)
{
    most = limit;
    calls = (struct calls){0, 0, 0};
    return (struct rnni_blas){
        .name = "strict", .most = limit, .sgemv = strict_sgemv, .sger = strict_sger, .sgemm = strict_sgemm};
}

static void check_calls(struct calls expected)
{
    if (memcmp(&calls, &expected, sizeof calls) != 0)
        fail_msg("%zu sgemv, %zu sger, %zu sgemm; expected %zu, %zu, %zu", calls.sgemv, calls.sger, calls.sgemm,
                 expected.sgemv, expected.sger, expected.sgemm);
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

/* Row i goes on where row i - 1 ended, in its group. */
static int goes_on(struct rnni_lines lines, size_t i)
{
    return !lines.group || i % lines.group;
}

/* Of one product with gates side by side, whose rows are c_row floats apart: rows that follow one another make one
 * call, as far as the limit goes. */
static struct calls calls_of_rows(const struct example *e, size_t c_row, size_t limit)
{
    const struct shape *s = &e->shape;
    struct calls expected = {0, 0, 0};
    for (size_t i = 0, rows; i < s->rows; i += rows) {
        for (rows = 1; i + rows < s->rows && rows < limit && c_row <= limit && e->product.a_row <= limit &&
                       goes_on(s->a_lines, i + rows) && goes_on(s->c_lines, i + rows);)
            rows++;
        *(rows == 1 ? &expected.sgemv : &expected.sgemm) += 1;
    }
    return expected;
}

static struct calls expected_calls(const struct example *e, size_t limit)
{
    struct calls expected = {0, 0, 0};
    for (size_t gate = 0; gate < e->shape.gates && e->shape.depth && e->shape.count; gate++) {
        if (gate && lie_together(e, gate - 1, gate))
            continue;
        struct calls some = calls_of_rows(e, e->product.target[gate].row, limit);
        expected.sgemv += some.sgemv;
        expected.sgemm += some.sgemm;
    }
    return expected;
}

static void check_strict(struct example *e, int limit)
{
    struct rnni_blas strict = strict_blas(limit);
    choose_provider(e, &strict);
    restore_example(e);
    rnni_products_multiply(&e->product);
    check_example(e);
    struct calls expected = expected_calls(e, (size_t)limit);
    if (memcmp(&calls, &expected, sizeof calls) != 0)
        show_example(e);
    check_calls(expected);
}

static void check_others(struct example *e)
{
    const struct rnni_kernels *in_use = rnni_kernels();
    if (rnni_blas(NULL)) {
        choose_provider(e, rnni_blas(NULL));
        restore_example(e);
        rnni_products_multiply(&e->product);
        check_example(e);
    }
    choose_provider(e, NULL);
    for (size_t i = 0; rnni_kernels_available(i) && kernels_take(e); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        restore_example(e);
        rnni_products_multiply(&e->product);
        check_example(e);
    }
    rnni_kernels_select(in_use);
}

static void check_shape(const struct shape *s, int limit)
{
    struct example *e = new_example(s);
    check_strict(e, limit);
    check_others(e);
    free_example(e);
}

/* Some units of those that there are, some rows of W'. */
static void pick_ranges(struct shape *s, uint64_t *seed)
{
    s->from = pick(s->k - 1, seed);
    s->depth = pick(s->k - s->from, seed);
    s->first = pick(s->units - 1, seed);
    s->count = pick(s->units - s->first, seed);
}

static struct shape pick_shape(size_t rows, size_t k, size_t units, size_t gates, uint64_t *seed)
{
    struct shape s = {.rows = rows, .k = k, .units = units, .gates = gates, .depth = k, .count = units};
    s.start = (enum start)pick(START_COUNT - 1, seed);
    s.place = (enum place)pick(PLACE_COUNT - 1, seed);
    s.straight = (int)pick(1, seed);
    s.a_lines = pick_lines(seed);
    s.c_lines = pick_lines(seed);
    switch (pick(3, seed)) {
    case 0:
        pick_ranges(&s, seed);
        break;
    case 1:
        pick_panels(&s, seed);
        break;
    default:
        break;
    }
    return s;
}

static void products_of_many_sizes_equal_loops(void **state)
{
    (void)state;
    static const size_t all_rows[] = {1, 2, 3, 5, 8, 14, 97}, all_k[] = {1, 2, 7, 16, 33}, all_units[] = {1, 3, 17, 70};
    uint64_t seed = 1;
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (size_t i = 0; i < COUNT_OF(all_units); i++)
            for (size_t j = 0; j < COUNT_OF(all_k); j++)
                for (size_t r = 0; r < COUNT_OF(all_rows); r++)
                    for (int again = 0; again < 3; again++) {
                        struct shape s = pick_shape(all_rows[r], all_k[j], all_units[i], gates, &seed);
                        check_shape(&s, INT_MAX);
                    }
}

/* Rows in groups of 7, one row at a time where rows lie further apart than that, and just not.  Weights have no size
 * above the limit. */
static void a_small_limit_splits_products(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int limit = 7; limit <= 21; limit += 7)
        for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
            for (size_t rows = 1; rows <= 50; rows++)
                for (int again = 0; again < 10; again++) {
                    size_t k = 1 + pick((size_t)limit - 1, &seed), units = 1 + pick((size_t)limit / gates - 1, &seed);
                    struct shape s = pick_shape(rows, k, units, gates, &seed);
                    check_shape(&s, limit);
                }
}

/* Of one small product, whatever can be chosen in every combination. */
static void every_choice_goes_with_every_other(void **state)
{
    (void)state;
    static const struct rnni_lines lines[] = {{0, 0}, {1, 2}, {3, 3}, {3, 7}};
    for (size_t gates = 1; gates <= RNNI_PANEL_GATES; gates++)
        for (size_t choice = 0; choice < (size_t)START_COUNT * PLACE_COUNT * 2 * 4 * 4 * 4 * 2; choice++) {
            size_t rest = choice;
            struct shape s = {.k = 9, .units = 5, .gates = gates};
            s.start = (enum start)(rest % START_COUNT), rest /= START_COUNT;
            s.place = (enum place)(rest % PLACE_COUNT), rest /= PLACE_COUNT;
            s.straight = (int)(rest % 2), rest /= 2;
            s.a_lines = lines[rest % 4], rest /= 4;
            s.c_lines = lines[rest % 4], rest /= 4;
            s.rows = rest % 2 ? 8 : 1, rest /= 2;
            s.from = rest % 2 ? 4 : 0;
            s.depth = rest % 2 ? 3 : 9;
            s.first = rest / 2 ? 2 : 0;
            s.count = rest / 2 ? 2 : 5;
            check_shape(&s, INT_MAX);
        }
}

/* No terms: the starts alone.  No rows or no units: nothing. */
static void empty_products(void **state)
{
    (void)state;
    for (int start = NOTHING; start < START_COUNT; start++) {
        struct shape s = {.rows = 7, .k = 3, .units = 6, .gates = 3, .from = 1, .count = 6, .start = (enum start)start};
        check_shape(&s, INT_MAX);
        s.depth = 2;
        s.count = 0;
        check_shape(&s, INT_MAX);
        s.count = 6;
        struct example *e = new_example(&s);
        struct rnni_blas strict = strict_blas(INT_MAX);
        choose_provider(e, &strict);
        restore_example(e);
        e->product.rows = 0;
        rnni_products_multiply(&e->product);
        for (size_t i = 0; i < RNNI_PANEL_GATES; i++)
            assert_true(same_bits(e->buffer[i].c, e->buffer[i].before, e->buffer[i].count));
        check_calls((struct calls){0, 0, 0});
        free_example(e);
    }
}

/* The units of the second gate begin where those of the first end, but only in the first row. */
static void gates_with_rows_of_their_own_stay_apart(void **state)
{
    (void)state;
    enum { K = 3, UNITS = 2, ROWS = 2, COUNT = UNITS + 12 + UNITS };
    struct rnni_blas strict = strict_blas(INT_MAX);
    uint64_t seed = 3;
    struct weight weight = new_weight(K, UNITS, 2, 1, 0, &seed);
    struct rnni_weights weights = {weight.w, K, UNITS, 2, &strict, 0, NULL, 0};
    float a[ROWS * K], *c = new_guarded(COUNT);
    fill_uniform(a, ROWS * K, &seed);
    rnni_products_multiply(&(struct rnni_product){.weights = &weights,
                                                  .k = K,
                                                  .units = UNITS,
                                                  .target = {{c, 10, NULL, 0}, {c + UNITS, 12, NULL, 0}},
                                                  .a = a,
                                                  .a_row = K,
                                                  .rows = ROWS});
    for (size_t column = 0; column < 2 * UNITS; column++)
        for (size_t i = 0; i < ROWS; i++) {
            double sum = 0;
            for (size_t q = 0; q < K; q++)
                sum += (double)a[i * K + q] * (double)weight_at(&weight, q, column);
            assert_close((double)c[column + i * (column < UNITS ? 10 : 12)], sum, 1e-6);
        }
    check_calls((struct calls){0, 0, 2});
    free_guarded(c, COUNT);
    free(weight.w);
}

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

static float room[RNNI_OUTER_ROOM];

static void add_outer(const struct outer *o, const struct rnni_blas *blas, int singly)
{
    rnni_products_add_outer(&(struct rnni_outer){.c = o->c.data,
                                                 .a = o->a.data,
                                                 .a_row = o->a.row,
                                                 .b = o->b.data,
                                                 .b_row = o->b.row,
                                                 .k = o->a.rows,
                                                 .m = o->a.columns,
                                                 .n = o->b.columns,
                                                 .blas = blas,
                                                 .singly = singly,
                                                 .room = blas ? NULL : room});
}

/* Terms one by one, or as many as the limit allows. */
static struct calls expected_outer_calls(const struct outer *o, int singly, size_t limit)
{
    size_t k = o->a.rows;
    if (singly || o->a.row > limit || o->b.row > limit)
        return (struct calls){0, k, 0};
    return (struct calls){0, k % limit == 1, k / limit + (k % limit > 1)};
}

static void check_outer(size_t m, size_t k, size_t n, size_t gap, int limit)
{
    struct outer o = new_outer(m, k, n, gap, 2 * gap, 0);
    for (int singly = 0; singly <= 1; singly++) {
        struct rnni_blas strict = strict_blas(limit);
        restore_matrix(&o.c);
        add_outer(&o, &strict, singly);
        check_outer_sums(&o);
        check_calls(expected_outer_calls(&o, singly, (size_t)limit));
        restore_matrix(&o.c);
        add_outer(&o, rnni_blas(NULL), singly); /* the kernels where the build has none */
        check_outer_sums(&o);
    }
    restore_matrix(&o.c);
    add_outer(&o, NULL, 0);
    check_outer_sums(&o);
    free_outer(&o);
}

static void outer_products_equal_loops(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 16, 33, 70}, terms[] = {1, 2, 3, 8, 65};
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t j = 0; j < COUNT_OF(sizes); j++)
            for (size_t q = 0; q < COUNT_OF(terms); q++)
                for (size_t gap = 0; gap <= 3; gap += 3)
                    check_outer(sizes[i], terms[q], sizes[j], gap, INT_MAX);
}

static void a_small_limit_splits_outer_products(void **state)
{
    (void)state;
    for (size_t m = 1; m <= 7; m++)
        for (size_t n = 1; n <= 7; n++)
            for (size_t k = 1; k <= 23; k++)
                for (size_t gap = 0; gap <= 2; gap++)
                    check_outer(m, k, n, gap, 7);
}

static void empty_outer_products(void **state)
{
    (void)state;
    float c[4] = {1, 2, 3, 4}, none[1] = {0};
    for (int which = 0; which < 3; which++)
        for (int singly = 0; singly <= 1; singly++) {
            struct rnni_blas strict = strict_blas(INT_MAX);
            rnni_products_add_outer(&(struct rnni_outer){.c = c,
                                                         .a = none,
                                                         .a_row = 2,
                                                         .b = none,
                                                         .b_row = 2,
                                                         .k = which == 0 ? 0 : 2,
                                                         .m = which == 1 ? 0 : 2,
                                                         .n = which == 2 ? 0 : 2,
                                                         .blas = &strict,
                                                         .singly = singly});
            check_calls((struct calls){0, 0, 0});
        }
    for (int i = 0; i < 4; i++)
        assert_true(c[i] == (float)(i + 1));
}

/* ---- planted faults ---------------------------------------------------------------------------------------------- */

/* The weights are square in these examples, so that a wrong transpose reads nothing that is not there. */

static void straight_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
                           int incx, float beta, float *y, int incy)
{
    (void)trans;
    blas_naive_sgemv(order, RNNI_BLAS_STRAIGHT, m, n, alpha, a, lda, x, incx, beta, y, incy);
}

static void forgetful_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
                            int incx, float beta, float *y, int incy)
{
    (void)beta;
    blas_naive_sgemv(order, trans, m, n, alpha, a, lda, x, incx, 0, y, incy);
}

static void straight_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                           int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    (void)trans_b;
    blas_naive_sgemm(order, trans_a, RNNI_BLAS_STRAIGHT, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

static void forgetful_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                            int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    (void)beta;
    blas_naive_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, 0, c, ldc);
}

/* One float too far in the last row: between rows of c, or behind them. */
static void long_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                       const float *b, int ldb, float beta, float *c, int ldc)
{
    blas_naive_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    c[(size_t)(m - 1) * (size_t)ldc + (size_t)n] = 0;
}

static void short_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy,
                       float *a, int lda)
{
    blas_naive_sger(order, m, n - 1, alpha, x, incx, y, incy, a, lda);
}

static void turned_sger(int order, int m, int n, float alpha, const float *x, int incx, const float *y, int incy,
                        float *a, int lda)
{
    blas_naive_sger(order, m, n, alpha, y, incy, x, incx, a, lda);
}

/* Whether the sums of a product by this table are taken for right. */
static int product_passes(const struct rnni_blas *blas, size_t rows, int straight)
{
    struct shape s = {.rows = rows, .k = 8, .units = 8, .gates = 1, .depth = 8, .count = 8, .start = BIAS};
    s.straight = straight;
    struct example *e = new_example(&s);
    choose_provider(e, blas);
    restore_example(e);
    rnni_products_multiply(&e->product);
    int right = example_is_right(e);
    free_example(e);
    return right;
}

static int outer_passes(const struct rnni_blas *blas, int singly)
{
    struct outer o = new_outer(8, 3, 8, 1, 1, 0);
    add_outer(&o, blas, singly);
    int right = outer_is_right(&o);
    restore_matrix(&o.c);
    free_outer(&o);
    return right;
}

static void wrong_products_are_found(void **state)
{
    (void)state;
    struct rnni_blas strict = strict_blas(INT_MAX), wrong = strict;
    for (size_t rows = 1; rows <= 3; rows++)
        for (int straight = 0; straight <= 1; straight++)
            assert_true(product_passes(&strict, rows, straight));
    wrong.sgemv = straight_sgemv;
    assert_false(product_passes(&wrong, 1, 1));
    wrong.sgemv = forgetful_sgemv;
    assert_false(product_passes(&wrong, 1, 0));
    wrong.sgemm = straight_sgemm;
    assert_false(product_passes(&wrong, 3, 0));
    wrong.sgemm = forgetful_sgemm;
    assert_false(product_passes(&wrong, 3, 1));
    wrong.sgemm = long_sgemm;
    assert_false(product_passes(&wrong, 3, 1));
}

static void wrong_outer_products_are_found(void **state)
{
    (void)state;
    struct rnni_blas strict = strict_blas(INT_MAX), wrong = strict;
    assert_true(outer_passes(&strict, 0) && outer_passes(&strict, 1));
    wrong.sger = short_sger;
    assert_false(outer_passes(&wrong, 1));
    wrong.sger = turned_sger;
    assert_false(outer_passes(&wrong, 1));
    wrong.sgemm = forgetful_sgemm;
    assert_false(outer_passes(&wrong, 0));
}

/* What the strict functions are to refuse, they refuse, and they write nothing then. */
static void bad_arguments_are_found(void **state)
{
    (void)state;
    enum { ROW = 101, COLUMN = 102, N = 111, T = 112, CONJUGATE = 113 };
    float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 2, 3, 4, 5, 6}, c[6] = {0};
    const char *const refused[] = {blas_naive_sgemv(COLUMN, N, 2, 3, 1, a, 3, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, CONJUGATE, 2, 3, 1, a, 3, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, N, 0, 3, 1, a, 3, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, N, 2, 0, 1, a, 3, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, N, 2, 3, 1, a, 2, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, T, 2, 3, 1, a, 2, b, 1, 1, c, 1),
                                   blas_naive_sgemv(ROW, N, 2, 3, 1, a, 3, b, 2, 1, c, 1),
                                   blas_naive_sgemv(ROW, N, 2, 3, 1, a, 3, b, 1, 1, c, 0),
                                   blas_naive_sgemv(ROW, N, 2, 3, 1, NULL, 3, b, 1, 1, c, 1),
                                   blas_naive_sger(COLUMN, 2, 3, 1, a, 1, b, 1, c, 3),
                                   blas_naive_sger(ROW, -1, 3, 1, a, 1, b, 1, c, 3),
                                   blas_naive_sger(ROW, 2, 0, 1, a, 1, b, 1, c, 3),
                                   blas_naive_sger(ROW, 2, 3, 1, a, 3, b, 1, c, 3),
                                   blas_naive_sger(ROW, 2, 3, 1, a, 1, b, 3, c, 3),
                                   blas_naive_sger(ROW, 2, 3, 1, a, 1, b, 1, c, 2),
                                   blas_naive_sger(ROW, 2, 3, 1, a, 1, NULL, 1, c, 3),
                                   blas_naive_sgemm(COLUMN, N, N, 2, 2, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, 0, N, 2, 2, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, 0, 2, 2, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 0, 2, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 2, 0, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 2, 2, 0, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 2, 2, 3, 1, a, 2, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, T, N, 2, 2, 3, 1, a, 1, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 2, 2, 3, 1, a, 3, b, 1, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, T, 2, 2, 3, 1, a, 3, b, 2, 1, c, 2),
                                   blas_naive_sgemm(ROW, N, N, 2, 2, 3, 1, a, 3, b, 2, 1, c, 1),
                                   blas_naive_sgemm(ROW, N, N, 2, 2, 3, 1, a, 3, b, 2, 1, NULL, 2)};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (!refused[i])
            fail_msg("call %zu was not refused", i);
    for (size_t i = 0; i < COUNT_OF(c); i++)
        assert_true(c[i] == 0);
    assert_null(blas_naive_sgemm(ROW, T, N, 2, 2, 3, 1, a, 2, b, 2, 0, c, 3)); /* c is [2,2], rows 3 apart */
    assert_true(c[0] == 35 && c[1] == 44 && c[2] == 0 && c[3] == 44 && c[4] == 56 && c[5] == 0);
    assert_null(blas_naive_sgemv(ROW, T, 2, 3, 2, a, 3, b, 1, 1, c, 1));
    assert_true(c[0] == 35 + 18 && c[1] == 44 + 24 && c[2] == 30);
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

static void own_products_need_no_cblas(void **state)
{
    (void)state;
    assert_null(rnni_products_choose(RNN_PRODUCTS_OWN, NULL));
}

static void a_cblas_or_a_reason(void **state)
{
    (void)state;
    const char *reason = NULL;
    const struct rnni_blas *blas = rnni_products_choose(RNN_PRODUCTS_CBLAS, &reason);
    assert_ptr_equal(blas, rnni_blas(NULL));
    if (!blas) {
        assert_true(reason && strlen(reason) > 10);
        return;
    }
    assert_true(blas->name[0] && blas->most >= 32767);
    assert_true(blas->sgemv && blas->sger && blas->sgemm);
}

/* Automatic: the kernels where they are ahead of a CBLAS, else a CBLAS. */
static void automatic_looks_at_the_kernels(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    struct rnni_product_kernels products = *in_use->product;
    struct rnni_kernels kernels = *in_use;
    kernels.product = &products;
    rnni_kernels_select(&kernels);
    products.ahead = 1;
    assert_null(rnni_products_choose(RNN_PRODUCTS_AUTOMATIC, NULL));
    products.ahead = 0;
    assert_ptr_equal(rnni_products_choose(RNN_PRODUCTS_AUTOMATIC, NULL), rnni_blas(NULL));
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        assert_ptr_equal(rnni_products_choose(RNN_PRODUCTS_AUTOMATIC, NULL),
                         rnni_product_kernels()->ahead ? NULL : rnni_blas(NULL));
#ifdef __x86_64__
        assert_int_equal(rnni_product_kernels()->ahead, rnni_kernels() != &rnni_kernels_baseline);
#endif
    }
    rnni_kernels_select(in_use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_many_sizes_equal_loops),
        cmocka_unit_test(a_small_limit_splits_products),
        cmocka_unit_test(every_choice_goes_with_every_other),
        cmocka_unit_test(empty_products),
        cmocka_unit_test(gates_with_rows_of_their_own_stay_apart),
        cmocka_unit_test(outer_products_equal_loops),
        cmocka_unit_test(a_small_limit_splits_outer_products),
        cmocka_unit_test(empty_outer_products),
        cmocka_unit_test(wrong_products_are_found),
        cmocka_unit_test(wrong_outer_products_are_found),
        cmocka_unit_test(bad_arguments_are_found),
        cmocka_unit_test(own_products_need_no_cblas),
        cmocka_unit_test(a_cblas_or_a_reason),
        cmocka_unit_test(automatic_looks_at_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
