#include "hostile/snapshot.h"

#include <stdlib.h>
#include <string.h>

static unsigned char bytes[1 << 20];
static float numbers[1 << 16];

static uint64_t hash;

static void add(const void *data, size_t count)
{
    const unsigned char *from = data;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ from[i]) * 1099511628211u;
}

static void add_text(const char *text)
{
    add(text, strlen(text) + 1);
}

/* Adds a status, and a value if the call has given one. */
static void add_if(int32_t status, const void *data, size_t count)
{
    add(&status, sizeof status);
    if (status == RNN_OK && data)
        add(data, count);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

#define ADD_OPTIONS(type_of_value, get, handle, first, last)                                                           \
    do {                                                                                                               \
        for (int32_t key = (first); key <= (last); key++) {                                                            \
            type_of_value value = 0;                                                                                   \
            int32_t status = get(handle, key, &value);                                                                 \
            add_if(status, &value, sizeof value);                                                                      \
        }                                                                                                              \
    } while (0)

static void add_config(rnn_config *config)
{
    size_t layers = 0;
    ADD_OPTIONS(int64_t, rnn_config_get_int, config, RNN_CELL, RNN_PRECISION);
    ADD_OPTIONS(double, rnn_config_get_real, config, RNN_INIT_RANGE, RNN_BETA);
    for (int32_t key = RNN_PREFIX; key <= RNN_CRF_NAME; key++) {
        const char *text;
        if (rnn_config_get_text(config, key, &text) == RNN_OK)
            add_text(text);
    }
    add_if(rnn_config_layer_count(config, &layers), &layers, sizeof layers);
    for (size_t layer = 0; layer < layers && layer < 8; layer++) {
        const char *text;
        for (int32_t key = RNN_CELL; key <= RNN_PRECISION; key++) {
            int64_t value = 0;
            int32_t status = rnn_config_get_layer_int(config, layer, key, &value);
            add_if(status, &value, sizeof value);
        }
        for (int32_t key = RNN_INIT_RANGE; key <= RNN_BETA; key++) {
            double value = 0;
            int32_t status = rnn_config_get_layer_real(config, layer, key, &value);
            add_if(status, &value, sizeof value);
        }
        if (rnn_config_get_layer_text(config, layer, RNN_PREFIX, &text) == RNN_OK)
            add_text(text);
    }
}

/* ---- models and sessions ----------------------------------------------------------------------------------------- */

static void add_model(rnn_model *model)
{
    static const int32_t keys[] = {RNN_PRODUCTS, RNN_PRECISION};
    size_t size = 0;
    int32_t status = rnn_save_memory(model, bytes, sizeof bytes, &size);
    add_if(status, bytes, size);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int64_t value = 0;
        add_if(rnn_model_get_int(model, keys[i], &value), &value, sizeof value);
    }
}

static void add_session(rnn_session *session)
{
    static int32_t lengths[4096];
    size_t count = 0;
    float *gradients = NULL;
    int32_t has = 0;
    add_if(rnn_session_row_state_count(session, &count), &count, sizeof count);
    for (size_t row = 0; row < 4096 && count <= sizeof numbers / sizeof *numbers; row++) {
        if (rnn_session_get_row_state(session, row, numbers, count) != RNN_OK) {
            add_if(rnn_session_output_lengths(session, lengths, row), lengths, row * sizeof *lengths);
            break;
        }
        add(numbers, count * sizeof *numbers);
    }
    add_if(rnn_session_has_output(session, &has), &has, sizeof has);
    int32_t status = rnn_session_gradients(session, &gradients, &count);
    add_if(status, gradients, count * sizeof *gradients);
}

/* ---- losses, optimisers, decoders -------------------------------------------------------------------------------- */

#define ADD_VIEW(get, handle, type_of_element)                                                                         \
    do {                                                                                                               \
        const type_of_element *view = NULL;                                                                            \
        size_t elements = 0;                                                                                           \
        int32_t given = get(handle, &view, &elements);                                                                 \
        add_if(given, &elements, sizeof elements);                                                                     \
        if (view)                                                                                                      \
            add(view, elements * sizeof *view);                                                                        \
    } while (0)

