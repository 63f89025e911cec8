/* The library and the reference side by side: given the same numbers, they must give the same. */
#ifndef RNN_TESTS_NETWORK_PAIR_H
#define RNN_TESTS_NETWORK_PAIR_H

#include "oracle/reference.h"
#include "support/support.h"

struct network_pair {
    struct reference r; /* draws masks as a training session does; a test of an inference session sets training 0 */
    rnn_model *model;
    rnn_session *session; /* for training, unless a test replaces it */
    uint64_t seed;
    uint64_t runs; /* how many rnn_forward the session has seen: their masks differ */
    int mean;      /* how the cross-entropy is reduced: RNN_MEAN or, if 0, RNN_SUM */

    /* given to the library: what r is given, but NaN or -1 past the end of a sequence, which must not be looked at */
    int32_t *lengths;            /* [B], or NULL: T for all */
    int32_t *tokens;             /* [T,B] */
    int32_t *targets;            /* [T,B], or [B] where a sequence has one output */
    float *x;                    /* [T,B,I] */
    float *initial[STATE_KINDS]; /* [L*D,B,R or H] */
    float *dfinal[STATE_KINDS];  /* the same */

    /* what the library gave, beside the gradients in its session */
    float *y;                     /* [T,B,Y] or [B,Y] */
    float *dy;                    /* the same, of the cross-entropy; random numbers in a network without a head */
    float *dx;                    /* [T,B,I] */
    float *final[STATE_KINDS];    /* [L*D,B,R or H] */
    float *dinitial[STATE_KINDS]; /* the same */
    double loss, expected_loss;
};

enum lengths { FULL, RAGGED, EMPTY };

/* A network of the sizes and options in `network` with random parameters; pair_data gives random data for a run. */
struct network_pair pair_open(struct reference network, uint64_t seed);
void pair_data(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths);
void pair_close(struct network_pair *pair);

/* Another session in the place of pair->session; one for inference has the reference take expectations. */
void pair_session(struct network_pair *pair, int32_t mode);

size_t pair_rows(const struct network_pair *pair);    /* T*B: rows of the input */
size_t pair_outputs(const struct network_pair *pair); /* T*B*Y or B*Y */
size_t pair_states(const struct network_pair *pair,
                   size_t kind); /* L*D*B*R or L*D*B*H; 0: the cell has no such state */

/* The whole run: forward, the loss where there is a head, backward.  That of the reference has the masks of the last
 * rnn_forward of the library, so the library comes first. */
void pair_run_library(struct network_pair *pair);
void pair_run_reference(struct network_pair *pair);
void pair_zero_gradients(struct network_pair *pair);

/* The same in parts.  pair_begin sets the states; pair_piece is the `steps` steps after `begin`; pair_end reads the
 * final states. */
void pair_begin(struct network_pair *pair, rnn_session *session);
void pair_piece(struct network_pair *pair, rnn_session *session, size_t begin, size_t steps);
void pair_end(struct network_pair *pair, rnn_session *session);
void pair_forward(struct network_pair *pair);
void pair_loss(struct network_pair *pair);
void pair_backward(struct network_pair *pair);

/* Overwrites what values [rows,width] hold past the end of a sequence by NaN; whether they are 0 there. */
void pair_poison(const struct network_pair *pair, float *values, size_t rows, size_t width);
int pair_zero_past_end(const struct network_pair *pair, const float *values, size_t rows, size_t width);

/* Whether two arrays are the same but for rounding. */
int pair_same(const float *actual, const double *expected, size_t count);
int pair_same_states(const struct network_pair *pair, float *const actual[],
                     double *const expected[]); /* of all kinds */

/* The name of the first thing that differs, or NULL: among the parameters (or gradients) `actual`; among the
 * gradients; among the outputs and the final state; among all that a run gives. */
const char *pair_different_tensor(const struct network_pair *pair, const float *actual, const double *expected);
const char *pair_different_gradient(const struct network_pair *pair);
const char *pair_different_forward(const struct network_pair *pair);
const char *pair_different(const struct network_pair *pair);

/* Whether rounding the parameters alone moves what the reference gives by a sixteenth of what pair_different allows;
 * what float32 makes of all roundings on the way may then be more than that. Layer normalisation magnifies by up to 300
 * the differences between numbers that are nearly the same, and a recurrence what it gets.  Overwrites what both gave.
 */
int pair_is_ill_conditioned(struct network_pair *pair);

/* Fails where one of these found a difference, and says which network it was. */
#define assert_no_difference(difference, pair) pair_expect_none((difference), (pair), __FILE__, __LINE__)
void pair_expect_none(const char *difference, const struct network_pair *pair, const char *file, int line);

/* One run of both over new data, from gradients of 0, which must not differ. */
void pair_check(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths);

/* Every cell, and every option that has a way of its own through the library: network `number` of these, with sizes.
 * Those of one direction come first. */
extern const size_t pair_networks;
struct reference pair_network(size_t number, size_t inputs, size_t hidden, size_t layers, size_t classes);

int pair_has_masks(const struct reference *r);
int pair_goes_forward(const struct reference *r); /* can be run in pieces */

#endif
