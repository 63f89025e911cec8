/* Losses at their limits: what counts nothing, numbers that are not finite, arguments out of range, no steps. */
#include "support/support.h"

#include <math.h>
#include <string.h>

enum { ROWS = 3, C = 4 };

/* Where no target counts the loss is 0, whatever the logits are, and so is the gradient. */
static void test_nothing_counts(void **state)
{
    (void)state;
    static const float logits[ROWS * C] = {NAN, INFINITY, 1};
    static const int32_t ignored[ROWS] = {-100, -100, -100};
    float d[ROWS * C];
    double loss = -1;
    memset(d, 1, sizeof d);
    assert_ok(rnn_softmax_cross_entropy(&loss, d, ROWS * C, logits, ROWS * C, ignored, ROWS, C));
    assert_true(loss == 0);
    for (size_t i = 0; i < ROWS * C; i++)
        assert_true(d[i] == 0);
}

/* A raw variance that is not a number makes the loss and its gradient such, and no other target's. */
static void test_a_variance_that_is_not_a_number(void **state)
{
    (void)state;
    static const float y[4] = {1, NAN, 1, 0}, targets[2] = {1, 1};
    float dy[4];
    double value, losses[2];
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_GAUSSIAN));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 1, 2, 2));
    assert_ok(rnn_loss_of_values(loss, &value, dy, 4, y, 4, targets, 2));
    assert_true(isnan(value) && isnan(dy[0]) && isnan(dy[1]));
    assert_ok(rnn_loss_get_sequence_losses(loss, losses, 2));
    double variance = log(2) + 1e-6; /* softplus(0) and RNN_MIN_VARIANCE */
    assert_true(isnan(losses[0]));
    assert_close(losses[1], log(2 * 3.14159265358979323846 * variance) / 2, 1e-12);
    assert_true(dy[2] == 0);
    assert_close((double)dy[3], 1 / variance / 4 / 2, 1e-6); /* 1/v / 2 times the slope 1/2, and the mean of two */
    rnn_loss_destroy(loss);
}

static void assert_says(const rnn_loss *loss, const char *expected)
{
    assert_string_equal(loss ? rnn_loss_last_error(loss) : rnn_last_error(), expected);
}

static int32_t set_masks(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                         size_t y_count)
{
    static const int32_t ones[2] = {1, 1};
    (void)value, (void)weight, (void)dy, (void)y, (void)y_count;
    assert_fails(rnn_loss_set_step_mask(loss, ones, 2), RNN_E_STATE);
    assert_says(loss, "rnn_loss_set_step_mask: not allowed in the callback of this loss");
    ++*(int *)user;
    return 0;
}

static void test_arguments(void **state)
{
    (void)state;
    static const float level = 0.5f, y[2] = {1, 2};
    static const int32_t ones[2] = {1, 1};
    int calls = 0;
    double value;
    rnn_loss *loss;
    assert_fails(rnn_loss_set_step_mask(NULL, ones, 2), RNN_E_NULL);
    assert_says(NULL, "rnn_loss_set_step_mask: loss is NULL");
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_QUANTILE));
#if SIZE_MAX > UINT32_MAX
    assert_fails(rnn_loss_set_quantiles(loss, &level, (size_t)INT32_MAX + 1), RNN_E_VALUE);
    assert_says(loss, "rnn_loss_set_quantiles: levels_count is 2147483648, expected 1 to 2147483647");
#endif
    assert_ok(rnn_loss_set_quantiles(loss, &level, 1));
    rnn_loss_destroy(loss);
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, set_masks, &calls));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 2, 1, 1));
    assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, 2, NULL, 0));
    assert_int_equal(calls, 1);
    rnn_loss_destroy(loss);
}

/* The transitions are numbers or -infinity, each of the three arrays. */
static void test_transitions(void **state)
{
    (void)state;
    static const float right[C * C] = {0, -INFINITY}, wrong[C * C] = {0, NAN}, infinite[C * C] = {0, 0, INFINITY};
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_fails(rnn_loss_set_transitions(loss, infinite, C, right, C, right, C * C), RNN_E_VALUE);
    assert_says(loss, "rnn_loss_set_transitions: start[2] is inf, expected a finite number or -infinity");
    assert_fails(rnn_loss_set_transitions(loss, right, C, infinite, C, right, C * C), RNN_E_VALUE);
    assert_says(loss, "rnn_loss_set_transitions: end[2] is inf, expected a finite number or -infinity");
    assert_fails(rnn_loss_set_transitions(loss, right, C, right, C, wrong, C * C), RNN_E_VALUE);
    assert_non_null(strstr(rnn_loss_last_error(loss), "transitions[1] is "));
    assert_ok(rnn_loss_set_transitions(loss, right, C, right, C, right, C * C));
    rnn_loss_destroy(loss);
    rnn_decoder *decoder;
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_ok(rnn_decoder_set_transitions(decoder, right, C, right, C, right, C * C));
    assert_fails(rnn_decoder_decode(decoder, infinite, C, NULL, 0, 1, 1, C), RNN_E_VALUE);
    assert_string_equal(rnn_decoder_last_error(decoder),
                        "rnn_decoder_decode: the logit of class 2 at step 0 of sequence 0 is infinite");
    assert_fails(rnn_decoder_decode(decoder, wrong, C, NULL, 0, 1, 1, C), RNN_E_VALUE);
    assert_string_equal(rnn_decoder_last_error(decoder),
                        "rnn_decoder_decode: the logit of class 1 at step 0 of sequence 0 is not a number");
    rnn_decoder_destroy(decoder);
}

/* A convolution of 3 steps without padding, which leaves none of 2 steps; `pools`: with one output for each sequence.
 */
static rnn_model *short_model(int pools)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_CONV1D));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_OUTPUT_SIZE, 2));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_KERNEL_SIZE, 3));
    assert_ok(rnn_config_set_layer_int(config, 0, RNN_PADDING, RNN_PADDING_NONE));
    if (pools) {
        assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_POOLING));
        assert_ok(rnn_config_set_layer_int(config, 1, RNN_OUTPUT, RNN_OUTPUT_MEAN));
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void test_no_steps(void **state)
{
    (void)state;
    static const float x[2] = {1, 2};
    for (int pools = 0; pools <= 1; pools++) {
        rnn_model *model = short_model(pools);
        rnn_session *session;
        rnn_loss *loss;
        float y[2] = {7, 7};
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_SQUARED_ERROR));
        assert_ok(rnn_forward(session, pools ? y : NULL, pools ? 2 : 0, x, 2, NULL, 0, 2));
        if (pools) { /* which counts nothing */
            const int32_t *lengths;
            size_t steps, batch, classes;
            assert_true(y[0] == 0 && y[1] == 0);
            assert_ok(rnn_loss_set_batch_of_session(loss, session));
            assert_ok(rnn_loss_get_batch(loss, &lengths, &steps, &batch, &classes));
            assert_true(lengths && lengths[0] == 0 && steps == 1 && batch == 1 && classes == 2);
        } else {
            assert_fails(rnn_loss_set_batch_of_session(loss, session), RNN_E_STATE);
            assert_says(loss, "rnn_loss_set_batch_of_session: the output of rnn_forward has no steps");
        }
        assert_ok(rnn_backward(session, NULL, 0, NULL, 0));
        rnn_loss_destroy(loss);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_counts), cmocka_unit_test(test_a_variance_that_is_not_a_number),
        cmocka_unit_test(test_arguments),      cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_no_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
