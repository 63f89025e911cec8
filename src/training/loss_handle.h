/* A loss as a handle: its kind, options, class weights and callback, and the arrays of a batch.  See rnn_loss. */
#ifndef RNNI_LOSS_HANDLE_H
#define RNNI_LOSS_HANDLE_H

#include "base/block.h"
#include "base/option.h"
#include "math/crf_lattice.h"
#include "training/loss.h"

#include <stdatomic.h>

struct rnni_loss_options {
    int64_t reduction, ignored, blank, zero_infinity, skip_missing;
    double smoothing, delta, emphasis, energy_floor, offset_weight, least_variance;
};

extern const struct rnni_option_table rnni_loss_table;

/* An array in memory that only grows. */
struct rnni_loss_array {
    struct rnni_block block;
    size_t count; /* elements that are set; 0: none */
};

struct rnn_loss {
    atomic_size_t references;
    int is_lent; /* to callbacks by a trainer, whose it is: they cannot destroy it */
    int32_t kind;
    struct rnni_loss_options options;
    struct rnni_loss_array class_weights;    /* floats [C] */
    struct rnni_crf_transitions transitions; /* of RNN_LOSS_CRF */
    struct rnni_loss_array levels;           /* floats [Q] of quantiles; count 0: the default */
    rnn_loss_function callback;
    void *user;
    /* The batch. */
    size_t steps, batch, classes;         /* T, B, C; 0: none is set */
    struct rnni_loss_array lengths;       /* int32_t [B] */
    struct rnni_loss_array present;       /* int32_t [T,B] the step mask of the network */
    struct rnni_loss_array mask;          /* floats [T,B] */
    struct rnni_loss_array weights;       /* floats [B] of the sequences */
    struct rnni_loss_array label_lengths; /* int32_t [B] */
    struct rnni_loss_array losses;        /* doubles [B] of the last call; count 0: there was none in this batch */
    double weight;                        /* what RNN_MEAN divides by in the last call */
    struct rnni_loss_array scratch;       /* bytes for CTC and CRF, or for threads */
    struct rnni_loss_array dtransitions;  /* floats, as `transitions`, of the last call; count 0: there are none */
    struct rnni_loss_array gradient;      /* floats [T,B,C], what the callback writes */
    const struct rnni_loss_call *call;    /* while the callback runs, else NULL */
    struct rnni_team *team;               /* NULL: the caller's thread alone */
    struct rnni_team *lent;               /* instead of `team`, not the loss's own; NULL: none */
    struct rnni_message message;
};

const char *rnni_loss_kind_name(int32_t kind); /* "RNN_LOSS_CTC" */

/* Whether the targets are classes or labels; those of a custom loss may be either. */
static inline int rnni_loss_takes_classes(int32_t kind)
{
    return kind == RNN_LOSS_CROSS_ENTROPY || kind == RNN_LOSS_CTC || kind == RNN_LOSS_CRF;
}

/* Whether the loss is one of the paths through a whole sequence, which has no mask and cannot be cut into pieces. */
static inline int rnni_loss_is_of_paths(int32_t kind)
{
    return kind == RNN_LOSS_CTC || kind == RNN_LOSS_CRF;
}

int rnni_loss_is_kind(int32_t kind);

/* How many outputs belong to one target value: Q, 2 of a mean and a variance, or 1. */
size_t rnni_loss_outputs_of_target(const struct rnn_loss *loss);

/* Whether the kind has that option. */
int rnni_loss_has(int32_t kind, int32_t key);

/* RNN_E_MEMORY.  The kind is a known one. */
int32_t rnni_loss_create(struct rnn_loss **out, int32_t kind, const char *function);
void rnni_loss_retain(struct rnn_loss *loss);
void rnni_loss_drop(struct rnn_loss *loss); /* one reference; NULL does nothing */

/* Takes all memory for batches of up to T steps, B sequences, C classes and S labels each on so many threads: the calls
 * that set the arrays of such a batch, rnn_loss_of_classes and rnn_loss_of_values then take none.  0: out of memory.
 * Batch, options and class weights stay. */
int rnni_loss_reserve(struct rnn_loss *loss, size_t steps, size_t batch, size_t classes, size_t labels, size_t threads);

/* The following calls run on this team, which stays its owner's; NULL: on the loss's own again. */
void rnni_loss_lend(struct rnn_loss *loss, struct rnni_team *team);

/* Kind, options, class weights, callback and user become those of `from`, but not the threads; the batch, which belongs
 * to the kind, is dropped.  RNN_E_MEMORY: nothing has changed. */
int32_t rnni_loss_copy_options(struct rnn_loss *to, const struct rnn_loss *from);

/* What RNN_MEAN divides by in the last call that computed the loss; 0 where nothing counted. */
double rnni_loss_weight(const struct rnn_loss *loss);

/* ---- the batch -------------------------------------------------------------------------------------------------- */

/* A new batch; with `has_lengths` the caller fills lengths.block.data.  RNN_E_MEMORY: the old one stays. */
int32_t rnni_loss_begin_batch(struct rnn_loss *loss, int has_lengths, size_t steps, size_t batch, size_t classes,
                              const char *function);

/* Room for `bytes`; keeps what is there.  0: out of memory. */
int rnni_loss_grow(struct rnni_loss_array *array, size_t bytes);

/* Copies `count` elements of `size` bytes; values may be what the array holds.  0: out of memory, and nothing has
 * changed. */
int rnni_loss_copy(struct rnni_loss_array *array, const void *values, size_t count, size_t size);

/* The elements that are set, or NULL. */
static inline const void *rnni_loss_elements(const struct rnni_loss_array *array)
{
    return array->count ? array->block.data : NULL;
}

struct rnni_loss_steps rnni_loss_steps_of(const struct rnn_loss *loss);

/* ---- the loss --------------------------------------------------------------------------------------------------- */

/* What rnn_loss_of_classes or rnn_loss_of_values was given; all of it has been checked. */
struct rnni_loss_call {
    double *value;
    float *dy;              /* [T,B,C] or NULL; may be y */
    const float *y;         /* [T,B,C] */
    const int32_t *classes; /* [T,B], or labels [B,S]; NULL: values, or no labels */
    const float *values;    /* [T,B,C] or [T,B,K]; NULL: classes */
    size_t targets_count;
    int has_values; /* the call is rnn_loss_of_values */
    const char *function;
};

/* RNN_E_MEMORY; or what a callback returned, or RNN_E_VALUE for its weight. */
int32_t rnni_loss_run(struct rnn_loss *loss, const struct rnni_loss_call *call);

#endif
