#include "math/products.h"

#include "base/assertion.h"
#include "math/product_kernels.h"
#include "rnn.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

const struct rnni_blas *rnni_products_choose(int64_t wanted, const char **reason)
{
    RNNI_ASSERT(wanted >= RNN_PRODUCTS_AUTOMATIC && wanted <= RNN_PRODUCTS_CBLAS);
    if (wanted == RNN_PRODUCTS_OWN || (wanted == RNN_PRODUCTS_AUTOMATIC && rnni_product_kernels()->ahead))
        return NULL;
    return rnni_blas(reason);
}

/* ---- products with weights, by a CBLAS --------------------------------------------------------------------------- */

/* Where the sums of row i of a target begin. */
static void begin_row(const struct rnni_target *target, size_t i, size_t first, size_t units)
{
    float *c = target->c + i * target->row + first;
    const float *start = target->start ? target->start + i * target->start_row + first : NULL;
    if (!start)
        memset(c, 0, units * sizeof *c);
    else if (start != c)
        memcpy(c, start, units * sizeof *c);
}

/* Gates `gate` .. whose units lie side by side in c as they do in the weights: one product makes them all. */
static size_t gates_together(const struct rnni_product *p, size_t gate)
{
    size_t units = p->weights->units, count = 1;
    if (p->first || p->units < units)
        return 1;
    while (gate + count < p->weights->gates && p->target[gate + count].c == p->target[gate].c + count * units &&
           p->target[gate + count].row == p->target[gate].row)
        count++;
    return count;
}

/* c [rows,n] += a [rows,k] W', rows a_row and c_row floats apart, from column `column` of W' on. */
static void add_rows_by_blas(const struct rnni_product *p, size_t column, size_t n, float *c, size_t c_row,
                             const float *a, size_t a_row, size_t rows)
{
    const struct rnni_weights *w = p->weights;
    const struct rnni_blas *blas = w->blas;
    int k = (int)p->k, columns = (int)n, row = (int)(w->straight ? w->gates * w->units : w->k);
    const float *data = w->data + (w->straight ? p->from * (size_t)row + column : column * (size_t)row + p->from);
    if (rows == 1 && w->straight)
        blas->sgemv(RNNI_BLAS_ROW_MAJOR, RNNI_BLAS_TRANSPOSED, k, columns, 1, data, row, a, 1, 1, c, 1);
    else if (rows == 1)
        blas->sgemv(RNNI_BLAS_ROW_MAJOR, RNNI_BLAS_STRAIGHT, columns, k, 1, data, row, a, 1, 1, c, 1);
    else
        blas->sgemm(RNNI_BLAS_ROW_MAJOR, RNNI_BLAS_STRAIGHT, w->straight ? RNNI_BLAS_STRAIGHT : RNNI_BLAS_TRANSPOSED,
                    (int)rows, columns, k, 1, a, (int)a_row, data, row, 1, c, (int)c_row);
}

/* How many of `rows` rows from row i on follow one another in a and in c, as many as one call may get. */
static size_t rows_together(const struct rnni_product *p, size_t c_row, size_t i)
{
    size_t most = (size_t)p->weights->blas->most, rows = smaller(p->rows - i, most);
    if (p->a_row > most || c_row > most)
        return 1;
    if (p->a_lines.group)
        rows = smaller(rows, p->a_lines.group - i % p->a_lines.group);
    if (p->c_lines.group)
        rows = smaller(rows, p->c_lines.group - i % p->c_lines.group);
    return rows;
}

/* Sizes of weights fit into an int: see rnni_options_check.  Numbers of rows and what lies between them may not. */
static void multiply_by_blas(const struct rnni_product *p)
{
    for (size_t gate = 0, together; gate < p->weights->gates && p->units; gate += together) {
        const struct rnni_target *target = &p->target[gate];
        together = gates_together(p, gate);
        for (size_t i = 0, rows; i < p->rows; i += rows) {
            size_t line = rnni_product_line(p->c_lines, i);
            rows = rows_together(p, target->row, i);
            for (size_t g = gate; g < gate + together; g++)
                for (size_t r = 0; r < rows; r++)
                    begin_row(&p->target[g], line + r, p->first, p->units);
            if (p->k)
                add_rows_by_blas(p, gate * p->weights->units + p->first, together * p->units,
                                 target->c + line * target->row + p->first, target->row,
                                 p->a + rnni_product_line(p->a_lines, i) * p->a_row, p->a_row, rows);
        }
    }
}

/* What both providers rely on. */
static int is_whole(const struct rnni_product *p)
{
    const struct rnni_weights *w = p->weights;
    int within =
        p->from + p->k <= w->k && p->first + p->units <= w->units && w->gates >= 1 && w->gates <= RNNI_PANEL_GATES;
    int rows_apart = p->rows <= 1 || p->a_row >= p->k;
    for (size_t gate = 0; gate < w->gates && within; gate++)
        within = p->target[gate].c != NULL && (p->rows <= 1 || p->target[gate].row >= p->first + p->units);
    return w->data != NULL && p->a != NULL && within && rows_apart;
}

/* And the kernels: units of whole panels, or up to the last. */
static int is_in_panels(const struct rnni_product *p)
{
    size_t step = rnni_panels_step(p->weights->gates);
    return p->first % step == 0 && (p->units % step == 0 || p->first + p->units == p->weights->units);
}

void rnni_products_multiply(const struct rnni_product *product)
{
    RNNI_ASSERT(!product->rows || !product->units || is_whole(product));
    RNNI_ASSERT(product->weights->blas || is_in_panels(product));
    if (product->weights->blas)
        multiply_by_blas(product);
    else
        rnni_product_kernels()->product(product);
}

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

static void add_outer_by_blas(const struct rnni_outer *o)
{
    size_t most = (size_t)o->blas->most, terms;
    int m = (int)o->m, n = (int)o->n, apart = o->singly || o->a_row > most || o->b_row > most;
    for (size_t q = 0; q < o->k && o->m && o->n; q += terms) {
        const float *a = o->a + q * o->a_row, *b = o->b + q * o->b_row;
        terms = apart ? 1 : smaller(o->k - q, most);
        if (terms == 1)
            o->blas->sger(RNNI_BLAS_ROW_MAJOR, m, n, 1, a, 1, b, 1, o->c, n);
        else
            o->blas->sgemm(RNNI_BLAS_ROW_MAJOR, RNNI_BLAS_TRANSPOSED, RNNI_BLAS_STRAIGHT, m, n, (int)terms, 1, a,
                           (int)o->a_row, b, (int)o->b_row, 1, o->c, n);
    }
}

void rnni_products_add_outer(const struct rnni_outer *o)
{
    RNNI_ASSERT(!o->k || !o->m || !o->n || (o->a && o->b && o->c && (o->blas || o->room)));
    RNNI_ASSERT(o->k <= 1 || (o->a_row >= o->m && o->b_row >= o->n));
    if (o->blas)
        add_outer_by_blas(o);
    else
        rnni_product_kernels()->outer(o->c, o->n, o->a, o->a_row, o->b, o->b_row, o->k, o->m, o->n, o->room);
}
