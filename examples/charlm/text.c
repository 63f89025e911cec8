/* Characters and tokens: the alphabet of a text, and the streams it is cut into. */
#include "charlm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHABET_NOTE "alphabet" /* key of the note: two hexadecimal digits per byte */

/* The alphabet of the bytes that are marked. */
static alphabet alphabet_of_set(const bool present[256])
{
    alphabet letters = {0};

    for (size_t byte = 0; byte < 256; byte++) {
        letters.token[byte] = present[byte] ? (int32_t)letters.size : -1;
        if (present[byte])
            letters.byte[letters.size++] = (unsigned char)byte;
    }
    return letters;
}

alphabet alphabet_of_text(file_bytes source)
{
    bool present[256] = {false};

    for (size_t i = 0; i < source.count; i++)
        present[(unsigned char)source.bytes[i]] = true;
    return alphabet_of_set(present);
}

void alphabet_store(const alphabet *letters, rnn_model *model)
{
    char hexadecimal[2 * 256 + 1] = "";

    for (size_t i = 0; i < letters->size; i++)
        snprintf(hexadecimal + 2 * i, 3, "%02x", letters->byte[i]);
    check(rnn_model_set_metadata(model, ALPHABET_NOTE, hexadecimal));
}

/* Marks the bytes that are written in hexadecimal; returns how many there are, 0 for anything malformed. */
static size_t set_of_hexadecimal(bool present[256], const char *hexadecimal)
{
    size_t count = 0;

    for (; *hexadecimal; hexadecimal += 2) {
        if (strspn(hexadecimal, "0123456789abcdef") < 2)
            return 0;
        unsigned long byte = strtoul((const char[]){hexadecimal[0], hexadecimal[1], 0}, NULL, 16);
        count += !present[byte];
        present[byte] = true;
    }
    return count;
}

alphabet alphabet_load(const rnn_model *model, const char *path)
{
    const char *note;
    bool present[256] = {false};
    int64_t vocabulary, classes;
    size_t count;

    if (rnn_model_get_metadata(model, ALPHABET_NOTE, &note) != RNN_OK)
        die("%s: not a checkpoint of charlm: %s", path, rnn_last_error());
    count = set_of_hexadecimal(present, note);
    check(rnn_model_get_int(model, RNN_VOCABULARY, &vocabulary));
    check(rnn_model_get_int(model, RNN_CLASSES, &classes));
    if (count == 0 || vocabulary != (int64_t)count || classes != (int64_t)count)
        die("%s: not a checkpoint of charlm: its alphabet does not fit its network", path);
    return alphabet_of_set(present);
}

int32_t *tokens_of(const alphabet *letters, file_bytes source, const char *path)
{
    int32_t *tokens = allocate(source.count, sizeof *tokens);

    for (size_t i = 0; i < source.count; i++) {
        unsigned char byte = (unsigned char)source.bytes[i];
        tokens[i] = letters->token[byte];
        if (tokens[i] < 0)
            die("%s: the character 0x%02x at offset %zu is not in the alphabet of the model", path, byte, i);
    }
    return tokens;
}

rnn_dataset *streams_cut(const int32_t *tokens, size_t count, size_t batch, size_t steps)
{
    size_t length = count / batch, used = (length - 1) / steps * steps, index;
    rnn_dataset *streams;

    check(rnn_dataset_create(&streams));
    for (size_t b = 0; b < batch; b++, tokens += length) {
        check(rnn_dataset_add_tokens(streams, &index, tokens, used));
        check(rnn_dataset_set_classes(streams, index, tokens + 1, used));
    }
    return streams;
}
