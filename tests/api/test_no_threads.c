/* A library that was built without threads (-DRNN_THREADS=OFF): two threads of its own are refused, those of a host are
 * used, and nothing else changes. */
#include "support/fixture.h"

#include <string.h>

static void test_refuses_threads(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    static const size_t counts[] = {2, 3, 1024};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_refused_by_session(&f, rnn_session_set_threads(f.session, counts[i]), RNN_E_UNSUPPORTED,
                                  "expected 1: this library was built without threads");
    assert_refused_by_session(&f, rnn_session_set_threads(f.session, 2), RNN_E_UNSUPPORTED, "threads is 2");
    assert_refused_by_session(&f, rnn_session_set_threads(f.session, 0), RNN_E_VALUE, "threads is 0");
    assert_refused_by_session(&f, rnn_session_set_threads(f.session, 1025), RNN_E_VALUE, "threads is 1025");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_arrays_refuse_threads(void **state)
{
    (void)state;
    rnn_loss *loss = NULL;
    rnn_optimizer *optimizer = NULL;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CTC));
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, 5));
    assert_int_equal(rnn_loss_set_threads(loss, 2), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_loss_last_error(loss), "built without threads"));
    assert_int_equal(rnn_optimizer_set_threads(optimizer, 2), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "built without threads"));
    assert_ok(rnn_loss_set_threads(loss, 1));
    assert_ok(rnn_optimizer_set_threads(optimizer, 1));
    rnn_optimizer_destroy(optimizer);
    rnn_loss_destroy(loss);
}

static void test_one_thread(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_INFERENCE);
    assert_ok(rnn_session_set_threads(f.session, 1));
    assert_ok(fixture_forward(&f, f.session, f.out.y, NULL));
    fixture_close(&f);
}

static int host_calls;

static void run_backwards(void *user, size_t count, void (*task)(void *context, size_t index), void *context)
{
    assert_ptr_equal(user, &host_calls);
    host_calls++;
    while (count-- > 0)
        task(context, count);
}

/* 64 units and 4 sequences of 8 steps: enough to divide. */
static void run_large(float *y, rnn_parallel_for host)
{
    enum { UNITS = 64, ROWS_OF_RUN = 4 * 8 };
    static float x[ROWS_OF_RUN * UNITS];
    uint64_t seed = 1;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    fill_uniform(x, ROWS_OF_RUN * UNITS, &seed);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, UNITS));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, UNITS));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    if (host)
        assert_ok(rnn_session_set_parallel_for(session, 3, host, &host_calls));
    assert_ok(rnn_reset_state(session, 4));
    assert_ok(rnn_forward(session, y, ROWS_OF_RUN * UNITS, x, ROWS_OF_RUN * UNITS, NULL, 0, 8));
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

static void test_threads_of_a_host(void **state)
{
    (void)state;
    static float alone[4 * 8 * 64], shared[4 * 8 * 64];
    run_large(alone, NULL);
    assert_int_equal(host_calls, 0);
    run_large(shared, run_backwards);
    assert_in_range(host_calls, 1, 1000);
    assert_memory_equal(alone, shared, sizeof alone);
}

/* rnn_fit needs what its trainer was told. */
static void test_trainer(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    rnn_dataset *dataset;
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, f.parameter_count));
    open_trainer(&trainer, f.model, optimizer, RNN_LOSS_CROSS_ENTROPY);
    assert_ok(rnn_dataset_create(&dataset));
    const int32_t classes[T] = {0, 1, 2};
    add_sequence(dataset, f.x, T * I, NULL, 0, classes, T, NULL, 0, T);
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 1));
    assert_ok(rnn_trainer_set_int(trainer, RNN_THREADS, 2));
    assert_fails(rnn_fit(trainer, dataset, NULL), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_last_error(), "built without threads"));
    assert_ok(rnn_trainer_set_int(trainer, RNN_THREADS, 1));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_optimizer_destroy(optimizer);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_threads), cmocka_unit_test(test_arrays_refuse_threads),
        cmocka_unit_test(test_one_thread),      cmocka_unit_test(test_threads_of_a_host),
        cmocka_unit_test(test_trainer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
