/* An optimiser from any bytes: what is taken can be written, and reads back as the same. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *saved_optimizer(const rnn_optimizer *optimizer, size_t *size)
{
    fuzz_demand(rnn_optimizer_save_memory(optimizer, NULL, 0, size) == RNN_OK);
    uint8_t *bytes = malloc(*size);
    fuzz_demand(bytes && rnn_optimizer_save_memory(optimizer, bytes, *size, size) == RNN_OK);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    rnn_optimizer *optimizer = NULL, *again = NULL;
    if (rnn_optimizer_load_memory(&optimizer, bytes, count) != RNN_OK) {
        fuzz_demand(optimizer == NULL && fuzz_message_is_of("rnn_optimizer_load_memory"));
        return 0;
    }
    size_t size, size_again;
    uint8_t *copy = saved_optimizer(optimizer, &size);
    fuzz_demand(rnn_optimizer_load_memory(&again, copy, size) == RNN_OK);
    uint8_t *copy_again = saved_optimizer(again, &size_again);
    fuzz_demand(size == size_again && memcmp(copy, copy_again, size) == 0);
    free(copy);
    free(copy_again);
    rnn_optimizer_destroy(optimizer);
    rnn_optimizer_destroy(again);
    return 0;
}
