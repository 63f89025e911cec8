/* Requests of math/products.h and their expected results, computed by loops in double. */
#ifndef RNN_TESTS_PRODUCT_EXAMPLES_H
#define RNN_TESTS_PRODUCT_EXAMPLES_H

#include "support/guarded.h"

#include "math/products.h"

/* ---- weights ----------------------------------------------------------------------------------------------------- */

/* W' [k, gates * units] or, transposed, W [gates * units, k]; rows begin `row` floats apart. */
struct weight {
    float *w;
    size_t k, units, gates, row;
    int transposed;
};

struct weight new_weight(size_t k, size_t units, size_t gates, int transposed, size_t gap, uint64_t *seed);

/* Element (q, column) of W'. */
float weight_at(const struct weight *weight, size_t q, size_t column);

/* ---- products ---------------------------------------------------------------------------------------------------- */

/* The initial value of a sum. MIXED: a different one for each gate. */
enum start { NOTHING, WHAT_IS_THERE, BIAS, OTHER_ROWS, MIXED, START_COUNT };

/* The output buffers of the gates: one for all but the last gate, as GRU has them; one for all; one for each pair; one
 * for each gate; one for all in reverse order. */
enum place { LAST_APART, TOGETHER, PAIRS, APART, REVERSED, PLACE_COUNT };

struct shape {
    size_t rows, k, units, gates;
    size_t from, depth;  /* rows of W' */
    size_t first, count; /* units */
    enum start start;
    enum place place;
    int straight; /* 1: the weight is W', not transposed */
    struct rnni_lines a_lines, c_lines;
};

struct buffer {
    float *c;      /* [lines, row], guarded */
    float *before; /* the same, before the product */
    float *start;  /* [lines, start_row], for OTHER_ROWS and BIAS */
    size_t lines, columns, row, start_row, count;
};

struct example {
    struct shape shape;
    struct weight weight;
    float *panels; /* NULL: this weight has none */
    float *a;
    struct rnni_weights weights;
    struct buffer buffer[RNNI_PANEL_GATES];
    double *expected[RNNI_PANEL_GATES]; /* NaN: must not be written */
    struct rnni_product product;
};

/* Uses panels at first, if the weight has them. */
struct example *new_example(const struct shape *shape);
void free_example(struct example *e);

/* The CBLAS to compute the product with; NULL: the kernels. */
void choose_provider(struct example *e, const struct rnni_blas *blas);

/* Whether the kernels can compute it: there are panels, and the units are whole panels. */
int kernels_take(const struct example *e);

/* Gates `gate` and `next` are adjacent in the weight and in their buffer. */
int lie_together(const struct example *e, size_t gate, size_t next);

/* Restores the buffers as they were before the product. */
void restore_example(struct example *e);

/* Every element of the buffers is the expected sum, with an error of at most 2e-6 * sqrt(k + 1) * (1 + |sum|), or
 * unchanged if none is expected. */
int example_is_right(const struct example *e);
void check_example(const struct example *e); /* shows what is wrong, and fails */
void show_example(const struct example *e);

/* By the kernels of every instruction set that the machine has: the product, with `right` checked as above; and its
 * rows alone, in smaller batches, and its units in shares have the same bits. */
void check_by_all_kernels(struct example *e, int right);

/* Gives the weight panels of fewer bits (math/narrow.h).  exact: weights, and for int8 the rows, become numbers that
 * such panels have, and what is expected is computed anew. */
void narrow_example(struct example *e, int64_t precision, int exact, uint64_t *seed);

/* Chooses part of the units: some whole panels, or all from some panel to the end. */
void pick_panels(struct shape *shape, uint64_t *seed);
struct rnni_lines pick_lines(uint64_t *seed);

/* ---- sums of outer products -------------------------------------------------------------------------------------- */

/* c [m,n] += a' b. */
struct outer {
    struct matrix a, b, c; /* [k,m], [k,n], [m,n] */
    double *expected;      /* [m,n] */
};

/* The gaps are in floats, between rows. */
struct outer new_outer(size_t m, size_t k, size_t n, size_t a_gap, size_t b_gap, size_t c_gap);
void free_outer(struct outer *o);
int outer_is_right(const struct outer *o);
void check_outer_sums(const struct outer *o); /* shows what is wrong, and fails */

#endif
