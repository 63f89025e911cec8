/* Requests of math/products.h, and what comes of them, by loops in double. */
#ifndef RNN_TESTS_PRODUCT_EXAMPLES_H
#define RNN_TESTS_PRODUCT_EXAMPLES_H

#include "support/guarded.h"

#include "math/products.h"

/* ---- weights ----------------------------------------------------------------------------------------------------- */

/* W' [k, gates * units], or, transposed, W [gates * units, k]; rows lie `row` floats apart. */
struct weight {
    float *w;
    size_t k, units, gates, row;
    int transposed;
};

struct weight new_weight(size_t k, size_t units, size_t gates, int transposed, size_t gap, uint64_t *seed);

/* Element (q, column) of W'. */
float weight_at(const struct weight *weight, size_t q, size_t column);

/* ---- products ---------------------------------------------------------------------------------------------------- */

/* What a sum begins with.  MIXED: another one of the kinds before it in every gate. */
enum start { NOTHING, WHAT_IS_THERE, BIAS, OTHER_ROWS, MIXED, START_COUNT };

/* Where the gates go: all but the last side by side, as those of a GRU; all side by side; two and two; each to a buffer
 * of its own; all to one, in reverse order. */
enum place { LAST_APART, TOGETHER, PAIRS, APART, REVERSED, PLACE_COUNT };

struct shape {
    size_t rows, k, units, gates;
    size_t from, depth;  /* rows of W' */
    size_t first, count; /* units */
    enum start start;
    enum place place;
    int straight; /* the weight is W' */
    struct rnni_lines a_lines, c_lines;
};

struct buffer {
    float *c;      /* [lines, row], guarded */
    float *before; /* the same, before the product */
    float *start;  /* [lines, start_row], of OTHER_ROWS and BIAS */
    size_t lines, columns, row, start_row, count;
};

struct example {
    struct shape shape;
    struct weight weight;
    float *panels; /* NULL: there are none of this weight */
    float *a;
    struct rnni_weights weights;
    struct buffer buffer[RNNI_PANEL_GATES];
    double *expected[RNNI_PANEL_GATES]; /* NaN: not to be touched */
    struct rnni_product product;
};

/* Begins with panels, if there are any. */
struct example *new_example(const struct shape *shape);
void free_example(struct example *e);

/* Who makes the product: NULL for the kernels. */
void choose_provider(struct example *e, const struct rnni_blas *blas);

/* Whether the kernels take it: panels are there, and the units are whole panels. */
int kernels_take(const struct example *e);

/* Gates `gate` and `next` are neighbours in the weight and in their buffer. */
int lie_together(const struct example *e, size_t gate, size_t next);

/* What was in the buffers before the product. */
void restore_example(struct example *e);

/* Every element of the buffers is the sum that is expected, or untouched.  The error of a sum grows as its partial sums
 * and the number of its terms do, each by the root of k, but relative to the sum by no more than that. */
int example_is_right(const struct example *e);
void check_example(const struct example *e); /* shows what is wrong, and fails */
void show_example(const struct example *e);

/* A share of the units: some whole panels, or from some panel to the end. */
void pick_panels(struct shape *shape, uint64_t *seed);
struct rnni_lines pick_lines(uint64_t *seed);

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

/* c [m,n] += a' b. */
struct outer {
    struct matrix a, b, c; /* [k,m], [k,n], [m,n] */
    double *expected;      /* [m,n] */
};

/* Rows have gaps of so many floats. */
struct outer new_outer(size_t m, size_t k, size_t n, size_t a_gap, size_t b_gap, size_t c_gap);
void free_outer(struct outer *o);
int outer_is_right(const struct outer *o);
void check_outer_sums(const struct outer *o); /* shows what is wrong, and fails */

#endif
