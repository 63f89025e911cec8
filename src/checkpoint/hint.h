/* Candidates for a message about a tensor that a file does not have: names in the file that the caller may mean. */
#ifndef RNNI_HINT_H
#define RNNI_HINT_H

#include "io/safetensors.h"
#include "model/options.h"

/* The end of a message, "; the file has gru.weight_ih_l0: set RNN_PREFIX to ...", with up to three candidates. */
struct rnni_hint {
    char text[224];
};

/* For weight_ih_l0 or weight_ih_l0_reverse, if the file has neither under the prefix of the options. */
struct rnni_hint rnni_hint_prefix(const struct rnni_safetensors *file);

/* For the weight of the head [rows,columns], which has a bias [rows] beside it, and for the table of the embedding,
 * which has none; rows 0: any number.  "" if no tensor of the file fits. */
struct rnni_hint rnni_hint_head(const struct rnni_safetensors *file, uint64_t rows, uint64_t columns);
struct rnni_hint rnni_hint_embedding(const struct rnni_safetensors *file, uint64_t rows, uint64_t columns);

/* That __metadata__ ties the tensor to one of this name. */
struct rnni_hint rnni_hint_tie(const char *kept);

#endif
