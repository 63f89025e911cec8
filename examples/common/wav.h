/* WAV files of one channel of 16-bit PCM. */
#ifndef WAV_H
#define WAV_H

#include <stddef.h>
#include <stdint.h>

#define LEAST_RATE   8000
#define LARGEST_RATE 192000

typedef struct {
    int16_t *samples; /* [count], at least one, to be freed */
    size_t count;
    int32_t rate; /* samples of a second */
} sound;

/* Dies where the file is not a whole WAV file of one channel of 16-bit PCM. */
sound wav_read(const char *path);

/* Writes such a file, of less than 2^30 samples; dies where that fails. */
void wav_write(const char *path, const sound *written);

#endif
