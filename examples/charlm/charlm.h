/* charlm, a character language model over rnn.h: what its files share.
 *
 *     charlm.c  the command line              network.c  the network and its trainer
 *     text.c    characters, tokens, streams   train.c    the training run
 *     report.c  what a run prints             curve.c    the loss curve as an SVG
 *     use.c     the loss of a text, samples
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef CHARLM_H
#define CHARLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "file.h"
#include "letters.h"
#include "series.h"

/* ---- charlm.c ------------------------------------------------------------------------------------------------- */

double bits(double nats);

/* ---- text.c --------------------------------------------------------------------------------------------------- */

/* The text, which came from `path`, as tokens, to be freed. */
int32_t *tokens_of(const letter_table *letters, file_bytes source, const char *path);

/* Tokens as a dataset of `batch` streams of equal length, each of whole chunks of `steps` tokens; the target of a token
 * is the one that follows it.  What does not fill a chunk of all streams is left out. */
rnn_dataset *streams_cut(const int32_t *tokens, size_t count, size_t batch, size_t steps);

/* ---- curve.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    series training, validation; /* x: seconds of training, y: nats per character */
} curve;

/* Writes the curve; `title` and `subtitle` are plain ASCII without markup. */
void curve_draw(const curve *drawn, const char *path, const char *title, const char *subtitle);

/* ---- report.c ------------------------------------------------------------------------------------------------- */

/* A validation loss that is waited for, and when it was reached. */
typedef struct {
    double nats;
    bool reached;
    double training_seconds, total_seconds;
} goal;

#define GOALS_CAPACITY 32

typedef struct {
    goal goals[GOALS_CAPACITY];
    size_t count;
} goal_list;

/* Reads "2.0,1.8"; dies, naming the option, when it is no such list. */
goal_list goals_parse(const char *list);
void goals_update(goal_list *list, double nats, double training_seconds, double total_seconds);
bool goals_reached(const goal_list *list); /* all of them */

/* One row per goal that was reached, or that was not if `all`. */
void goals_print(const goal_list *list, bool all);

/* The progress line: rewritten in place on a terminal, a line now and then elsewhere. */
typedef struct {
    bool terminal, open; /* open: the cursor stands behind a progress line */
    double next;         /* when to show the next one */
    double smooth_loss;  /* moving average, nats */
} progress;

progress progress_start(void);

/* To be called at every step; `left` is infinite where the end is not known. */
void progress_step(progress *shown, int64_t step, double loss, double characters_per_second, double left);

/* Prints a line that stays, above the progress line. */
void progress_note(progress *shown, const char *format, ...) LIKE_PRINTF(2, 3);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *file;
    int64_t units, batch, steps, seed, threads;
    double rate, clip;
    double seconds;        /* 0: no limit */
    int64_t epochs;        /* 0: no limit */
    const char *until;     /* NULL: no limit */
    double validate_every; /* 0: chosen by the program */
    const char *output;
} train_options;

void train(const train_options *options);

/* ---- network.c ------------------------------------------------------------------------------------------------ */

/* The network has the alphabet as a note.  The trainer learns chunks of streams. */
rnn_model *network_create(const letter_table *letters, int64_t units, int64_t seed);
rnn_trainer *trainer_create(rnn_model *model, int64_t batch, const train_options *options);

/* ---- use.c ---------------------------------------------------------------------------------------------------- */

#define SAMPLE_TEMPERATURE 0.8
#define SAMPLE_LENGTH      500

typedef struct {
    const char *prime; /* "": begin as after the end of a line */
    double temperature;
    int64_t length, seed;
} sample_options;

void sample(const char *checkpoint, const sample_options *options);
void validate(const char *checkpoint, const char *file);

#endif
