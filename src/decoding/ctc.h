/* From the logits of CTC to labels: see rnn_ctc_greedy and rnn_ctc_beam_search. */
#ifndef RNNI_CTC_DECODING_H
#define RNNI_CTC_DECODING_H

#include <stddef.h>
#include <stdint.h>

/* What is read. */
struct rnni_ctc_input {
    const float *logits;    /* [T,B,C] */
    const int32_t *lengths; /* [B]; NULL: T for all */
    size_t steps, batch, classes;
    int32_t blank;
};

static inline size_t rnni_ctc_length(const struct rnni_ctc_input *input, size_t sequence)
{
    return input->lengths ? (size_t)input->lengths[sequence] : input->steps;
}

static inline const float *rnni_ctc_row(const struct rnni_ctc_input *input, size_t step, size_t sequence)
{
    return input->logits + (step * input->batch + sequence) * input->classes;
}

/* labels [B,T], label_lengths [B], scores [B] (NULL: not wanted). */
void rnni_ctc_greedy(int32_t *labels, int32_t *label_lengths, double *scores, const struct rnni_ctc_input *input);

/* labels [B,N,T], label_lengths [B,N], scores [B,N].  Other than 0: no memory, and nothing was written. */
int rnni_ctc_beam_search(int32_t *labels, int32_t *label_lengths, double *scores, const struct rnni_ctc_input *input,
                         size_t width, size_t results);

#endif
