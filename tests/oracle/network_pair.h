/* The library and the reference side by side: given the same numbers, they must give the same. */
#ifndef RNN_TESTS_TWIN_H
#define RNN_TESTS_TWIN_H

#include "reference.h"
#include "support.h"

struct twin {
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

/* A network of the sizes and options in `network` with random parameters; twin_data gives random data for a run. */
struct twin twin_open(struct reference network, uint64_t seed);
void twin_data(struct twin *t, size_t steps, size_t batch, enum lengths lengths);
void twin_close(struct twin *t);

/* Another session in the place of t->session; one for inference has the reference take expectations. */
void twin_session(struct twin *t, int32_t mode);

size_t twin_rows(const struct twin *t);                /* T*B: rows of the input */
size_t twin_outputs(const struct twin *t);             /* T*B*Y or B*Y */
size_t twin_states(const struct twin *t, size_t kind); /* L*D*B*R or L*D*B*H; 0: the cell has no such state */

/* The whole run: forward, the loss where there is a head, backward.  That of the reference has the masks of the last
 * rnn_forward of the library, so the library comes first. */
void twin_run_library(struct twin *t);
void twin_run_reference(struct twin *t);
void twin_zero_gradients(struct twin *t);

/* The same in parts.  twin_begin sets the states; twin_piece is the `steps` steps after `begin`; twin_end reads the
 * final states. */
void twin_begin(struct twin *t, rnn_session *session);
void twin_piece(struct twin *t, rnn_session *session, size_t begin, size_t steps);
void twin_end(struct twin *t, rnn_session *session);
void twin_forward(struct twin *t);
void twin_loss(struct twin *t);
void twin_backward(struct twin *t);

/* Overwrites what values [rows,width] hold past the end of a sequence by NaN; whether they are 0 there. */
void twin_poison(const struct twin *t, float *values, size_t rows, size_t width);
int twin_zero_past_end(const struct twin *t, const float *values, size_t rows, size_t width);

/* Whether two arrays are the same but for rounding. */
int twin_same(const float *actual, const double *expected, size_t count);
int twin_same_states(const struct twin *t, float *const actual[], double *const expected[]); /* of all kinds */

/* The name of the first thing that differs, or NULL: among the parameters (or gradients) `actual`; among the
 * gradients; among the outputs and the final state; among all that a run gives. */
const char *twin_different_tensor(const struct twin *t, const float *actual, const double *expected);
const char *twin_different_gradient(const struct twin *t);
const char *twin_different_forward(const struct twin *t);
const char *twin_different(const struct twin *t);

/* Whether rounding the parameters alone moves what the reference gives by a sixteenth of what twin_different allows;
 * what float32 makes of all roundings on the way may then be more than that. Layer normalisation magnifies by up to 300
 * the differences between numbers that are nearly the same, and a recurrence what it gets.  Overwrites what both gave.
 */
int twin_is_shaky(struct twin *t);

/* Fails where one of these found a difference, and says which network it was. */
#define assert_no_difference(difference, twin) twin_expect_none((difference), (twin), __FILE__, __LINE__)
void twin_expect_none(const char *difference, const struct twin *t, const char *file, int line);

/* One run of both over new data, from gradients of 0, which must not differ. */
void twin_check(struct twin *t, size_t steps, size_t batch, enum lengths lengths);

/* Every cell, and every option that has a way of its own through the library: network `number` of these, with sizes.
 * Those of one direction come first. */
extern const size_t twin_networks;
struct reference twin_network(size_t number, size_t inputs, size_t hidden, size_t layers, size_t classes);

int twin_has_masks(const struct reference *r);
int twin_goes_forward(const struct reference *r); /* can be run in pieces */

#endif
