/* Shape and lengths of a batch taken from a session: the loss is that of rnn_loss_set_batch with them. */
#include "support/loss_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 7, B = 4, I = 2, C = 3 };

static const int32_t ragged[B] = {3, 7, 0, 5}, full[B] = {7, 7, 7, 7}, shorter[2] = {2, 1};

struct setup {
    rnn_model *model;
    rnn_session *session;
    rnn_loss *loss;
    size_t Y;
    int pools;
};

static struct setup open_setup(int32_t mode, int32_t output, int has_head, int32_t direction)
{
    struct setup setup = {.Y = has_head                          ? C
                               : direction == RNN_DIRECTION_BOTH ? 10
                                                                 : 5,
                          .pools = output != RNN_OUTPUT_EVERY_STEP};
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, has_head ? C : 0));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, output));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, direction));
    assert_ok(rnn_create(&setup.model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_session_create(&setup.session, setup.model, mode));
    assert_ok(rnn_loss_create(&setup.loss, RNN_LOSS_SQUARED_ERROR));
    return setup;
}

static void close_setup(struct setup *setup)
{
    rnn_loss_destroy(setup->loss);
    rnn_session_destroy(setup->session);
    rnn_destroy(setup->model);
}

static const float *inputs(void)
{
    static float x[T * B * I];
    uint64_t seed = 2;
    fill_uniform(x, T * B * I, &seed);
    return x;
}

static void forward(const struct setup *setup, float *y, const int32_t *lengths, size_t steps, size_t batch)
{
    size_t outputs = (setup->pools ? 1 : steps) * batch * setup->Y;
    assert_ok(rnn_reset_state(setup->session, batch));
    assert_ok(rnn_forward(setup->session, y, y ? outputs : 0, inputs(), steps * batch * I, lengths, lengths ? batch : 0,
                          steps));
}

/* The loss that takes its batch from the session has this shape, and computes what one that is told it does. */
static void check_batch(const struct setup *setup, const int32_t *lengths, size_t steps, size_t batch)
{
    static float y[T * B * 10], targets[T * B * 10], dy[T * B * 10], right[T * B * 10];
    size_t rows = setup->pools ? 1 : steps, count = rows * batch * setup->Y, T_, B_, C_;
    const int32_t *ends, *given = NULL;
    int32_t expected[B];
    double value, expected_value;
    for (size_t b = 0; lengths && b < batch; b++) {
        expected[b] = setup->pools ? lengths[b] > 0 : lengths[b];
        if ((size_t)expected[b] != rows)
            given = expected;
    }
    forward(setup, y, lengths, steps, batch);
    assert_ok(rnn_loss_set_batch_of_session(setup->loss, setup->session));
    assert_ok(rnn_loss_get_batch(setup->loss, &ends, &T_, &B_, &C_));
    assert_true(T_ == rows && B_ == batch && C_ == setup->Y);
    assert_true(!ends == !given);
    if (given)
        assert_memory_equal(ends, given, batch * sizeof *given);
    assert_ok(rnn_loss_of_values(setup->loss, &value, dy, count, y, count, targets, count));
    assert_ok(rnn_loss_set_batch(setup->loss, given, given ? batch : 0, rows, batch, setup->Y));
    assert_ok(rnn_loss_of_values(setup->loss, &expected_value, right, count, y, count, targets, count));
    assert_true(value == expected_value && value > 0);
    assert_memory_equal(dy, right, count * sizeof *dy);
}

static void test_shapes(void **state)
{
    (void)state;
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++)
        for (int32_t output = RNN_OUTPUT_EVERY_STEP; output <= RNN_OUTPUT_MEAN; output++)
            for (int has_head = 0; has_head < 2; has_head++)
                for (int32_t direction = RNN_DIRECTION_FORWARD; direction <= RNN_DIRECTION_BOTH; direction++) {
                    struct setup setup = open_setup(mode, output, has_head, direction);
                    if (direction == RNN_DIRECTION_REVERSE)
                        setup.Y = has_head ? C : 5;
                    check_batch(&setup, NULL, T, B);
                    check_batch(&setup, ragged, T, B);
                    check_batch(&setup, full, T, B);
                    check_batch(&setup, shorter, 2, 2);
                    check_batch(&setup, NULL, 1, 1);
                    close_setup(&setup);
                }
}

