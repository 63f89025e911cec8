/* Keys and values of every handle that has options.  A value that is taken reads back; what is refused has changed
 * nothing.  A network with any options that fit together is created, described, runs a few steps, and is saved and read
 * again. */
#include "fuzz.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The calls of one kind of handle. */
struct setters {
    const char *set_int_name, *set_real_name;
    int32_t (*set_int)(void *handle, int32_t key, int64_t value);
    int32_t (*get_int)(void *handle, int32_t key, int64_t *value);
    int32_t (*set_real)(void *handle, int32_t key, double value);
    int32_t (*get_real)(void *handle, int32_t key, double *value);
};

#define SETTERS(handle)                                                                                                \
    static int32_t handle##_set_int(void *of, int32_t key, int64_t value)                                              \
    {                                                                                                                  \
        return rnn_##handle##_set_int(of, key, value);                                                                 \
    }                                                                                                                  \
    static int32_t handle##_get_int(void *of, int32_t key, int64_t *value)                                             \
    {                                                                                                                  \
        return rnn_##handle##_get_int(of, key, value);                                                                 \
    }                                                                                                                  \
    static int32_t handle##_set_real(void *of, int32_t key, double value)                                              \
    {                                                                                                                  \
        return rnn_##handle##_set_real(of, key, value);                                                                \
    }                                                                                                                  \
    static int32_t handle##_get_real(void *of, int32_t key, double *value)                                             \
    {                                                                                                                  \
        return rnn_##handle##_get_real(of, key, value);                                                                \
    }                                                                                                                  \
    static const struct setters of_##handle = {                                                                        \
        "rnn_" #handle "_set_int", "rnn_" #handle "_set_real", handle##_set_int,                                       \
        handle##_get_int,          handle##_set_real,          handle##_get_real}

SETTERS(config);
SETTERS(loss);
SETTERS(optimizer);
SETTERS(decoder);
SETTERS(trainer);

/* Keys of integers begin at 1, those of reals at 101. */
static int32_t key_of(struct fuzz_bytes *bytes)
{
    uint8_t key = fuzz_byte(bytes);
    return key < 250 ? key : (int32_t)fuzz_integer(bytes);
}

static void set_int(void *handle, const struct setters *of, int32_t key, int64_t value)
{
    int64_t before = 0, after = 0;
    int32_t known = of->get_int(handle, key, &before);
    if (of->set_int(handle, key, value) != RNN_OK) {
        fuzz_demand(fuzz_message_is_of(of->set_int_name));
        fuzz_demand(of->get_int(handle, key, &after) == known && before == after);
    } else {
        fuzz_demand(of->get_int(handle, key, &after) == RNN_OK && after == value);
    }
}

static void set_real(void *handle, const struct setters *of, int32_t key, double value)
{
    double before = 0, after = 0;
    int32_t known = of->get_real(handle, key, &before);
    if (of->set_real(handle, key, value) != RNN_OK) {
        fuzz_demand(fuzz_message_is_of(of->set_real_name));
        fuzz_demand(of->get_real(handle, key, &after) == known && (before == after || (isnan(before) && isnan(after))));
    } else {
        fuzz_demand(of->get_real(handle, key, &after) == RNN_OK && after == value);
    }
}

static void set_options(void *handle, const struct setters *of, struct fuzz_bytes *bytes)
{
    for (int left = fuzz_byte(bytes) % 16; left > 0; left--) {
        int32_t key = key_of(bytes);
        if (fuzz_byte(bytes) % 2)
            set_int(handle, of, key, fuzz_integer(bytes));
        else
            set_real(handle, of, key, fuzz_real(bytes));
    }
}

