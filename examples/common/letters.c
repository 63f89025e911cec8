#include "letters.h"
#include "die.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE "alphabet" /* its key: two hexadecimal digits per byte */

/* The alphabet of the bytes that are marked. */
static letter_table table_of_set(const bool present[256])
{
    letter_table letters = {0};

    for (size_t byte = 0; byte < 256; byte++) {
        letters.token[byte] = present[byte] ? (int32_t)letters.size : -1;
        if (present[byte])
            letters.byte[letters.size++] = (unsigned char)byte;
    }
    return letters;
}

letter_table letters_of_text(file_bytes source)
{
    bool present[256] = {false};

    for (size_t i = 0; i < source.count; i++)
        present[(unsigned char)source.bytes[i]] = true;
    return table_of_set(present);
}

void letters_store(const letter_table *letters, rnn_model *model)
{
    char hexadecimal[2 * 256 + 1] = "";

    for (size_t i = 0; i < letters->size; i++)
        snprintf(hexadecimal + 2 * i, 3, "%02x", letters->byte[i]);
    check(rnn_model_set_metadata(model, NOTE, hexadecimal));
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

letter_table letters_load(const rnn_model *model, const char *path)
{
    const char *note;
    bool present[256] = {false};
    int64_t vocabulary, classes;
    size_t count;

    if (rnn_model_get_metadata(model, NOTE, &note) != RNN_OK)
        die("%s: not a checkpoint of charlm: %s", path, rnn_last_error());
    count = set_of_hexadecimal(present, note);
    check(rnn_model_get_int(model, RNN_VOCABULARY, &vocabulary));
    check(rnn_model_get_int(model, RNN_CLASSES, &classes));
    if (count == 0 || vocabulary != (int64_t)count || classes != (int64_t)count)
        die("%s: not a checkpoint of charlm: its alphabet does not fit its network", path);
    return table_of_set(present);
}
