/* The masks of dropout and zoneout: how often they hit, what they depend on, and when a session draws them. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "base/random_mask.h"

static double rate(uint64_t key, double p)
{
    enum { N = 1000, ROWS = 200 };
    float mask[N];
    double hits = 0;
    for (size_t row = 0; row < ROWS; row++) {
        rnni_random_mask_fill(mask, N, key, row / 10, row % 10, p);
        for (size_t j = 0; j < N; j++) {
            assert_true(mask[j] == 0 || mask[j] == 1);
            hits += (double)mask[j];
        }
    }
    return hits / (N * ROWS);
}

/* Within five standard deviations of p: sqrt(p (1-p) / 200000) is 0.0011 at most. */
static void test_rate_of_hits(void **state)
{
    (void)state;
    const double rates[] = {0.01, 0.1, 0.5, 0.9, 0.99};
    uint64_t key = rnni_random_mask_key(1, 2, RNNI_RANDOM_MASK_DROPOUT, 3, 1);
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(rate(key, rates[i]) - rates[i]) < 0.0056);
    assert_true(rate(key, 0) == 0);
}

/* Masks of different places agree as often as chance has it. */
static double agreement(uint64_t a, size_t a_step, size_t a_sequence, uint64_t b, size_t b_step, size_t b_sequence)
{
    enum { N = 10000 };
    float x[N], y[N];
    double same = 0;
    rnni_random_mask_fill(x, N, a, a_step, a_sequence, 0.5);
    rnni_random_mask_fill(y, N, b, b_step, b_sequence, 0.5);
    for (size_t j = 0; j < N; j++)
        same += x[j] == y[j];
    return same / N;
}

static void test_masks_are_unlike(void **state)
{
    (void)state;
    uint64_t key = rnni_random_mask_key(1, 2, RNNI_RANDOM_MASK_DROPOUT, 3, 0);
    const uint64_t others[] = {rnni_random_mask_key(2, 2, RNNI_RANDOM_MASK_DROPOUT, 3, 0),
                               rnni_random_mask_key(1, 3, RNNI_RANDOM_MASK_DROPOUT, 3, 0),
                               rnni_random_mask_key(1, 2, RNNI_RANDOM_MASK_RECURRENT, 3, 0),
                               rnni_random_mask_key(1, 2, RNNI_RANDOM_MASK_DROPOUT, 4, 0),
                               rnni_random_mask_key(1, 2, RNNI_RANDOM_MASK_DROPOUT, 3, 1)};
    assert_true(agreement(key, 5, 6, key, 5, 6) == 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(fabs(agreement(key, 5, 6, others[i], 5, 6) - 0.5) < 0.025);
    assert_true(fabs(agreement(key, 5, 6, key, 6, 6) - 0.5) < 0.025);
    assert_true(fabs(agreement(key, 5, 6, key, 5, 7) - 0.5) < 0.025);
    assert_true(fabs(agreement(key, 5, 6, key, 6, 5) - 0.5) < 0.025);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

enum { I = 3, H = 20, T = 6, B = 3, Y = H };

static rnn_model *create(int32_t option, double value)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_SEED, 9));
    assert_ok(rnn_config_set_real(config, option, value));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void forward(rnn_session *session, float *y, size_t batch, const int32_t *lengths)
{
    float x[T * B * I];
    for (size_t i = 0; i < T * B * I; i++)
        x[i] = 0.5f; /* every sequence the same, so that only masks tell them apart */
    assert_ok(rnn_reset_state(session, batch));
    assert_ok(rnn_forward(session, y, T * batch * Y, x, T * batch * I, lengths, lengths ? batch : 0, T));
}

static const int32_t options[] = {RNN_DROPOUT, RNN_RECURRENT_DROPOUT, RNN_ZONEOUT, RNN_ZONEOUT_CELL};

static void test_seeds_and_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        float first[T * B * Y], second[T * B * Y], again[T * B * Y];
        rnn_model *model = create(options[i], 0.3);
        rnn_session *session;
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        forward(session, first, B, NULL);
        forward(session, second, B, NULL);
        assert_memory_not_equal(first, second, sizeof first);
        assert_ok(rnn_session_seed_dropout(session, 9)); /* RNN_SEED, where a new session begins */
        forward(session, again, B, NULL);
        assert_memory_equal(first, again, sizeof first);
        forward(session, again, B, NULL);
        assert_memory_equal(second, again, sizeof first);
        assert_ok(rnn_session_seed_dropout(session, 10));
        forward(session, again, B, NULL);
        assert_memory_not_equal(first, again, sizeof first);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* The first sequence meets the same masks alone and in company, whatever the lengths of the others. */
static void test_masks_do_not_depend_on_company(void **state)
{
    (void)state;
    static const int32_t lengths[B] = {4, 6, 5};
    for (size_t i = 0; i < 4; i++) {
        float alone[T * Y], company[T * B * Y];
        int32_t length = 4;
        rnn_model *model = create(options[i], 0.3);
        rnn_session *session;
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        forward(session, alone, 1, &length);
        assert_ok(rnn_session_seed_dropout(session, 9));
        forward(session, company, B, lengths);
        for (size_t t = 0; t < T; t++)
            for (size_t j = 0; j < Y; j++)
                assert_close((double)company[t * B * Y + j], (double)alone[t * Y + j], 1e-6);
        const float *last = company + 3 * B * Y; /* where the second has met others */
        assert_memory_not_equal(last, last + Y, Y * sizeof *last);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* A new seed between forward and backward is for the next run. */
static void test_seeding_keeps_the_saved_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        float y[T * B * Y], first[4 * H * H], second[4 * H * H];
        rnn_model *model = create(options[i], 0.3);
        rnn_session *session;
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        for (int again = 0; again < 2; again++) {
            assert_ok(rnn_session_seed_dropout(session, 5));
            forward(session, y, B, NULL);
            if (again)
                assert_ok(rnn_session_seed_dropout(session, 6));
            assert_ok(rnn_zero_gradients(session));
            assert_ok(rnn_backward(session, NULL, 0, y, T * B * Y));
            assert_ok(rnn_session_get_gradient(session, "weight_hh_l0", again ? second : first, 4 * H * H));
        }
        assert_memory_equal(first, second, sizeof first);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* Inference draws nothing: two runs are the same, and those of dropout equal a network without. */
static void test_inference_is_not_random(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        float first[T * B * Y], second[T * B * Y], without[T * B * Y];
        rnn_model *model = create(options[i], 0.3), *plain = create(options[i], 0);
        rnn_session *session, *other;
        assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
        assert_ok(rnn_session_create(&other, plain, RNN_INFERENCE));
        forward(session, first, B, NULL);
        forward(session, second, B, NULL);
        forward(other, without, B, NULL);
        assert_memory_equal(first, second, sizeof first);
        if (i < 2)
            assert_memory_equal(first, without, sizeof first);
        assert_fails(rnn_session_seed_dropout(session, 1), RNN_E_STATE);
        rnn_session_destroy(session);
        rnn_session_destroy(other);
        rnn_destroy(model);
        rnn_destroy(plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate_of_hits),
        cmocka_unit_test(test_masks_are_unlike),
        cmocka_unit_test(test_seeds_and_runs),
        cmocka_unit_test(test_masks_do_not_depend_on_company),
        cmocka_unit_test(test_seeding_keeps_the_saved_run),
        cmocka_unit_test(test_inference_is_not_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
