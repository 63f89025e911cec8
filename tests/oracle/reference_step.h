/* The interface between reference_step.c, the parts of a step of any cell, and reference_cells.c, the cells. */
#ifndef RNN_TESTS_REFERENCE_STEP_H
#define RNN_TESTS_REFERENCE_STEP_H

#include "oracle/reference.h"
#include "support/support.h"

/* W x + b of the input side, or W h + b of the recurrent one; with layer normalisation norm * N(W x) + b. */
struct product {
    int recurrent;
    size_t columns, weight, bias, norm; /* offsets of the tensors */
    const double *in;                   /* [columns] */
    double *din;                        /* [columns] */
    double *normal;                     /* [G*H] W x, or N(W x) */
    double deviation[2];                /* of the groups of rows that are normalised together */
    double *sum;                        /* [G*H] the input of the cell */
    double *dsum;                       /* [G*H] */
};

/* All intermediate values. s(t) is a state, [R] for h and [H] for the others. */
struct step {
    struct reference *r;
    size_t l, d, t, b, slot_before, slot_after;
    size_t hidden, rows, vectors; /* H, G*H; number of scratch vectors in use */
    struct places at;
    struct activation f, g, k;
    struct product input, recurrent;
    struct product reset; /* W_hn (r * h(t-1)) of RNN_RESET_BEFORE, the last H rows only */

    double *before[STATE_KINDS];  /* s(t-1) */
    double *after[STATE_KINDS];   /* s(t) */
    double *fresh[STATE_KINDS];   /* s(t) without zoneout */
    double *keep[STATE_KINDS];    /* zoneout: s(t) = keep * s(t-1) + (1-keep) * fresh */
    double *dbefore[STATE_KINDS]; /* in r->dinitial */
    double *dfresh[STATE_KINDS];

    double *factor;           /* [R] recurrent dropout: h(t-1) is multiplied by it in products */
    double *below_x;          /* [K] the gradient for x that bypasses the products */
    double *below_h;          /* [R] the gradient for h(t-1) * factor through `reset`, besides `recurrent` */
    double *a, *gate, *dgate; /* [G*H] a: the inputs of the activations; gate: their results */
    double *raw_c, *normal_c, *seen_c, *q; /* [H] LSTM: c before its clip, N(c), the argument of k, o * k(c) */
    double *dseen_c, *dq;                  /* [H] */
    double deviation_c;                    /* the divisor of N(c) */
};

double *step_vector(struct step *s); /* zeros, r->widest of them */

/* f(x) and f'(x) of the table of activations; of f or g of the cell after RNN_CLIP; x clipped, or unchanged if the
 * limit is 0. */
double step_activation(const struct activation *f, double x);
double step_derivative(const struct activation *f, double x);
double step_gate(const struct step *s, const struct activation *f, double x);
double step_slope(const struct step *s, const struct activation *f, double x);
double step_limit(double x, double clip);

/* Replaces v [n] by N(v) and returns the divisor; replaces the gradient d [n] of normal = N(v) by that of v. */
double step_normalise(const struct reference *r, double *v, size_t n);
void step_normalise_backward(const struct reference *r, double *d, const double *normal, double deviation, size_t n);

/* Rows first .. last-1 of a product. Backward goes from dsum [G*H], which is overwritten, to the gradients of the
 * tensors and to din [columns], which is set. */
void step_product_forward(struct step *s, struct product *p, size_t first, size_t last);
void step_product_backward(struct step *s, struct product *p, size_t first, size_t last);
double step_bias(const struct step *s, const struct product *p, size_t i);

/* The cell: from `before` and the sums of both products to `fresh` (sLSTM: also to `after`). Backward from dfresh
 * (sLSTM: also from dbefore) to dsum of both products and, bypassing them, to dbefore and below_h. */
void step_cell_forward(struct step *s);
void step_cell_backward(struct step *s);
size_t step_recurrent_rows(const struct step *s); /* number of rows of the recurrent product */

#endif
