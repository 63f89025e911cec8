/* Files on disk and in memory. */
#ifndef RNNI_FILE_H
#define RNNI_FILE_H

#include "io/disk.h"

#include <stddef.h>
#include <stdint.h>

/* The bytes of a file, on disk or in memory, read at any place. */
struct rnni_file {
    uint64_t count;              /* bytes */
    const unsigned char *memory; /* [count], the caller's; NULL: on disk */
    struct rnni_disk disk;
    const char *path, *function; /* the caller's, for messages */
};

/* Opens a regular file to read it; close it with rnni_file_close.  RNN_E_IO: it cannot be opened, or is not a regular
 * file. */
int32_t rnni_file_open(struct rnni_file *file, const char *path, const char *function);
void rnni_file_close(struct rnni_file *file); /* takes one in memory */

struct rnni_file rnni_file_in_memory(const unsigned char *bytes, size_t count);

/* The bytes from `offset` on, which must lie in the file: read into `room` [count], or where they are in memory; NULL
 * after RNN_E_IO, whose message is written: the file cannot be read, or has changed since it was opened. */
const unsigned char *rnni_file_read(const struct rnni_file *file, unsigned char *room, uint64_t offset, size_t count);

/* Puts the bytes in the place of `path`, whole or not at all; see rnn_save in rnn.h.  An existing file's permissions
 * are kept, except on Windows.  RNN_E_IO: the new file is gone and `path` is as it was; only where the last step,
 * syncing the directory, fails is the new content in place, though a power failure might still undo it. */
int32_t rnni_file_replace(const char *path, const unsigned char *bytes, size_t count, const char *function);

#endif
