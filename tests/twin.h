/* The library and the reference side by side: given the same numbers, they must give the same. */
#ifndef RNN_TESTS_TWIN_H
#define RNN_TESTS_TWIN_H

#include "reference.h"
#include "support.h"

struct twin {
    struct reference r;
    rnn_model *model;
    rnn_session *session; /* for training, unless a test replaces it */
    uint64_t seed;
    int mean; /* how the cross-entropy is reduced: RNN_MEAN or, if 0, RNN_SUM */

    /* given to the library: what r is given, but NaN or -1 past the end of a sequence, which must not be looked at */
    int32_t *lengths; /* [B], or NULL: T for all */
    int32_t *tokens;  /* [T,B] */
    int32_t *targets; /* [T,B] */
    float *x;         /* [T,B,I] */
    float *h0;        /* [L,B,H] */
    float *dfinal;    /* [L,B,H] */

    /* what the library gave, beside the gradients in its session */
    float *y;     /* [T,B,Y] */
    float *dy;    /* [T,B,Y] of the cross-entropy; random numbers in a network without a head */
    float *dx;    /* [T,B,I] */
    float *final; /* [L,B,H] */
    float *dh0;   /* [L,B,H] */
    double loss, expected_loss;
};

enum lengths { FULL, RAGGED, EMPTY };

/* A network of the sizes in `network` with random parameters; twin_data gives random data for a run over it. */
struct twin twin_open(struct reference network, uint64_t seed);
void twin_data(struct twin *t, size_t steps, size_t batch, enum lengths lengths);
void twin_close(struct twin *t);

size_t twin_rows(const struct twin *t);    /* T*B */
size_t twin_outputs(const struct twin *t); /* T*B*Y */
size_t twin_states(const struct twin *t);  /* L*B*H */

/* The whole run: forward, the loss where there is a head, backward. */
void twin_run_library(struct twin *t);
void twin_run_reference(struct twin *t);
void twin_zero_gradients(struct twin *t);

/* The same in parts.  twin_begin sets the state; twin_piece is the `steps` steps after `begin`. */
void twin_begin(struct twin *t, rnn_session *session);
void twin_piece(struct twin *t, rnn_session *session, size_t begin, size_t steps);
void twin_forward(struct twin *t);
void twin_loss(struct twin *t);
void twin_backward(struct twin *t);

/* Overwrites what values [T,B,width] hold past the end of a sequence by NaN; whether they are 0 there. */
void twin_poison(const struct twin *t, float *values, size_t width);
int twin_zero_past_end(const struct twin *t, const float *values, size_t width);

/* Whether two arrays are the same but for rounding. */
int twin_same(const float *actual, const double *expected, size_t count);

/* The name of the first thing that differs, or NULL: among the parameters (or gradients) `actual`; among the
 * gradients; among the outputs and the final state; among all that a run gives. */
const char *twin_different_tensor(const struct twin *t, const float *actual, const double *expected);
const char *twin_different_gradient(const struct twin *t);
const char *twin_different_forward(const struct twin *t);
const char *twin_different(const struct twin *t);

/* Fails where one of these found a difference, and says which network it was. */
#define assert_no_difference(difference, twin) twin_expect_none((difference), (twin), __FILE__, __LINE__)
void twin_expect_none(const char *difference, const struct twin *t, const char *file, int line);

/* One run of both over new data, from gradients of 0, which must not differ. */
void twin_check(struct twin *t, size_t steps, size_t batch, enum lengths lengths);

#endif
