#include "math/products_blas.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- products with weights --------------------------------------------------------------------------------------- */

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
static void add_rows(const struct rnni_product *p, size_t column, size_t n, float *c, size_t c_row, const float *a,
                     size_t a_row, size_t rows)
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

void rnni_products_blas_multiply(const struct rnni_product *p)
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
                add_rows(p, gate * p->weights->units + p->first, together * p->units,
                         target->c + line * target->row + p->first, target->row,
                         p->a + rnni_product_line(p->a_lines, i) * p->a_row, p->a_row, rows);
        }
    }
}

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

void rnni_products_blas_add_outer(const struct rnni_outer *o)
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
