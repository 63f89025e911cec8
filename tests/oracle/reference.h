/* The oracle: the network of rnn.h once more, in double precision, as its equations are written. The library is
 * compared to it. It shares no code with the library except the random numbers of the masks. test_reference.c verifies
 * its gradients by finite differences. On request it makes a mistake: a comparison must reject each of them. */
#ifndef RNN_TESTS_REFERENCE_H
#define RNN_TESTS_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* Mistakes in the backward pass: the gradients are not those of the forward pass. */
#define BACKWARD_FAULTS(X)                                                                                             \
    X(NO_RECURRENT_TERM)        /* delta(t) without W' a(t+1) */                                                       \
    X(DERIVATIVE_EARLY)         /* a(t) by 1 - h(t-1)^2 instead of 1 - h(t)^2 */                                       \
    X(W_NOT_TRANSPOSED)         /* W a(t+1) instead of W' a(t+1) */                                                    \
    X(BIAS_HH_LEFT_OUT)         /* db goes to bias_ih alone */                                                         \
    X(DW_SAME_STEP)             /* dW = sum a(t) h(t)' instead of a(t) h(t-1)' */                                      \
    X(DW_WITHOUT_H0)            /* the first step's a(t) h(0)' is missing from dW */                                   \
    X(DX_WITHOUT_DERIVATIVE)    /* delta(t) instead of a(t) goes back through U */                                     \
    X(LAYERS_CUT)               /* no gradient reaches the layer below */                                              \
    X(LAST_SEQUENCE_ONLY)       /* each sequence overwrites the gradients of the one before */                         \
    X(EMBEDDING_OVERWRITTEN)    /* a token that occurs twice keeps only its last gradient */                           \
    X(FINAL_LEFT_OUT)           /* dL/d(final state) is ignored */                                                     \
    X(FINAL_AT_T)               /* dL/d(final state) is added at t = T, not at the last valid step */                  \
    X(DH0_LEFT_OUT)             /* dL/d(initial state) is 0 */                                                         \
    X(TARGET_LEFT_OUT)          /* dL/do = p instead of p - onehot(target) */                                          \
    X(RESIDUAL_NOT_BACK)        /* no gradient through a layer's residual */                                           \
    X(MERGE_ONE_HALF)           /* of two summed directions only the forward one gets the gradient */                  \
    X(REVERSE_INPUT_OVERWRITES) /* the reverse direction's dx replaces that of the forward one */                      \
    X(DROPOUT_NOT_BACK)         /* the gradient ignores the mask of dropout */                                         \
    X(RECURRENT_MASK_NOT_BACK)  /* the same for recurrent dropout */                                                   \
    X(ZONEOUT_NOT_BACK)         /* the gradient of a kept value also goes to the new one */                            \
    X(MEAN_NOT_DIVIDED_BACK)    /* each step gets the whole gradient of RNN_OUTPUT_MEAN */                             \
    X(CLIP_SLOPE_IGNORED)       /* RNN_CLIP has slope 1 everywhere */                                                  \
    X(CELL_CLIP_SLOPE_IGNORED)  /* RNN_CELL_CLIP has slope 1 everywhere */                                             \
    X(NORM_WITHOUT_MEANS)       /* normalisation with mean and variance as constants */                                \
    X(NORM_BIAS_THROUGH)        /* db_ih is taken below the normalisation, not above */                                \
    X(DF_FROM_NEW_C)            /* LSTM: df = dc * c(t) instead of dc * c(t-1) */                                      \
    X(C_NOT_CARRIED)            /* LSTM: no gradient from c(t) to c(t-1) */                                            \
    X(PEEPHOLE_NOT_BACK)        /* LSTM: peepholes give no gradient to c */                                            \
    X(COUPLE_NOT_BACK)          /* LSTM: the coupled gate, 1 minus the other one, passes it no gradient */             \
    X(PROJECTION_NOT_TURNED)    /* LSTM: W_hr instead of W_hr' */                                                      \
    X(RESET_NOT_BACK)           /* GRU: r gets no gradient */                                                          \
    X(UPDATE_NOT_CARRIED)       /* GRU, minGRU: no direct gradient from h(t) to h(t-1) */                              \
    X(INDRNN_NOT_BACK)          /* IndRNN: no gradient from h(t) to h(t-1) */                                          \
    X(INDRNN_SAME_STEP)         /* IndRNN: du = sum a(t) * h(t) instead of a(t) * h(t-1) */                            \
    X(HIGHWAY_X_NOT_BACK)       /* minGRU with highway gate: no direct gradient from h(t) to x(t) */                   \
    X(SLSTM_M_NOT_BACK)         /* sLSTM: m is a constant */                                                           \
    X(SLSTM_N_NOT_BACK)         /* sLSTM: n is a constant in h */

