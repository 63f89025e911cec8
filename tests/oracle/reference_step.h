/* Between reference_step.c, what a step of any cell is made of, and reference_cells.c, the cells. */
#ifndef RNN_TESTS_REFERENCE_STEP_H
#define RNN_TESTS_REFERENCE_STEP_H

#include "oracle/reference.h"
#include "support/support.h"

/* W x + b of the input side, or W h + b of the recurrent one; with layer normalisation norm * N(W x) + b. */
struct product {
    int recurrent;
    size_t columns, weight, bias, norm; /* where the tensors begin */
    const double *in;                   /* [columns] */
    double *din;                        /* [columns] */
    double *normal;                     /* [G*H] W x, or N(W x) */
    double deviation[2];                /* of the groups of rows that are normalised together */
    double *sum;                        /* [G*H] what the cell sees */
    double *dsum;                       /* [G*H] */
};

/* Everything that is computed on the way. s(t) stands for a state, [R] for h and [H] for the others. */
struct step {
    struct reference *r;
    size_t l, d, t, b, slot_before, slot_after;
    size_t hidden, rows, vectors; /* H, G*H; how many vectors of the scratch are in use */
    struct places at;
    struct activation f, g, k;
    struct product input, recurrent;
    struct product reset; /* W_hn (r * h(t-1)) of RNN_RESET_BEFORE, the last H rows only */

    double *before[STATE_KINDS];  /* s(t-1) */
    double *after[STATE_KINDS];   /* s(t) */
    double *fresh[STATE_KINDS];   /* what s(t) would be without zoneout */
    double *keep[STATE_KINDS];    /* zoneout: s(t) = keep * s(t-1) + (1-keep) * fresh */
    double *dbefore[STATE_KINDS]; /* lies in r->dinitial */
    double *dfresh[STATE_KINDS];

    double *factor;                        /* [R] recurrent dropout: h(t-1) is multiplied by it in products */
    double *below_x;                       /* [K] what goes to x past the products */
    double *below_h;                       /* [R] what `reset` gives to h(t-1) times that, beside `recurrent` */
    double *a, *gate, *dgate;              /* [G*H] what enters the activations, what leaves them */
    double *raw_c, *normal_c, *seen_c, *q; /* [H] LSTM: c before its clip, N(c), what k sees, o * k(c) */
    double *dseen_c, *dq;                  /* [H] */
    double deviation_c;                    /* by which N divided c */
};

double *step_vector(struct step *s); /* of zeros, as long as the longest */

/* f(x) and f'(x) of the table of activations; of f or g of the cell behind RNN_CLIP; x clipped, by 0 not at all. */
double step_activation(const struct activation *f, double x);
double step_derivative(const struct activation *f, double x);
double step_gate(const struct step *s, const struct activation *f, double x);
double step_slope(const struct step *s, const struct activation *f, double x);
double step_limit(double x, double clip);

/* Makes v [n] its N(v) and returns by what it was divided; makes the gradient d [n] of normal = N(v) that of v. */
double step_normalise(const struct reference *r, double *v, size_t n);
void step_normalise_backward(const struct reference *r, double *d, const double *normal, double deviation, size_t n);

/* Rows first .. last-1 of a product; backward goes from dsum [G*H], which is used up, to the gradients of the tensors
 * and, overwritten, to din [columns]. */
void step_product_forward(struct step *s, struct product *p, size_t first, size_t last);
void step_product_backward(struct step *s, struct product *p, size_t first, size_t last);
double step_bias(const struct step *s, const struct product *p, size_t i);

/* The cell: from the sums of both products and before to fresh (of sLSTM also to after); back from dfresh (of sLSTM
 * also from dbefore) to dsum of both and, past the products, to dbefore and below_h. */
void step_cell_forward(struct step *s);
void step_cell_backward(struct step *s);
size_t step_recurrent_rows(const struct step *s); /* how many rows the recurrent product has before the cell */

#endif
