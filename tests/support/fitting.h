/* Small sequences to learn, and the training loop written by hand that rnn_fit is held to: over the functions of rnn.h,
 * with arrays that it fills in its own way. */
#ifndef RNN_TESTS_FITTING_H
#define RNN_TESTS_FITTING_H

#include "support/support.h"

enum { INPUTS = 3, VOCABULARY = 5, OUTPUTS = 4, SEQUENCES = 11, LONGEST = 6, BATCH = 4, BATCHES = 3, IGNORED = -7 };

/* What is learned, and by which network. */
struct task {
    int32_t loss;   /* RNN_LOSS_... */
    int tokens;     /* or real numbers */
    int64_t output; /* RNN_OUTPUT_... */
    double dropout; /* of layers and of states */
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

/* What a task is learned and validated on. */
struct datasets {
    rnn_dataset *training, *validation;
    struct task task;
};

struct datasets datasets_open(struct task task);
struct datasets datasets_open_weighted(struct task task); /* with masks and weights */
void datasets_close(struct datasets *datasets);

rnn_model *fitting_model(struct task task, int64_t seed);
rnn_optimizer *fitting_optimizer(const rnn_model *model); /* Adam, with all that a file keeps of it */
rnn_loss *fitting_loss(struct task task);

/* A trainer with all that it needs; what rnn_fit told it. */
enum { MAX_EVENTS = 256 };
struct run {
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_loss *loss; /* with all options of the task */
    rnn_trainer *trainer;
    int32_t events[MAX_EVENTS];
    double losses[MAX_EVENTS]; /* RNN_BATCH_LOSS at RNN_EVENT_BATCH, else RNN_VALIDATION_LOSS */
    size_t event_count;
    int32_t stop_event, stop_with; /* at the n-th event of that kind, from 1 */
    size_t stop_at;
};

/* No shuffling, batches of BATCH, three epochs.  The run must stay where it is: the callback has its address. */
void run_open(struct run *run, struct task task, int64_t seed);
void run_open_with(struct run *run, struct task task, int64_t seed, rnn_loss *loss); /* the loss becomes the run's */
void run_close(struct run *run);
void run_set(struct run *run, int32_t key, int64_t value);
double run_real(const struct run *run, int32_t key);
int64_t run_int(const struct run *run, int32_t key);
int64_t run_updates(const struct run *run);              /* of its optimiser */
size_t run_events(const struct run *run, int32_t event); /* how many of that kind */

/* Parameters and all of the optimiser, to be compared bit by bit. */
struct snapshot {
    size_t parameters, bytes;
    float *values;
    unsigned char *optimizer;
};
struct snapshot snapshot_take(rnn_model *model, rnn_optimizer *optimizer);
void snapshot_release(struct snapshot *snapshot);
int snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/* Fails unless both runs have the same bits, or the run those of the snapshot. */
void assert_same_runs(const struct run *a, const struct run *b);
void assert_same_as_snapshot(const struct run *run, const struct snapshot *expected);

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

struct bytes {
    unsigned char *data;
    size_t count;
};

struct bytes read_file(const char *path);
struct bytes run_bytes(struct run *run);                /* all that a trainer is, as a file has it */
void assert_same_bytes(struct bytes a, struct bytes b); /* and frees both */

/* Fails unless the last error begins with the function of the call, which is given as text, and has `part` in it. */
void check_message(const char *call, const char *part, const char *file, int line);

/* ---- by hand ---------------------------------------------------------------------------------------------------- */

struct loop {
    struct task task;
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_session *session;
    int64_t seed;
    size_t counted, right; /* outputs that count, of a cross-entropy, and those of them that are right */
};

struct loop loop_open(struct task task, int64_t seed);
void loop_close(struct loop *loop);

/* Begins a batch, from 0, of an epoch: the masks of dropout. */
void loop_begin(struct loop *loop, int64_t epoch, size_t batch);

/* What the mean of those sequences' loss divides by. */
double loop_weight(struct task task, const struct sequence *const *sequences, size_t count);

/* The mean over all batches of the data from the mean of each. */
double loop_mean(const struct data *data, const double losses[BATCHES]);

/* One batch of those sequences; the loss.  With `update` also backward and an update. */
double loop_batch(struct loop *loop, const struct sequence *const *sequences, size_t count, int update);

/* All batches of the data in their order but the one of that number (from 0; -1: all); the loss of each. */
void loop_epoch(struct loop *loop, const struct data *data, int64_t epoch, double losses[BATCHES], int left_out);

/* The loss on the data in batches of BATCH, without dropout, and *accuracy. */
double loop_evaluate(double *accuracy, rnn_model *model, const struct data *data);

#endif
