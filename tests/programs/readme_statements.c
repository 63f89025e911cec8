/* The statements of README.md that are no program of their own, called with what they need: a file as PyTorch writes it
 * for a module with self.lstm and self.fc. */
#include <rnn.h>

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, rnn_last_error());                      \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

static rnn_model *readme(rnn_config *config)
{
    rnn_model *model = NULL;
#include "readme_statements.h"
    return failed ? NULL : model;
}

int main(void)
{
    rnn_config *config;
    rnn_model *written, *copy;
    int64_t hidden = 0;
    const float *values, *expected;
    size_t count, expected_count;
    CHECK(!rnn_config_create(&config) && !rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    CHECK(!rnn_config_set_int(config, RNN_INPUT_SIZE, 3) && !rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    CHECK(!rnn_config_set_int(config, RNN_CLASSES, 2) && !rnn_config_set_text(config, RNN_PREFIX, "lstm."));
    CHECK(!rnn_config_set_text(config, RNN_HEAD_NAME, "fc.") && !rnn_create(&written, config));
    CHECK(!rnn_save(written, "model.safetensors"));
    rnn_config_destroy(config);

    CHECK(!rnn_config_create(&config));
    rnn_model *model = readme(config);
    CHECK(model && !rnn_model_get_int(model, RNN_HIDDEN_SIZE, &hidden) && hidden == 5);
    CHECK(!rnn_model_parameters(model, &values, &count));
    CHECK(!rnn_model_parameters(written, &expected, &expected_count) && count == expected_count);
    CHECK(!memcmp(values, expected, count * sizeof *values));
    CHECK(!rnn_load(&copy, "copy.safetensors"));
    rnn_destroy(copy);
    rnn_destroy(model);
    rnn_destroy(written);
    rnn_config_destroy(config);
    remove("model.safetensors");
    remove("copy.safetensors");
    return 0;
}
