/* WAV files: RIFF chunks, of which "fmt " and "data" matter.  Nothing in a file is taken for granted, least of all the
 * sizes of its chunks. */
#include "wav.h"

#include "die.h"
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCM        1
#define EXTENSIBLE 0xfffe /* the format proper is the first number of a GUID */

typedef struct {
    const unsigned char *bytes;
    size_t count;
} span;

static uint32_t number(const unsigned char *bytes, size_t count)
{
    uint32_t value = 0;

    for (size_t i = count; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* The chunk with this name, looked for from *at on, which then is where the next one begins. */
static span find_chunk(const char *path, span file, size_t *at, const char *name)
{
    while (file.count - *at >= 8) {
        const unsigned char *head = file.bytes + *at;
        size_t size = number(head + 4, 4), rest = file.count - *at - 8;
        if (size > rest)
            die("%s: the file is truncated: the chunk at byte %zu should have %zu bytes, %zu are there", path, *at,
                size, rest);
        *at += 8 + size + (size % 2 && size < rest); /* chunks begin at even places */
        if (memcmp(head, name, 4) == 0)
            return (span){head + 8, size};
    }
    die("%s: the file has no chunk '%s' where one is needed", path, name);
}

/* Returns the rate. */
static int32_t check_format(const char *path, span format)
{
    if (format.count < 16)
        die("%s: the chunk 'fmt ' has %zu bytes; 16 are needed", path, format.count);
    uint32_t code = number(format.bytes, 2), channels = number(format.bytes + 2, 2);
    uint32_t rate = number(format.bytes + 4, 4), bits = number(format.bytes + 14, 2);

    if (code == EXTENSIBLE && format.count >= 26)
        code = number(format.bytes + 24, 2);
    if (code != PCM)
        die("%s: the samples are coded (format %u); only PCM is read", path, (unsigned)code);
    if (channels != 1)
        die("%s: there are %u channels; only recordings of one are read", path, (unsigned)channels);
    if (bits != 16)
        die("%s: the samples have %u bits; only those of 16 are read", path, (unsigned)bits);
    if (rate < LEAST_RATE || rate > LARGEST_RATE)
        die("%s: there are %u samples a second; only rates from %d to %d are read", path, (unsigned)rate, LEAST_RATE,
            LARGEST_RATE);
    return (int32_t)rate;
}

sound wav_read(const char *path)
{
    file_bytes read = file_read(path);
    span file = {(const unsigned char *)read.bytes, read.count};
    size_t at = 12;

    if (file.count < at || memcmp(file.bytes, "RIFF", 4) != 0 || memcmp(file.bytes + 8, "WAVE", 4) != 0)
        die("%s: the file is no WAV file", path);
    int32_t rate = check_format(path, find_chunk(path, file, &at, "fmt "));
    span data = find_chunk(path, file, &at, "data");
    if (data.count % 2)
        die("%s: the last sample is only half there", path);
    if (data.count == 0)
        die("%s: the file has no samples", path);
    sound heard = {.count = data.count / 2, .rate = rate, .samples = allocate(data.count / 2, sizeof(int16_t))};
    for (size_t i = 0; i < heard.count; i++)
        heard.samples[i] = (int16_t)number(data.bytes + 2 * i, 2);
    free(read.bytes);
    return heard;
}

static void write_number(FILE *file, uint32_t value, size_t count)
{
    for (size_t i = 0; i < count; i++, value >>= 8)
        fputc((int)(value & 0xff), file);
}

void wav_write(const char *path, const sound *written)
{
    FILE *file = fopen(path, "wb");
    uint32_t rate = (uint32_t)written->rate, bytes = 2 * (uint32_t)written->count;

    if (!file)
        die("%s: %s", path, strerror(errno));
    fputs("RIFF", file);
    write_number(file, 36 + bytes, 4);
    fputs("WAVEfmt ", file);
    write_number(file, 16, 4);
    write_number(file, PCM, 2);
    write_number(file, 1, 2); /* channels */
    write_number(file, rate, 4);
    write_number(file, 2 * rate, 4); /* bytes of a second, bytes and bits of a sample */
    write_number(file, 2, 2);
    write_number(file, 16, 2);
    fputs("data", file);
    write_number(file, bytes, 4);
    for (size_t i = 0; i < written->count; i++)
        write_number(file, (uint16_t)written->samples[i], 2);
    int failed = ferror(file);
    if (fclose(file) != 0 || failed)
        die("%s: the sound could not be written: %s", path, strerror(errno));
}
