/* amp, a guitar amplifier that a small LSTM learns from recordings, over rnn.h: what its files share.
 *
 *     amp.c      the command line                     network.c  the list of layers, files
 *     guitar.c   plucked strings as the input         train.c    the training run
 *     tube.c     an amplifier that makes the output   play.c     a model as a stream of blocks
 *     compare.c  errors, and what a network is compared with
 *     picture.c  a few milliseconds, and the errors while it learns
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef AMP_H
#define AMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "series.h"
#include "wav.h"

typedef struct {
    int64_t units, epochs, batch, steps, threads, seed;
    double rate;        /* of learning */
    const char *output; /* base name of the files */
} options;

/* What goes into an amplifier and what comes out, from -1 to 1. */
typedef struct {
    float *x, *y; /* [count] */
    size_t count;
    int32_t rate;
    size_t validation, held_out; /* where the parts begin; before them is the part for training */
} recording;

/* ---- amp.c ------------------------------------------------------------------------------------------------------ */

double decibels(double ratio); /* of energies */

/* ---- guitar.c, tube.c ------------------------------------------------------------------------------------------- */

/* A riff: notes, fifths and chords, some of them muted, as sums of harmonics that decay. */
void guitar_play(float *x /* [count] */, size_t count, int32_t rate, uint64_t seed);

/* Filters around a tube, a tanh whose bias depends on what went before. */
void tube_amplify(float *y /* [count] */, const float *x, size_t count, int32_t rate);

/* ---- network.c -------------------------------------------------------------------------------------------------- */

/* Its scales are those of the part of the recording for training. */
rnn_model *network_create(const recording *r, int64_t units, int64_t seed);

/* A file of a network has the rate of the recordings as a note. */
rnn_model *network_load(const char *path, int32_t *rate);

/* ---- train.c ---------------------------------------------------------------------------------------------------- */

typedef struct {
    series training, validation; /* decibels over epochs */
    double seconds;
    int64_t epochs;
} history;

/* The weights with the lowest error on the part for validation. */
rnn_model *train(history *h, const recording *r, const options *o);

/* ---- play.c ----------------------------------------------------------------------------------------------------- */

typedef struct {
    double seconds, slowest; /* of all blocks together, of one */
} play_time;

/* Runs a model as in a sound card, blocks of so many samples one after the other. */
play_time play(float *y /* [count] */, rnn_model *model, const float *x, size_t count, size_t block);

/* ---- compare.c -------------------------------------------------------------------------------------------------- */

#define EMPHASIS 0.95 /* of high frequencies, in the loss */

/* The sum of p(x)^2, p(x)[t] = x[t] - emphasis x[t-1]; x is `a`, or if b is not NULL the difference a - b. */
double energy(const float *a, const float *b, size_t count, double emphasis);

/* Prints the errors of the network's output y [count] on what is held out, and those of simpler models. */
void compare(const recording *r, const float *y);

/* ---- picture.c -------------------------------------------------------------------------------------------------- */

void picture_draw(const char *path, const recording *r, const float *y, const history *h, int64_t units);

#endif
