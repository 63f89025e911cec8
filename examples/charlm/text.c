/* A text as tokens, and the streams it is cut into. */
#include "charlm.h"

int32_t *tokens_of(const letter_table *letters, file_bytes source, const char *path)
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
