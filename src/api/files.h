/* What all that is saved and loaded has in common. */
#ifndef RNNI_FILES_H
#define RNNI_FILES_H

#include "base/status.h"
#include "io/safetensors.h"

#include <stddef.h>

/* Writes the bytes of a file that stands for `what`, as rnni_checkpoint_write does. */
typedef int32_t rnni_writer(unsigned char *bytes, size_t capacity, size_t *size, const void *what,
                            const char *function);

int32_t rnni_files_save(const char *path, rnni_writer *writer, const void *what, const char *function);

/* bytes NULL with a capacity above 0: RNN_E_NULL. */
int32_t rnni_files_save_memory(void *bytes, size_t capacity, size_t *size, rnni_writer *writer, const void *what,
                               const char *function);

/* Reads a file into `what`, unchanged where it fails; `about`, the function and the file, begins its messages. */
typedef int32_t rnni_reader(void *what, const struct rnni_safetensors *file, const char *about);

int32_t rnni_files_load(const char *path, rnni_reader *reader, void *what, const char *function);
int32_t rnni_files_load_memory(const void *bytes, size_t count, rnni_reader *reader, void *what, const char *function);

#endif