/* Mistakes in the forward pass, or misunderstandings of it, which finite differences may not show. */
#define FORWARD_FAULTS(X)                                                                                              \
    X(STATE_RESET)              /* every run begins at 0: the states are not kept */                                   \
    X(STATES_SWAPPED)           /* initial states given to the layers in reverse order */                              \
    X(LAYERS_SWAPPED)           /* recurrent weights given to the layers in reverse order */                           \
    X(BIAS_HH_NOT_ADDED)        /* b = bias_ih */                                                                      \
    X(INPUT_LATE)               /* the first layer sees x(t-1) */                                                      \
    X(OUTPUT_LATE)              /* o(t) = V h(t-1) + c */                                                              \
    X(PADDED_STEP_COUNTED)      /* one step past the end of a short sequence counts as valid */                        \
    X(LENGTHS_MIXED_UP)         /* sequence b has the length of sequence B-1-b */                                      \
    X(OUTPUT_PAST_END)          /* padded outputs are c, not 0 */                                                      \
    X(FINAL_STATE_AT_T)         /* the final state is that at t = T, also of a short sequence */                       \
    X(ZERO_LENGTH_RESET)        /* a sequence of length 0 ends in 0, not in its initial state */                       \
    X(MEAN_OVER_PADDING)        /* RNN_MEAN divides by T*B */                                                          \
    X(REVERSE_AT_T)             /* the reverse direction begins at T, not at the last valid step */                    \
    X(HALVES_SWAPPED)           /* of two concatenated directions the reverse one comes first */                       \
    X(RESIDUAL_LEFT_OUT)        /* a layer passes on h alone */                                                        \
    X(LAST_STEP_AT_T)           /* RNN_OUTPUT_LAST_STEP is step T of every sequence */                                 \
    X(REVERSE_LAST_AT_END)      /* RNN_OUTPUT_LAST_STEP is the reverse direction's first step */                       \
    X(POOL_MEAN_OVER_T)         /* RNN_OUTPUT_MEAN divides by T */                                                     \
    X(EMPTY_GETS_BIAS)          /* the pooled output of an empty sequence is the head's bias */                        \
    X(DROPOUT_NOT_RESCALED)     /* kept elements are not divided by 1-p */                                             \
    X(DROPOUT_ON_TOP)           /* the top layer's output is dropped as well */                                        \
    X(RECURRENT_NOT_RESCALED)   /* the same as DROPOUT_NOT_RESCALED for recurrent dropout */                           \
    X(RECURRENT_MASK_PER_STEP)  /* recurrent dropout draws a mask for every step */                                    \
    X(RECURRENT_MASK_IN_UPDATE) /* GRU: the mask also applies to z * h(t-1) */                                         \
    X(RUN_NOT_COUNTED)          /* every run has the masks of the first */                                             \
    X(ZONEOUT_ONE_MASK)         /* zoneout has one mask for all steps */                                               \
    X(ZONEOUT_SWAPPED)          /* c has the probability and the mask of h, and h those of c */                        \
    X(ZONEOUT_C_FIRST)          /* LSTM: h is computed from the c that zoneout has changed */                          \
    X(ZONEOUT_EXPECTED)         /* training uses the expectation instead of a mask */                                  \
    X(NORM_UNBIASED)            /* the variance is divided by n - 1 */                                                 \
    X(NORM_NO_EPSILON)          /* the variance has no epsilon */                                                      \
    X(NORM_C_KEPT)              /* LSTM: the normalised c is kept as c(t) */                                           \
    X(NORM_GRU_TOGETHER)        /* GRU: one normalisation over r, z and n */                                           \
    X(GATES_SWAPPED)            /* LSTM, sLSTM: f, i, g, o instead of i, f, g, o */                                    \
    X(COUPLE_SWAPPED)           /* RNN_COUPLE_FORGET and RNN_COUPLE_INPUT are exchanged */                             \
    X(PEEPHOLE_O_EARLY)         /* LSTM: o sees c(t-1) */                                                              \
    X(CELL_CLIP_LATE)           /* LSTM: c(t) is clipped as a state, but not as input of o and k */                    \
    X(CLIP_LEFT_OUT)            /* RNN_CLIP is ignored */                                                              \
    X(RESET_MISPLACED)          /* GRU: RNN_RESET_AFTER and RNN_RESET_BEFORE are exchanged */                          \
    X(UPDATE_SWAPPED)           /* GRU, minGRU: z for 1-z */                                                           \
    X(BIAS_HN_OUTSIDE)          /* GRU: r * (W_hn h(t-1)) + b_hn */                                                    \
    X(HIGHWAY_SWAPPED)          /* minGRU with highway gate: p for 1-p */                                              \
    X(SLSTM_START_IGNORED)      /* sLSTM: n(t-1) = 0 is no special case */                                             \
    X(ALPHA_IGNORED)            /* activations have their default alpha */                                             \
    X(BETA_IGNORED)             /* activations have their default beta */

