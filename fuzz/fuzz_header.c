/* The parser of safetensors alone, and the numbers of all tensors that it finds. */
#include "fuzz.h"

#include "io/safetensors.h"

#include <stdlib.h>

/* Reads it, if it can be read: into a block of exactly its size, so that a sanitizer sees what lies outside. */
static void read_floats(const struct rnni_safetensors *file, const struct rnni_safetensors_tensor *tensor)
{
    size_t shape[RNNI_SAFETENSORS_RANK];
    for (size_t i = 0; i < tensor->rank; i++)
        shape[i] = (size_t)tensor->shape[i];
    if (rnni_safetensors_expect(tensor, shape, tensor->rank, "rnn_load_memory") != RNN_OK) {
        fuzz_demand(fuzz_message_is_of("rnn_load_memory"));
        return;
    }
    size_t count = 1;
    for (size_t i = 0; i < tensor->rank; i++)
        count *= shape[i];
    float *values = malloc(count * sizeof *values);
    fuzz_demand(values || !count);
    int32_t status = rnni_safetensors_read_floats(values, file, tensor, "rnn_load_memory");
    fuzz_demand(status == RNN_OK ||
                (status == RNN_E_FORMAT && tensor->checksum && fuzz_message_is_of("rnn_load_memory")));
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct rnni_safetensors file;
    int32_t status = rnni_safetensors_parse(&file, bytes, count, "rnn_load_memory");
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_load_memory"));
    for (size_t i = 0; i < file.tensor_count; i++) {
        fuzz_demand(rnni_safetensors_find(&file, file.tensors[i].name) == &file.tensors[i]);
        fuzz_demand(file.tensors[i].end <= count - file.data);
        read_floats(&file, &file.tensors[i]);
    }
    for (size_t i = 0; i < file.note_count; i++)
        fuzz_demand(rnni_safetensors_metadata(&file, file.notes[i].key) == file.notes[i].value);
    rnni_safetensors_release(&file);
    return 0;
}
