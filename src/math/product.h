/* What a matrix product is asked for with: where its factors and its result lie.  products.h makes it. */
#ifndef RNNI_PRODUCT_H
#define RNNI_PRODUCT_H

#include "math/blas.h"
#include "math/panels.h"

#include <stddef.h>
#include <stdint.h>

struct rnni_product_kernels;

/* Weights W' [k, gates * units].  The kernels read them from panels (panels.h), a CBLAS from the parameters themselves.
 */
struct rnni_weights {
    const float *data; /* NULL: there are no such weights */
    size_t k, units, gates;
    const struct rnni_blas *blas;               /* NULL: data is in panels */
    int straight;                               /* CBLAS: data is W' [k, gates * units], else W [gates * units, k] */
    const struct rnni_product_kernels *kernels; /* that read panels; NULL: those in use */
    int64_t precision;                          /* RNN_PRECISION_...: other panels than those of floats, see narrow.h */
};

/* Rows of a matrix that follow one another in groups: row i stands at (i / group) * apart + i % group; group 0: they
 * are all one group. */
struct rnni_lines {
    size_t group, apart;
};

static inline size_t rnni_product_line(struct rnni_lines lines, size_t i)
{
    return lines.group ? i / lines.group * lines.apart + i % lines.group : i;
}

/* Where the units of a gate go: unit u of row i to c[i * row + u], summed on top of start[i * start_row + u]; start
 * NULL: of 0.  start = c adds to what is there, start_row = 0 begins with a bias. */
struct rnni_target {
    float *c;
    size_t row;
    const float *start;
    size_t start_row;
};

/* Terms of W' up to which the kernels make both sums of a product with an input at once, for two rows or more; else
 * they are two products, with the same bits. */
#define RNNI_PRODUCT_JOINED 512

/* c [rows, gates * units] = start + a [rows,k] W', some of it: rows `from` .. `from + k` of W', and units `first` ..
 * `first + units` of every gate. */
struct rnni_product {
    const struct rnni_weights *weights;
    size_t from, k;
    size_t first, units; /* kernels: whole panels, multiples of RNNI_BLOCK; the end may be the last unit */
    struct rnni_target target[RNNI_PANEL_GATES];
    const float *a;
    size_t a_row; /* floats between rows of a */
    struct rnni_lines a_lines, c_lines;
    size_t rows;

    /* Terms in front of these: c = start + x U' + a W'. */
    const struct rnni_weights *input; /* U', with as many units and gates; NULL: none */
    const float *x;                   /* [rows, k of U'], without lines */
};

/* c [m,n] += a' b for a [k,m] and b [k,n]: the sum of k outer products. */
struct rnni_outer {
    float *c;
    const float *a;
    size_t a_row; /* floats between rows of a */
    const float *b;
    size_t b_row;
    size_t k, m, n;
    const struct rnni_blas *blas; /* NULL: the kernels */
    int singly;                   /* CBLAS: an sger for each of the k; else they are an sgemm, or one sger for k = 1 */
    float *room;                  /* [RNNI_OUTER_ROOM] kernels: overwritten */
    const struct rnni_product_kernels *kernels; /* NULL: those in use */
};

/* Floats of copies of what a tile reads: too many for the stack of a small thread. */
#define RNNI_OUTER_ROOM 45056

#endif
