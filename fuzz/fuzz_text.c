/* Texts and names: options, notes, parameter names, prefixes of tensors.  A text that is taken reads back as the same,
 * and so it does from a saved model; what is refused has changed nothing.  The UTF-8 of the library is compared to one
 * written in another way. */
#include "fuzz.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* By ranges of bytes: table 3-7 of the Unicode standard. */
static int is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    while (*c) {
        unsigned char least = 0x80, most = 0xBF;
        size_t more;
        if (*c < 0x80)
            more = 0;
        else if (*c >= 0xC2 && *c <= 0xDF)
            more = 1;
        else if (*c >= 0xE0 && *c <= 0xEF)
            more = 2;
        else if (*c >= 0xF0 && *c <= 0xF4)
            more = 3;
        else
            return 0;
        if (*c == 0xE0)
            least = 0xA0;
        else if (*c == 0xED)
            most = 0x9F;
        else if (*c == 0xF0)
            least = 0x90;
        else if (*c == 0xF4)
            most = 0x8F;
        for (c++; more > 0; more--, c++, least = 0x80, most = 0xBF)
            if (*c < least || *c > most)
                return 0;
    }
    return 1;
}

static void check_utf8(const char *text)
{
    fuzz_demand(rnni_utf8_valid(text) == is_utf8(text));
    struct rnni_utf8_quoted quoted = rnni_utf8_quote(text);
    fuzz_demand(strlen(quoted.text) <= RNNI_UTF8_QUOTE && is_utf8(quoted.text));
    for (const char *c = quoted.text; *c; c++)
        fuzz_demand((unsigned char)*c >= 0x20 && *c != 0x7F);
}

static void set_option(rnn_config *config, int32_t key, const char *text)
{
    const char *now;
    char before[256];
    fuzz_demand(rnn_config_get_text(config, key, &now) == RNN_OK && strlen(now) < sizeof before);
    strcpy(before, now);
    int32_t status = rnn_config_set_text(config, key, text);
    fuzz_demand(rnn_config_get_text(config, key, &now) == RNN_OK);
    fuzz_demand(strcmp(now, status == RNN_OK ? text : before) == 0);
    if (status != RNN_OK)
        fuzz_demand(status == RNN_E_VALUE && fuzz_message_is_of("rnn_config_set_text"));
    else
        fuzz_demand(is_utf8(text) && strlen(text) < 128);
}

static void set_note(rnn_model *model, const char *key, const char *text)
{
    const char *now;
    if (rnn_model_set_metadata(model, key, text) != RNN_OK) {
        fuzz_demand(fuzz_message_is_of("rnn_model_set_metadata"));
        return;
    }
    fuzz_demand(rnn_model_get_metadata(model, key, &now) == RNN_OK && strcmp(now, text) == 0);
    fuzz_demand(is_utf8(key) && is_utf8(text));
    size_t size;
    uint8_t *bytes = fuzz_saved(model, &size);
    rnn_model *again;
    fuzz_demand(rnn_load_memory(&again, bytes, size) == RNN_OK);
    fuzz_demand(rnn_model_get_metadata(again, key, &now) == RNN_OK && strcmp(now, text) == 0);
    rnn_destroy(again);
    free(bytes);
}

/* A network of two layers, or a list of two. */
static rnn_config *small_config(int list)
{
    rnn_config *config;
    fuzz_demand(rnn_config_create(&config) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_VOCABULARY, 2) == RNN_OK);
    if (list) {
        fuzz_demand(rnn_config_add_layer(config, NULL, RNN_KIND_EMBEDDING) == RNN_OK);
        fuzz_demand(rnn_config_add_layer(config, NULL, RNN_KIND_DENSE) == RNN_OK);
        fuzz_demand(rnn_config_set_layer_int(config, 0, RNN_OUTPUT_SIZE, 2) == RNN_OK);
        fuzz_demand(rnn_config_set_layer_int(config, 1, RNN_OUTPUT_SIZE, 2) == RNN_OK);
        return config;
    }
    fuzz_demand(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_CLASSES, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, 2) == RNN_OK);
    fuzz_demand(rnn_config_set_int(config, RNN_CRF, 1) == RNN_OK);
    return config;
}

/* Two tensors of one name are refused; a model with any names is saved and read. */
static void save_and_load(rnn_model *model)
{
    size_t size, again_size;
    uint8_t *bytes = fuzz_saved(model, &size);
    rnn_model *again;
    fuzz_demand(rnn_load_memory(&again, bytes, size) == RNN_OK);
    uint8_t *copy = fuzz_saved(again, &again_size);
    fuzz_demand(size == again_size && memcmp(bytes, copy, size) == 0);
    rnn_destroy(again);
    free(copy);
    free(bytes);
}

static void use_names(rnn_model *model, const char *name)
{
    rnn_optimizer *optimizer;
    float value[4];
    int64_t integer;
    double real;
    fuzz_demand(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAMW, model) == RNN_OK);
    int32_t status = rnn_model_get_parameter(model, name, value, 4);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_model_get_parameter"));
    status = rnn_model_set_parameter(model, name, (const float[]){1, 2, 3, 4}, 4);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_model_set_parameter"));
    status = rnn_optimizer_set_tensors_int(optimizer, name, RNN_FROZEN, 1);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_optimizer_set_tensors_int"));
    status = rnn_optimizer_set_tensors_real(optimizer, name, RNN_RATE_FACTOR, 0.5);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_optimizer_set_tensors_real"));
    status = rnn_optimizer_get_tensor_int(optimizer, name, RNN_FROZEN, &integer);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_optimizer_get_tensor_int"));
    status = rnn_optimizer_get_tensor_real(optimizer, name, RNN_RATE_FACTOR, &real);
    fuzz_demand(status == RNN_OK || fuzz_message_is_of("rnn_optimizer_get_tensor_real"));
    rnn_optimizer_destroy(optimizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t count)
{
    struct fuzz_bytes bytes = {input, count};
    rnn_model *model;
    int list = fuzz_byte(&bytes) % 2;
    rnn_config *config = small_config(list);
    char *texts[4];
    for (size_t i = 0; i < 4; i++) {
        texts[i] = fuzz_text(&bytes);
        check_utf8(texts[i]);
    }
    set_option(config, RNN_PREFIX + (int32_t)(count % 4), texts[0]);
    set_option(config, RNN_PREFIX, texts[1]);
    if (list && rnn_config_set_layer_text(config, 1, RNN_PREFIX, texts[0]) != RNN_OK)
        fuzz_demand(fuzz_message_is_of("rnn_config_set_layer_text"));
    if (rnn_create(&model, config) == RNN_OK) {
        save_and_load(model);
        set_note(model, texts[2], texts[3]);
        use_names(model, texts[2]);
        rnn_destroy(model);
    } else {
        fuzz_demand(fuzz_message_is_of("rnn_create"));
    }
    for (size_t i = 0; i < 4; i++)
        free(texts[i]);
    rnn_config_destroy(config);
    return 0;
}