/* The steps of a run in segments are all of its steps, also after backward. */
static void test_segments(void **state)
{
    (void)state;
    static const float dy[T * B * C];
    for (size_t steps = 1; steps <= T + 1; steps++) {
        struct setup setup = open_setup(RNN_TRAINING, RNN_OUTPUT_EVERY_STEP, 1, RNN_DIRECTION_FORWARD);
        const int32_t *ends;
        size_t T_, B_, C_;
        assert_ok(rnn_session_set_recompute(setup.session, steps));
        check_batch(&setup, NULL, T, B);
        check_batch(&setup, full, T, B);
        check_batch(&setup, ragged, T, B);
        assert_ok(rnn_backward(setup.session, NULL, 0, dy, T * B * C));
        assert_ok(rnn_loss_set_batch_of_session(setup.loss, setup.session));
        assert_ok(rnn_loss_get_batch(setup.loss, &ends, &T_, &B_, &C_));
        assert_true(T_ == T && B_ == B && C_ == C);
        assert_memory_equal(ends, ragged, sizeof ragged);
        close_setup(&setup);
    }
}

/* ---- without a run ------------------------------------------------------------------------------------------------
 */

/* The status of the call after the one that is given, and what the loss had before is still there. */
static void check_discarded(struct setup *setup, const char *what, int line)
{
    const int32_t *ends;
    size_t T_, B_, C_;
    assert_ok(rnn_loss_set_batch(setup->loss, NULL, 0, 1, 2, 3));
    int32_t status = rnn_loss_set_batch_of_session(setup->loss, setup->session);
    if (status != RNN_E_STATE || !strstr(rnn_loss_last_error(setup->loss), "expected after rnn_forward")) {
        print_error("after %s: %s\n", what, rnn_status_string(status));
        _fail(__FILE__, line);
    }
    assert_ok(rnn_loss_get_batch(setup->loss, &ends, &T_, &B_, &C_));
    assert_true(!ends && T_ == 1 && B_ == 2 && C_ == 3);
    forward(setup, NULL, ragged, T, B);
    assert_ok(rnn_loss_set_batch_of_session(setup->loss, setup->session));
}
#define DISCARDS(call)                                                                                                 \
    do {                                                                                                               \
        assert_ok(call);                                                                                               \
        check_discarded(&setup, #call, __LINE__);                                                                      \
    } while (0)

static void test_calls_that_discard(void **state)
{
    (void)state;
    static const int32_t rows[1] = {1};
    float step[B * C], states[B * 5] = {0};
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        struct setup setup = open_setup(mode, RNN_OUTPUT_EVERY_STEP, 1, RNN_DIRECTION_FORWARD);
        check_discarded(&setup, "nothing", __LINE__);
        DISCARDS(rnn_reset_state(setup.session, B));
        DISCARDS(rnn_step(setup.session, step, B * C, inputs(), B * I));
        DISCARDS(rnn_session_reserve(setup.session, 2 * T, B));
        DISCARDS(rnn_session_select_state(setup.session, rows, 1));
        DISCARDS(rnn_session_set_threads(setup.session, 1));
        if (mode == RNN_TRAINING)
            DISCARDS(rnn_session_set_recompute(setup.session, 3));
        assert_ok(rnn_session_get_state(setup.session, RNN_STATE_H, states, B * 5));
        assert_ok(rnn_session_set_state(setup.session, RNN_STATE_H, states, B * 5));
        assert_ok(rnn_loss_set_batch_of_session(setup.loss, setup.session)); /* neither discards it */
        close_setup(&setup);
    }
}

/* The session of inference is still none for training. */
static void test_inference_is_not_training(void **state)
{
    (void)state;
    static const float dy[T * B * C];
    struct setup setup = open_setup(RNN_INFERENCE, RNN_OUTPUT_EVERY_STEP, 1, RNN_DIRECTION_FORWARD);
    forward(&setup, NULL, ragged, T, B);
    assert_fails(rnn_backward(setup.session, NULL, 0, dy, T * B * C), RNN_E_STATE);
    assert_non_null(strstr(rnn_session_last_error(setup.session), "not for training"));
    close_setup(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_calls_that_discard),
        cmocka_unit_test(test_inference_is_not_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
