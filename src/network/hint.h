/* What a caller may have meant who asks a file for a tensor that it does not have. */
#ifndef RNNI_HINT_H
#define RNNI_HINT_H

#include "io/safetensors.h"
#include "network/options.h"

/* The end of a message, "; the file has gru.weight_ih_l0: set RNN_PREFIX to ...", with up to three candidates. */
struct rnni_hint {
    char text[224];
};

/* For weight_ih_l0 or weight_ih_l0_reverse, which are not there under the prefix of the options. */
struct rnni_hint rnni_hint_prefix(const struct rnni_safetensors *file);

/* For the weight of the head [rows,columns], beside which there is a bias [rows], and for the table of the embedding,
 * beside which there is none; rows 0: any number.  "" where nothing in the file looks so. */
struct rnni_hint rnni_hint_head(const struct rnni_safetensors *file, size_t rows, size_t columns);
struct rnni_hint rnni_hint_embedding(const struct rnni_safetensors *file, size_t rows, size_t columns);

#endif
