/* Bytes as tokens: number 0 is every byte that was not learnt, the others stand in the order in which they came. */
#include "classify.h"

#include <stdio.h>
#include <string.h>

#define NOTE "classify.alphabet"

static void add_byte(alphabet *letters, unsigned char byte)
{
    if (letters->size == 0)
        letters->size = 1;
    if (letters->token[byte] == UNKNOWN)
        letters->token[byte] = (int32_t)letters->size++;
}

void alphabet_add(alphabet *letters, const char *text)
{
    for (; *text; text++)
        add_byte(letters, (unsigned char)*text);
}

/* In hexadecimal: single bytes of a letter are no UTF-8. */
void alphabet_store(const alphabet *letters, rnn_model *model)
{
    char words[2 * 256 + 1] = "";

    for (int byte = 0; byte < 256; byte++)
        if (letters->token[byte] != UNKNOWN) {
            char digits[3];
            snprintf(digits, sizeof digits, "%02x", (unsigned)byte);
            memcpy(words + 2 * (letters->token[byte] - 1), digits, 2);
        }
    check(rnn_model_set_metadata(model, NOTE, words));
}

alphabet alphabet_load(const rnn_model *model, const char *path)
{
    alphabet letters = {.size = 1};
    const char *words;
    unsigned byte;
    int64_t vocabulary;

    if (rnn_model_get_metadata(model, NOTE, &words) != RNN_OK)
        die("%s: this checkpoint has no alphabet", path);
    for (; sscanf(words, "%2x", &byte) == 1; words += 2)
        add_byte(&letters, (unsigned char)byte);
    check(rnn_model_get_int(model, RNN_VOCABULARY, &vocabulary));
    if (*words || (int64_t)letters.size != vocabulary)
        die("%s: the alphabet of this checkpoint does not fit its network", path);
    return letters;
}