static void add_loss(rnn_loss *loss)
{
    const int32_t *lengths = NULL;
    size_t shape[3] = {0}, classes;
    ADD_OPTIONS(int64_t, rnn_loss_get_int, loss, RNN_REDUCTION, RNN_SKIP_MISSING);
    ADD_OPTIONS(double, rnn_loss_get_real, loss, RNN_SMOOTHING, RNN_MIN_VARIANCE);
    int32_t status = rnn_loss_get_batch(loss, &lengths, &shape[0], &shape[1], &shape[2]);
    add_if(status, shape, sizeof shape);
    if (lengths)
        add(lengths, shape[1] * sizeof *lengths);
    ADD_VIEW(rnn_loss_get_mask, loss, float);
    ADD_VIEW(rnn_loss_get_step_mask, loss, int32_t);
    ADD_VIEW(rnn_loss_get_sequence_weights, loss, float);
    if (shape[1] <= sizeof bytes / sizeof(double)) {
        status = rnn_loss_get_sequence_losses(loss, (double *)(void *)bytes, shape[1]);
        add_if(status, bytes, shape[1] * sizeof(double));
    }
    classes = shape[2];
    if (classes && classes < 64) {
        float *start = numbers, *end = start + classes, *transitions = end + classes;
        status = rnn_loss_get_transition_gradients(loss, start, classes, end, classes, transitions, classes * classes);
        add_if(status, numbers, (2 + classes) * classes * sizeof *numbers);
    }
}

static void add_optimizer(rnn_optimizer *optimizer)
{
    size_t size = 0;
    int32_t status = rnn_optimizer_save_memory(optimizer, bytes, sizeof bytes, &size);
    add_if(status, bytes, size);
}

static void add_result(rnn_decoder *decoder, size_t sequence, size_t rank)
{
    const int32_t *tokens = NULL, *steps = NULL;
    const float *scores = NULL;
    size_t count = 0;
    double score = 0;
    int32_t status = rnn_decoder_get_result(decoder, sequence, rank, &tokens, &steps, &scores, &count, &score);
    add_if(status, &score, sizeof score);
    add(&count, sizeof count);
    if (count) {
        add(tokens, count * sizeof *tokens);
        add(steps, count * sizeof *steps);
        add(scores, count * sizeof *scores);
    }
}

static void add_decoder(rnn_decoder *decoder)
{
    size_t count = 0;
    ADD_OPTIONS(int64_t, rnn_decoder_get_int, decoder, RNN_BEAM_WIDTH, RNN_RANDOM_STATE);
    ADD_OPTIONS(double, rnn_decoder_get_real, decoder, RNN_LENGTH_PENALTY, RNN_BEAM_THRESHOLD);
    for (size_t sequence = 0; rnn_decoder_get_result_count(decoder, sequence, &count) == RNN_OK; sequence++) {
        add(&count, sizeof count);
        for (size_t rank = 0; rank < count; rank++)
            add_result(decoder, sequence, rank);
        add_if(rnn_decoder_get_stable_count(decoder, sequence, &count), &count, sizeof count);
    }
}

/* ---- attention, datasets, trainers ------------------------------------------------------------------------------- */

/* What is attended over shows in the context of a query. */
static void add_attention(const struct object *object)
{
    rnn_attention *attention = object->handle;
    float *gradients = NULL;
    size_t count = 0;
    int64_t products = 0;
    static float queries[4096];
    ADD_VIEW(rnn_attention_parameters, attention, float);
    int32_t status = rnn_attention_gradients(attention, &gradients, &count);
    add_if(status, gradients, count * sizeof *gradients);
    add_if(rnn_attention_get_int(attention, RNN_PRODUCTS, &products), &products, sizeof products);
    size_t asked = object->batch * object->inputs, given = object->batch * object->vocabulary;
    if (asked && asked <= sizeof queries / sizeof *queries && given && given <= sizeof numbers / sizeof *numbers) {
        for (size_t i = 0; i < asked; i++)
            queries[i] = (float)(i % 3) - 1;
        status = rnn_attention_forward(attention, numbers, given, NULL, 0, queries, asked);
        add_if(status, numbers, given * sizeof *numbers);
    }
}

static void add_trainer(rnn_trainer *trainer)
{
    int64_t seed = 0;
    ADD_OPTIONS(int64_t, rnn_trainer_get_int, trainer, RNN_EPOCHS, RNN_MEMORY_LIMIT);
    ADD_OPTIONS(double, rnn_trainer_get_real, trainer, RNN_MIN_DELTA, RNN_BEST_LOSS);
    add_if(rnn_trainer_get_int(trainer, RNN_SEED, &seed), &seed, sizeof seed);
}

uint64_t snapshot_of(const struct object *object)
{
    size_t count = 0;
    hash = 14695981039346656037u;
    switch (object->type) {
    case CONFIG:
        add_config(object->handle);
        break;
    case MODEL:
        add_model(object->handle);
        break;
    case SESSION:
        add_session(object->handle);
        break;
    case LOSS:
        add_loss(object->handle);
        break;
    case OPTIMIZER:
        add_optimizer(object->handle);
        break;
    case DECODER:
        add_decoder(object->handle);
        break;
    case ATTENTION:
        add_attention(object);
        break;
    case DATASET:
        add_if(rnn_dataset_count(object->handle, &count), &count, sizeof count);
        break;
    case TRAINER:
        add_trainer(object->handle);
        break;
    default:
        break;
    }
    return hash;
}