static void add_layers(rnn_config *config, struct fuzz_bytes *bytes)
{
    for (size_t left = fuzz_byte(bytes) % 6, layer = 0; left > 0; left--) {
        if (rnn_config_add_layer(config, NULL, (int32_t)fuzz_integer(bytes)) == RNN_OK)
            layer++;
        else
            fuzz_demand(fuzz_message_is_of("rnn_config_add_layer"));
        for (int options = fuzz_byte(bytes) % 6; options > 0; options--) {
            size_t at = fuzz_byte(bytes) % 4 ? layer - (layer > 0) : layer;
            int32_t key = key_of(bytes);
            if (fuzz_byte(bytes) % 2) {
                int64_t value = fuzz_integer(bytes), after;
                int32_t status = rnn_config_set_layer_int(config, at, key, value);
                fuzz_demand(status == RNN_OK
                                ? rnn_config_get_layer_int(config, at, key, &after) == RNN_OK && after == value
                                : fuzz_message_is_of("rnn_config_set_layer_int"));
            } else {
                double value = fuzz_real(bytes), after;
                int32_t status = rnn_config_set_layer_real(config, at, key, value);
                fuzz_demand(status == RNN_OK
                                ? rnn_config_get_layer_real(config, at, key, &after) == RNN_OK && after == value
                                : fuzz_message_is_of("rnn_config_set_layer_real"));
            }
        }
    }
}

/* Sizes whose network is small: others are only asked for. */
static int is_small(rnn_config *config)
{
    static const int32_t sizes[] = {RNN_INPUT_SIZE, RNN_VOCABULARY, RNN_EMBEDDING_SIZE, RNN_HIDDEN_SIZE,
                                    RNN_LAYERS,     RNN_CLASSES,    RNN_PROJECTION_SIZE};
    static const int32_t layer_sizes[] = {RNN_HIDDEN_SIZE, RNN_LAYERS,   RNN_PROJECTION_SIZE, RNN_OUTPUT_SIZE,
                                          RNN_KERNEL_SIZE, RNN_DILATION, RNN_STRIDE};
    int64_t value;
    size_t layers;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (rnn_config_get_int(config, sizes[i], &value) == RNN_OK && value > 32)
            return 0;
    fuzz_demand(rnn_config_layer_count(config, &layers) == RNN_OK);
    for (size_t layer = 0; layer < layers; layer++)
        for (size_t i = 0; i < sizeof layer_sizes / sizeof *layer_sizes; i++)
            if (rnn_config_get_layer_int(config, layer, layer_sizes[i], &value) == RNN_OK && value > 16)
                return 0;
    return 1;
}

enum { T = 3, B = 2 };

static void run(rnn_model *model)
{
    rnn_session *session;
    int64_t inputs, vocabulary;
    size_t outputs, output_steps;
    fuzz_demand(rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs) == RNN_OK);
    fuzz_demand(rnn_model_get_int(model, RNN_VOCABULARY, &vocabulary) == RNN_OK);
    fuzz_demand(rnn_model_output_size(model, &outputs) == RNN_OK);
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        if (rnn_session_create(&session, model, mode) != RNN_OK) {
            fuzz_demand(fuzz_message_is_of("rnn_session_create"));
            continue;
        }
        fuzz_demand(rnn_reset_state(session, B) == RNN_OK);
        fuzz_demand(rnn_session_output_steps(session, T, &output_steps) == RNN_OK);
        size_t y_count = output_steps * B * outputs, x_count = (size_t)(T * B * inputs);
        float *y = calloc(y_count + 1, sizeof *y), *x = calloc(x_count + 1, sizeof *x);
        const int32_t tokens[T * B] = {0}, lengths[B] = {T, 1};
        fuzz_demand(x && y);
        for (size_t i = 0; i < x_count; i++)
            x[i] = (float)(i % 5) - 2;
        int32_t status = vocabulary ? rnn_forward_tokens(session, y, y_count, tokens, T * B, lengths, B, T)
                                    : rnn_forward(session, y, y_count, x, x_count, lengths, B, T);
        fuzz_demand(status == RNN_OK);
        if (mode == RNN_TRAINING)
            fuzz_demand(rnn_backward(session, NULL, 0, y, y_count) == RNN_OK);
        free(x);
        free(y);
        rnn_session_destroy(session);
    }
}

