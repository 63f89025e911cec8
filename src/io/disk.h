/* The files of the operating system: disk_posix.c and disk_windows.c.  Paths are UTF-8.  `path` and `function` are also
 * for the message of a failure. */
#ifndef RNNI_DISK_H
#define RNNI_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An open file. */
struct rnni_disk {
    intptr_t handle;
    uint64_t count;     /* bytes */
    int64_t changed[2]; /* when it was opened: the time of its last change, as the system has it */
};

/* Opens a regular file to read it.  RNN_E_IO: it cannot be opened, or is not a regular file. */
int32_t rnni_disk_open(struct rnni_disk *disk, const char *path, const char *function);
void rnni_disk_close(const struct rnni_disk *disk);

/* Reads at most `count` bytes, and less only at the end of the file. */
int32_t rnni_disk_read(const struct rnni_disk *disk, unsigned char *bytes, uint64_t offset, size_t count, size_t *got,
                       const char *path, const char *function);

bool rnni_disk_is_unchanged(const struct rnni_disk *disk); /* since it was opened */

/* rnni_file_replace of io/file.h. */
int32_t rnni_disk_replace(const char *path, const unsigned char *bytes, size_t count, const char *function);

#endif
