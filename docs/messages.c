/* Causes the messages that faq.md explains, one on each line.  docs/check compares the two. */
#include <rnn.h>
#include <stdio.h>

/* The call must fail. */
#define FAILS(call) (printf("%s\n", (call) == 0 ? "no error: " #call : rnn_last_error()))
#define CHECK(call)                                                                                                    \
    if (call)                                                                                                          \
    return fprintf(stderr, "%s\n", rnn_last_error()), 1

int main(void)
{
    float x[2 * 3] = {0}, y[2 * 4];
    int32_t targets[2] = {0, 4};
    double loss;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session, *training;

    CHECK(rnn_config_create(&config));
    FAILS(rnn_create(&model, config));
    CHECK(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    CHECK(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 8));
    CHECK(rnn_config_set_int(config, RNN_CLASSES, 4));
    CHECK(rnn_config_set_real(config, RNN_DROPOUT, 0.5));
    FAILS(rnn_create(&model, config));
    CHECK(rnn_config_set_real(config, RNN_DROPOUT, 0));
    CHECK(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    CHECK(rnn_create(&model, config));
    CHECK(rnn_session_create(&session, model, RNN_INFERENCE));
    FAILS(rnn_step(session, y, 4, x, 3));
    FAILS(rnn_forward(session, y, 8, x, 5, NULL, 0, 2));
    FAILS(rnn_forward_tokens(session, y, 8, targets, 2, NULL, 0, 2));
    FAILS(rnn_backward(session, NULL, 0, y, 8));
    CHECK(rnn_session_create(&training, model, RNN_TRAINING));
    FAILS(rnn_backward(training, NULL, 0, y, 8));
    CHECK(rnn_forward(training, y, 8, x, 6, NULL, 0, 2));
    FAILS(rnn_softmax_cross_entropy(&loss, y, 8, y, 8, targets, 2, 4));
    FAILS(rnn_load(&model, "missing.safetensors"));
    rnn_session_destroy(session);
    rnn_session_destroy(training);
    rnn_destroy(model);
    rnn_config_destroy(config);
    return 0;
}
