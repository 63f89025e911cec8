/* The products of matrix.h through CBLAS.  This is the only file that includes cblas.h. */
#include "math/matrix.h"

#include "math/vector.h"

#include <cblas.h>
#include <string.h>

/* OpenBLAS's sgemv wakes its threads from rows * columns >= 9216 and takes memory under a global lock from rows +
 * columns > 480; both cost more than the product itself.  Pieces below these bounds run in the caller's thread, on its
 * stack.  Other libraries do not mind the pieces. */
#define PIECE_COLUMNS  256
#define PIECE_ELEMENTS 9000
#define PIECE_SIDES    480

/* CBLAS takes int: no more rows than this go into one call.  All other sizes are those of a network, which fit: see
 * rnni_options_check. */
#define MOST_ROWS ((size_t)1 << 30)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* y [n] += x [k] b for the columns of b [k, width of a row] that y stands for. */
static void add_vector_product(float *y, const float *x, const float *b, size_t k, size_t n, size_t row)
{
    size_t piece = smaller(PIECE_ELEMENTS / n, PIECE_SIDES - n) & ~(size_t)7;
    for (size_t i = 0; i < k; i += piece)
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)smaller(piece, k - i), (int)n, 1, b + i * row, (int)row, x + i, 1,
                    1, y, 1);
}

static void row_multiply(float *y, const float *x, const float *b, size_t b_row, size_t k, size_t n)
{
    for (size_t j = 0; j < n; j += PIECE_COLUMNS)
        add_vector_product(y + j, x, b + j, k, smaller(PIECE_COLUMNS, n - j), b_row);
}

/* The steps of a recurrence multiply few rows by weights that lie in the cache.  There OpenBLAS spends its time on
 * copying the weights, or on calls; the kernels of wide vectors read them in place.  Larger weights are worth a copy
 * from fewer rows on.  Without wide vectors the BLAS knows the machine better. */
#define FEW_ROWS       192
#define FEWER_ROWS     24
#define CACHED_WEIGHTS (768 * 768)

static int read_in_place(size_t m, size_t k, size_t n)
{
    return rnni_vector()->wide && m <= (k * n <= CACHED_WEIGHTS ? FEW_ROWS : FEWER_ROWS);
}

/* Whether OpenBLAS would work in the caller's thread alone.  The name is looked for when the program is linked: another
 * BLAS does not have it, and is taken to have threads. */
#ifdef __ELF__
int openblas_get_num_threads(void) __attribute__((weak));
static int is_alone(void)
{
    return openblas_get_num_threads && openblas_get_num_threads() == 1;
}
#else
static int is_alone(void)
{
    return 0;
}
#endif

#define ROWS_AT_ONCE 96

/* A product that the BLAS shares among threads is given as a whole. */
size_t rnni_matrix_rows_at_once(size_t k, size_t n)
{
    return rnni_vector()->wide && k * n <= CACHED_WEIGHTS && is_alone() ? ROWS_AT_ONCE : SIZE_MAX;
}

void rnni_matrix_multiply_part(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row,
                               size_t m, size_t k, size_t n, int add)
{
    int in_place = read_in_place(m, k, n);
    for (size_t i = 0; i < m && !add && (in_place || m == 1); i++)
        memset(c + i * c_row, 0, n * sizeof *c);
    if (in_place) {
        rnni_vector()->product(c, c_row, a, a_row, 1, b, b_row, m, k, n);
    } else if (m == 1) {
        row_multiply(c, a, b, b_row, k, n);
    } else {
        for (size_t i = 0; i < m; i += MOST_ROWS)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)smaller(MOST_ROWS, m - i), (int)n, (int)k, 1,
                        a + i * a_row, (int)a_row, b, (int)b_row, add ? 1 : 0, c + i * c_row, (int)c_row);
    }
}

void rnni_matrix_add_outer_part(float *c, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                                size_t m, size_t n)
{
    if (k == 1) {
        cblas_sger(CblasRowMajor, (int)m, (int)n, 1, a, 1, b, 1, c, (int)n);
        return;
    }
    for (size_t i = 0; i < k; i += MOST_ROWS)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)smaller(MOST_ROWS, k - i), 1,
                    a + i * a_row, (int)a_row, b + i * b_row, (int)b_row, 1, c, (int)n);
}
