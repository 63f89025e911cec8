#include "api/files.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "io/file.h"

#include <stdio.h>

int32_t rnni_files_save(const char *path, rnni_writer *writer, const void *what, const char *function)
{
    size_t size;
    RNNI_TRY(writer(NULL, 0, &size, what, function));
    unsigned char *bytes = rnni_memory_take(size, 1);
    if (!bytes)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a checkpoint of %zu bytes", function, size);
    int32_t status = writer(bytes, size, &size, what, function);
    if (!status)
        status = rnni_file_replace(path, bytes, size, function);
    rnni_memory_release(bytes);
    return status;
}

int32_t rnni_files_save_memory(void *bytes, size_t capacity, size_t *size, rnni_writer *writer, const void *what,
                               const char *function)
{
    if (capacity && !bytes)
        return rnni_status_fail(NULL, RNN_E_NULL, "%s: bytes is NULL", function);
    RNNI_TRY(writer(bytes, capacity, size, what, function));
    if (bytes && capacity < *size)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: capacity is %zu, expected at least %zu", function, capacity,
                                *size);
    return RNN_OK;
}

static int32_t read_open(const struct rnni_file *file, rnni_reader *reader, void *what, const char *about)
{
    struct rnni_safetensors parsed;
    RNNI_TRY(rnni_safetensors_open(&parsed, file, about));
    int32_t status = reader(what, &parsed, about);
    rnni_safetensors_release(&parsed);
    return status;
}

int32_t rnni_files_load(const char *path, rnni_reader *reader, void *what, const char *function)
{
    char about[RNNI_SENTENCE_SIZE / 2];
    struct rnni_file file;
    RNNI_TRY(rnni_file_open(&file, path, function));
    snprintf(about, sizeof about, "%s: %s", function, rnni_utf8_quote(path).text);
    int32_t status = read_open(&file, reader, what, about);
    rnni_file_close(&file);
    return status;
}

int32_t rnni_files_load_memory(const void *bytes, size_t count, rnni_reader *reader, void *what, const char *function)
{
    struct rnni_file file = rnni_file_in_memory(bytes, count);
    return read_open(&file, reader, what, function);
}
