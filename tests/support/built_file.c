#include "support/built_file.h"

#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TENSORS 24
#define MOST_VALUES  4096

float built_value(size_t tensor, size_t place)
{
    return (float)(tensor + 1) + (float)place / 1024;
}

struct bytes built_file(const struct tensor *tensors)
{
    static float values[MOST_TENSORS][MOST_VALUES];
    struct rnni_safetensors_source sources[MOST_TENSORS];
    size_t shapes[MOST_TENSORS][2], count = 0;
    for (; tensors[count].name; count++) {
        size_t rank = tensors[count].columns ? 2 : 1, elements = tensors[count].rows;
        shapes[count][0] = tensors[count].rows;
        shapes[count][1] = tensors[count].columns;
        elements *= rank == 2 ? tensors[count].columns : 1;
        assert_true(count < MOST_TENSORS && elements <= MOST_VALUES);
        for (size_t i = 0; i < elements; i++)
            values[count][i] = built_value(count, i);
        sources[count] = (struct rnni_safetensors_source){tensors[count].name, shapes[count], rank, values[count]};
    }
    struct rnni_safetensors_content content = {.tensors = sources, .tensor_count = count};
    struct bytes bytes = {NULL, 0};
    assert_ok(rnni_safetensors_size(&bytes.count, &content, "test"));
    bytes.at = malloc(bytes.count);
    assert_non_null(bytes.at);
    rnni_safetensors_write(bytes.at, &content);
    return bytes;
}

struct bytes file_with_header(const char *header, size_t data)
{
    size_t length = strlen(header);
    struct bytes bytes = {calloc(8 + length + data, 1), 8 + length + data};
    assert_non_null(bytes.at);
    for (int byte = 0; byte < 4; byte++)
        bytes.at[byte] = (unsigned char)(length >> 8 * byte);
    memcpy(bytes.at + 8, header, length);
    return bytes;
}

rnn_config *new_config(void)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    return config;
}

void set(rnn_config *config, int32_t key, int64_t value)
{
    assert_ok(rnn_config_set_int(config, key, value));
}

void assert_option(rnn_config *config, int32_t key, int64_t expected)
{
    int64_t value;
    assert_ok(rnn_config_get_int(config, key, &value));
    if (value != expected)
        fail_msg("option %d is %lld, expected %lld", (int)key, (long long)value, (long long)expected);
}

void assert_inferred(rnn_config *config, struct inferred inferred)
{
    assert_option(config, RNN_CELL, inferred.cell);
    assert_option(config, RNN_INPUT_SIZE, inferred.inputs);
    assert_option(config, RNN_VOCABULARY, inferred.vocabulary);
    assert_option(config, RNN_EMBEDDING_SIZE, inferred.embedding);
    assert_option(config, RNN_HIDDEN_SIZE, inferred.hidden);
    assert_option(config, RNN_LAYERS, inferred.layers);
    assert_option(config, RNN_CLASSES, inferred.classes);
    assert_option(config, RNN_DIRECTION, inferred.direction);
    assert_option(config, RNN_BIAS, inferred.bias);
    assert_option(config, RNN_PROJECTION_SIZE, inferred.projection);
}

void check_inferred(rnn_config *config, const struct tensor *tensors, struct inferred inferred)
{
    struct bytes bytes = built_file(tensors);
    rnn_model *model;
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_inferred(config, inferred);
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
    for (size_t t = 0; tensors[t].name; t++) {
        float values[MOST_VALUES];
        size_t count = tensors[t].rows * (tensors[t].columns ? tensors[t].columns : 1);
        if (!strncmp(tensors[t].name, "other", 5))
            continue;
        assert_ok(rnn_model_get_parameter(model, tensors[t].name, values, count));
        for (size_t i = 0; i < count; i++)
            assert_true(values[i] == built_value(t, i));
    }
    free(bytes.at);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

void assert_message(const char *function, const char *part)
{
    if (strncmp(rnn_last_error(), function, strlen(function)) != 0 || !strstr(rnn_last_error(), part))
        fail_msg("\"%s\" does not begin with \"%s\" and say \"%s\"", rnn_last_error(), function, part);
}

void refuse_to_infer_bytes(struct bytes bytes, int32_t status, const char *part)
{
    rnn_config *config = new_config();
    set(config, RNN_CELL, RNN_CELL_RELU);
    set(config, RNN_LAYERS, 3);
    assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), status);
    assert_message("rnn_config_infer_memory: ", part);
    assert_string_equal(rnn_config_last_error(config), rnn_last_error());
    assert_inferred(config, (struct inferred){.cell = RNN_CELL_RELU, .layers = 3, .direction = 1, .bias = 1});
    rnn_config_destroy(config);
    free(bytes.at);
}

void refuse_to_infer(const struct tensor *tensors, int32_t status, const char *part)
{
    refuse_to_infer_bytes(built_file(tensors), status, part);
}

void load_tagger(const char *prefix, const char *crf, size_t classes, struct bytes bytes, size_t tensor,
                 const char *refusal)
{
    rnn_config *config = new_config();
    rnn_model *model;
    float scores[9];
    set(config, RNN_INPUT_SIZE, 3);
    set(config, RNN_HIDDEN_SIZE, 4);
    set(config, RNN_BIAS, 0);
    set(config, RNN_CLASSES, (int64_t)classes);
    set(config, RNN_CRF, 1);
    if (prefix)
        assert_ok(rnn_config_set_text(config, RNN_PREFIX, prefix));
    assert_ok(rnn_config_set_text(config, RNN_CRF_NAME, crf));
    assert_ok(rnn_create(&model, config));
    if (refusal) {
        assert_fails(rnn_model_load_parameters_memory(model, bytes.at, bytes.count), RNN_E_FORMAT);
        assert_message("rnn_model_load_parameters_memory: ", refusal);
    } else {
        assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
        assert_ok(rnn_model_get_parameter(model, "tags.transitions", scores, classes * classes));
        for (size_t i = 0; i < classes * classes; i++)
            assert_true(scores[i] == built_value(tensor, i));
    }
    rnn_destroy(model);
    rnn_config_destroy(config);
    free(bytes.at);
}
