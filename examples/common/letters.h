/* The alphabet of a text: the bytes that it is made of, as tokens.  It travels with a model, as a note in its
 * checkpoint. */
#ifndef LETTERS_H
#define LETTERS_H

#include "file.h"

#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

/* Byte number i of the alphabet is token i. */
typedef struct {
    size_t size;             /* V */
    unsigned char byte[256]; /* [V], ascending */
    int32_t token[256];      /* of each byte; -1: not in the alphabet */
} letter_table;

letter_table letters_of_text(file_bytes source);
void letters_store(const letter_table *letters, rnn_model *model);

/* Dies where the model, which came from `path`, is no character model with an alphabet. */
letter_table letters_load(const rnn_model *model, const char *path);

#endif
