/* The same network in the library and in the reference: given the same numbers, both must compute the same. */
#ifndef RNN_TESTS_NETWORK_PAIR_H
#define RNN_TESTS_NETWORK_PAIR_H

#include "oracle/reference.h"
#include "support/support.h"

struct network_pair {
    struct reference r; /* draws masks as a training session does, unless r.training is 0 */
    rnn_model *model;
    rnn_session *session; /* for training, unless a test replaces it */
    uint64_t seed;
    uint64_t runs; /* number of rnn_forward of the session: each has its own masks */
    int mean;      /* reduction of the cross-entropy: RNN_MEAN or, if 0, RNN_SUM */

    /* inputs of the library: those of r, but NaN or -1 past the end of a sequence, which must be ignored */
    int32_t *lengths;            /* [B], or NULL: T for all */
    int32_t *tokens;             /* [T,B] */
    int32_t *targets;            /* [T,B], or [B] if a sequence has one output */
    float *x;                    /* [T,B,I] */
    float *initial[STATE_KINDS]; /* [L*D,B,R or H] */
    float *dfinal[STATE_KINDS];  /* the same */

    /* results of the library, besides the gradients in its session */
    float *y;                     /* [T,B,Y] or [B,Y] */
    float *dy;                    /* the same, of the cross-entropy; random numbers if there is no head */
    float *dx;                    /* [T,B,I] */
    float *final[STATE_KINDS];    /* [L*D,B,R or H] */
    float *dinitial[STATE_KINDS]; /* the same */
    double loss, expected_loss;
};

enum lengths { FULL, RAGGED, EMPTY };

/* Creates a network of the sizes and options in `network` with random parameters. pair_data creates random data for a
 * run. */
struct network_pair pair_open(struct reference network, uint64_t seed);
void pair_data(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths);
void pair_close(struct network_pair *pair);

/* Replaces pair->session. With an inference session the reference takes expectations in place of masks. */
void pair_session(struct network_pair *pair, int32_t mode);

size_t pair_rows(const struct network_pair *pair);    /* T*B: rows of the input */
size_t pair_outputs(const struct network_pair *pair); /* T*B*Y or B*Y */
size_t pair_states(const struct network_pair *pair,
                   size_t kind); /* L*D*B*R or L*D*B*H; 0: the cell has no such state */

/* The whole run: forward, the loss if there is a head, backward. The reference uses the masks of the library's last
 * rnn_forward, so the library runs first. */
void pair_run_library(struct network_pair *pair);
void pair_run_reference(struct network_pair *pair);
void pair_zero_gradients(struct network_pair *pair);

/* The library's run in parts. pair_begin sets the states; pair_piece runs the `steps` steps after `begin`; pair_end
 * reads the final states. */
void pair_begin(struct network_pair *pair, rnn_session *session);
void pair_piece(struct network_pair *pair, rnn_session *session, size_t begin, size_t steps);
void pair_end(struct network_pair *pair, rnn_session *session);
void pair_forward(struct network_pair *pair);
void pair_loss(struct network_pair *pair);
void pair_backward(struct network_pair *pair);

/* pair_poison writes NaN to the elements of values [rows,width] that lie past the end of a sequence; pair_zero_past_end
 * tells whether they are 0. */
void pair_poison(const struct network_pair *pair, float *values, size_t rows, size_t width);
int pair_zero_past_end(const struct network_pair *pair, const float *values, size_t rows, size_t width);

/* Whether two arrays are equal except for rounding errors. */
int pair_same(const float *actual, const double *expected, size_t count);
int pair_same_states(const struct network_pair *pair, float *const actual[],
                     double *const expected[]); /* of all kinds */

/* The name of the first item that differs, or NULL: among the parameters (or gradients) `actual`; among the gradients;
 * among the outputs and the final states; among all results of a run. */
const char *pair_different_tensor(const struct network_pair *pair, const float *actual, const double *expected);
const char *pair_different_gradient(const struct network_pair *pair);
const char *pair_different_forward(const struct network_pair *pair);
const char *pair_different(const struct network_pair *pair);

/* Whether rounding the parameters changes the results of the reference by more than a sixteenth of the tolerance of
 * pair_different; then all rounding errors of float together may exceed it. Layer normalisation multiplies the
 * differences between nearly equal numbers by up to 300, and a recurrence may multiply them further. Overwrites the
 * results of both. */
int pair_is_ill_conditioned(struct network_pair *pair);

/* Fails if one of these functions found a difference, and prints the options of the network. */
#define assert_no_difference(difference, pair) pair_expect_none((difference), (pair), __FILE__, __LINE__)
void pair_expect_none(const char *difference, const struct network_pair *pair, const char *file, int line);

/* Runs both over new data, from gradients of 0. Their results must not differ. */
void pair_check(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths);

/* Networks with every cell, and with every option that has its own code in the library: number 0 to pair_networks - 1,
 * with the given sizes. Those of one direction come first. */
extern const size_t pair_networks;
struct reference pair_network(size_t number, size_t inputs, size_t hidden, size_t layers, size_t classes);

int pair_has_masks(const struct reference *r);
int pair_goes_forward(const struct reference *r); /* can be run in pieces */

#endif
