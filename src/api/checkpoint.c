#include "network/checkpoint.h"

#include "api/check.h"
#include "api/config.h"
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

/* What is wrong in a file is said of that file. */
struct about {
    char text[RNNI_SENTENCE_SIZE / 2];
};

static struct about about(const char *function, const char *path)
{
    struct about about;
    snprintf(about.text, sizeof about.text, "%s: %s", function, rnni_utf8_quote(path).text);
    return about;
}

RNN_API int32_t rnn_load(rnn_model **out, const char *path)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, path);
    unsigned char *bytes;
    size_t count;
    RNNI_TRY(rnni_file_read(&bytes, &count, path, __func__));
    int32_t status = rnni_checkpoint_read(out, bytes, count, about(__func__, path).text);
    rnni_memory_release(bytes);
    return status;
}

RNN_API int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, bytes);
    return rnni_checkpoint_read(out, bytes, count, __func__);
}

/* ---- files of others --------------------------------------------------------------------------------------------- */

RNN_API int32_t rnn_load_parameters(rnn_model *model, const char *path)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    unsigned char *bytes;
    size_t count;
    RNNI_TRY(rnni_file_read(&bytes, &count, path, __func__));
    int32_t status = rnni_checkpoint_read_parameters(model, bytes, count, about(__func__, path).text);
    rnni_memory_release(bytes);
    return status;
}

RNN_API int32_t rnn_load_parameters_memory(rnn_model *model, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, bytes);
    return rnni_checkpoint_read_parameters(model, bytes, count, __func__);
}

RNN_API int32_t rnn_config_infer(rnn_config *config, const char *path)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->sentence, path);
    unsigned char *bytes;
    size_t count;
    int32_t status = rnni_file_read(&bytes, &count, path, __func__);
    if (status)
        return rnni_status_keep(&config->sentence, status);
    status = rnni_checkpoint_infer(&config->options, bytes, count, about(__func__, path).text);
    rnni_memory_release(bytes);
    return status ? rnni_status_keep(&config->sentence, status) : RNN_OK;
}

RNN_API int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->sentence, bytes);
    int32_t status = rnni_checkpoint_infer(&config->options, bytes, count, __func__);
    return status ? rnni_status_keep(&config->sentence, status) : RNN_OK;
}
