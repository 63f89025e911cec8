/* The one planned block of a session: everything that a run over time writes down, for runs of up to `steps` time steps
 * (T here), `batch` sequences (B) and `rows` packed rows (N). */
#ifndef RNNI_WORKSPACE_H
#define RNNI_WORKSPACE_H

#include "model/layout.h"
#include "session/schedule.h"

/* What one layer in one direction writes down, in its own order of steps.  Arrays that the network does not want are
 * NULL.  While only running, layers share the states of two tapes in turn, and there is nothing else in them: the rest
 * is in `local`, for a few steps of one share of the work. */
struct rnni_tape {
    float
        *initial[RNNI_STATES]; /* [B,R], [B,H] ... in sorted order, the last of them right before the first of state */
    float *state[RNNI_STATES]; /* [N,R], [N,H] ... */
    float *a, *q;              /* [N,GH], [N,H]: see struct rnni_cell_step; a may be h */
    float *open;               /* [N,GH] */
    float *norm, *spread;      /* [N,GH], [N,2] of the recurrent product */
    float *input_norm, *input_spread; /* [N,GH], [N,2] of the input product */
    float *seen;                      /* [N,R] h(t-1), dropped out */
    float *mask;                      /* [B,R] in sorted order, 0 or 1/(1-p) */
};

/* What layer k hands on, and what is done to its h on the way. */
struct rnni_layer_output {
    float *rows;    /* [N,width] */
    size_t width;   /* F, or W of the top layer */
    int is_hidden;  /* nothing is done: rows are the h of its one direction */
    int drops;      /* dropout */
    int adds_input; /* a residual connection */
};

/* A single step of a layer, as rnn_step finds it ready: see single_step.h. */
struct rnni_ready_step {
    struct rnni_product input, recurrent;
    struct rnni_cell_step step;
    float *copy[RNNI_STATES]; /* where a new state is copied to; NULL: it is in its place */
    size_t parts;             /* of the units, made by threads */
};

/* Input products are made for about so many rows at a time, so that the steps find the gates in the cache. */
#define RNNI_ROWS_AT_ONCE 96

struct rnni_workspace {
    void *block;
    size_t steps, batch, rows;
    size_t shares;              /* into which the work is divided at most: the threads of the session */
    float *state[RNNI_STATES];  /* [L*D,B,R], [L*D,B,H] ... with the session's B; the caller's order */
    float *dstate[RNNI_STATES]; /* the same, training: dL/d(final state), after backward dL/d(initial state) */
    unsigned char *fresh;       /* [B] 1: the state of the sequence is the initial one, which is learned; else NULL */
    unsigned char *began_fresh; /* [B] the same before the saved run, training */
    float *sorted[RNNI_STATES]; /* [D,B,R], [D,B,H] ... training: those of one layer in sorted order */
    int32_t *tokens;            /* [N] */
    int32_t *reversed_tokens;   /* [N] with a reverse direction */
    float *x;                   /* [N,I] or [N,E]; none for one-hot tokens */
    float *reversed;            /* [N,K] with a reverse direction: an input with its steps reversed */
    float *dreversed;           /* [N,K] the same of its gradient, training */
    struct rnni_tape *tape;     /* [L*D] */
    struct rnni_tape *local;    /* [shares] for [local_rows] rows, while only running; no states */
    size_t local_rows;
    struct rnni_layer_output *output; /* [L] */
    struct rnni_ready_step *ready;    /* [L] with one direction */
    float *d[2];                      /* [N,F] training: gradients of one layer's out and of what entered it, in turn;
                                       * one array if only the time loop reads the former */
    float *dh[2];                     /* [N,R] training: gradients of one direction's h, where d is not that */
    float *before;                    /* [N,R] training, two directions: room for the rows h(t-1) of a ragged batch */
    float *kept[2];  /* [D,B,R], [D,B,H] training with zoneout: what of ds(t) goes straight to ds(t-1) */
    float *random;   /* [D,B,max(R,H,F)] with zoneout or dropout: a mask */
    float *pooled;   /* [B,F] where a sequence has one output */
    float *dpooled;  /* [B,F] the same, training */
    float *y;        /* [N,C] logits, or their gradients, of a ragged batch; [B,C] of pooled outputs */
    float **scratch; /* [shares] times [rnni_cell_scratch(B)], training: RNNI_OUTER_ROOM at least */
    struct rnni_schedule schedule;
};

/* Bytes of a block for the steps, batch, rows and shares that the workspace names; more than memory can be where it
 * overflows. */
size_t rnni_workspace_bytes(const struct rnni_layout *layout, int training, const struct rnni_workspace *workspace);

/* Carves a block of that size. */
void rnni_workspace_carve(struct rnni_workspace *workspace, const struct rnni_layout *layout, int training,
                          void *block);

#endif
