/* Errors of the functions that are special to a CRF: each names its function, and changes nothing. */
#include "support/support.h"

#include <math.h>
#include <string.h>

enum { C = 3, T = 4 };

static const float y[T * C] = {1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 0, 2};
static const int32_t classes[T] = {2, 1, 0, 2};

static rnn_model *make_model(int64_t outputs, int64_t crf)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 4));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, outputs));
    assert_ok(rnn_config_set_int(config, RNN_CRF, crf));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_loss *make_loss(int32_t kind)
{
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, kind));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, T, 1, C));
    return loss;
}

/* A loss of a CRF whose gradients of the transitions are there. */
static rnn_loss *make_gradients(const rnn_model *model)
{
    rnn_loss *loss = make_loss(RNN_LOSS_CRF);
    float dy[T * C];
    double value;
    assert_ok(rnn_loss_set_transitions_of_model(loss, model));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, T * C, y, T * C, classes, T));
    return loss;
}

static int32_t get_gradients(rnn_loss *loss, size_t start, size_t end, size_t transitions)
{
    float dstart[C] = {7, 7, 7}, dend[C] = {7, 7, 7}, dtransitions[C * C] = {7};
    int32_t status = rnn_loss_get_transition_gradients(loss, dstart, start, dend, end, dtransitions, transitions);
    if (status)
        assert_true(dstart[0] == 7 && dend[0] == 7 && dtransitions[0] == 7);
    return status;
}

static void test_losses(void **state)
{
    (void)state;
    rnn_model *model = make_model(C, 1), *plain = make_model(C, 0);
    rnn_loss *other = make_loss(RNN_LOSS_CROSS_ENTROPY), *empty = make_loss(RNN_LOSS_CRF),
             *loss = make_gradients(model);
    float zeros[C * C] = {0}, dend[C];
    assert_fails(rnn_loss_set_transitions(NULL, zeros, C, zeros, C, zeros, C * C), RNN_E_NULL);
    assert_fails(rnn_loss_set_transitions(other, zeros, C, zeros, C, zeros, C * C), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_loss_last_error(other), "the kind is RNN_LOSS_CROSS_ENTROPY, expected RNN_LOSS_CRF"));
    assert_fails(rnn_loss_set_transitions_of_model(NULL, model), RNN_E_NULL);
    assert_fails(rnn_loss_set_transitions_of_model(loss, NULL), RNN_E_NULL);
    assert_fails(rnn_loss_set_transitions_of_model(other, model), RNN_E_UNSUPPORTED);
    assert_fails(rnn_loss_set_transitions_of_model(loss, plain), RNN_E_UNSUPPORTED);

    assert_fails(get_gradients(NULL, C, C, C * C), RNN_E_NULL);
    assert_fails(get_gradients(other, C, C, C * C), RNN_E_UNSUPPORTED);
    assert_fails(get_gradients(empty, C, C, C * C), RNN_E_STATE);
    assert_fails(get_gradients(loss, C - 1, C, C * C), RNN_E_SIZE);
    assert_fails(get_gradients(loss, C, C + 1, C * C), RNN_E_SIZE);
    assert_fails(get_gradients(loss, C, C, C), RNN_E_SIZE);
    assert_ok(get_gradients(loss, C, C, C * C));
    assert_ok(rnn_loss_get_transition_gradients(loss, NULL, 0, dend, C, NULL, 0));
    assert_ok(rnn_loss_get_transition_gradients(loss, NULL, 0, NULL, 0, NULL, 0));
    assert_true(isfinite(dend[0]));
    rnn_loss_destroy(other);
    rnn_loss_destroy(empty);
    rnn_loss_destroy(loss);
    rnn_destroy(model);
    rnn_destroy(plain);
}