#define FAULT_NAME(name) FAULT_##name,
enum fault {
    FAULT_NONE,
    BACKWARD_FAULTS(FAULT_NAME) FAULT_BACKWARD_END,
    FAULT_BACKWARD_LAST = FAULT_BACKWARD_END - 1, /* the next one gets the number FAULT_BACKWARD_END */
    FORWARD_FAULTS(FAULT_NAME) FAULT_END
};
#undef FAULT_NAME

/* "NO_RECURRENT_TERM" and so on. */
const char *fault_name(int fault);

/* The kinds of state; RNN_STATE_H is STATE_H + 1, and so on. */
enum state_kind { STATE_H, STATE_C, STATE_N, STATE_M, STATE_KINDS };

/* One of RNN_ACTIVATION_..., 0 for the cell's own; alpha and beta count if alpha_set and beta_set. */
struct activation {
    int kind, alpha_set, beta_set;
    double alpha, beta;
};

/* A network, the data of one run, and its results. Set the sizes and the options of the network, then call
 * reference_open. An option that is 0 has its default. */
struct reference {
    size_t inputs, vocabulary, embedding, hidden, layers, classes; /* I V E H L C, 0 if absent */
    size_t projection;                                             /* P */
    int cell, direction, merge, output, reset, couple;             /* RNN_CELL_... and so on */
    int no_bias, residual, peepholes, layer_norm;                  /* 1 or 0 */
    struct activation activation_f, activation_g, activation_h;
    double clip, cell_clip, dropout, recurrent_dropout, zoneout, zoneout_cell;
    int training;       /* 1: masks are drawn; 0: their expectation is used */
    uint64_t mask_seed; /* seed of the masks: RNN_SEED or rnn_session_seed_dropout */
    uint64_t run;       /* number of runs since then */
    int fault;          /* enum fault */

    size_t parameter_count;
    double *parameters; /* the flat block of rnn.h */
    double *gradients;  /* same layout; reference_backward adds to it */

    size_t steps, batch;           /* T B: by reference_resize */
    int32_t *lengths;              /* [B] */
    int32_t *tokens;               /* [T,B], used with a vocabulary */
    int32_t *targets;              /* [T,B], or [B] if a sequence has one output; used by reference_loss */
    double *x;                     /* [T,B,I], used without a vocabulary */
    double *initial[STATE_KINDS];  /* [L*D,B,R], of C, N and M [L*D,B,H]; empty if the cell has no such state */
    double *final[STATE_KINDS];    /* the same */
    double *y;                     /* [T,B,Y], or [B,Y] if a sequence has one output */
    double *dy;                    /* the same; what reference_backward starts from, with dfinal */
    double *dfinal[STATE_KINDS];   /* dL/d(final state) */
    double *dx;                    /* [T,B,I] */
    double *dinitial[STATE_KINDS]; /* dL/d(initial state); during backward dL/d(state) from later steps */

