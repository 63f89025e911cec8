/* A trainer's state from any bytes: what is refused has changed nothing; what is taken can be written, and reads back
 * as the same. */
#include "fuzz.h"

#include "fit/trainer.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *saved_trainer(const rnn_trainer *trainer, size_t *size)
{
    fuzz_demand(rnni_trainer_write(NULL, 0, size, trainer, "rnn_trainer_save") == RNN_OK);
    uint8_t *bytes = malloc(*size);
    fuzz_demand(bytes && rnni_trainer_write(bytes, *size, size, trainer, "rnn_trainer_save") == RNN_OK);
    return bytes;
}

/* All of it, or the trainer is as it was; what it is then, can be loaded again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static rnn_trainer *trainer; /* lives as long as the program */
    if (!trainer) {
        rnn_model *model = fuzz_tiny_model();
        rnn_optimizer *optimizer;
        const float *values;
        size_t parameters;
        fuzz_demand(rnn_model_parameters(model, &values, &parameters) == RNN_OK);
        fuzz_demand(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, parameters) == RNN_OK);
        rnn_loss *loss;
        fuzz_demand(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY) == RNN_OK);
        fuzz_demand(rnn_trainer_create(&trainer, model, optimizer, loss) == RNN_OK);
        rnn_loss_destroy(loss);
        rnn_optimizer_destroy(optimizer);
        rnn_destroy(model);
    }
    size_t before_size, after_size, again_size;
    uint8_t *before = saved_trainer(trainer, &before_size);
    int32_t status = rnn_trainer_load(trainer, fuzz_file_of(bytes, count));
    uint8_t *after = saved_trainer(trainer, &after_size);
    if (status != RNN_OK)
        fuzz_demand(fuzz_message_is_of("rnn_trainer_load") && before_size == after_size &&
                    !memcmp(before, after, after_size));
    fuzz_demand(rnn_trainer_load(trainer, fuzz_file_of(after, after_size)) == RNN_OK);
    uint8_t *again = saved_trainer(trainer, &again_size);
    fuzz_demand(after_size == again_size && !memcmp(after, again, after_size));
    free(before);
    free(after);
    free(again);
    return 0;
}
