/* Causes the messages that faq.md explains, one on each line.  docs/check compares the two. */
#define _POSIX_C_SOURCE 200809L /* fork */
#include <math.h>
#include <rnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The call must fail. */
#define FAILS(call) (printf("%s\n", (call) == 0 ? "no error: " #call : rnn_last_error()))
#define CHECK(call)                                                                                                    \
    if (call)                                                                                                          \
    fprintf(stderr, "%s\n", rnn_last_error()), exit(1)

/* A configuration, the first network made of it, and other networks. */
static void configuration(void)
{
    rnn_config *config;
    rnn_model *model;

    CHECK(rnn_config_create(&config));
    FAILS(rnn_create(&model, config));
    CHECK(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    CHECK(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 8));
    CHECK(rnn_config_set_real(config, RNN_DROPOUT, 0.5));
    FAILS(rnn_create(&model, config));
    CHECK(rnn_config_set_real(config, RNN_DROPOUT, 0));
    CHECK(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    CHECK(rnn_config_set_int(config, RNN_PEEPHOLES, 1));
    FAILS(rnn_create(&model, config));
    rnn_config_destroy(config);
}

/* A tanh network, or of both directions, with 3 inputs and 4 classes. */
static rnn_model *network(int32_t direction, int64_t units, const char *prefix)
{
    rnn_config *config;
    rnn_model *model;

    CHECK(rnn_config_create(&config));
    CHECK(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    CHECK(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    CHECK(rnn_config_set_int(config, RNN_CLASSES, 4));
    CHECK(rnn_config_set_int(config, RNN_DIRECTION, direction));
    CHECK(rnn_config_set_text(config, RNN_PREFIX, prefix));
    CHECK(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void runs(void)
{
    float x[2 * 3] = {0}, y[2 * 4];
    const int32_t targets[2] = {0, 4}, length = 3;
    double loss;
    rnn_model *model = network(RNN_DIRECTION_BOTH, 8, "");
    rnn_session *session, *training;

    CHECK(rnn_session_create(&session, model, RNN_INFERENCE));
    FAILS(rnn_step(session, y, 4, x, 3));
    FAILS(rnn_forward(session, y, 8, x, 5, NULL, 0, 2));
    FAILS(rnn_forward(session, y, 8, x, 6, &length, 1, 2));
    FAILS(rnn_forward_tokens(session, y, 8, targets, 2, NULL, 0, 2));
    FAILS(rnn_backward(session, NULL, 0, y, 8));
    CHECK(rnn_session_create(&training, model, RNN_TRAINING));
    FAILS(rnn_backward(training, NULL, 0, y, 8));
    CHECK(rnn_forward(training, y, 8, x, 6, NULL, 0, 2));
    FAILS(rnn_softmax_cross_entropy(&loss, y, 8, y, 8, targets, 2, 4));
    y[0] = NAN;
    CHECK(rnn_backward(training, NULL, 0, y, 8));
    FAILS(rnn_sgd_step(training, 0.1));
    rnn_session_destroy(training);
    FAILS(rnn_model_set_precision(model, RNN_PRECISION_INT8));
    CHECK(rnn_session_set_threads(session, 2));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        FAILS(rnn_forward(session, y, 8, x, 6, NULL, 0, 2));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* A file with the names of PyTorch, and a model that does not fit it. */
static void files(void)
{
    static const char foreign[] = "{\"lstm.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[4,1],\"data_offsets\":[0,16]},"
                                  "\"lstm.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[4,1],\"data_offsets\":[16,32]}}";
    const char *path = "model.safetensors";
    const unsigned char length[8] = {sizeof foreign - 1};
    const float data[8] = {0};
    rnn_config *config;
    rnn_model *model, *larger = network(RNN_DIRECTION_FORWARD, 16, "");
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(length, 8, 1, file) != 1 || fwrite(foreign, sizeof foreign - 1, 1, file) != 1 ||
        fwrite(data, sizeof data, 1, file) != 1 || fclose(file))
        perror(path), exit(1);
    FAILS(rnn_load(&model, "missing.safetensors"));
    FAILS(rnn_load(&model, path));
    CHECK(rnn_config_create(&config));
    FAILS(rnn_config_infer(config, path));
    rnn_config_destroy(config);
    model = network(RNN_DIRECTION_FORWARD, 8, "");
    CHECK(rnn_save(model, path));
    FAILS(rnn_model_load_parameters(larger, path));
    remove(path);
    rnn_destroy(model);
    rnn_destroy(larger);
}

int main(void)
{
    configuration();
    runs();
    files();
    return 0;
}