static void use_config(rnn_config *config)
{
    rnn_model *model = NULL, *again;
    size_t size, again_size;
    if (!is_small(config))
        return;
    if (rnn_create(&model, config) != RNN_OK) {
        fuzz_demand(model == NULL && fuzz_message_is_of("rnn_create"));
        return;
    }
    uint8_t *bytes = fuzz_saved(model, &size);
    fuzz_demand(rnn_load_memory(&again, bytes, size) == RNN_OK);
    uint8_t *copy = fuzz_saved(again, &again_size);
    fuzz_demand(size == again_size && memcmp(bytes, copy, size) == 0);
    fuzz_demand(rnn_describe(model, NULL, 0, &size, T, B) == RNN_OK);
    char *text = malloc(size);
    fuzz_demand(text && rnn_describe(model, text, size, &again_size, T, B) == RNN_OK && strlen(text) + 1 == size);
    run(model);
    free(text);
    free(copy);
    free(bytes);
    rnn_destroy(again);
    rnn_destroy(model);
}

static void use_optimizer(rnn_optimizer *optimizer)
{
    float parameters[] = {1, -2, 3}, gradients[] = {0.5F, 0, -1};
    rnn_optimizer *again;
    size_t size;
    int32_t status = rnn_optimizer_step_arrays(optimizer, parameters, 3, gradients, 3);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_optimizer_step_arrays"));
    fuzz_demand(rnn_optimizer_save_memory(optimizer, NULL, 0, &size) == RNN_OK);
    uint8_t *bytes = malloc(size);
    fuzz_demand(bytes && rnn_optimizer_save_memory(optimizer, bytes, size, &size) == RNN_OK);
    fuzz_demand(rnn_optimizer_load_memory(&again, bytes, size) == RNN_OK);
    rnn_optimizer_destroy(again);
    free(bytes);
}

static void use_trainer(struct fuzz_bytes *bytes)
{
    rnn_model *model = fuzz_tiny_model();
    rnn_optimizer *optimizer;
    rnn_loss *loss;
    rnn_trainer *trainer;
    fuzz_demand(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_SGD, model) == RNN_OK);
    fuzz_demand(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY) == RNN_OK);
    fuzz_demand(rnn_trainer_create(&trainer, model, optimizer, loss) == RNN_OK);
    set_options(trainer, &of_trainer, bytes);
    rnn_trainer_destroy(trainer);
    rnn_loss_destroy(loss);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
}

static void use_config_of(struct fuzz_bytes *bytes)
{
    rnn_config *config;
    fuzz_demand(rnn_config_create(&config) == RNN_OK);
    if (fuzz_byte(bytes) % 2) {
        fuzz_demand(rnn_config_set_int(config, RNN_INPUT_SIZE, 3) == RNN_OK);
        fuzz_demand(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3) == RNN_OK);
    }
    set_options(config, &of_config, bytes);
    add_layers(config, bytes);
    use_config(config);
    rnn_config_destroy(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t count)
{
    struct fuzz_bytes bytes = {input, count};
    rnn_optimizer *optimizer = NULL;
    rnn_decoder *decoder = NULL;
    rnn_loss *loss = NULL;
    uint8_t which = fuzz_byte(&bytes);
    if (which == 1 && rnn_optimizer_create(&optimizer, (int32_t)fuzz_integer(&bytes), 3) == RNN_OK) {
        set_options(optimizer, &of_optimizer, &bytes);
        use_optimizer(optimizer);
    } else if (which == 2 && rnn_loss_create(&loss, (int32_t)fuzz_integer(&bytes)) == RNN_OK) {
        set_options(loss, &of_loss, &bytes);
    } else if (which == 3 && rnn_decoder_create(&decoder, (int32_t)fuzz_integer(&bytes)) == RNN_OK) {
        set_options(decoder, &of_decoder, &bytes);
    } else if (which == 4) {
        use_trainer(&bytes);
    } else {
        use_config_of(&bytes);
    }
    rnn_optimizer_destroy(optimizer);
    rnn_loss_destroy(loss);
    rnn_decoder_destroy(decoder);
    return 0;
}
