#include "hostile/objects.h"

#include <string.h>

enum { SLOTS = 40, MOST_OF_A_TYPE = 4 };

static struct object objects[SLOTS];

struct object *object_at(size_t slot)
{
    return slot < SLOTS ? &objects[slot] : NULL;
}

static size_t count_of(enum type type)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        count += objects[i].type == type;
    return count;
}

struct object *add_object(enum type type, void *handle, int32_t kind)
{
    if (count_of(type) >= MOST_OF_A_TYPE)
        return NULL;
    for (size_t i = 0; i < SLOTS; i++)
        if (objects[i].type == NONE) {
            objects[i] = (struct object){.type = type, .handle = handle, .kind = kind, .batch = 1};
            caller_touches(&objects[i]);
            return &objects[i];
        }
    return NULL;
}

void forget_object(struct object *object)
{
    *object = (struct object){.type = NONE};
}

void destroy_object(struct object *object)
{
    void *handle = object->handle;
    enum type type = object->type;
    forget_object(object);
    switch (type) {
    case CONFIG:
        TRY_NOTHING(rnn_config_destroy, handle);
        break;
    case MODEL:
        TRY_NOTHING(rnn_destroy, handle);
        break;
    case SESSION:
        TRY_NOTHING(rnn_session_destroy, handle);
        break;
    case LOSS:
        TRY_NOTHING(rnn_loss_destroy, handle);
        break;
    case OPTIMIZER:
        TRY_NOTHING(rnn_optimizer_destroy, handle);
        break;
    case DECODER:
        TRY_NOTHING(rnn_decoder_destroy, handle);
        break;
    case ATTENTION:
        TRY_NOTHING(rnn_attention_destroy, handle);
        break;
    case DATASET:
        TRY_NOTHING(rnn_dataset_destroy, handle);
        break;
    case TRAINER:
        TRY_NOTHING(rnn_trainer_destroy, handle);
        break;
    default:
        break;
    }
}

void destroy_all(void)
{
    size_t order[SLOTS];
    for (size_t i = 0; i < SLOTS; i++)
        order[i] = i;
    for (size_t i = SLOTS; i > 1; i--) {
        size_t other = below(i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
    caller_enter();
    for (size_t i = 0; i < SLOTS; i++)
        if (objects[order[i]].type != NONE)
            destroy_object(&objects[order[i]]);
    caller_leave();
    free_kept();
}

/* A random one that fits, or NULL. */
struct object *find(enum type type, int (*fits)(const struct object *))
{
    size_t first = below(SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        struct object *object = &objects[(first + i) % SLOTS];
        if (object->type == type && (!fits || fits(object)))
            return object;
    }
    return NULL;
}

struct object *pick_one(enum type type, int (*fits)(const struct object *))
{
    static struct object none;
    struct object *object;
    if (one_in(60))
        return none = (struct object){.type = NONE}, &none;
    if (!find(type, fits) || (one_in(10) && count_of(type) < MOST_OF_A_TYPE))
        make_object(type);
    object = find(type, one_in(20) ? NULL : fits);
    if (!object)
        object = find(type, NULL);
    if (!object)
        return none = (struct object){.type = NONE}, &none;
    caller_touches(object);
    return object;
}

struct object *pick(enum type type)
{
    return pick_one(type, NULL);
}

/* What a layer of the list, or of the list that a common network reports, has in each kind of state. */
static void count_states(struct object *object, const rnn_model *model, size_t layer)
{
    static const int32_t keys[] = {RNN_LAYERS, RNN_DIRECTION, RNN_HIDDEN_SIZE, RNN_PROJECTION_SIZE, RNN_CELL};
    int64_t of[5] = {0};
    for (size_t i = 0; i < 5; i++)
        if (rnn_model_get_layer_int(model, layer, keys[i], &of[i]) != RNN_OK)
            return;
    size_t rows = (size_t)of[0] * (of[1] == RNN_DIRECTION_BOTH ? 2 : 1), units = (size_t)of[2];
    int has_c = of[4] == RNN_CELL_LSTM || of[4] == RNN_CELL_SLSTM || of[4] == RNN_CELL_MINGRU_HIGHWAY;
    object->states[0] += rows * (of[3] ? (size_t)of[3] : units);
    object->states[1] += has_c ? rows * units : 0;
    object->states[2] += of[4] == RNN_CELL_SLSTM ? rows * units : 0;
    object->states[3] = object->states[2];
}

void describe_network(struct object *object, const rnn_model *model)
{
    int64_t inputs = 0, vocabulary = 0, crf = 0, output = RNN_OUTPUT_EVERY_STEP;
    const float *values;
    size_t layers = 0;
    if (rnn_model_get_int(model, RNN_INPUT_SIZE, &inputs) || rnn_model_get_int(model, RNN_VOCABULARY, &vocabulary) ||
        rnn_model_output_size(model, &object->outputs) || rnn_model_parameters(model, &values, &object->parameters))
        return;
    object->inputs = (size_t)inputs;
    object->vocabulary = (size_t)vocabulary;
    object->classes = rnn_model_get_int(model, RNN_CRF, &crf) == RNN_OK && crf;
    if (rnn_model_get_int(model, RNN_OUTPUT, &output) == RNN_OK)
        object->whole = output != RNN_OUTPUT_EVERY_STEP;
    if (rnn_model_layer_count(model, &layers) != RNN_OK)
        return;
    for (size_t layer = 0; layer < layers; layer++) {
        int32_t kind = 0;
        object->whole |= rnn_model_layer_kind(model, layer, &kind) == RNN_OK && kind == RNN_KIND_POOLING;
        if (kind == RNN_KIND_RECURRENT)
            count_states(object, model, layer);
    }
}

void make_object(enum type type)
{
    static void (*const makers[TYPES])(void) = {NULL,         make_config,    make_model,   make_session,
                                                make_loss,    make_optimizer, make_decoder, make_attention,
                                                make_dataset, make_trainer};
    makers[type]();
}
