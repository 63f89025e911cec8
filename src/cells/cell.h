/* What a recurrent cell is to the layer that runs it: from s(t-1) and the input products to s(t), and back.  Cells are
 * pure: raw pointers and sizes, nothing that can fail.
 *
 *     rows   sequences that take part in a step      H hidden units   R elements of h   G gates   GH = G*H
 *
 * A cell has one to four states: h [rows,R] first, then c, n, m [rows,H]. */
#ifndef RNNI_CELL_H
#define RNNI_CELL_H

#include "base/part.h"
#include "math/activation.h"
#include "math/gates.h"
#include "math/product_kernels.h"
#include "math/products.h"

#include <stddef.h>

#define RNNI_STATES       4
#define RNNI_CELL_OPTIONS 16 /* at least one more than a cell has */

/* The parameters of one layer in one direction, by what they are for, in their order in the flat block. */
enum rnni_role {
    RNNI_WEIGHT_IH,
    RNNI_WEIGHT_HH,
    RNNI_BIAS_IH,
    RNNI_BIAS_HH,
    RNNI_WEIGHT_HR,
    RNNI_PEEPHOLE, /* i, f, o, or two of coupled gates */
    RNNI_NORM_IH,
    RNNI_NORM_HH,
    RNNI_NORM_C,
    RNNI_NORM_C_BIAS,
    RNNI_INITIAL_H,
    RNNI_INITIAL_C,
    RNNI_ROLES
};

/* Rows or columns of a tensor; K are the inputs of the layer. */
enum rnni_cell_extent {
    RNNI_NONE,
    RNNI_K,
    RNNI_H,
    RNNI_R,
    RNNI_GH,
    RNNI_G1H /* (G-1)*H */
};

/* Which option a tensor depends on: a layer has it only where that is set. */
enum rnni_cell_condition {
    RNNI_ALWAYS,
    RNNI_WITH_BIAS,
    RNNI_WITH_PROJECTION,
    RNNI_WITH_PEEPHOLES,
    RNNI_WITH_LAYER_NORM,
    RNNI_WITH_INITIAL_STATE
};

/* How a tensor starts: as one of RNN_INIT_... says, or all 0 or 1. */
enum rnni_cell_start { RNNI_START_INPUT, RNNI_START_RECURRENT, RNNI_START_BIAS, RNNI_START_ZERO, RNNI_START_ONE };

/* A tensor of a cell.  Rows RNNI_NONE: the cell never has it.  Columns RNNI_NONE: it is a vector.  Matrices are packed
 * into panels. */
struct rnni_cell_tensor {
    enum rnni_cell_extent rows, columns;
    enum rnni_cell_condition condition;
    enum rnni_cell_start start;
};

/* Of a tensor in numbers; columns 0: it is a vector. */
struct rnni_cell_shape {
    size_t rows, columns;
};

/* NULL where a cell has no such tensor. */
struct rnni_cell_weights {
    const float *tensor[RNNI_ROLES];
    struct rnni_weights hh[2];   /* weight_hh' [R,GH]; the second has the gates behind the first `first_gates` */
    struct rnni_weights hr;      /* weight_hr' [H,P] */
    struct rnni_weights back_hh; /* weight_hh [GH,R] of one gate of R units, training */
    struct rnni_weights back_hr; /* weight_hr [P,H], training */
};

/* Their gradients, which are added to. */
struct rnni_cell_gradients {
    float *tensor[RNNI_ROLES];
};

struct rnni_cell;

