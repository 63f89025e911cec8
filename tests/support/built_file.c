#include "foreign.h"

#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TENSORS 24
#define MOST_VALUES  4096

float value_of(size_t tensor, size_t place)
{
    return (float)(tensor + 1) + (float)place / 1024;
}

struct bytes file_of(const struct tensor *tensors)
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
            values[count][i] = value_of(count, i);
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

void assert_told(rnn_config *config, struct told told)
{
    assert_option(config, RNN_CELL, told.cell);
    assert_option(config, RNN_INPUT_SIZE, told.inputs);
    assert_option(config, RNN_VOCABULARY, told.vocabulary);
    assert_option(config, RNN_EMBEDDING_SIZE, told.embedding);
    assert_option(config, RNN_HIDDEN_SIZE, told.hidden);
    assert_option(config, RNN_LAYERS, told.layers);
    assert_option(config, RNN_CLASSES, told.classes);
    assert_option(config, RNN_DIRECTION, told.direction);
    assert_option(config, RNN_BIAS, told.bias);
    assert_option(config, RNN_PROJECTION_SIZE, told.projection);
}

void check_told(rnn_config *config, const struct tensor *tensors, struct told told)
{
    struct bytes bytes = file_of(tensors);
    rnn_model *model;
    assert_ok(rnn_config_infer_memory(config, bytes.at, bytes.count));
    assert_told(config, told);
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters_memory(model, bytes.at, bytes.count));
    for (size_t t = 0; tensors[t].name; t++) {
        float values[MOST_VALUES];
        size_t count = tensors[t].rows * (tensors[t].columns ? tensors[t].columns : 1);
        if (!strncmp(tensors[t].name, "other", 5))
            continue;
        assert_ok(rnn_model_get_parameter(model, tensors[t].name, values, count));
        for (size_t i = 0; i < count; i++)
            assert_true(values[i] == value_of(t, i));
    }
    free(bytes.at);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

void check_sentence(const char *function, const char *part)
{
    if (strncmp(rnn_last_error(), function, strlen(function)) != 0 || !strstr(rnn_last_error(), part))
        fail_msg("\"%s\" does not begin with \"%s\" and say \"%s\"", rnn_last_error(), function, part);
}

void refuse_to_infer(const struct tensor *tensors, int32_t status, const char *part)
{
    struct bytes bytes = file_of(tensors);
    rnn_config *config = new_config();
    set(config, RNN_CELL, RNN_CELL_RELU);
    set(config, RNN_LAYERS, 3);
    assert_fails(rnn_config_infer_memory(config, bytes.at, bytes.count), status);
    check_sentence("rnn_config_infer_memory: ", part);
    assert_string_equal(rnn_config_last_error(config), rnn_last_error());
    assert_told(config, (struct told){.cell = RNN_CELL_RELU, .layers = 3, .direction = 1, .bias = 1});
    rnn_config_destroy(config);
    free(bytes.at);
}
