/* The only file that opens files. */
#ifndef RNNI_FILE_H
#define RNNI_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The whole of a regular file.  Release *bytes with rnni_memory_release.  RNN_E_IO: it cannot be read, is not a
 * regular file, or changed its size meanwhile. */
int32_t rnni_file_read(unsigned char **bytes, size_t *count, const char *path, const char *function);

/* Puts the bytes in the place of `path`, whole or not at all; see rnn_save in rnn.h.  An existing file's permissions
 * are kept.  RNN_E_IO: the new file is gone and `path` is as it was; only where the last step, syncing the directory,
 * fails is the new content in place, though a power failure might still undo it. */
int32_t rnni_file_replace(const char *path, const unsigned char *bytes, size_t count, const char *function);

#endif
