#define _GNU_SOURCE /* memfd_create */

#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s does not hold; the last message is: %s\n", file, line, condition, rnn_last_error());
    abort();
}

int fuzz_message_is_of(const char *function)
{
    size_t length = strlen(function);
    return strncmp(rnn_last_error(), function, length) == 0 && strncmp(rnn_last_error() + length, ": ", 2) == 0;
}

const char *fuzz_file_of(const uint8_t *bytes, size_t count)
{
    static char path[32];
    static int file;
    if (!path[0]) {
        file = memfd_create("bytes", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    fuzz_demand(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, bytes, count, 0) == (ssize_t)count);
    return path;
}

uint8_t *fuzz_saved(const rnn_model *model, size_t *size)
{
    fuzz_demand(rnn_save_memory(model, NULL, 0, size) == RNN_OK);
    uint8_t *bytes = malloc(*size);
    fuzz_demand(bytes && rnn_save_memory(model, bytes, *size, size) == RNN_OK);
    return bytes;
}

rnn_model *fuzz_tiny_model(void)
{
    rnn_config *config;
    rnn_model *model;
    fuzz_demand(rnn_config_create(&config) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_VOCABULARY, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_CLASSES, 2) == RNN_OK);
    fuzz_demand(rnn_create(&model, config) == RNN_OK);
    rnn_config_destroy(config);
    return model;
}

uint8_t fuzz_byte(struct fuzz_bytes *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

int64_t fuzz_integer(struct fuzz_bytes *bytes)
{
    uint8_t first = fuzz_byte(bytes);
    uint64_t value = 0;
    if (first < 0xF0) /* -8 to 231 */
        return (int64_t)first - 8;
    for (int i = 0; i < 8 && i < first - 0xEF; i++)
        value = value << 8 | fuzz_byte(bytes);
    return (int64_t)value;
}

double fuzz_real(struct fuzz_bytes *bytes)
{
    static const double edges[] = {0,     -0.0, 1,     -1,    0.5,      0.99,      1e30,
                                   -1e30, 1e31, 1e-40, 1e308, INFINITY, -INFINITY, NAN};
    uint8_t first = fuzz_byte(bytes);
    if (first < sizeof edges / sizeof *edges)
        return edges[first];
    return ldexp((double)first - 128, (int)(fuzz_byte(bytes) % 64) - 40);
}

float *fuzz_floats(struct fuzz_bytes *bytes, size_t count)
{
    float *values = malloc(count ? count * sizeof *values : 1);
    fuzz_demand(values != NULL);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)fuzz_real(bytes);
    return values;
}

char *fuzz_text(struct fuzz_bytes *bytes)
{
    size_t count = fuzz_byte(bytes);
    char *text = malloc(count + 1);
    fuzz_demand(text != NULL);
    for (size_t i = 0; i < count; i++)
        text[i] = (char)fuzz_byte(bytes);
    text[count] = 0;
    return text;
}
