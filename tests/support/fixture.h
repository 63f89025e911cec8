/* For tests of calls that must fail and change nothing: a small network in the middle of training, valid arguments for
 * calls on it, and checks that nothing has changed that a caller can see. */
#ifndef RNN_TESTS_FIXTURE_H
#define RNN_TESTS_FIXTURE_H

#include "support/support.h"

/* The sizes of the network, named as in rnn.h. No two arrays of a call have the same count. */
enum { T = 3, B = 2, I = 4, V = 7, E = 5, H = 6, L = 2, C = 8 };
enum { ROWS = T * B, INPUTS = T * B * I, OUTPUTS = T * B * C, STATES = L * B * H };

enum input { REAL, ONE_HOT, EMBEDDING };

/* Outputs of calls. They are filled with a pattern, which must be unchanged after a failure. */
struct outputs {
    float y[OUTPUTS], dx[INPUTS], states[STATES], tensor[C * H];
    double loss, norm, real;
    int64_t integer;
    size_t count, rank, shape[2], offset;
    const char *text;
    const float *view;
    float *gradients;
    unsigned char bytes[16];
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
};

struct fixture {
    rnn_config *config;
    rnn_model *model;
    rnn_session *session; /* with saved activations and, for training, non-zero gradients */
    rnn_session *control; /* has had the same calls as `session`, except those that failed */
    int32_t mode;

    /* valid inputs, each in a block of exactly its size, so that a sanitizer finds reads past the end */
    float *x;         /* [T,B,I] */
    int32_t *tokens;  /* [T,B] */
    int32_t *targets; /* [T,B] */
    int32_t *lengths; /* [B], ragged */
    float *dy;        /* [T,B,C], also logits */
    float *initial;   /* [L,B,H] */

    struct outputs out, pattern;
    size_t parameter_count;
    float *parameters, *gradients; /* [parameter_count] copies */
    float states[STATES];          /* copy */
};

struct fixture fixture_open(enum input input, int32_t mode);
void fixture_close(struct fixture *f);

/* The configuration of the fixture's network. */
rnn_config *fixture_config(enum input input);

/* One forward pass over the fixture's data in one of its sessions, with or without lengths. */
int32_t fixture_forward(struct fixture *f, rnn_session *session, float *y, const int32_t *lengths);

/* Fails unless the session's saved activations, gradients and states still give the same results as those of its
 * control. The saved activations can be used only once. */
#define assert_undisturbed(f) fixture_undisturbed((f), __FILE__, __LINE__)
void fixture_undisturbed(struct fixture *f, const char *file, int line);

/* Where an error message is kept: by the thread alone, or also by a handle. */
enum keeper { THREAD, CONFIG, SESSION };

/* The call must fail with this status. Its message must begin with the name of the function and contain `part`. Nothing
 * in the fixture may have changed. _by_config and _by_session: the handle must have the message too. */
#define assert_refused(f, call, status, part)                                                                          \
    fixture_refused((f), THREAD, (call), (status), #call, (part), __FILE__, __LINE__)
#define assert_refused_by_config(f, call, status, part)                                                                \
    fixture_refused((f), CONFIG, (call), (status), #call, (part), __FILE__, __LINE__)
#define assert_refused_by_session(f, call, status, part)                                                               \
    fixture_refused((f), SESSION, (call), (status), #call, (part), __FILE__, __LINE__)
void fixture_refused(struct fixture *f, enum keeper keeper, int32_t actual, int32_t expected, const char *call,
                     const char *part, const char *file, int line);

/* The same for a size that is far too large: the status may be that of a value, of a size or of memory. */
#define assert_too_large(f, call) fixture_too_large((f), (call), #call, __FILE__, __LINE__)
void fixture_too_large(struct fixture *f, int32_t actual, const char *call, const char *file, int line);

/* Wrong counts where `right` is expected: one less, one more, 0, the maximum, and one whose number of bytes overflows
 * to the right one. */
#define WRONG_COUNTS 5
size_t wrong_count(size_t right, int which);

#endif
