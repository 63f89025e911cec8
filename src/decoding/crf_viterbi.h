/* The likeliest paths of a linear-chain CRF: see RNN_DECODER_CRF. */
#ifndef RNNI_CRF_VITERBI_H
#define RNNI_CRF_VITERBI_H

#include "decoding/ctc_decoding.h"

/* For each sequence up to `most` paths, and the marginals [T,B,C], floats.  scores: as in struct rnni_crf_transitions.
 * No emission is NaN or +infinity.  0: out of memory. */
int rnni_crf_viterbi(struct rnni_results *found, struct rnni_block *marginals, const struct rnni_ctc_input *input,
                     const float *scores, size_t most);

#endif
