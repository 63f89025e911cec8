/* The training loop for those who do not want to write it.  It is made of the functions of rnn.h, which check their
 * arguments: what can go wrong in a batch is memory, or a number that is not finite. */
#ifndef RNNI_TRAINER_H
#define RNNI_TRAINER_H

#include "base/option.h"
#include "fit/samples.h"
#include "fit/streams.h"
#include "training/loss_handle.h"
#include "training/optimizer.h"

/* The mean over several batches from the mean of each: does not depend on how sequences are put into batches. */
struct rnni_mean {
    double value, weight; /* not a number, and 0, where there is nothing yet */
};

struct rnni_trainer_options {
    int64_t seed, epochs, batch_size, shuffle, early_stop, keep_best, threads, skip_nonfinite;
    double min_delta;
    int64_t stream_steps, buckets, memory_limit;
    /* How far it is: to read only, and in files. */
    int64_t epoch;     /* epochs that are over */
    int64_t sequences; /* of the present epoch that have been in a batch; 0: it has not begun */
    int64_t batch;     /* batches of the present epoch, or of the last one before it begins, that are over */
    struct rnni_order_of_epoch {
        int64_t count, batch_size, shuffle, seed, stream_steps, buckets;
    } order;          /* what the order of the present epoch depends on */
    int64_t stale;    /* epochs since the best validation loss */
    int64_t has_best; /* the best parameters are kept */
    int64_t skipped;  /* batches */
    double best_loss, validation_loss, batch_loss;
    struct rnni_mean training; /* over the present epoch */
};

extern const struct rnni_option_table rnni_trainer_table;

/* What a row of a batch has: all steps of a sequence, or some. */
struct rnni_piece {
    const struct rnni_sequence *sequence;
    size_t index, place;    /* in the dataset, in the order of the epoch */
    size_t first, steps;    /* among those that count */
    size_t first_row, rows; /* of its output and targets: those of these steps */
};

/* Arrays for one batch, with room for the largest. */
struct rnni_batch {
    struct rnni_piece *parts;              /* [B] */
    struct rnn_sample **samples;           /* [B] of the rows, if their sequences come from callbacks; else NULL */
    uint64_t seed;                         /* of the samples */
    int transforms;                        /* those of the dataset */
    const struct rnni_streams *streams;    /* the states of the first rows, whose sequences go on */
    size_t room;                           /* the largest B */
    size_t steps, batch;                   /* T, B of this one */
    size_t y_steps;                        /* of its y, see rnn_session_output_steps; may be 0 */
    size_t rows;                           /* T' that the loss is over: the longest output of a sequence, or 1 */
    float *x;                              /* [T,B,I] */
    int32_t *tokens;                       /* [T,B] */
    int32_t *lengths, *y_lengths;          /* [B] of x, of y */
    int32_t *classes;                      /* [T',B], or labels [B,S] */
    int32_t *label_lengths;                /* [B] */
    int32_t *loss_lengths;                 /* [B] of one sequence among others of length 0 */
    float *values;                         /* [T',B,K] */
    float *mask;                           /* [T',B] */
    float *weights;                        /* [B] */
    float *y, *dy;                         /* [y_steps,B,Y], of which the loss is over the first T' */
    size_t most_labels;                    /* S */
    size_t width;                          /* K */
    int has_values, has_mask, has_weights; /* of this batch */
    void *block;
};

struct rnn_trainer {
    rnn_model *model; /* one reference each */
    rnn_optimizer *optimizer;
    rnn_loss *loss;          /* the caller's: the options of the next rnn_fit */
    rnn_loss *own_loss;      /* its options in this rnn_fit, and the batches */
    rnn_session *training;   /* made with the trainer */
    rnn_session *validation; /* made when it is first needed */
    struct rnni_trainer_options options;
    size_t inputs, vocabulary, outputs; /* I, V, Y of the model */
    int pools;                          /* one output a sequence */
    size_t parameter_count;
    int continues;         /* the next rnn_fit continues the record: after rnn_trainer_load, a stop or a failure */
    float *best, *current; /* [parameter_count] or NULL */
    int best_in_place;     /* the model was given `best`, and what it had is in `current` */
    char *path;            /* of the checkpoint, or NULL */
    unsigned char *file;   /* [file_room] rnn_fit, with a path: the bytes of a checkpoint */
    size_t file_room;
    int runs;    /* rnn_fit or rnn_evaluate is running: what its arrays depend on must stay */
    int doomed;  /* rnn_trainer_destroy was called from there */
    int stopped; /* by the callback */
    rnn_progress callback;
    void *user;
    struct rnni_batch batch;
    struct rnni_streams streams, evaluated; /* with RNN_STREAM_STEPS: of the present epoch, of a validation */
    size_t *order;                          /* of the sequences */
    struct rnni_message message;
};

int32_t rnni_trainer_create(struct rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, rnn_loss *loss,
                            const char *function);
void rnni_trainer_release(struct rnn_trainer *trainer); /* takes a half-built one; NULL does nothing */

/* ---- record.c --------------------------------------------------------------------------------------------------- */

/* Room for the parameters of RNN_KEEP_BEST; 0 where there is no memory. */
int rnni_record_take(struct rnn_trainer *trainer);

/* Overwrites the parameters of the model, which cannot fail. */
void rnni_record_put(struct rnn_trainer *trainer, const float *values); /* [parameter_count] */

/* The parameters [parameter_count] with which the run would go on. */
const float *rnni_record_current(const struct rnn_trainer *trainer);

/* When rnn_fit begins, and whether it reports to the optimiser; after the validation of an epoch; when rnn_fit or
 * rnn_trainer_load ends. */
