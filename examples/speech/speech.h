/* speech, spoken digits from WAV files over rnn.h: what its files share.
 *
 *     speech.c    the command line         data.c      the recordings of a folder, strings of them
 *     features.c  log-mel bands            augment.c   recordings that differ a little in every epoch
 *     settings.c  what a checkpoint tells beside its weights
 *     train.c     training and its table   use.c       what a trained network hears
 *     picture.c   curves and confusions     timeline.c  a sound, and what was heard when
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef SPEECH_H
#define SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "learn.h"
#include "sequences.h"
#include "wav.h"

#define DIGITS 10

/* ---- features.c ----------------------------------------------------------------------------------------------- */

#define BANDS   40    /* of a frame: logarithms of the energies of so many mel bands */
#define FRAME   0.025 /* seconds that a frame is long */
#define HOP     0.010 /* seconds from a frame to the next */
#define STACKED 3 /* frames that a network reads at a step (Sak et al. 2015): shorter sequences are learned sooner */
#define INPUTS  (STACKED * BANDS) /* I */

typedef struct filterbank filterbank;

filterbank *filterbank_create(int32_t rate);
void filterbank_release(filterbank *f);

/* The features of a sound, [*steps,INPUTS], to be freed; what the last step lacks is silence. */
float *filterbank_apply(filterbank *f, const int16_t *samples, size_t count, size_t *steps);

/* The second in the middle of a step. */
double step_seconds(size_t step);

/* What makes of the features numbers of mean 0 and variance 1, over all frames of the training recordings. */
typedef struct {
    float mean[BANDS], deviation[BANDS];
} scale;

scale scale_measure(const sequence_list *list);
void scale_apply(const scale *s, float *x /* [steps,INPUTS] */, size_t steps);

/* ---- data.c --------------------------------------------------------------------------------------------------- */

typedef struct {
    sound heard;
    int32_t digit;
    char *name; /* of the file: DIGIT_SPEAKER_INDEX.wav */
} recording;

/* In the order of their speakers. */
typedef struct {
    recording *items;
    size_t count;
} recordings;

typedef struct {
    recordings training, held_out;
    int32_t rate; /* of all of them */
} corpus;

/* Reads all recordings of a folder; those with an INDEX of 0 to 4 are held out. */
corpus corpus_read(const char *folder);
void corpus_release(corpus *c);

/* Where in a name the speaker is, and how long that is. */
const char *recording_speaker(const recording *r, int *length);

/* From `first` on, where the recordings of its speaker end. */
size_t recordings_of_speaker(const recordings *r, size_t first);

/* Their features, not scaled yet, with their digits, in the same order. */
sequence_list recordings_features(const recordings *r, filterbank *f);

#define SHORTEST 3 /* digits of a string */
#define LONGEST  7

/* A string of recordings of one speaker, drawn at random and laid end to end; its labels are 1 + digit, for 0 is the
 * blank. */
sequence draw_string(const recordings *r, filterbank *f, const scale *s, uint64_t *random);

/* ---- augment.c ------------------------------------------------------------------------------------------------ */

/* Changes scaled features as other circumstances would have: louder or softer, some bands or frames not to be heard
 * (Park et al. 2019). */
void augment(float *x /* [steps,INPUTS] */, size_t steps, uint64_t *random);

/* ---- settings.c ----------------------------------------------------------------------------------------------- */

typedef struct {
    bool strings; /* or single digits */
    int32_t rate;
    scale scaling;
} settings;

/* They travel with the model, as notes in its checkpoint. */
void settings_store(const settings *s, rnn_model *model);

/* The model of a checkpoint of this program, and its settings; dies where it is none. */
rnn_model *settings_load(settings *s, const char *path);

/* ---- use.c ---------------------------------------------------------------------------------------------------- */

/* A digit of a string: where its probability, among all steps at which it is the likeliest, is largest. */
typedef struct {
    int32_t digit;
    size_t step;
    float probability;
} spoken;

/* What a network makes of one sound. */
typedef struct {
    float *probabilities; /* [steps,DIGITS+1] of a string, with the blank first; [DIGITS] of a single digit */
    size_t steps;
    spoken *digits; /* of a string only: the best path */
    size_t count;
} hearing;

hearing hear(rnn_model *model, const float *x /* [steps,INPUTS] */, size_t steps, bool strings);
void hearing_release(hearing *h);

/* Strings of labels by prefix beam search, [count] with arrays to be freed. */
void transcribe_by_beam(label_string *strings, rnn_model *model, const sequence_list *list);

typedef struct {
    const char *file, *model, *picture; /* picture: NULL for none */
} recognise_options;

void recognise(const recognise_options *o);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *folder, *output;
    bool strings;
    int64_t units, batch, seed, threads;
    int64_t epochs, draws; /* draws: strings of an epoch */
    double rate;
} train_options;

void train(const train_options *o);

/* ---- picture.c ------------------------------------------------------------------------------------------------ */

/* What the pictures of training begin with. */
typedef struct {
    const char *title, *subtitle;
    const learn_result *learned;
} training_report;

void draw_digit_training(const char *path, const training_report *r, const size_t *counts /* [DIGITS,DIGITS] */);

/* x are the features of a held-out string, h what was heard in it. */
void draw_string_training(const char *path, const training_report *r, const float *x, const hearing *h,
                          const char *said);

/* The features of a file and what was heard in it. */
void draw_hearing(const char *path, const char *file, const float *x, const hearing *h);

#endif