    double *state[STATE_KINDS]; /* [L*D,T+1,B,R or H]; slot t is the state between the steps t-1 and t */
    double *passed;             /* [L,T,B,F] the features that a layer passes to the next */
    double *dpassed;            /* [L,T,B,F] its gradient */
    double *dh;                 /* [L*D,T,B,R] dL/dh(t) from the outputs of the layer, not from later steps */
    size_t widest;              /* length of the longest vector of one step */
    double *scratch;            /* [REFERENCE_VECTORS,widest] */
    float *mask;                /* [widest] */
};

/* A network with random options and sizes up to `widest`, to be opened for training. */
struct reference reference_random(size_t widest, uint64_t *state);

void reference_correct_sizes(struct reference *r); /* changes sizes that the cell cannot have */
void reference_open(struct reference *r);
void reference_resize(struct reference *r, size_t steps, size_t batch); /* keeps the parameters; sets the data to 0 */
void reference_close(struct reference *r);

/* Random parameters; random data for every input of a run, with full lengths. All are exact as float32, so that the
 * library can get the same numbers. */
void reference_fill_parameters(struct reference *r, uint64_t *state);
void reference_fill_data(struct reference *r, uint64_t *state);

/* Random lengths in 0 .. T, with at least one 0 and one T if there are two or more sequences. */
void reference_fill_lengths(struct reference *r, uint64_t *state);

size_t reference_rows(const struct reference *r);                /* rows of y: T*B, or B */
size_t reference_outputs(const struct reference *r);             /* Y */
size_t reference_states(const struct reference *r, size_t kind); /* L*D*B*R or L*D*B*H; 0: the cell has none */

void reference_forward(struct reference *r);
double reference_loss(struct reference *r, int mean); /* softmax cross-entropy of y; overwrites dy */
void reference_backward(struct reference *r);         /* after reference_forward */

void reference_zero_gradients(struct reference *r);
double reference_clip_norm(struct reference *r, double max_norm); /* the norm before */
void reference_sgd_step(struct reference *r, double rate);

/* ---- between the files of the reference ------------------------------------------------------------------------- */

#define REFERENCE_VECTORS 37

/* The offsets of the tensors of one direction of one layer in the flat block. */
struct places {
    size_t weight_ih, weight_hh, bias_ih, bias_hh, weight_hr, peephole, norm_ih, norm_hh, norm_c, norm_c_bias, end;
};

size_t reference_directions(const struct reference *r);               /* D */
size_t reference_recurrent(const struct reference *r);                /* R */
size_t reference_features(const struct reference *r);                 /* F */
size_t reference_gates(const struct reference *r);                    /* G */
size_t reference_width(const struct reference *r, size_t l);          /* K: the number of inputs of layer l */
size_t reference_state_width(const struct reference *r, size_t kind); /* R, H or 0 */
struct places reference_places(const struct reference *r, size_t l, size_t d);
size_t reference_head_at(const struct reference *r, size_t c, size_t f); /* V [C,F]; c [C] follows */
size_t reference_embedding_at(const struct reference *r, size_t token, size_t k);
size_t reference_state_at(const struct reference *r, size_t kind, size_t l, size_t d, size_t b, size_t i);
size_t reference_slot_at(const struct reference *r, size_t kind, size_t l, size_t d, size_t slot, size_t b, size_t i);
int reference_is_reverse(const struct reference *r, size_t d);
double reference_input(const struct reference *r, size_t l, size_t t, size_t b, size_t k); /* input k */

/* Draws r->mask [n]: 1 for an element that is dropped or kept by zoneout (enum rnni_random_mask_kind). */
void reference_draw(struct reference *r, int kind, size_t l, size_t d, size_t t, size_t b, size_t n, double p);

/* One step of direction d of layer l. Backward reads dL/dh(t) from r->dh and r->dinitial, leaves the gradient for the
 * step before in r->dinitial, and sets below [K] to the gradient of the layer's input. */
void reference_step_forward(struct reference *r, size_t l, size_t d, size_t t, size_t b);
void reference_step_backward(struct reference *r, size_t l, size_t d, size_t t, size_t b, double *below);

#endif
