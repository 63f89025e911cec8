#include "checkpoint/checkpoint.h"

#include "api/check.h"
#include "api/files.h"
#include "api/rnn_config.h"

#include <inttypes.h>

/* A model as a file, its matrices in that format. */
struct written {
    const rnn_model *model;
    int64_t precision;
};

static int32_t write(unsigned char *bytes, size_t capacity, size_t *size, const void *what, const char *function)
{
    const struct written *written = what;
    return rnni_checkpoint_write(bytes, capacity, size, written->model, written->precision, function);
}

static int32_t check_written(const struct written *written, const char *function)
{
    if (written->precision != RNN_PRECISION_FLOAT32 && written->precision != RNN_PRECISION_BF16)
        return rnni_status_fail(NULL, RNN_E_VALUE,
                                "%s: precision is %" PRId64 ", expected RNN_PRECISION_FLOAT32 or RNN_PRECISION_BF16",
                                function, written->precision);
    return rnni_check_parameters((struct rnni_caller){NULL, function}, written->model);
}

static int32_t save(const struct written *written, const char *path, const char *function)
{
    RNNI_TRY(check_written(written, function));
    return rnni_files_save(path, write, written, function);
}

static int32_t save_memory(const struct written *written, void *bytes, size_t capacity, size_t *size,
                           const char *function)
{
    RNNI_TRY(check_written(written, function));
    return rnni_files_save_memory(bytes, capacity, size, write, written, function);
}

RNN_API int32_t rnn_save(const rnn_model *model, const char *path)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    return save(&(struct written){model, RNN_PRECISION_FLOAT32}, path, __func__);
}

RNN_API int32_t rnn_save_memory(const rnn_model *model, void *bytes, size_t capacity, size_t *size)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, size);
    return save_memory(&(struct written){model, RNN_PRECISION_FLOAT32}, bytes, capacity, size, __func__);
}

RNN_API int32_t rnn_save_as(const rnn_model *model, const char *path, int32_t precision)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    return save(&(struct written){model, precision}, path, __func__);
}

RNN_API int32_t rnn_save_memory_as(const rnn_model *model, void *bytes, size_t capacity, size_t *size,
                                   int32_t precision)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, size);
    return save_memory(&(struct written){model, precision}, bytes, capacity, size, __func__);
}

static int32_t read_model(void *out, const struct rnni_safetensors *file, const char *about)
{
    return rnni_checkpoint_read(out, file, about);
}

RNN_API int32_t rnn_load(rnn_model **out, const char *path)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, path);
    return rnni_files_load(path, read_model, out, __func__);
}

RNN_API int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, out);
    RNNI_NEED(NULL, bytes);
    return rnni_files_load_memory(bytes, count, read_model, out, __func__);
}

/* ---- files of others --------------------------------------------------------------------------------------------- */

static int32_t read_parameters(void *model, const struct rnni_safetensors *file, const char *about)
{
    return rnni_checkpoint_read_parameters(model, file, about);
}

RNN_API int32_t rnn_model_load_parameters(rnn_model *model, const char *path)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    return rnni_files_load(path, read_parameters, model, __func__);
}

RNN_API int32_t rnn_model_load_parameters_memory(rnn_model *model, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, bytes);
    RNNI_TRY(rnni_check_parameters((struct rnni_caller){NULL, __func__}, model));
    return rnni_files_load_memory(bytes, count, read_parameters, model, __func__);
}

/* Where the names of unused tensors go. */
struct unused {
    const rnn_model *model;
    char *text;
    size_t capacity, *size;
};

static int32_t list_unused(void *what, const struct rnni_safetensors *file, const char *about)
{
    const struct unused *unused = what;
    return rnni_checkpoint_unused(unused->text, unused->capacity, unused->size, unused->model, file, about);
}

RNN_API int32_t rnn_model_unused_tensors(const rnn_model *model, const char *path, char *text, size_t capacity,
                                         size_t *size)
{
    struct unused unused = {model, text, capacity, size};
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, path);
    RNNI_NEED(NULL, size);
    if (capacity)
        RNNI_NEED(NULL, text);
    return rnni_files_load(path, list_unused, &unused, __func__);
}

RNN_API int32_t rnn_model_unused_tensors_memory(const rnn_model *model, const void *bytes, size_t count, char *text,
                                                size_t capacity, size_t *size)
{
    struct unused unused = {model, text, capacity, size};
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, bytes);
    RNNI_NEED(NULL, size);
    if (capacity)
        RNNI_NEED(NULL, text);
    return rnni_files_load_memory(bytes, count, list_unused, &unused, __func__);
}

static int32_t infer(void *definition, const struct rnni_safetensors *file, const char *about)
{
    return rnni_checkpoint_infer(definition, file, about);
}

RNN_API int32_t rnn_config_infer(rnn_config *config, const char *path)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, path);
    int32_t status = rnni_files_load(path, infer, &config->definition, __func__);
    return status ? rnni_status_keep(&config->message, status) : RNN_OK;
}

RNN_API int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, bytes);
    int32_t status = rnni_files_load_memory(bytes, count, infer, &config->definition, __func__);
    return status ? rnni_status_keep(&config->message, status) : RNN_OK;
}
