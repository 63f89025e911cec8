#include "math/products.h"

#include "base/assertion.h"
#include "math/narrow_kernels.h"
#include "math/product_kernels.h"
#include "math/products_blas.h"
#include "rnn.h"

#include <string.h>

const struct rnni_blas *rnni_products_choose(int64_t wanted, const char **reason)
{
    RNNI_ASSERT(wanted >= RNN_PRODUCTS_AUTOMATIC && wanted <= RNN_PRODUCTS_CBLAS);
    if (wanted == RNN_PRODUCTS_OWN || (wanted == RNN_PRODUCTS_AUTOMATIC && rnni_product_kernels()->ahead))
        return NULL;
    return rnni_blas(reason);
}

/* ---- products with weights --------------------------------------------------------------------------------------- */

/* What both providers rely on; and the kernels on units of whole panels, or up to the last. */
static int is_whole(const struct rnni_product *p)
{
    const struct rnni_weights *w = p->weights;
    int within =
        p->from + p->k <= w->k && p->first + p->units <= w->units && w->gates >= 1 && w->gates <= RNNI_PANEL_GATES;
    int rows_apart = p->rows <= 1 || p->a_row >= p->k;
    int in_panels = p->first % RNNI_BLOCK == 0 && (p->units % RNNI_BLOCK == 0 || p->first + p->units == w->units);
    for (size_t gate = 0; gate < w->gates && within; gate++)
        within = p->target[gate].c != NULL && (p->rows <= 1 || p->target[gate].row >= p->first + p->units);
    int joins = !p->input || (p->x && p->input->units == w->units && p->input->gates == w->gates && !p->a_lines.group &&
                              !p->c_lines.group);
    int whole_rows = !w->precision || (p->from == 0 && p->k == w->k);
    return w->data != NULL && p->a != NULL && within && rows_apart && joins && (w->blas || in_panels) && whole_rows;
}

/* c = start + x U', then c += a W'. */
static void multiply_apart(const struct rnni_product *product)
{
    struct rnni_product first = *product, second = *product;
    first.input = second.input = NULL;
    first.weights = product->input;
    first.from = 0;
    first.k = first.a_row = product->input->k;
    first.a = product->x;
    for (size_t gate = 0; gate < product->weights->gates; gate++) {
        second.target[gate].start = product->target[gate].c;
        second.target[gate].start_row = product->target[gate].row;
    }
    rnni_products_multiply(&first);
    rnni_products_multiply(&second);
}

void rnni_products_multiply(const struct rnni_product *product)
{
    const struct rnni_product_kernels *kernels = product->weights->kernels;
    RNNI_ASSERT(!product->rows || !product->units || is_whole(product));
    int64_t precision = product->weights->precision;
    if (!kernels)
        kernels = rnni_product_kernels();
    if (product->input &&
        (product->rows == 1 || product->k > RNNI_PRODUCT_JOINED || product->weights->blas || precision))
        multiply_apart(product);
    else if (product->weights->blas)
        rnni_products_blas_multiply(product);
    else if (precision)
        (precision == RNN_PRECISION_BF16 ? rnni_narrow_kernels()->bf16 : rnni_narrow_kernels()->int8)(product);
    else
        kernels->product(product);
}

void rnni_products_rows(const struct rnni_weights *weights, float *c, size_t c_row, const float *a, size_t a_row,
                        size_t rows, int add)
{
    struct rnni_product product = {
        .weights = weights, .k = weights->k, .units = weights->units, .a = a, .a_row = a_row, .rows = rows};
    for (size_t gate = 0; gate < weights->gates; gate++) {
        float *to = c + gate * weights->units;
        product.target[gate] = (struct rnni_target){to, c_row, add ? to : NULL, c_row};
    }
    rnni_products_multiply(&product);
}

struct rnni_product rnni_products_dense(const struct rnni_dense *dense, float *y, const float *x, size_t rows)
{
    const struct rnni_weights *weights = &dense->weights;
    struct rnni_product product = {
        .weights = weights, .k = weights->k, .units = weights->units, .a = x, .a_row = dense->inputs, .rows = rows};
    for (size_t gate = 0; gate < weights->gates; gate++) {
        size_t column = gate * weights->units;
        product.target[gate] =
            (struct rnni_target){y + column, dense->outputs, dense->bias ? dense->bias + column : NULL, 0};
    }
    return product;
}

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

void rnni_products_add_outer(const struct rnni_outer *o)
{
    RNNI_ASSERT(!o->k || !o->m || !o->n || (o->a && o->b && o->c && (o->blas || o->room)));
    RNNI_ASSERT(o->k <= 1 || (o->a_row >= o->m && o->b_row >= o->n));
    if (o->blas)
        rnni_products_blas_add_outer(o);
    else
        (o->kernels ? o->kernels : rnni_product_kernels())
            ->outer(o->c, o->n, o->a, o->a_row, o->b, o->b_row, o->k, o->m, o->n, o->room);
}

void rnni_products_add_outer_share(float *c, struct rnni_columns a, struct rnni_columns b, size_t rows,
                                   const struct rnni_outer_share *share)
{
    struct rnni_part part = rnni_part_of(a.count, 1, share->index, share->count);
    rnni_products_add_outer(&(struct rnni_outer){.c = c + part.first * b.count,
                                                 .a = a.data + part.first,
                                                 .a_row = a.row,
                                                 .b = b.data,
                                                 .b_row = b.row,
                                                 .k = rows,
                                                 .m = part.count,
                                                 .n = b.count,
                                                 .blas = share->blas,
                                                 .singly = share->singly,
                                                 .room = share->room,
                                                 .kernels = share->kernels});
}
