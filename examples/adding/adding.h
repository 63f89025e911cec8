/* adding, the adding problem of Hochreiter and Schmidhuber (1997) over rnn.h: what its files share.
 *
 *     adding.c   command line, the table             train.c   a network learns     vanish.c   gradients over time
 *     problem.c  sequences and their answers         picture.c  both as an SVG
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef ADDING_H
#define ADDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "series.h"

/* ---- problem.c ------------------------------------------------------------------------------------------------ */

#define INPUTS   2           /* I: a number in [0, 1), and a mark: 1 at two steps, else 0 */
#define BASELINE (1.0 / 6.0) /* the error of always answering 1: the variance of the sum of two such numbers */

/* B sequences of T steps, and what is to be answered after the last step. */
typedef struct {
    float *x;       /* [T,B,I] */
    float *targets; /* [B] */
    rnn_loss *loss; /* of the answers [1,B,1] */
    size_t length, batch;
} problem;

problem problem_create(size_t length, size_t batch);
void problem_release(problem *p);

/* Draws other sequences; all that is random comes from *state. */
void problem_draw(problem *p, uint64_t *state);

/* Mean of (answer - target)^2; its gradient goes to `danswers`, unless that is NULL. */
double mean_squared_error(float *danswers, const float *answers, const problem *p);

/* ---- the networks that are compared --------------------------------------------------------------------------- */

#define UNITS 32 /* H */

typedef struct {
    const char *name;
    int64_t cell;
    double forget_bias; /* where the bias of an LSTM's forget gate starts; 0: as all others do */
    bool trained;       /* or only looked at as it starts */
    const char *colour;
} contestant;

/* A network with one layer and fresh weights that answers after the last step. */
rnn_model *create_network(const contestant *c, int64_t seed);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

#define BATCH  64
#define RATE   0.01
#define CLIP   1.0  /* longest gradient, longer ones are shortened */
#define SOLVED 0.01 /* error on new sequences below which the problem counts as solved */

typedef struct {
    int64_t length, steps, seed;
    double seconds; /* for each network; 0: no limit */
    const char *output;
} options;

typedef struct {
    size_t parameters;
    int64_t steps; /* updates until it was solved, or until the end of the run */
    double seconds, error;
    series errors; /* of each update's sequences */
} result;

/* Trains until the problem is solved, or until steps or seconds are used up. */
void train(result *out, const contestant *c, const options *o);

/* ---- vanish.c ------------------------------------------------------------------------------------------------- */

/* norms[d-1], for d = 1 .. T: how strongly the error after the last step depends on h(T-d), the norm of dL/dh(T-d) of
 * a sequence, on average over those of `p`. */
void gradient_norms(double *norms /* [T] */, rnn_model *model, const problem *p);

/* ---- picture.c ------------------------------------------------------------------------------------------------ */

typedef struct {
    const contestant *contestant;
    const double *norms;  /* [T] of gradient_norms */
    const series *errors; /* NULL: not trained */
} curves;

void picture_draw(const curves *drawn, size_t count, size_t length, const char *path);

#endif
