/* Characters and tokens: reading a text, its alphabet, and the layout in which a network takes it. */
#include "charlm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHABET_NOTE "alphabet" /* key of the note: two hexadecimal digits per byte */

text text_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    text read = {NULL, 0};
    size_t capacity = 0;

    if (!file)
        die("%s: %s", path, strerror(errno));
    do { /* not by the size of the file: a pipe has none */
        if (read.count == capacity) {
            capacity = capacity ? 2 * capacity : 1 << 16;
            read.bytes = realloc(read.bytes, capacity);
            if (!read.bytes)
                die("%s: not enough memory for more than %zu characters", path, read.count);
        }
        read.count += fread(read.bytes + read.count, 1, capacity - read.count, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file))
        die("%s: %s", path, strerror(errno));
    fclose(file);
    if (read.count == 0)
        die("%s: the file is empty", path);
    return read;
}

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

alphabet alphabet_of_text(text source)
{
    bool present[256] = {false};

    for (size_t i = 0; i < source.count; i++)
        present[source.bytes[i]] = true;
    return alphabet_of_set(present);
}

void alphabet_store(const alphabet *letters, rnn_model *model)
{
    char hexadecimal[2 * 256 + 1] = "";

    for (size_t i = 0; i < letters->size; i++)
        snprintf(hexadecimal + 2 * i, 3, "%02x", letters->byte[i]);
    check(rnn_set_metadata(model, ALPHABET_NOTE, hexadecimal));
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

    if (rnn_get_metadata(model, &note, ALPHABET_NOTE) != RNN_OK)
        die("%s: not a checkpoint of charlm: %s", path, rnn_last_error());
    count = set_of_hexadecimal(present, note);
    check(rnn_get_int(model, &vocabulary, RNN_VOCABULARY));
    check(rnn_get_int(model, &classes, RNN_CLASSES));
    if (count == 0 || vocabulary != (int64_t)count || classes != (int64_t)count)
        die("%s: not a checkpoint of charlm: its alphabet does not fit its network", path);
    return alphabet_of_set(present);
}

streams streams_cut(const alphabet *letters, text source, size_t first, size_t end, size_t batch, const char *path)
{
    size_t length = (end - first) / batch;
    streams cut = {allocate(length * batch, sizeof *cut.tokens), length, batch};

    for (size_t b = 0; b < batch; b++)
        for (size_t t = 0; t < length; t++) {
            size_t at = first + b * length + t;
            int32_t token = letters->token[source.bytes[at]];
            if (token < 0)
                die("%s: the character 0x%02x at offset %zu is not in the alphabet of the model", path,
                    source.bytes[at], at);
            cut.tokens[t * batch + b] = token;
        }
    return cut;
}
