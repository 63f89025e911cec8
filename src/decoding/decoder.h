/* A decoder: its kind, options, and the results of its last call.
 *
 * A kind reads logits into `found`, which no caller sees, and exchanges it with `results` at the end: a failing call
 * changes nothing.  A stream is read when somebody asks for its results.  A search keeps what it knows of a sequence in
 * a struct of its own and takes one step at a time. */
#ifndef RNNI_DECODER_H
#define RNNI_DECODER_H

#include "base/option.h"
#include "decoding/ctc_stream.h"
#include "math/crf_lattice.h"

struct rnni_decoder_options {
    int64_t blank, width, results, start, end, minimum, maximum, top_k;
    int64_t random; /* the state of the generator of random numbers */
    double penalty, temperature, top_p, weight, bonus, threshold;
};

extern const struct rnni_option_table rnni_decoder_table;

/* Which steps count in the next rnn_decoder_decode. */
struct rnni_decoder_mask {
    struct rnni_block block;  /* int32_t [count] */
    size_t count;             /* 0: not set */
    struct rnni_block chosen; /* int32_t [B] how many steps of a sequence count, and [T,B] where they are */
};

struct rnn_decoder {
    struct rnni_message message;
    int32_t kind;
    struct rnni_decoder_options options;
    struct rnni_results results;                  /* of the last call that succeeded; no sequence: none yet */
    struct rnni_results found;                    /* of the call that is running */
    struct rnni_ctc_stream *stream;               /* NULL: none */
    int is_stale;                                 /* the stream has taken more steps than the results are of */
    int is_busy;                                  /* a call of a scorer of CTC is running */
    rnn_scorer scorer;                            /* NULL: none */
    void *user;                                   /* of the scorer */
    struct rnni_crf_transitions transitions;      /* of RNN_DECODER_CRF */
    struct rnni_block marginals, found_marginals; /* floats [T,B,C] of the same calls, of RNN_DECODER_CRF */
    size_t marginals_count;                       /* elements; 0: none yet */
    struct rnni_decoder_mask mask;
};

const char *rnni_decoder_kind_name(int32_t kind); /* "RNN_DECODER_CTC_BEAM" */

/* Whether the kind has that option; 1 for unknown keys. */
int rnni_decoder_has(int32_t kind, int32_t key);

/* NULL if out of memory.  The kind is a known one. */
struct rnn_decoder *rnni_decoder_create(int32_t kind);
void rnni_decoder_release(struct rnn_decoder *decoder); /* NULL does nothing */

/* The steps of the mask [T,B] within the lengths [B] (NULL: T), as lengths [B] and places [T,B] that live until the
 * next such call.  0: out of memory. */
int rnni_decoder_choose(struct rnni_decoder_mask *mask, const int32_t *lengths, size_t steps, size_t batch);

/* What has been found becomes the results. */
void rnni_decoder_accept(struct rnn_decoder *decoder);

/* The decoder has this stream from now on, or none (NULL), and no longer its old one. */
void rnni_decoder_set_stream(struct rnn_decoder *decoder, struct rnni_ctc_stream *stream);

/* The scorer with its options and no memory, for a call of `function` over so many classes. */
struct rnni_scorer rnni_decoder_scorer(struct rnn_decoder *decoder, size_t classes, const char *function);

#endif
