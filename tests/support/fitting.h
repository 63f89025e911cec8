/* For tests of rnn_fit: small datasets, a trainer that records its events, and the same training as a loop over other
 * functions of rnn.h, which fills its arrays independently. */
#ifndef RNN_TESTS_FITTING_H
#define RNN_TESTS_FITTING_H

#include "support/support.h"

enum { INPUTS = 3, VOCABULARY = 5, OUTPUTS = 4, SEQUENCES = 11, LONGEST = 6, BATCH = 4, BATCHES = 3, IGNORED = -7 };

/* A loss and a network to be trained with it. */
struct task {
    int32_t loss;   /* RNN_LOSS_... */
    int tokens;     /* 1: input is tokens; 0: real numbers */
    int64_t output; /* RNN_OUTPUT_... */
    double dropout; /* for layers and for states */
    int bidirectional;
};

extern const struct task tasks[];
extern const size_t task_count;

struct sequence {
    size_t steps, classes_count;
    float x[LONGEST * INPUTS];
    int32_t tokens[LONGEST], classes[LONGEST];
    float values[LONGEST * OUTPUTS];
};

struct data {
    struct task task;
    size_t count;
    struct sequence sequences[SEQUENCES];
};

struct data fitting_data(struct task task, size_t count, uint64_t seed);
rnn_dataset *fitting_dataset(const struct data *data);
/* Sets weights of the sequences and, unless the task allows none, masks of all but the first. */
void fitting_set_weights(rnn_dataset *dataset, const struct data *data);

/* Sets step masks; that of the second sequence leaves all steps out. */
void fitting_set_step_masks(rnn_dataset *dataset, const struct data *data);

/* The datasets of a task. */
struct datasets {
    rnn_dataset *training, *validation;
    struct task task;
};

struct datasets datasets_open(struct task task);
struct datasets datasets_open_weighted(struct task task); /* with masks and weights */
void datasets_close(struct datasets *datasets);

rnn_model *fitting_model(struct task task, int64_t seed);
rnn_optimizer *fitting_optimizer(const rnn_model *model); /* Adam, with every kind of option that a file has */
rnn_loss *fitting_loss(struct task task);

/* A trainer with its handles, and the events of its callback. */
enum { MAX_EVENTS = 256 };
struct run {
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_loss *loss; /* with the options of the task */
    rnn_trainer *trainer;
    int32_t events[MAX_EVENTS];
    double losses[MAX_EVENTS]; /* RNN_BATCH_LOSS at RNN_EVENT_BATCH, else RNN_VALIDATION_LOSS */
    size_t event_count;
    int32_t stop_event, stop_with; /* see stop_at */
    size_t stop_at;
    const char *save_at_stop; /* a path: the callback that stops the run saves it there; NULL: it does not */
};

/* No shuffling, batches of BATCH, three epochs. The struct must not be moved: the callback has its address. */
void run_open(struct run *run, struct task task, int64_t seed);
void run_open_with(struct run *run, struct task task, int64_t seed, rnn_loss *loss); /* the run owns the loss */
void run_open_of(struct run *run, rnn_model *model, rnn_loss *loss);                 /* and the model */
void run_close(struct run *run);
void run_set(struct run *run, int32_t key, int64_t value);
/* The callback of batch number `at` is to stop rnn_fit, which then returns 5, and to save the trainer before. */
void run_stop_after_batch(struct run *run, size_t at, const char *path);
double run_real(const struct run *run, int32_t key);
int64_t run_int(const struct run *run, int32_t key);
int64_t run_updates(const struct run *run);              /* of its optimiser */
size_t run_events(const struct run *run, int32_t event); /* number of events of that kind */

/* The parameters and the optimiser's file, to be compared bit by bit. */
struct snapshot {
    size_t parameters, bytes;
    float *values;
    unsigned char *optimizer;
};
struct snapshot snapshot_take(rnn_model *model, rnn_optimizer *optimizer);
void snapshot_release(struct snapshot *snapshot);
int snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/* Fail unless both runs, or a run and a snapshot, are equal bit by bit. */
void assert_same_runs(const struct run *a, const struct run *b);
void assert_same_as_snapshot(const struct run *run, const struct snapshot *expected);

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

struct bytes {
    unsigned char *data;
    size_t count;
};

struct bytes read_file(const char *path);
struct bytes run_bytes(struct run *run);                /* the file that rnn_trainer_save writes */
void assert_same_bytes(struct bytes a, struct bytes b); /* and frees both */

/* Fails unless the last error message begins with the function of `call`, a call as text, and contains `part`. */
void check_message(const char *call, const char *part, const char *file, int line);

/* The bytes that the last error message begins with, as that of RNN_MEMORY_LIMIT. */
int64_t bytes_named(void);

/* ---- the loop --------------------------------------------------------------------------------------------------- */

struct loop {
    struct task task;
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_session *session;
    int64_t seed;
    const float *states; /* [carried,states_width] of the first sequences of a batch, which go on; or NULL */
    size_t carried, states_width;
    size_t counted, right; /* for cross-entropy: outputs that count, and correct ones among them */
};

struct loop loop_open(struct task task, int64_t seed);
void loop_close(struct loop *loop);

/* Fail unless the events from number *at on are these batches and the end of the epoch; unless model and optimiser are
 * equal bit by bit. */
void assert_epoch_was(const struct run *run, size_t *at, const double *losses, size_t batches);
void assert_same_as_loop(const struct run *run, const struct loop *loop);

/* Begins batch number `batch` (from 0) of an epoch: seeds dropout. */
void loop_begin(struct loop *loop, int64_t epoch, size_t batch);

/* The divisor of the mean loss of those sequences. */
double loop_weight(struct task task, const struct sequence *const *sequences, size_t count);

/* The mean loss over the data from the mean of each batch. */
double loop_mean(const struct data *data, const double losses[BATCHES]);

/* Runs one batch of those sequences and returns its loss. If `update`, also backward and an update. */
double loop_batch(struct loop *loop, const struct sequence *const *sequences, size_t count, int update);

/* Runs all batches of the data in order, except number `left_out` (from 0; -1: none), and writes the loss of each. */
void loop_epoch(struct loop *loop, const struct data *data, int64_t epoch, double losses[BATCHES], int left_out);

/* The loss and the accuracy on the data, in batches of BATCH, without dropout. */
double loop_evaluate(double *accuracy, rnn_model *model, const struct data *data);

#endif
