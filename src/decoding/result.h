/* The results of a decoder: for each sequence some lists of tokens, best first. */
#ifndef RNNI_RESULT_H
#define RNNI_RESULT_H

#include "base/block.h"

#include <stdint.h>

/* One result. */
struct rnni_result {
    size_t first, count; /* of its tokens among all */
    double score;
};

/* Blocks that only grow. */
struct rnni_results {
    size_t sequences, count, tokens_count; /* complete sequences, results, tokens of all results */
    struct rnni_block ends;                /* size_t [sequences]: results up to the end of each sequence */
    struct rnni_block of;                  /* struct rnni_result [count] */
    struct rnni_block tokens, steps;       /* int32_t [tokens_count] */
    struct rnni_block scores;              /* float [tokens_count] */
};

/* The arrays of one result, [count]; NULL where count is 0. */
struct rnni_result_view {
    int32_t *tokens, *steps;
    float *scores;
    size_t count;
};

void rnni_result_clear(struct rnni_results *results);
void rnni_result_release(struct rnni_results *results);

/* Adds a result of the sequence that is not complete yet, and gives its arrays to fill, which live until the next one
 * is added.  Returns 0 if out of memory. */
int rnni_result_add(struct rnni_results *results, struct rnni_result_view *view, size_t count, double score);

/* The result added last has only `count` tokens, the first of those there is room for, and this score. */
void rnni_result_shorten(struct rnni_results *results, size_t count, double score);

/* Completes a sequence.  Returns 0 if out of memory. */
int rnni_result_end_sequence(struct rnni_results *results);

/* The steps of the results become those of the arrays: places [T,B], the place of step t of sequence b. */
void rnni_result_place_steps(struct rnni_results *results, const int32_t *places);

/* Of a complete sequence. */
size_t rnni_result_count(const struct rnni_results *results, size_t sequence);
struct rnni_result_view rnni_result_get(const struct rnni_results *results, double *score, size_t sequence,
                                        size_t rank);

#endif