/* What the options make of a cell: the same for all layers. */
struct rnni_cell_form {
    const struct rnni_cell *cell;
    size_t hidden, width, gates;     /* H, R, G */
    size_t state_width[RNNI_STATES]; /* elements of a row of each state: R, then H */
    size_t first_gates; /* gates of the recurrent weights that are packed together: G, or 2 and 1 behind them */
    size_t joined;      /* columns of bias_hh that join the input product; the others begin q */
    size_t in_a;        /* columns of the product with the first gates that are added to a; the others go to q */
    const struct rnni_elementwise_kernels *elementwise;
    const struct rnni_gates_kernels *gates_kernels;
    const struct rnni_product_kernels *product_kernels;
    struct rnni_activation f, g, h;
    float clip, cell_clip; /* 0: none */
    int couple;            /* 0 or RNN_COUPLE_... */
    int bias, projects, peepholes, layer_norm, reset_before, initial_state;
    size_t block[2]; /* elements that are normalised together: they add up to GH; the second may be 0 */
    int keeps_q;     /* whether the cell uses q */
    int in_place;    /* a becomes h: one gate, and nothing that would change h afterwards */
    int standard;    /* its gates are those of one kernel of gates.h: no options but the projection */
    int wants_block; /* in its scratch: with a projection or the reset before */
    int in_rows;     /* a step of one sequence can be made by forward_row */
    int splits;      /* some units of a step can be made without the others */
    int sums;        /* backward adds to gradients while it goes through the steps, so all rows are one thread's */
};

/* One step, or, for weight_gradient, all steps of a run as its rows.  What forward writes here stays for backward. */
struct rnni_cell_step {
    size_t rows, row;                 /* of all rows of the step these begin at `row`; pointers are to the first */
    struct rnni_part units;           /* those to be made: all, unless the form splits */
    struct rnni_outer_share share;    /* weight_gradient: which part of the rows of the weights */
    float *a;                         /* [rows,GH] holds U x(t) + b, becomes the gates */
    float *q;                         /* [rows,H] what the cell wants to keep beside them */
    float *open;                      /* [rows,GH] 0 where a gate was clipped, else 1; NULL: not wanted */
    float *norm, *spread;             /* [rows,GH] N(W h(t-1)), [rows,2] 1 / standard deviation of its blocks */
    const float *before[RNNI_STATES]; /* [rows,R], [rows,H] ... s(t-1) */
    const float *x;                   /* [rows,K] what enters, where `input` or the cell needs it; else unspecified */
    const float *seen;                /* [rows,R] h(t-1) as the products see it: dropped out */
    float *state[RNNI_STATES];        /* becomes s(t) */

    /* backward: da may be a, or dh of a cell that works in place */
    float *dh;                  /* [rows,R] holds dL/dh(t) */
    float *da;                  /* [rows,GH] becomes dL/d(what a held) */
    float *dstate[RNNI_STATES]; /* [0] becomes dL/dh(t-1); the others hold dL/ds(t) and become dL/ds(t-1) */
    const float *mask;          /* [rows,R] seen = mask * h(t-1); NULL: no dropout */
    float *scratch;             /* [rnni_cell_scratch(form, rows)], also in forward */

    const struct rnni_product *product; /* the recurrent product, where it is ready; NULL: the step fills it in */
    const struct rnni_dense *input;     /* the step makes U x + b by it, with what joins it; NULL: a holds it */
    int in_row;                         /* one sequence, whose gates are not wanted: see forward_row */
};

/* The gates of ONNX or Keras: how many they write down, and which of theirs each of ours is. */
struct rnni_foreign {
    size_t gates;       /* 0: they do not have the cell */
    size_t gate[4];     /* [G] */
    size_t peephole[3]; /* [G-1] of ONNX */
};

/* All there is to know of a cell: what it is called, what it has, and how it is computed. */
struct rnni_cell {
    int64_t value;                      /* RNN_CELL_... */
    const char *name, *label;           /* "RNN_CELL_LSTM", and for people "LSTM" */
    size_t gates, states;               /* how many; RNN_COUPLE makes one gate of two */
    int64_t f, g, h;                    /* RNN_ACTIVATION_..., unless the options say otherwise */
    int32_t options[RNNI_CELL_OPTIONS]; /* keys: what it has of the options that not all cells have; 0 ends them */
    struct rnni_cell_tensor tensors[RNNI_ROLES];
    struct rnni_foreign onnx, keras, tf1; /* without RNN_COUPLE */
    size_t forget_gate;                   /* which gate RNN_FORGET_BIAS sets */
    int kernel;                           /* one kernel of gates.h computes it if no option but the projection is set */
    int recurrent;        /* the gates begin with W h(t-1) + b_h, which joins U x(t) + b before `forward` */
    int mixes_input;      /* h(t) is made of x(t) itself too, so K = H; backward leaves in q what goes to x so */
    int mixes_state;      /* h(t) is made of h(t-1) itself too; backward leaves in dh what goes to h(t-1) so */
    int splits, in_place; /* as in the form, whatever the options; in_place: unless there is zoneout */

