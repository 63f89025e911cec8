#include "network/checkpoint.h"

#include "api/check.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "io/file.h"

#include <stdio.h>

RNN_API int32_t rnn_save(const rnn_model *model, const char *path)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    size_t size;
    RNNI_TRY(rnni_checkpoint_write(NULL, 0, &size, model, __func__));
    unsigned char *bytes = rnni_memory_take(size, 1);
    if (!bytes)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for the %zu bytes of a checkpoint", __func__, size);
    int32_t status = rnni_checkpoint_write(bytes, size, &size, model, __func__);
    if (!status)
        status = rnni_file_replace(path, bytes, size, __func__);
    rnni_memory_release(bytes);
    return status;
}

RNN_API int32_t rnn_save_memory(const rnn_model *model, void *bytes, size_t capacity, size_t *size)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, size);
    if (capacity)
        RNNI_NEED(NULL, bytes);
    RNNI_TRY(rnni_checkpoint_write(bytes, capacity, size, model, __func__));
    if (bytes && capacity < *size)
        return rnni_status_fail(NULL, RNN_E_SIZE, "%s: capacity is %zu, expected at least %zu", __func__, capacity,
                                *size);
    return RNN_OK;
}

RNN_API int32_t rnn_load(rnn_model **out, const char *path)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, path);
    unsigned char *bytes;
    size_t count;
    RNNI_TRY(rnni_file_read(&bytes, &count, path, __func__));
    char function[RNNI_SENTENCE_SIZE / 2]; /* what is wrong in a file is said of that file */
    snprintf(function, sizeof function, "%s: %s", __func__, rnni_utf8_quote(path).text);
    int32_t status = rnni_checkpoint_read(out, bytes, count, function);
    rnni_memory_release(bytes);
    return status;
}

RNN_API int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, bytes);
    return rnni_checkpoint_read(out, bytes, count, __func__);
}
