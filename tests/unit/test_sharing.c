/* When and how a session divides a run among its threads. */
#include "session/parallel.h"

#include "support/support.h"

enum { THREADS_OF_TEST = 4 };

static rnn_session *session_of(int64_t cell, int64_t hidden, size_t batch)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, hidden));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_session_set_threads(session, THREADS_OF_TEST));
    assert_ok(rnn_reset_state(session, batch));
    rnn_config_destroy(config);
    rnn_destroy(model);
    return session;
}

static void check(rnn_session *session, size_t steps, size_t rows, size_t units, int is_shared)
{
    struct rnni_sharing sharing = rnni_parallel_sharing(session, steps, 0);
    assert_int_equal(sharing.rows, rows);
    assert_int_equal(sharing.units, units);
    assert_int_equal(sharing.team != NULL, is_shared);
}

/* It begins at 100000 multiplications, 2 T B (H H G). */
static void test_from_how_many_multiplications(void **state)
{
    (void)state;
    rnn_session *session = session_of(RNN_CELL_LSTM, 50, 1); /* 20000 a step */
    check(session, 4, 1, 1, 0);
    check(session, 5, 1, 1, 1);
    assert_ok(rnn_reset_state(session, 3)); /* 60000 a step; one row for each thread */
    check(session, 1, 1, 1, 0);
    check(session, 2, 3, 1, 1);
    rnn_session_destroy(session);
}

/* The units of few sequences are divided if there are 40000 weights. */
static void test_units_or_rows(void **state)
{
    (void)state;
    rnn_session *session = session_of(RNN_CELL_LSTM, 100, 1);
    check(session, 2, 1, 2, 1); /* of at least 64 units, but for the last */
    assert_ok(rnn_reset_state(session, 2 * THREADS_OF_TEST));
    check(session, 2, THREADS_OF_TEST, 1, 1);
    rnn_session_destroy(session);
    session = session_of(RNN_CELL_LSTM, 99, 1);
    check(session, 2, 1, 1, 1);
    rnn_session_destroy(session);
    session = session_of(RNN_CELL_TANH, 200, 1);
    check(session, 2, 1, THREADS_OF_TEST, 1);
    rnn_session_destroy(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_from_how_many_multiplications),
                                       cmocka_unit_test(test_units_or_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