    /* Changes what of the form is not the same for all cells; all members have been filled.  NULL: nothing. */
    void (*adapt)(struct rnni_cell_form *form);

    /* From what enters the gates to s(t).  The gates are in a; with the reset after, q has W_n h(t-1) + b_hn. */
    void (*forward)(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                    const struct rnni_cell_step *step);

    /* The same and all products before it, of one sequence, where the form says so.  The gates are not written. */
    void (*forward_row)(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                        const struct rnni_cell_step *step);

    /* From dh(t) to the gradients of what entered the gates, and of the states but h.  dstate[0] is overwritten behind
     * it, unless the cell is not recurrent.  Adds the gradients of all parameters but weights and biases, which are
     * sums over all steps. */
    void (*backward)(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                     const struct rnni_cell_gradients *gradients, const struct rnni_cell_step *step);

    /* What comes to dstate[0] beside the product with the recurrent weights.  NULL: nothing. */
    void (*backward_state)(const struct rnni_cell_form *form, const struct rnni_cell_weights *weights,
                           const struct rnni_cell_step *step);

    /* Gradients of weights beside those of the input and of the recurrent product.  NULL: there are no others. */
    void (*weight_gradient)(const struct rnni_cell_form *form, const struct rnni_cell_gradients *gradients,
                            const struct rnni_cell_step *all);
};

/* The first members of a cell. */
#define RNNI_CELL_NAMED(key, text) .value = (key), .name = #key, .label = (text)

/* Whether a layer has a tensor of that role, and whether that is a matrix. */
int rnni_cell_has(const struct rnni_cell_form *form, enum rnni_role role);
int rnni_cell_has_matrix(const struct rnni_cell_form *form, enum rnni_role role);

/* Of a tensor that the layer has; sizes are SIZE_MAX where they overflow. */
struct rnni_cell_shape rnni_cell_shape(const struct rnni_cell_form *form, enum rnni_role role, size_t inputs);

/* Initial states that are learned. */
#define RNNI_CELL_INITIAL_H [RNNI_INITIAL_H] = {RNNI_R, RNNI_NONE, RNNI_WITH_INITIAL_STATE, RNNI_START_ZERO}
#define RNNI_CELL_INITIAL_C [RNNI_INITIAL_C] = {RNNI_H, RNNI_NONE, RNNI_WITH_INITIAL_STATE, RNNI_START_ZERO}

/* The tensors of a cell that is recurrent. */
#define RNNI_CELL_RECURRENT_TENSORS                                                                                    \
    [RNNI_WEIGHT_IH] = {RNNI_GH, RNNI_K, RNNI_ALWAYS, RNNI_START_INPUT},                                               \
    [RNNI_WEIGHT_HH] = {RNNI_GH, RNNI_R, RNNI_ALWAYS, RNNI_START_RECURRENT},                                           \
    [RNNI_BIAS_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS},                                            \
    [RNNI_BIAS_HH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_BIAS, RNNI_START_BIAS}

/* And those of layer normalisation of both products. */
#define RNNI_CELL_NORM_TENSORS                                                                                         \
    [RNNI_NORM_IH] = {RNNI_GH, RNNI_NONE, RNNI_WITH_LAYER_NORM, RNNI_START_ONE}, [RNNI_NORM_HH] = {                    \
                                                                                     RNNI_GH, RNNI_NONE,               \
                                                                                     RNNI_WITH_LAYER_NORM,             \
                                                                                     RNNI_START_ONE}

/* Floats: for one row, of which an LSTM wants most (the gradients of 4 gates and 5 rows of H more), and behind that,
 * where a product goes through it, a block of `rows` rows of H. */
#define RNNI_CELL_ROW_SCRATCH(form) ((form)->hidden * 9)
static inline size_t rnni_cell_scratch(const struct rnni_cell_form *form, size_t rows)
{
    return RNNI_CELL_ROW_SCRATCH(form) + (form->wants_block ? rows * form->hidden : 0);
}

#endif
