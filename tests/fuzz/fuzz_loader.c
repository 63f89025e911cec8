/* For libFuzzer, on Linux: any bytes may be given to whatever reads a file; what is taken, can be written, and reads
 * back as the same; what is refused has changed nothing; a file gives what its bytes in memory give.
 *
 *     CC=clang cmake -B build -DRNN_BLAS=builtin -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link,address,undefined ...
 *     clang -g -fsanitize=fuzzer,address,undefined -Isrc -Iinclude tests/fuzz/fuzz_loader.c build/src/librnn.a -lm
 *     ./a.out -max_len=2048 -malloc_limit_mb=64 corpus       where corpus has a few small saved models
 */
#define _GNU_SOURCE /* memfd_create */

#include "rnn.h"

#include "fit/trainer.h"
#include "io/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void demand(int condition)
{
    if (!condition)
        abort();
}

static int message_is_of(const char *function)
{
    size_t length = strlen(function);
    return strncmp(rnn_last_error(), function, length) == 0 && strncmp(rnn_last_error() + length, ": ", 2) == 0;
}

/* The path of a file with these bytes, which lives until the next call. */
static const char *file_of(const uint8_t *bytes, size_t count)
{
    static char path[32];
    static int file;
    if (!path[0]) {
        file = memfd_create("bytes", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    demand(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, bytes, count, 0) == (ssize_t)count);
    return path;
}

/* ---- the parser alone ----------------------------------------------------------------------------------------- */

/* Reads it, if it can be read: into a block of exactly its size, so that a sanitizer sees what lies outside. */
static void read_floats(const struct rnni_safetensors *file, const struct rnni_safetensors_tensor *tensor)
{
    size_t shape[RNNI_SAFETENSORS_RANK];
    for (size_t i = 0; i < tensor->rank; i++)
        shape[i] = (size_t)tensor->shape[i];
    if (rnni_safetensors_expect(tensor, shape, tensor->rank, "rnn_load_memory") != RNN_OK) {
        demand(message_is_of("rnn_load_memory"));
        return;
    }
    size_t count = 1;
    for (size_t i = 0; i < tensor->rank; i++)
        count *= shape[i];
    float *values = malloc(count * sizeof *values);
    demand(values || !count);
    int32_t status = rnni_safetensors_read_floats(values, file, tensor, "rnn_load_memory");
    demand(status == RNN_OK || (status == RNN_E_FORMAT && tensor->checksum && message_is_of("rnn_load_memory")));
    free(values);
}

static void parse(const uint8_t *bytes, size_t count)
{
    struct rnni_safetensors file;
    int32_t status = rnni_safetensors_parse(&file, bytes, count, "rnn_load_memory");
    demand(status == RNN_OK || message_is_of("rnn_load_memory"));
    for (size_t i = 0; i < file.tensor_count; i++) {
        demand(rnni_safetensors_find(&file, file.tensors[i].name) == &file.tensors[i]);
        demand(file.tensors[i].end <= count - file.data);
        read_floats(&file, &file.tensors[i]);
    }
    for (size_t i = 0; i < file.note_count; i++)
        demand(rnni_safetensors_metadata(&file, file.notes[i].key) == file.notes[i].value);
    rnni_safetensors_release(&file);
}

/* ---- a checkpoint --------------------------------------------------------------------------------------------- */

static uint8_t *saved(rnn_model *model, size_t *size)
{
    demand(rnn_save_memory(model, NULL, 0, size) == RNN_OK);
    uint8_t *bytes = malloc(*size);
    demand(bytes && rnn_save_memory(model, bytes, *size, size) == RNN_OK);
    return bytes;
}

static void load(const uint8_t *bytes, size_t count)
{
    rnn_model *model = NULL, *again = NULL, *from_file = NULL;
    int32_t status = rnn_load_memory(&model, bytes, count);
    demand(status == RNN_OK || (model == NULL && message_is_of("rnn_load_memory")));
    demand(rnn_load(&from_file, file_of(bytes, count)) == status);
    if (status != RNN_OK) {
        demand(from_file == NULL && message_is_of("rnn_load"));
        return;
    }
    size_t size, size_again;
    uint8_t *copy = saved(from_file, &size);
    rnn_destroy(from_file);
    demand(rnn_load_memory(&again, copy, size) == RNN_OK);
    free(copy);
    copy = saved(model, &size);
    uint8_t *copy_again = saved(again, &size_again);
    demand(size == size_again && memcmp(copy, copy_again, size) == 0);
    free(copy);
    free(copy_again);
    rnn_destroy(model);
    rnn_destroy(again);
}

/* ---- a file of any writer ------------------------------------------------------------------------------------- */

/* The parameters from the bytes: all of them, or the model is as it was. */
static void load_parameters(rnn_model *model, const uint8_t *bytes, size_t count)
{
    size_t before_size, after_size;
    uint8_t *before = saved(model, &before_size);
    int32_t status = rnn_model_load_parameters_memory(model, bytes, count);
    uint8_t *after = saved(model, &after_size);
    demand(before_size == after_size);
    if (status != RNN_OK)
        demand(message_is_of("rnn_model_load_parameters_memory") && memcmp(before, after, before_size) == 0);
    else
        demand(rnn_model_load_parameters_memory(model, after, after_size) == RNN_OK); /* what it saves has them all */
    free(before);
    free(after);
}

/* The names that a model does not read: a text of the size that was said, each name with a line feed. */
static void list_unused(const rnn_model *model, const uint8_t *bytes, size_t count)
{
    size_t size = 0, again = 0;
    int32_t status = rnn_model_unused_tensors_memory(model, bytes, count, NULL, 0, &size);
    if (status != RNN_OK) {
        demand(message_is_of("rnn_model_unused_tensors_memory"));
        return;
    }
    char *text = malloc(size);
    demand(text && rnn_model_unused_tensors_memory(model, bytes, count, text, size, &again) == RNN_OK);
    demand(again == size && strlen(text) + 1 == size && (size == 1 || text[size - 2] == '\n'));
    free(text);
}

enum { LAST_INT = RNN_INIT_BIAS };

static void get_ints(int64_t *values, rnn_config *config)
{
    for (int32_t key = 1; key <= LAST_INT; key++)
        demand(rnn_config_get_int(config, key, &values[key - 1]) == RNN_OK);
}

/* Sizes that tensors of so few bytes may have; options of a checkpoint may claim any. */
static int is_small(const int64_t *values)
{
    static const int32_t keys[] = {RNN_INPUT_SIZE, RNN_VOCABULARY, RNN_EMBEDDING_SIZE, RNN_HIDDEN_SIZE,
                                   RNN_LAYERS,     RNN_CLASSES,    RNN_PROJECTION_SIZE};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (values[keys[i] - 1] > 64)
            return 0;
    return 1;
}

static void infer(rnn_config *config, const uint8_t *bytes, size_t count)
{
    int64_t before[LAST_INT], after[LAST_INT];
    rnn_model *model = NULL;
    get_ints(before, config);
    int32_t status = rnn_config_infer_memory(config, bytes, count);
    get_ints(after, config);
    if (status != RNN_OK) {
        demand(message_is_of("rnn_config_infer_memory") && memcmp(before, after, sizeof before) == 0);
        return;
    }
    if (!is_small(after) || rnn_create(&model, config) != RNN_OK)
        return;
    load_parameters(model, bytes, count);
    rnn_destroy(model);
}

/* A list of layers that take tensors joined from several of the file: of batch norm, tied ones. */
static rnn_model *list_model(void)
{
    static const int32_t kinds[] = {RNN_KIND_EMBEDDING, RNN_KIND_AFFINE, RNN_KIND_RECURRENT, RNN_KIND_DENSE};
    rnn_config *config;
    rnn_model *model;
    demand(rnn_config_create(&config) == RNN_OK);
    demand(rnn_config_set_int(config, RNN_VOCABULARY, 2) == RNN_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        demand(rnn_config_add_layer(config, NULL, kinds[i]) == RNN_OK);
    demand(rnn_config_set_layer_int(config, 0, RNN_OUTPUT_SIZE, 2) == RNN_OK);
    demand(rnn_config_set_layer_int(config, 2, RNN_HIDDEN_SIZE, 2) == RNN_OK);
    demand(rnn_config_set_layer_int(config, 3, RNN_OUTPUT_SIZE, 2) == RNN_OK);
    demand(rnn_config_set_layer_int(config, 3, RNN_TIED, 1) == RNN_OK);
    demand(rnn_create(&model, config) == RNN_OK);
    rnn_config_destroy(config);
    return model;
}

static rnn_model *tiny_model(void)
{
    rnn_config *config;
    rnn_model *model;
    demand(rnn_config_create(&config) == RNN_OK);
    demand(rnn_config_set_int(config, RNN_VOCABULARY, 2) == RNN_OK);
    demand(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2) == RNN_OK);
    demand(rnn_config_set_int(config, RNN_CLASSES, 2) == RNN_OK);
    demand(rnn_create(&model, config) == RNN_OK);
    rnn_config_destroy(config);
    return model;
}

/* With and without prefixes, and into a network that the file does not tell of. */
static void read_parameters(const uint8_t *bytes, size_t count)
{
    static rnn_model *model, *list; /* live as long as the program */
    for (int prefix = 0; prefix < 2; prefix++) {
        rnn_config *config;
        demand(rnn_config_create(&config) == RNN_OK);
        if (prefix) {
            demand(rnn_config_set_text(config, RNN_PREFIX, "lstm.") == RNN_OK);
            demand(rnn_config_set_text(config, RNN_HEAD_NAME, "out.") == RNN_OK);
        }
        infer(config, bytes, count);
        rnn_config_destroy(config);
    }
    if (!model) {
        model = tiny_model();
        list = list_model();
    }
    load_parameters(model, bytes, count);
    load_parameters(list, bytes, count);
    list_unused(model, bytes, count);
    list_unused(list, bytes, count);
}

/* ---- an optimiser, a trainer ----------------------------------------------------------------------------------- */

static uint8_t *saved_optimizer(const rnn_optimizer *optimizer, size_t *size)
{
    demand(rnn_optimizer_save_memory(optimizer, NULL, 0, size) == RNN_OK);
    uint8_t *bytes = malloc(*size);
    demand(bytes && rnn_optimizer_save_memory(optimizer, bytes, *size, size) == RNN_OK);
    return bytes;
}

static void load_optimizer(const uint8_t *bytes, size_t count)
{
    rnn_optimizer *optimizer = NULL, *again = NULL;
    if (rnn_optimizer_load_memory(&optimizer, bytes, count) != RNN_OK) {
        demand(optimizer == NULL && message_is_of("rnn_optimizer_load_memory"));
        return;
    }
    size_t size, size_again;
    uint8_t *copy = saved_optimizer(optimizer, &size);
    demand(rnn_optimizer_load_memory(&again, copy, size) == RNN_OK);
    uint8_t *copy_again = saved_optimizer(again, &size_again);
    demand(size == size_again && memcmp(copy, copy_again, size) == 0);
    free(copy);
    free(copy_again);
    rnn_optimizer_destroy(optimizer);
    rnn_optimizer_destroy(again);
}

static uint8_t *saved_trainer(const rnn_trainer *trainer, size_t *size)
{
    demand(rnni_trainer_write(NULL, 0, size, trainer, "rnn_trainer_save") == RNN_OK);
    uint8_t *bytes = malloc(*size);
    demand(bytes && rnni_trainer_write(bytes, *size, size, trainer, "rnn_trainer_save") == RNN_OK);
    return bytes;
}

/* All of it, or the trainer is as it was; what it is then, can be loaded again. */
static void load_trainer(const uint8_t *bytes, size_t count)
{
    static rnn_trainer *trainer; /* lives as long as the program */
    if (!trainer) {
        rnn_model *model = tiny_model();
        rnn_optimizer *optimizer;
        const float *values;
        size_t parameters;
        demand(rnn_model_parameters(model, &values, &parameters) == RNN_OK);
        demand(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, parameters) == RNN_OK);
        rnn_loss *loss;
        demand(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY) == RNN_OK);
        demand(rnn_trainer_create(&trainer, model, optimizer, loss) == RNN_OK);
        rnn_loss_destroy(loss);
        rnn_optimizer_destroy(optimizer);
        rnn_destroy(model);
    }
    size_t before_size, after_size, again_size;
    uint8_t *before = saved_trainer(trainer, &before_size);
    int32_t status = rnn_trainer_load(trainer, file_of(bytes, count));
    uint8_t *after = saved_trainer(trainer, &after_size);
    if (status != RNN_OK)
        demand(message_is_of("rnn_trainer_load") && before_size == after_size && !memcmp(before, after, after_size));
    demand(rnn_trainer_load(trainer, file_of(after, after_size)) == RNN_OK);
    uint8_t *again = saved_trainer(trainer, &again_size);
    demand(after_size == again_size && !memcmp(after, again, after_size));
    free(before);
    free(after);
    free(again);
}

/* ---- the entry ------------------------------------------------------------------------------------------------ */

static void read_all(const uint8_t *bytes, size_t count)
{
    parse(bytes, count);
    load(bytes, count);
    read_parameters(bytes, count);
    load_optimizer(bytes, count);
    load_trainer(bytes, count);
}

/* The same bytes as a header with a length that fits, and as many bytes of data as the first byte says, times four:
 * else only luck would bring the fuzzer past the length. */
static void read_all_as_header(const uint8_t *bytes, size_t count)
{
    size_t data = count ? 4 * (size_t)bytes[0] : 0, header = count ? count - 1 : 0;
    uint8_t *file = calloc(8 + header + data, 1);
    demand(file != NULL);
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> 8 * i);
    if (header)
        memcpy(file + 8, bytes + 1, header);
    read_all(file, 8 + header + data);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    read_all(bytes, count);
    read_all_as_header(bytes, count);
    return 0;
}
