/* A model from any bytes: what is taken can be written, and reads back as the same; a file gives what its bytes in
 * memory give. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    rnn_model *model = NULL, *again = NULL, *from_file = NULL;
    int32_t status = rnn_load_memory(&model, bytes, count);
    fuzz_demand(status == RNN_OK || (model == NULL && fuzz_message_is_of("rnn_load_memory")));
    fuzz_demand(rnn_load(&from_file, fuzz_file_of(bytes, count)) == status);
    if (status != RNN_OK) {
        fuzz_demand(from_file == NULL && fuzz_message_is_of("rnn_load"));
        return 0;
    }
    size_t size, size_again;
    uint8_t *copy = fuzz_saved(from_file, &size);
    rnn_destroy(from_file);
    fuzz_demand(rnn_load_memory(&again, copy, size) == RNN_OK);
    free(copy);
    copy = fuzz_saved(model, &size);
    uint8_t *copy_again = fuzz_saved(again, &size_again);
    fuzz_demand(size == size_again && memcmp(copy, copy_again, size) == 0);
    free(copy);
    free(copy_again);
    rnn_destroy(model);
    rnn_destroy(again);
    return 0;
}