void rnni_record_begin(struct rnn_trainer *trainer, int reports);
void rnni_record_add(struct rnn_trainer *trainer, double loss);
void rnni_record_end(struct rnn_trainer *trainer, int continues);

int rnni_record_stops_early(const struct rnn_trainer *trainer);

/* ---- trainer_check.c -------------------------------------------------------------------------------------------- */

/* Whether own_loss fits the model. */
int32_t rnni_trainer_check_loss(struct rnn_trainer *trainer, const char *function);

int32_t rnni_trainer_check(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *name,
                           const char *function);

/* The same of one sequence that a callback has made; `first` is that of the batch.  The message is the thread's. */
int32_t rnni_trainer_check_sample(struct rnn_trainer *trainer, const struct rnn_sample *sample,
                                  const struct rnni_sequence *first);

/* Whether the options allow a fit without validation. */
int32_t rnni_trainer_check_validated(struct rnn_trainer *trainer, const char *function);

/* Whether there is something left to do, and it can be done with this dataset: an epoch that has begun goes on with the
 * sequences that are left. */
int32_t rnni_trainer_check_position(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                                    const char *function);

/* ---- epoch.c ---------------------------------------------------------------------------------------------------- */

/* Of an epoch alone, so that a run which is resumed goes on in the same order. */
uint64_t rnni_epoch_seed(const struct rnn_trainer *trainer);

/* Puts the sequences in the order of the present epoch. */
void rnni_epoch_set_order(struct rnn_trainer *trainer, const struct rnn_dataset *dataset);

/* What the batches of any order have at most. */
struct rnni_epoch_size {
    size_t steps, batch, rows; /* T, B, and the steps of all sequences of a batch */
    size_t longest;            /* index of the first longest sequence, 0 with a source */
};
struct rnni_epoch_size rnni_epoch_size(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset);

/* ---- batch.c ---------------------------------------------------------------------------------------------------- */

/* Room for the batches of both datasets (`other` NULL: of one), the first with `transforms`; 0 where there is no
 * memory. */
int rnni_batch_reserve(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const struct rnn_dataset *other,
                       int transforms);

/* Bytes of that room, without the loss. */
size_t rnni_batch_bytes(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset,
                        const struct rnn_dataset *other, int transforms);

/* The most steps that one row of a batch has. */
size_t rnni_batch_steps(const struct rnn_trainer *trainer, const struct rnn_dataset *dataset);

/* What is read from then on.  Its sequences, if they come from callbacks, depend on the seed; with `transforms` they
 * are transformed. */
void rnni_batch_begin(struct rnn_trainer *trainer, uint64_t seed, int transforms);

/* The next batch: the sequences that go on in `streams`, and behind them the next of the order, of which the first
 * `begun` have been in a batch.  Fills the arrays.  *begins: how many of its sequences begin.  It fails with what a
 * callback returns, or where a sequence does not fit; the message is the thread's. */
int32_t rnni_batch_fill(struct rnn_trainer *trainer, size_t *begins, const struct rnni_streams *streams,
                        const struct rnn_dataset *dataset, size_t begun);

/* After a run in that session: what goes on is left in `streams`, with which the batch was filled. */
int32_t rnni_batch_leave(struct rnn_trainer *trainer, struct rnni_streams *streams, rnn_session *session);

/* ---- batch_loss.c ----------------------------------------------------------------------------------------------- */

/* Forward in the session; *loss, and with `gradient` dy. */
int32_t rnni_batch_run(struct rnn_trainer *trainer, rnn_session *session, double *loss, int gradient);

/* Backward in the training session, for dy: its gradients are those of this batch. */
int32_t rnni_batch_back(struct rnn_trainer *trainer);

/* After a run: the first sequence whose own loss is not finite; after backward: whose own gradients are not, in a run
 * with that seed of dropout, which takes as many runs as there are sequences.  The gradients of a CRF's transitions are
 * not looked at: they are sums of differences of probabilities, and finite where the loss is.  The size of the batch
 * where there is none, or a custom loss does not tell. */
size_t rnni_batch_find_loss(struct rnn_trainer *trainer);
size_t rnni_batch_find_gradient(struct rnn_trainer *trainer, int64_t seed);

void rnni_batch_mean_add(struct rnni_mean *mean, double value, double weight);

/* Of the last run: how many outputs count, and how many of these are right. */
void rnni_batch_count(const struct rnn_trainer *trainer, size_t *counted, size_t *right);

/* ---- fit.c ------------------------------------------------------------------------------------------------------ */

/* What has been checked and reserved. */
int32_t rnni_fit(struct rnn_trainer *trainer, const struct rnn_dataset *training, const struct rnn_dataset *validation,
                 const char *function);
int32_t rnni_fit_evaluate(struct rnn_trainer *trainer, double *loss, double *accuracy,
                          const struct rnn_dataset *dataset, const char *name, const char *function);

/* Room, sessions and threads for both. */
int32_t rnni_fit_prepare(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                         const struct rnn_dataset *validation, const char *function);

/* ---- resume.c --------------------------------------------------------------------------------------------------- */

/* Room for the checkpoints of a run, whatever its numbers become; 0 where there is no memory. */
int rnni_trainer_take_file(struct rnn_trainer *trainer);

/* As rnn_trainer_save to trainer->path, in that room. */
int32_t rnni_trainer_checkpoint(const struct rnn_trainer *trainer);

/* As rnni_checkpoint_write; and puts what a file holds into a trainer, which is unchanged where it fails. */
int32_t rnni_trainer_write(unsigned char *bytes, size_t capacity, size_t *size, const struct rnn_trainer *trainer,
                           const char *function);
int32_t rnni_trainer_read(struct rnn_trainer *trainer, const struct rnni_safetensors *file, const char *function);

#endif
