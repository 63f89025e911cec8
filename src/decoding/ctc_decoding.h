/* From the logits of CTC to labels: see RNN_DECODER_CTC_GREEDY and RNN_DECODER_CTC_BEAM. */
#ifndef RNNI_CTC_DECODING_H
#define RNNI_CTC_DECODING_H

#include "base/assertion.h"
#include "decoding/ctc_search.h"

/* What is read. */
struct rnni_ctc_input {
    const float *logits;    /* [T,B,C] */
    const int32_t *lengths; /* [B] steps that count; NULL: T for all */
    size_t steps, batch, classes;
    int32_t blank;
    const int32_t *places; /* [T,B] where step t of those that count is; NULL: at t */
};

static inline size_t rnni_ctc_decoding_length(const struct rnni_ctc_input *input, size_t sequence)
{
    size_t length = input->lengths ? (size_t)input->lengths[sequence] : input->steps;
    RNNI_ASSERT(sequence < input->batch && length <= input->steps);
    return length;
}

static inline size_t rnni_ctc_decoding_place(const struct rnni_ctc_input *input, size_t step, size_t sequence)
{
    RNNI_ASSERT(step < input->steps && sequence < input->batch);
    return input->places ? (size_t)input->places[step * input->batch + sequence] : step;
}

static inline const float *rnni_ctc_decoding_row(const struct rnni_ctc_input *input, size_t step, size_t sequence)
{
    return input->logits + (rnni_ctc_decoding_place(input, step, sequence) * input->batch + sequence) * input->classes;
}

/* The best path of one sequence so far. */
struct rnni_ctc_path {
    struct rnni_result_view view; /* with room for a label at each step that is taken */
    size_t count, steps;
    int32_t last; /* class */
    double score; /* log probability */
};

void rnni_ctc_greedy_step(struct rnni_ctc_path *path, const struct rnni_ctc_input *input, const float *o /* [C] */);

/* Adds the results of each sequence to `found`.  Other than 0: out of memory. */
int rnni_ctc_greedy(struct rnni_results *found, const struct rnni_ctc_input *input);

/* Takes the valid steps of sequences first .. first + count - 1; searches [count] are theirs.  With a scorer that is
 * called, before the first step too, they have been begun and scored by rnni_ctc_beam_begin.  RNN_E_MEMORY, or what the
 * scorer returns; the messages are written as the scorer of the rules says. */
int32_t rnni_ctc_beam_begin(struct rnni_ctc_search *searches, const struct rnni_ctc_rules *rules, size_t count);
int32_t rnni_ctc_beam_run(struct rnni_ctc_search *searches, const struct rnni_ctc_input *input, size_t first,
                          size_t count);

/* Adds the results of each sequence to `found`. */
int32_t rnni_ctc_beam_search(struct rnni_results *found, const struct rnni_ctc_input *input,
                             const struct rnni_ctc_rules *rules);

/* Writes the steps and scores of the labels view->tokens: those of the most likely path with these labels; of equal
 * paths, the one whose labels begin first.  There is such a path.  rows [T] are the valid rows of logits of that
 * sequence; scratch is any block.  Other than 0: out of memory. */
int rnni_ctc_align(const struct rnni_result_view *view, const struct rnni_ctc_input *input,
                   const struct rnni_logits *rows, size_t sequence, struct rnni_block *scratch);

#endif
