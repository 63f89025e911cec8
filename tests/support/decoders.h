/* Decoders for tests: one call each, and results as arrays. */
#ifndef RNN_TESTS_DECODERS_H
#define RNN_TESTS_DECODERS_H

#include "support/support.h"

/* A decoder with some options; they end with key 0. */
struct decoder_option {
    int32_t key;
    double value; /* of an integer key too */
};
rnn_decoder *decoder_create(int32_t kind, const struct decoder_option *options);

/* Reads all results of a decoder into tokens [B,N,T], with -1 behind the tokens, lengths [B,N] and scores [B,N]: -1 and
 * -infinity where there are fewer than N results.  Checks what holds for all results on the way. */
void decoder_read(rnn_decoder *decoder, int32_t *tokens, int32_t *lengths, double *scores, size_t batch, size_t results,
                  size_t steps);

/* Each of these decodes by a decoder of its own and writes its results as decoder_read does, if all goes well. */
struct decoder_ctc {
    const float *logits;    /* [T,B,C] */
    const int32_t *lengths; /* [B] or NULL */
    size_t steps, batch, classes;
    int32_t blank;
    size_t width, results; /* width 0: the best path */
};
int32_t decoder_decode(int32_t *labels, int32_t *label_lengths, double *scores, const struct decoder_ctc *ctc);

struct decoder_beam {
    int32_t start, end;
    size_t minimum, steps, classes, width, results;
    double penalty;
};
rnn_decoder *decoder_of_beam(const struct decoder_beam *beam);
int32_t decoder_search(int32_t *tokens, int32_t *lengths, double *scores, const struct decoder_beam *beam,
                       rnn_generator generator, void *user);

/* Draws by *random, and leaves the state in it. */
int32_t decoder_sample(int32_t *tokens, size_t rows, const float *logits, size_t classes, double temperature,
                       size_t top_k, double top_p, int64_t *random);

#endif
