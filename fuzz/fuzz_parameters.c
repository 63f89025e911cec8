/* A file of any writer, from any bytes: parameters, the definition of a network, and the names that are not read.  What
 * is refused has changed nothing. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The parameters from the bytes: all of them, or the model is as it was. */
static void load_parameters(rnn_model *model, const uint8_t *bytes, size_t count)
{
    size_t before_size, after_size;
    uint8_t *before = fuzz_saved(model, &before_size);
    int32_t status = rnn_model_load_parameters_memory(model, bytes, count);
    uint8_t *after = fuzz_saved(model, &after_size);
    fuzz_demand(before_size == after_size);
    if (status != RNN_OK)
        fuzz_demand(fuzz_message_is_of("rnn_model_load_parameters_memory") && memcmp(before, after, before_size) == 0);
    else
        fuzz_demand(rnn_model_load_parameters_memory(model, after, after_size) ==
                    RNN_OK); /* what it saves has them all */
    free(before);
    free(after);
}

/* The names that a model does not read: a text of the size that was said, each name with a line feed. */
static void list_unused(const rnn_model *model, const uint8_t *bytes, size_t count)
{
    size_t size = 0, again = 0;
    int32_t status = rnn_model_unused_tensors_memory(model, bytes, count, NULL, 0, &size);
    if (status != RNN_OK) {
        fuzz_demand(fuzz_message_is_of("rnn_model_unused_tensors_memory"));
        return;
    }
    char *text = malloc(size);
    fuzz_demand(text && rnn_model_unused_tensors_memory(model, bytes, count, text, size, &again) == RNN_OK);
    fuzz_demand(again == size && strlen(text) + 1 == size && (size == 1 || text[size - 2] == '\n'));
    free(text);
}

enum { LAST_INT = RNN_INIT_BIAS };

static void get_ints(int64_t *values, rnn_config *config)
{
    for (int32_t key = 1; key <= LAST_INT; key++)
        fuzz_demand(rnn_config_get_int(config, key, &values[key - 1]) == RNN_OK);
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
        fuzz_demand(fuzz_message_is_of("rnn_config_infer_memory") && memcmp(before, after, sizeof before) == 0);
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
    fuzz_demand(rnn_config_create(&config) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_VOCABULARY, 2) == RNN_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        fuzz_demand(rnn_config_add_layer(config, NULL, kinds[i]) == RNN_OK);
    fuzz_demand(rnn_config_set_layer_int(config, 0, RNN_OUTPUT_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_layer_int(config, 2, RNN_HIDDEN_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_layer_int(config, 3, RNN_OUTPUT_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_layer_int(config, 3, RNN_TIED, 1) == RNN_OK);
    fuzz_demand(rnn_create(&model, config) == RNN_OK);
    rnn_config_destroy(config);
    return model;
}

/* With and without prefixes, and into a network that the file does not tell of. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static rnn_model *model, *list; /* live as long as the program */
    for (int prefix = 0; prefix < 2; prefix++) {
        rnn_config *config;
        fuzz_demand(rnn_config_create(&config) == RNN_OK);
        if (prefix) {
            fuzz_demand(rnn_config_set_text(config, RNN_PREFIX, "lstm.") == RNN_OK);
            fuzz_demand(rnn_config_set_text(config, RNN_HEAD_NAME, "out.") == RNN_OK);
        }
        infer(config, bytes, count);
        rnn_config_destroy(config);
    }
    if (!model) {
        model = fuzz_tiny_model();
        list = list_model();
    }
    load_parameters(model, bytes, count);
    load_parameters(list, bytes, count);
    list_unused(model, bytes, count);
    list_unused(list, bytes, count);
    return 0;
}
