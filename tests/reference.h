/* The network of rnn.h once more, in double precision and as literally as its equations read, to hold the library to.
 * It shares no code with the library; test_reference.c proves it by finite differences.
 *
 * It can be told to make a mistake: a checker is worth something only if it rejects every one of them. */
#ifndef RNN_TESTS_REFERENCE_H
#define RNN_TESTS_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* Mistakes of back-propagation: its gradients are no longer those of the forward pass. */
#define BACKWARD_FAULTS(X)                                                                                             \
    X(NO_RECURRENT_TERM)     /* delta(t) without W' a(t+1) */                                                          \
    X(DERIVATIVE_EARLY)      /* a(t) by 1 - h(t-1)^2 instead of 1 - h(t)^2 */                                          \
    X(W_NOT_TRANSPOSED)      /* W a(t+1) instead of W' a(t+1) */                                                       \
    X(BIAS_HH_LEFT_OUT)      /* db goes to bias_ih alone */                                                            \
    X(DW_SAME_STEP)          /* dW = sum a(t) h(t)' instead of a(t) h(t-1)' */                                         \
    X(DW_WITHOUT_H0)         /* the first step's a(t) h(0)' is missing from dW */                                      \
    X(DX_WITHOUT_DERIVATIVE) /* dx(t) = U' delta(t) instead of U' a(t) */                                              \
    X(LAYERS_CUT)            /* no gradient reaches the layer below */                                                 \
    X(LAST_SEQUENCE_ONLY)    /* each sequence overwrites the gradients of the one before */                            \
    X(EMBEDDING_OVERWRITTEN) /* a token that occurs twice keeps only its last gradient */                              \
    X(FINAL_LEFT_OUT)        /* dL/d(final state) is forgotten */                                                      \
    X(FINAL_AT_T)            /* and here it is added at t = T, not at the last valid step */                           \
    X(DH0_LEFT_OUT)          /* dL/d(initial state) is 0 */                                                            \
    X(TARGET_LEFT_OUT)       /* dL/do = p instead of p - onehot(target) */

/* Mistakes of the forward pass, or of what is meant by it, which finite differences cannot be relied on to show. */
#define FORWARD_FAULTS(X)                                                                                              \
    X(STATE_RESET)         /* every run begins at 0: a carried state is lost */                                        \
    X(STATES_SWAPPED)      /* initial states given to the layers in reverse order */                                   \
    X(LAYERS_SWAPPED)      /* recurrent weights given to the layers in reverse order */                                \
    X(BIAS_HH_NOT_ADDED)   /* b = bias_ih */                                                                           \
    X(INPUT_LATE)          /* the first layer sees x(t-1) */                                                           \
    X(OUTPUT_LATE)         /* o(t) = V h(t-1) + c */                                                                   \
    X(PADDED_STEP_COUNTED) /* one step past the end of a short sequence is taken as valid */                           \
    X(LENGTHS_MIXED_UP)    /* sequence b has the length of sequence B-1-b */                                           \
    X(OUTPUT_PAST_END)     /* padded outputs are c, not 0 */                                                           \
    X(FINAL_STATE_AT_T)    /* the final state is read at t = T, where a short sequence has none */                     \
    X(ZERO_LENGTH_RESET)   /* a sequence of length 0 ends in 0, not in its initial state */                            \
    X(MEAN_OVER_PADDING)   /* RNN_MEAN divides by T*B */

#define FAULT_NAME(name) FAULT_##name,
enum fault {
    FAULT_NONE,
    BACKWARD_FAULTS(FAULT_NAME) FAULT_BACKWARD_END,
    FAULT_BACKWARD_LAST = FAULT_BACKWARD_END - 1, /* so that the next one takes the number of FAULT_BACKWARD_END */
    FORWARD_FAULTS(FAULT_NAME) FAULT_END
};
#undef FAULT_NAME

/* "NO_RECURRENT_TERM" and so on. */
const char *fault_name(int fault);

/* A network, the data of one run over it, and its results.  Set the sizes of the network, then call reference_open. */
struct reference {
    size_t inputs, vocabulary, embedding, hidden, layers, classes; /* I V E H L C, 0 where there is none */
    int fault;                                                     /* enum fault */

    size_t parameter_count;
    double *parameters; /* the flat block of rnn.h */
    double *gradients;  /* same layout; reference_backward adds to it */

    size_t steps, batch; /* T B: by reference_resize */
    int32_t *lengths;    /* [B] */
    int32_t *tokens;     /* [T,B], used with a vocabulary */
    int32_t *targets;    /* [T,B], used by reference_loss */
    double *x;           /* [T,B,I], used without a vocabulary */
    double *h0;          /* [L,B,H] initial state */
    double *h;           /* [L,T+1,B,H]; slot 0 is the initial state */
    double *final;       /* [L,B,H] final state */
    double *y;           /* [T,B,Y] */
    double *dy;          /* [T,B,Y] what reference_backward starts from, with dfinal */
    double *dfinal;      /* [L,B,H] dL/d(final state) */
    double *dx;          /* [T,B,I] */
    double *dh0;         /* [L,B,H] dL/d(initial state) */
    double *above;       /* [max(I,V,E,H)] scratch: the gradient on its way down */
    double *below;       /* [max(I,V,E,H)] */
};

void reference_open(struct reference *r);
void reference_resize(struct reference *r, size_t steps, size_t batch); /* keeps the parameters; the data are zeros */
void reference_close(struct reference *r);

/* Random parameters; random data for every input of a run, with full lengths.  All are float32 numbers, so that the
 * library can be given exactly the same. */
void reference_fill_parameters(struct reference *r, uint64_t *state);
void reference_fill_data(struct reference *r, uint64_t *state);

/* Random lengths in 0 .. T, with at least one 0 and one T where there are two sequences or more. */
void reference_fill_lengths(struct reference *r, uint64_t *state);

size_t reference_outputs(const struct reference *r); /* Y */
size_t reference_states(const struct reference *r);  /* L*B*H */

void reference_forward(struct reference *r);
double reference_loss(struct reference *r, int mean); /* softmax cross-entropy of y; overwrites dy */
void reference_backward(struct reference *r);         /* also needs what reference_forward left in h */

void reference_zero_gradients(struct reference *r);
double reference_clip_norm(struct reference *r, double max_norm); /* the norm before */
void reference_sgd_step(struct reference *r, double rate);

#endif
