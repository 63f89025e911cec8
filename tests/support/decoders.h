/* Decoders for tests: one call each, and results as arrays. */
#ifndef RNN_TESTS_DECODERS_H
#define RNN_TESTS_DECODERS_H

#include "support/support.h"

/* Creates a decoder with these options; key 0 ends the list. */
struct decoder_option {
    int32_t key;
    double value; /* also for integer keys */
};
rnn_decoder *decoder_create(int32_t kind, const struct decoder_option *options);

/* Reads all results of a decoder into tokens [B,N,T], padded by -1, lengths [B,N] and scores [B,N]. If there are
 * fewer than N results, the length of each missing one is -1 and its score -infinity. Also checks what holds for
 * all results. */
void decoder_read(rnn_decoder *decoder, int32_t *tokens, int32_t *lengths, double *scores, size_t batch, size_t results,
                  size_t steps);

/* Each of the following functions creates a decoder, decodes, and on success writes the results as decoder_read
 * does. */
struct decoder_ctc {
    const float *logits;    /* [T,B,C] */
    const int32_t *lengths; /* [B] or NULL */
    size_t steps, batch, classes;
    int32_t blank;
    size_t width, results; /* width 0: best-path decoding */
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

/* *random is the state of the random numbers, read and updated. */
int32_t decoder_sample(int32_t *tokens, size_t rows, const float *logits, size_t classes, double temperature,
                       size_t top_k, double top_p, int64_t *random);

#endif
