/* The two networks, as lists of layers whose tensors have the names of the published weights.
 *
 * The encoder takes the samples of one chunk as a sequence of SEEN steps of one feature.  Its first layer is a
 * short-time Fourier transform: a convolution with 129 cosines and 129 sines over 256 samples, every 128 samples, so
 * four steps leave it, and one step the last layer.  All convolutions but the first are centred within the chunk, so
 * chunks do not see one another.  The decoder takes one chunk at a step. */
#include "vad.h"

#define FREQUENCIES 129
#define WINDOW      256
#define HOP         128

typedef struct {
    int32_t key;
    int64_t value;
} setting;

/* Appends a layer with settings up to key 0, its tensors named from `prefix` on. */
static void add(rnn_config *config, int32_t kind, const char *prefix, const setting *settings)
{
    size_t layer;

    check(rnn_config_add_layer(config, &layer, kind));
    if (prefix)
        check(rnn_config_set_layer_text(config, layer, RNN_PREFIX, prefix));
    for (; settings->key; settings++)
        check(rnn_config_set_layer_int(config, layer, settings->key, settings->value));
}

#define SETTINGS(...) ((const setting[]){__VA_ARGS__, {0, 0}})

/* A convolution of three steps, each padded, and relu. */
static void add_block(rnn_config *config, const char *prefix, int64_t outputs, int64_t stride)
{
    add(config, RNN_KIND_CONV1D, prefix,
        SETTINGS({RNN_OUTPUT_SIZE, outputs}, {RNN_KERNEL_SIZE, 3}, {RNN_STRIDE, stride},
                 {RNN_PADDING, RNN_PADDING_CENTRED}, {RNN_ACTIVATION, RNN_ACTIVATION_RELU}));
}

static rnn_config *encoder_config(void)
{
    rnn_config *config;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    add(config, RNN_KIND_CONV1D, "stft_conv.",
        SETTINGS({RNN_OUTPUT_SIZE, 2 * FREQUENCIES}, {RNN_KERNEL_SIZE, WINDOW}, {RNN_STRIDE, HOP},
                 {RNN_PADDING, RNN_PADDING_NONE}, {RNN_BIAS, 0}));
    add(config, RNN_KIND_MAGNITUDE, NULL, (const setting[]){{0, 0}});
    add_block(config, "conv1.", 128, 1);
    add_block(config, "conv2.", 64, 2);
    add_block(config, "conv3.", 64, 2);
    add_block(config, "conv4.", FEATURES, 1);
    return config;
}

static rnn_config *decoder_config(void)
{
    rnn_config *config;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, FEATURES));
    add(config, RNN_KIND_RECURRENT, "lstm_cell.", SETTINGS({RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 128}));
    add(config, RNN_KIND_ACTIVATION, NULL, SETTINGS({RNN_ACTIVATION, RNN_ACTIVATION_RELU}));
    add(config, RNN_KIND_CONV1D, "final_conv.", /* of one step: a dense layer, whose weight has the shape [1,128,1] */
        SETTINGS({RNN_OUTPUT_SIZE, 1}, {RNN_ACTIVATION, RNN_ACTIVATION_SIGMOID}));
    return config;
}

static rnn_session *session_of(rnn_config *config, const char *path, size_t steps)
{
    rnn_model *model;
    rnn_session *session;

    check(rnn_create(&model, config));
    check(rnn_model_load_parameters(model, path));
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_session_reserve(session, steps, 1));
    rnn_destroy(model); /* the session keeps it */
    rnn_config_destroy(config);
    return session;
}

networks networks_load(const char *path)
{
    return (networks){session_of(encoder_config(), path, SEEN), session_of(decoder_config(), path, 1)};
}

void networks_release(networks *both)
{
    rnn_session_destroy(both->encoder);
    rnn_session_destroy(both->decoder);
}

float networks_hear(const networks *both, const float *x)
{
    float features[FEATURES], speech;

    check(rnn_reset_state(both->encoder, 1)); /* a chunk is a sequence of its own */
    check(rnn_forward(both->encoder, features, FEATURES, x, SEEN, NULL, 0, SEEN));
    check(rnn_step(both->decoder, &speech, 1, features, FEATURES));
    return speech;
}
