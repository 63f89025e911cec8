/* classify, whole sequences to classes over rnn.h: what its files share.
 *
 *     classify.c   the command line           names.c   names as bytes, and their split    train.c    a run of training
 *     task.c       what a checkpoint knows    ts.c      time series from .ts files         report.c   tables
 *     classes.c    names of classes           scale.c   mean 0 and deviation 1             picture.c  curves and matrix
 *     alphabet.c   bytes as tokens            noise.c   another noise in each epoch        recognise.c  classes of a
 * file
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "file.h"
#include "learn.h"
#include "sequences.h"

/* ---- classes.c ------------------------------------------------------------------------------------------------ */

typedef struct {
    char **names;
    size_t count;
} class_list;

/* Adds the first `length` bytes of a name; dies at one that can not be kept in a note. */
void classes_add(class_list *classes, const char *name, size_t length);

/* The class of that name; -1: there is none. */
int32_t classes_find(const class_list *classes, const char *name);
void classes_release(class_list *classes);

/* The names as lines of a note of the model, and back; dies where there are not as many as the model has outputs. */
void classes_store(const class_list *classes, rnn_model *model);
class_list classes_load(const rnn_model *model, const char *path);

/* ---- alphabet.c ----------------------------------------------------------------------------------------------- */

#define UNKNOWN 0 /* the token of bytes that no name of the training had */

typedef struct {
    size_t size;        /* V, with the unknown one */
    int32_t token[256]; /* of each byte */
} alphabet;

/* The bytes of a text get tokens, those of them that have none. */
void alphabet_add(alphabet *letters, const char *text);
void alphabet_store(const alphabet *letters, rnn_model *model);
alphabet alphabet_load(const rnn_model *model, const char *path);

/* ---- scale.c -------------------------------------------------------------------------------------------------- */

/* What makes the inputs of the training set ones of mean 0 and deviation 1: (x - mean) / deviation. */
typedef struct {
    float *mean, *deviation; /* [inputs] */
    size_t inputs;
} scale;

scale scale_of(const sequence_list *training);
void scale_apply(const scale *inputs, sequence_list *list);
void scale_release(scale *inputs);
void scale_store(const scale *inputs, rnn_model *model);
scale scale_load(const rnn_model *model, const char *path);

/* ---- task.c --------------------------------------------------------------------------------------------------- */

typedef enum { TASK_NAMES, TASK_SERIES } task_kind;

/* How a line of a file becomes a sequence, and what the classes are called: all that a network needs to be used, so it
 * travels with it, as notes in its checkpoint. */
typedef struct {
    task_kind kind;
    class_list classes;
    alphabet letters; /* of names */
    scale inputs;     /* of series */
} task;

void task_store(const task *t, rnn_model *model);

/* Dies where the checkpoint at `path`, which the model came from, is none of this program. */
task task_load(const rnn_model *model, const char *path);
void task_release(task *t);

/* What is learned from, and what is only looked at. */
typedef struct {
    sequence_list training, held_out;
} data;

void data_release(data *d);

/* A file of lines; dies where it is no text. */
file_bytes text_read(const char *path);

/* ---- names.c -------------------------------------------------------------------------------------------------- */

/* Makes of a line, in place, what of it is looked at: no spaces around, A to Z as a to z. */
char *name_fold(char *line);
sequence name_sequence(const alphabet *letters, const char *folded, int32_t class);

/* Reads a folder of CLASS.txt with a name a line.  A name counts once in a class; a fifth of each class, drawn by the
 * seed, is held out. */
void names_read(task *t, data *d, const char *folder, int64_t seed);

/* ---- ts.c ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    size_t line;
} place;

/* The next line that is a case, neither empty nor a comment (#) nor of the header (@); NULL behind the last one.  What
 * the header says is looked at: times are refused, and where `classes` is not NULL it gets their names. */
char *ts_next_case(char **rest, place *where, class_list *classes);

/* How many fields, separated by ':', a case has: its dimensions and a label, which may not be there. */
size_t ts_fields(const char *line);

/* The case of a line, which is overwritten: `dimensions` fields, and behind them a label, or none and no `labels`. */
sequence ts_case(char *line, size_t dimensions, const class_list *classes, const place *where);

/* Reads NAME_TRAIN.ts and NAME_TEST.ts of a folder, the archive's own split, and brings both to the scale of the
 * first. */
void ts_read(task *t, data *d, const char *folder);

/* ---- noise.c -------------------------------------------------------------------------------------------------- */

/* The training set with noise that is drawn anew for each epoch: on numbers it is normal with the deviation
 * `strength`, and of tokens each is made unknown with that probability. */
typedef struct {
    const sequence_list *clean;
    sequence_list noisy;
    double strength;
    uint64_t random;
} noise;

const sequence_list *noise_draw(void *user /* noise */, int64_t epoch);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *folder, *output;
    int64_t units, layers;
    double dropout, recurrent_dropout, noise;
    learn_options learning;
} train_options;

/* Learns from the data, prints the results, saves the checkpoint and draws the picture. */
void train(const task *t, const data *d, const train_options *options);

/* ---- report.c ------------------------------------------------------------------------------------------------- */

typedef struct {
    size_t *confusion; /* [C,C]: how often class i was taken for class j */
    size_t classes, count, parameters;
    double accuracy, balanced; /* share of right ones, and mean of the classes' recalls */
    learn_result learned;
} results;

/* Fills all but `learned`. */
void results_measure(results *out, rnn_model *model, const sequence_list *held_out);
void results_print(const results *r, const class_list *classes);

/* ---- picture.c ------------------------------------------------------------------------------------------------ */

void picture_draw(const results *r, const task *t, const char *path);

/* ---- recognise.c ---------------------------------------------------------------------------------------------- */

/* Prints the likeliest classes of each line of a file. */
void recognise(const char *file, const char *checkpoint);

#endif
