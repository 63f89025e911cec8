/* vad, voice activity detection over rnn.h with the weights of Silero VAD: what its files share.
 *
 *     vad.c       the command line          networks.c  the encoder of a chunk, the decoder over chunks
 *     listen.c    from a recording to probabilities, chunk by chunk
 *     segments.c  from probabilities to speech and silence
 *     picture.c   the waveform with the probability over it
 *
 * Like many small tools it ends at the first error: die() and check() print a sentence and do not return. */
#ifndef VAD_H
#define VAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "wav.h"

#define RATE     16000 /* samples of a second that the networks were trained with */
#define CHUNK    512   /* samples of a chunk, which gets one probability */
#define CONTEXT  64    /* samples before it that the encoder sees too, and behind it the last ones mirrored */
#define SEEN     (CONTEXT + CHUNK + CONTEXT)
#define SECONDS  ((double)CHUNK / RATE) /* of a chunk */
#define FEATURES 128                    /* of a chunk, from the encoder to the decoder */

/* ---- networks.c ------------------------------------------------------------------------------------------------- */

/* Both for streams of one sequence; nothing is allocated after they are made. */
typedef struct {
    rnn_session *encoder, *decoder;
} networks;

/* Dies where the file does not have their weights. */
networks networks_load(const char *path);
void networks_release(networks *both);

/* The probability of speech in the chunk in x [SEEN], which follows those before. */
float networks_hear(const networks *both, const float *x);

/* ---- listen.c --------------------------------------------------------------------------------------------------- */

typedef struct {
    float *samples; /* [count] in -1 .. 1, at RATE */
    size_t count;
    float *speech; /* [chunks] probabilities */
    size_t chunks;
    double taken; /* seconds that the networks took */
} recording;

recording listen(const networks *both, const char *path);
void recording_release(recording *r);

/* ---- segments.c ------------------------------------------------------------------------------------------------- */

typedef struct {
    double from, to; /* seconds */
} segment;

typedef struct {
    segment *all;
    size_t count;
} segments;

/* Speech begins with a chunk of at least `threshold`, and ends before 0.1 s of chunks below threshold - 0.15.  What is
 * shorter than 0.25 s is left out. */
segments segments_find(const recording *r, double threshold);

/* ---- picture.c -------------------------------------------------------------------------------------------------- */

void picture_draw(const char *path, const recording *r, const segments *found, double threshold);

#endif
