/* A generator for beam searches whose logits depend on every token read so far, and the results of a search. */
#ifndef RNN_TESTS_BEAM_GENERATOR_H
#define RNN_TESTS_BEAM_GENERATOR_H

#include "support/decoders.h"

#define MOST_STEPS   8
#define MOST_CLASSES 5
#define MOST         1024 /* sequences, rows */

/* The tokens read so far, including the first one. */
struct history {
    int32_t tokens[MOST_STEPS + 1];
    size_t length;
};

/* A generator and the options of the search. */
struct beam_generator {
    size_t classes, steps, minimum, width, results;
    int32_t first, end;
    double penalty;
    uint64_t seed;
    double end_bias;
    void (*logits_of)(struct beam_generator *generator, float *logits, const struct history *history);
    rnn_session *session; /* if a network computes the logits */
    float *states[2];     /* [L,1,H] its initial h and c */
    size_t state_count;
    int32_t stop_with; /* returned by call stop_at, counted from 1 */
    size_t stop_at;
    float wrong; /* replaces the last logit of that call, if stop_with is 0 */
    size_t calls, rows;
    struct history history[MOST]; /* [rows] */
};

struct results {
    int32_t tokens[MOST * MOST_STEPS], lengths[MOST]; /* [N,T], [N] */
    double scores[MOST];
};

/* Logits from a hash of the history. */
void hashed_logits(struct beam_generator *generator, float *logits, const struct history *history);

/* A generator with hashed logits, searched with a wide beam for one result. */
struct beam_generator beam_generator_of(size_t classes, size_t steps, int32_t end, double penalty, uint64_t seed);
struct decoder_beam beam_generator_beam(const struct beam_generator *generator);

/* The rnn_generator. Call beam_generator_begin before each search. */
int32_t beam_generator_next(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                            const int32_t *parents, size_t rows);
void beam_generator_begin(struct beam_generator *generator);

#endif
