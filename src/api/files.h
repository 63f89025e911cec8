/* What all that is saved and loaded has in common. */
#ifndef RNNI_FILES_H
#define RNNI_FILES_H

#include "base/status.h"

#include <stddef.h>

/* Writes the bytes of a file that stands for `what`, as rnni_checkpoint_write does. */
typedef int32_t rnni_writer(unsigned char *bytes, size_t capacity, size_t *size, const void *what,
                            const char *function);

int32_t rnni_files_save(const char *path, rnni_writer *writer, const void *what, const char *function);

/* bytes NULL with a capacity above 0: RNN_E_NULL. */
int32_t rnni_files_save_memory(void *bytes, size_t capacity, size_t *size, rnni_writer *writer, const void *what,
                               const char *function);

/* What is wrong in a file is said of that file: "rnn_load: FILE". */
struct rnni_files_about {
    char text[RNNI_SENTENCE_SIZE / 2];
};

struct rnni_files_about rnni_files_about(const char *function, const char *path);

#endif
