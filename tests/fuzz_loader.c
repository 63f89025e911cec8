/* For libFuzzer: any bytes may be given to the loader; what it takes, it can write, and reads back as the same.
 *
 *     CC=clang cmake -B build -DRNN_BLAS=builtin -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link,address,undefined ...
 *     clang -g -fsanitize=fuzzer,address,undefined -Isrc -Iinclude tests/fuzz_loader.c build/src/librnn.a -lm
 *     ./a.out -max_len=2048 -malloc_limit_mb=64 corpus       where corpus has a few small saved models
 */
#include "rnn.h"

#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

static void demand(int condition)
{
    if (!condition)
        abort();
}

static void parse(const uint8_t *bytes, size_t count)
{
    struct rnni_safetensors file;
    int32_t status = rnni_safetensors_parse(&file, bytes, count, "rnn_load_memory");
    demand(status == RNN_OK || strncmp(rnn_last_error(), "rnn_load_memory: ", 17) == 0);
    for (size_t i = 0; i < file.tensor_count; i++) {
        demand(rnni_safetensors_find(&file, file.tensors[i].name) == &file.tensors[i]);
        demand(file.tensors[i].end <= (size_t)(bytes + count - file.data));
    }
    for (size_t i = 0; i < file.note_count; i++)
        demand(rnni_safetensors_metadata(&file, file.notes[i].key) == file.notes[i].value);
    rnni_safetensors_release(&file);
}

/* The same bytes as a header with a length that fits, and as many bytes of data as the first byte says: else only luck
 * would bring the fuzzer past the length. */
static void parse_as_header(const uint8_t *bytes, size_t count)
{
    size_t data = count ? bytes[0] : 0, header = count ? count - 1 : 0;
    uint8_t *file = calloc(8 + header + data, 1);
    demand(file != NULL);
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> 8 * i);
    if (header)
        memcpy(file + 8, bytes + 1, header);
    parse(file, 8 + header + data);
    free(file);
}

static uint8_t *saved(rnn_model *model, size_t *size)
{
    demand(rnn_save_memory(model, NULL, 0, size) == RNN_OK);
    uint8_t *bytes = malloc(*size);
    demand(bytes && rnn_save_memory(model, bytes, *size, size) == RNN_OK);
    return bytes;
}

static void load(const uint8_t *bytes, size_t count)
{
    rnn_model *model = NULL, *again = NULL;
    if (rnn_load_memory(&model, bytes, count) != RNN_OK) {
        demand(model == NULL && strncmp(rnn_last_error(), "rnn_load_memory: ", 17) == 0);
        return;
    }
    size_t size, size_again;
    uint8_t *copy = saved(model, &size);
    demand(rnn_load_memory(&again, copy, size) == RNN_OK);
    uint8_t *copy_again = saved(again, &size_again);
    demand(size == size_again && memcmp(copy, copy_again, size) == 0);
    free(copy);
    free(copy_again);
    rnn_destroy(model);
    rnn_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    parse(bytes, count);
    parse_as_header(bytes, count);
    load(bytes, count);
    return 0;
}