static void test_sessions(void **state)
{
    (void)state;
    rnn_model *model = make_model(C, 1), *plain = make_model(C, 0), *larger = make_model(C + 1, 1);
    rnn_loss *other = make_loss(RNN_LOSS_CROSS_ENTROPY), *empty = make_loss(RNN_LOSS_CRF),
             *loss = make_gradients(model);
    rnn_session *session, *of_plain, *of_larger, *inference;
    float *gradients;
    size_t count;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_session_create(&of_plain, plain, RNN_TRAINING));
    assert_ok(rnn_session_create(&of_larger, larger, RNN_TRAINING));
    assert_ok(rnn_session_create(&inference, model, RNN_INFERENCE));
    assert_fails(rnn_session_add_transition_gradients(NULL, loss), RNN_E_NULL);
    assert_fails(rnn_session_add_transition_gradients(session, NULL), RNN_E_NULL);
    assert_fails(rnn_session_add_transition_gradients(inference, loss), RNN_E_STATE);
    assert_fails(rnn_session_add_transition_gradients(of_plain, loss), RNN_E_UNSUPPORTED);
    assert_fails(rnn_session_add_transition_gradients(session, other), RNN_E_UNSUPPORTED);
    assert_fails(rnn_session_add_transition_gradients(session, empty), RNN_E_STATE);
    assert_fails(rnn_session_add_transition_gradients(of_larger, loss), RNN_E_SIZE);
    assert_non_null(strstr(rnn_session_last_error(of_larger), "the loss is of 3 classes, expected 4"));
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        assert_true(gradients[i] == 0);
    assert_ok(rnn_session_add_transition_gradients(session, loss));
    rnn_session_destroy(session);
    rnn_session_destroy(of_plain);
    rnn_session_destroy(of_larger);
    rnn_session_destroy(inference);
    rnn_loss_destroy(other);
    rnn_loss_destroy(empty);
    rnn_loss_destroy(loss);
    rnn_destroy(model);
    rnn_destroy(plain);
    rnn_destroy(larger);
}

static void test_decoders(void **state)
{
    (void)state;
    rnn_model *model = make_model(C, 1), *plain = make_model(C, 0);
    rnn_decoder *decoder, *other;
    float zeros[C * C] = {0}, p[T * C] = {7};
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_ok(rnn_decoder_create(&other, RNN_DECODER_CTC_GREEDY));
    assert_fails(rnn_decoder_set_transitions(NULL, zeros, C, zeros, C, zeros, C * C), RNN_E_NULL);
    assert_fails(rnn_decoder_set_transitions(other, zeros, C, zeros, C, zeros, C * C), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_decoder_last_error(other), "the decoder is "));
    assert_non_null(strstr(rnn_decoder_last_error(other), "expected RNN_DECODER_CRF"));
    assert_fails(rnn_decoder_set_transitions_of_model(NULL, model), RNN_E_NULL);
    assert_fails(rnn_decoder_set_transitions_of_model(decoder, NULL), RNN_E_NULL);
    assert_fails(rnn_decoder_set_transitions_of_model(other, model), RNN_E_UNSUPPORTED);
    assert_fails(rnn_decoder_set_transitions_of_model(decoder, plain), RNN_E_UNSUPPORTED);
    assert_fails(rnn_decoder_get_marginals(NULL, p, T * C), RNN_E_NULL);
    assert_fails(rnn_decoder_get_marginals(other, p, T * C), RNN_E_UNSUPPORTED);
    assert_fails(rnn_decoder_get_marginals(decoder, NULL, 0), RNN_E_NULL);
    assert_fails(rnn_decoder_get_marginals(decoder, p, T * C), RNN_E_STATE);
    assert_ok(rnn_decoder_set_transitions_of_model(decoder, model));
    assert_ok(rnn_decoder_decode(decoder, y, T * C, NULL, 0, T, 1, C));
    assert_fails(rnn_decoder_get_marginals(decoder, p, T * C - 1), RNN_E_SIZE);
    assert_true(p[0] == 7);
    assert_ok(rnn_decoder_get_marginals(decoder, p, T * C));
    assert_true(fabsf(p[0] + p[1] + p[2] - 1) < 1e-5f);
    rnn_decoder_destroy(decoder);
    rnn_decoder_destroy(other);
    rnn_destroy(model);
    rnn_destroy(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_decoders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
