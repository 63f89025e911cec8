/* CTC decoding of sequences that arrive in pieces: see rnn_decoder_begin. */
#ifndef RNNI_CTC_STREAM_H
#define RNNI_CTC_STREAM_H

#include "decoding/ctc_decoding.h"

struct rnni_ctc_stream {
    int is_beam;
    struct rnni_ctc_rules rules;
    struct rnni_scorer scorer; /* rules.scorer */
    size_t batch;
    struct rnni_ctc_sequence *sequences; /* [B] the best paths, and what is kept of the logits */
    struct rnni_ctc_search *searches;    /* [B] of a beam search */
    struct rnni_block scratch;
};

/* NULL, with a status and its message, if it fails.  rules->scorer is copied. */
struct rnni_ctc_stream *rnni_ctc_stream_create(int is_beam, const struct rnni_ctc_rules *rules, size_t batch,
                                               int32_t *status);
void rnni_ctc_stream_release(struct rnni_ctc_stream *stream); /* NULL does nothing */

/* Takes the steps of a piece, [T,B,C].  `function` begins messages.  After an error the stream is as it was. */
int32_t rnni_ctc_stream_feed(struct rnni_ctc_stream *stream, const struct rnni_ctc_input *piece, const char *function);

/* The most steps that a sequence has. */
size_t rnni_ctc_stream_steps(const struct rnni_ctc_stream *stream);

/* Adds the results so far; those of a beam search have no steps and scores of labels before rnni_ctc_stream_align.
 * Other than 0: out of memory. */
int rnni_ctc_stream_results(struct rnni_ctc_stream *stream, struct rnni_results *found);
int rnni_ctc_stream_align(struct rnni_ctc_stream *stream, const struct rnni_result_view *view, size_t sequence);

/* How many labels at the front of a sequence can no longer change. */
size_t rnni_ctc_stream_stable(const struct rnni_ctc_stream *stream, size_t sequence);

#endif
