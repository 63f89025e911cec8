/* Arrays in the layouts of others: ONNX, Keras and TensorFlow 1, into networks of every cell, of any sizes and numbers.
 * What is refused has changed nothing; what is taken and written again reads back as the same. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static rnn_model *small_model(struct fuzz_bytes *bytes)
{
    static const int32_t keys[] = {RNN_CELL,  RNN_DIRECTION, RNN_LAYERS, RNN_BIAS,
                                   RNN_RESET, RNN_PEEPHOLES, RNN_COUPLE, RNN_LAYER_NORM};
    rnn_config *config;
    rnn_model *model = NULL;
    fuzz_demand(rnn_config_create(&config) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_INPUT_SIZE, 1 + fuzz_byte(bytes) % 4) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 1 + fuzz_byte(bytes) % 4) == RNN_OK);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (rnn_config_set_int(config, keys[i], fuzz_byte(bytes) % 9) != RNN_OK)
            fuzz_demand(fuzz_message_is_of("rnn_config_set_int"));
    if (rnn_create(&model, config) != RNN_OK)
        fuzz_demand(model == NULL && fuzz_message_is_of("rnn_create"));
    rnn_config_destroy(config);
    return model;
}

struct call {
    size_t layer, direction;
    int32_t input;
    float *values;
    size_t count;
};

static int32_t import_array(rnn_model *model, int32_t layout, const struct call *call)
{
    const float *values = call->count ? call->values : NULL;
    size_t bias = call->count / 3;
    if (layout == 0)
        return rnn_model_import_onnx(model, call->layer, call->input, values, call->count);
    if (layout == 1)
        return rnn_model_import_keras(model, call->layer, call->direction, call->input, values, call->count);
    return rnn_model_import_tf1_lstm(model, call->layer, call->direction, call->values + bias, call->count - bias,
                                     call->values, bias, call->input);
}

/* Written and read again, the model stays as it is, and so does the array: but for the sum of two biases in Keras. */
static void export_array(rnn_model *model, int32_t layout, const struct call *call)
{
    float *values = call->count ? malloc(call->count * sizeof *values) : NULL;
    struct call again = *call;
    again.values = values;
    fuzz_demand(values || !call->count);
    int32_t status =
        layout == 0 ? rnn_model_export_onnx(model, call->layer, call->input, values, call->count)
                    : rnn_model_export_keras(model, call->layer, call->direction, call->input, values, call->count);
    if (status == RNN_OK) {
        size_t size, again_size;
        fuzz_demand(import_array(model, layout, &again) == RNN_OK);
        uint8_t *before = fuzz_saved(model, &size);
        fuzz_demand(import_array(model, layout, &again) == RNN_OK);
        uint8_t *after = fuzz_saved(model, &again_size);
        fuzz_demand(size == again_size && memcmp(before, after, size) == 0);
        free(before);
        free(after);
    } else {
        fuzz_demand(fuzz_message_is_of(layout == 0 ? "rnn_model_export_onnx" : "rnn_model_export_keras"));
    }
    free(values);
}

static void call_once(rnn_model *model, struct fuzz_bytes *bytes)
{
    static const char *const names[] = {"rnn_model_import_onnx", "rnn_model_import_keras", "rnn_model_import_tf1_lstm"};
    int32_t layout = fuzz_byte(bytes) % 3;
    struct call call = {.layer = fuzz_byte(bytes) % 4, .direction = fuzz_byte(bytes) % 3};
    call.input = fuzz_byte(bytes) % 6;
    call.count = fuzz_byte(bytes);
    call.values = fuzz_floats(bytes, call.count);
    size_t size, after_size;
    uint8_t *before = fuzz_saved(model, &size);
    int32_t status = import_array(model, layout, &call);
    uint8_t *after = fuzz_saved(model, &after_size);
    if (status != RNN_OK)
        fuzz_demand(fuzz_message_is_of(names[layout]) && size == after_size && memcmp(before, after, size) == 0);
    if (layout < 2)
        export_array(model, layout, &call);
    free(before);
    free(after);
    free(call.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t count)
{
    struct fuzz_bytes bytes = {input, count};
    rnn_model *model = small_model(&bytes);
    for (int calls = 0; model && calls < 4 && bytes.left; calls++)
        call_once(model, &bytes);
    rnn_destroy(model);
    return 0;
}
