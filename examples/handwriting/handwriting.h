/* handwriting, from the path of a pen to digits over rnn.h: what its files share.
 *
 *     handwriting.c  the command line      train.c    both trainings, their tables     picture.c  what is drawn
 *     pen.c          rows of files         strings.c  digits written side by side      panels.c   parts of it
 *     task.c         the two networks      reading.c  one path through a network       recognise.c
 *     write.c        rows of a text        scorer.c   a character model in the beam search
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef HANDWRITING_H
#define HANDWRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "learn.h"
#include "panel.h"
#include "sequences.h"

#define DIGITS       10
#define DIGIT_POINTS 8     /* of a digit in the data set */
#define SIDE         100.0 /* of the square that a digit of the data set fills */

/* ---- pen.c ---------------------------------------------------------------------------------------------------- */

/* Where the pen was, and what it wrote. */
typedef struct {
    float *points; /* [count,2]: x to the right, y upwards */
    size_t count;
    int32_t *labels; /* [label_count], 0 .. 9; none: it is not known */
    size_t label_count;
} path;

typedef struct {
    path *items;
    size_t count, capacity;
} path_list;

/* What the rows of a file have: numbers x, y, x, y, ... and behind them labels of one digit each, ten characters with
 * a 1 at the place of the digit and 0 elsewhere. */
typedef struct {
    size_t points; /* in each row; 0: any number but 0 */
    size_t least_labels, most_labels;
    double most_x; /* x is from 0 to this, y from 0 to SIDE */
} row_form;

/* The rows of a file; dies at one that is not of this form. */
path_list pen_read(const char *file, const row_form *form);
void path_add(path_list *list, path added); /* takes over what `added` points to */
void path_release(path *p);
void path_list_release(path_list *list);

/* ---- task.c --------------------------------------------------------------------------------------------------- */

/* What a network reads, and what it is asked for. */
typedef struct {
    const char *name;     /* in checkpoints */
    const char *features; /* of a point, in checkpoints; features_write makes them */
    size_t inputs;        /* how many they are */
    int64_t output;       /* RNN_OUTPUT_... */
    int32_t loss;         /* RNN_LOSS_... */
    int32_t first_class;  /* the class of the digit 0: behind the blank of CTC */
    row_form form;        /* of files that are recognised */
} task;

extern const task task_digits, task_strings;

/* A path as the network reads it, with its labels as classes. */
sequence task_sequence(const task *t, const path *p);

/* A bidirectional LSTM with fresh weights, which says in its checkpoints what it is for. */
rnn_model *task_create_network(const task *t, int64_t units, int64_t seed);

/* A network from a checkpoint, and its task in *t; dies where the file is another program's. */
rnn_model *task_load_network(const task **t, const char *checkpoint);

/* ---- strings.c ------------------------------------------------------------------------------------------------ */

#define SHORTEST_STRING 3
#define LONGEST_STRING  7

/* A copy of a path, turned, stretched and slanted a little: points go through a matrix that is the identity but for
 * normal numbers of this deviation, around the middle of the square. */
path path_distorted(const path *original, double deviation, uint64_t *random);

/* A string of digits drawn from a list, each distorted and then written to the right of the one before. */
path string_drawn(const path_list *digits, double deviation, uint64_t *random);

/* The digits `text` side by side, each drawn from the list; dies where the list has none of them. */
path string_spelled(const path_list *digits, const char *text, uint64_t *random);

/* ---- reading.c ------------------------------------------------------------------------------------------------ */

/* What a network makes of a path. */
typedef struct {
    float *probabilities; /* [outputs,classes] */
    size_t outputs, classes;
    int32_t *digits; /* [count] */
    size_t count;
    double probability; /* of these digits */
} reading;

/* decoder: of CTC */
reading reading_of(rnn_session *session, rnn_decoder *decoder, const task *t, const path *p);
void reading_release(reading *r);

/* ---- scorer.c ------------------------------------------------------------------------------------------------- */

/* A character model of charlm as the scorer of a beam search: log p of each digit after those before it, and of the end
 * of the line. */
typedef struct scorer scorer;

scorer *scorer_open(const char *checkpoint, size_t beam);
void scorer_set(scorer *s, rnn_decoder *decoder, double weight);
void scorer_close(scorer *s); /* after the decoder; NULL: nothing happens */

/* ---- train.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *folder, *output;
    const task *task;
    int64_t units, strings, held_out;
    double distortion;
    learn_options learn;
} train_options;

path_list read_digits(const char *folder, bool held_out);
void train(const train_options *o);

/* ---- recognise.c ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *model, *picture; /* picture NULL: none */
    int64_t row;                 /* the one that is drawn: 1, 2, ... */
    int64_t beam;                /* of the prefix beam search; 0: the best path */
    const char *scorer;          /* NULL: none */
    double scorer_weight;
} recognise_options;

void recognise(const char *file, const recognise_options *o);

/* ---- write.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *output;
    int64_t seed;
} write_options;

/* Writes the numbers of a text, one on each line, with held-out digits. */
void write_rows(const char *folder, const char *text, const write_options *o);

/* ---- panels.c ------------------------------------------------------------------------------------------------- */

extern const char *const digit_names[DIGITS];

/* The path of the pen in its proportions, as large as there is room for.  A digit is `joint` points (0: that is not
 * known): its first point is larger, and the line to it is faint. */
void panel_path(FILE *svg, box where, const path *p, size_t joint);

/* The probability of each digit, as bars. */
void panel_bars(FILE *svg, box where, const reading *r);

/* A string: its path above, and below it what the network holds for likely at each point of it; a line leads from each
 * digit that was read to the point at which it was. */
void panel_alignment(FILE *svg, box where, const path *p, const reading *r, size_t joint);

/* ---- picture.c ------------------------------------------------------------------------------------------------ */

/* Of a training: the losses and, of digits, which were taken for which, or, of strings, one of those held out. */
void picture_digits(const char *file, const char *subtitle, const learn_result *learned,
                    const size_t *counts /* [DIGITS,DIGITS] */);
void picture_strings(const char *file, const char *subtitle, const learn_result *learned, const path *p,
                     const reading *r);

/* Of one row that was recognised. */
void picture_row(const char *file, const task *t, const path *p, const reading *r);

#endif
