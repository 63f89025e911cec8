/* Version, statuses, and the messages of failures: where they are kept and how long. */
#include "support/fixture.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- version and statuses --------------------------------------------------------------------------------------- */

static void test_version(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", RNN_VERSION_MAJOR, RNN_VERSION_MINOR, RNN_VERSION_PATCH);
    assert_int_equal(rnn_version(), RNN_VERSION_NUMBER);
    assert_int_equal(RNN_VERSION_NUMBER, RNN_VERSION_MAJOR * 10000 + RNN_VERSION_MINOR * 100 + RNN_VERSION_PATCH);
    assert_string_equal(rnn_version_string(), text);
    assert_ptr_equal(rnn_version_string(), rnn_version_string());
}

static void test_build_info(void **state)
{
    (void)state;
    const char *info = rnn_build_info();
    assert_non_null(strstr(info, rnn_version_string()));
    assert_non_null(strstr(info, ", products own"));
    assert_true(strstr(info, "baseline") || strstr(info, "avx"));
    assert_null(strchr(info, '\n'));
    assert_ptr_equal(info, rnn_build_info());
}

#define STATUS(status)                                                                                                 \
    {                                                                                                                  \
        status, #status ": "                                                                                           \
    }

static const struct {
    int32_t status;
    const char *begin;
} statuses[] = {STATUS(RNN_OK),      STATUS(RNN_E_NULL),      STATUS(RNN_E_SIZE),       STATUS(RNN_E_VALUE),
                STATUS(RNN_E_STATE), STATUS(RNN_E_MEMORY),    STATUS(RNN_E_IO),         STATUS(RNN_E_FORMAT),
                STATUS(RNN_E_NAME),  STATUS(RNN_E_NONFINITE), STATUS(RNN_E_UNSUPPORTED)};

static void test_status_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const char *text = rnn_status_string(statuses[i].status);
        assert_int_equal(statuses[i].status, -(int)i);
        assert_memory_equal(text, statuses[i].begin, strlen(statuses[i].begin));
        assert_true(strlen(text) > strlen(statuses[i].begin));
    }
    static const int32_t unknown[] = {1, -11, 100, -100, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_string_equal(rnn_status_string(unknown[i]), "unknown status");
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

/* A success leaves the message, the next failure overwrites it. */
static void test_last_failure_is_kept(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    int64_t value;
    assert_fails(rnn_reset_state(f.session, 0), RNN_E_VALUE);
    assert_ok(rnn_zero_gradients(f.session));
    assert_ok(rnn_model_get_int(f.model, RNN_LAYERS, &value));
    rnn_destroy(NULL);
    assert_memory_equal(rnn_last_error(), "rnn_reset_state: ", 17);
    assert_fails(rnn_model_get_int(f.model, 77, &value), RNN_E_VALUE);
    assert_memory_equal(rnn_last_error(), "rnn_model_get_int: ", 13);
    assert_memory_equal(rnn_session_last_error(f.session), "rnn_reset_state: ", 17);
    fixture_close(&f);
}

/* Every handle has its own. */
static void test_messages_of_handles(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_fails(rnn_config_set_int(f.config, RNN_LAYERS, 0), RNN_E_VALUE);
    assert_fails(rnn_sgd_step(f.control, (double)INFINITY), RNN_E_VALUE);
    assert_fails(rnn_reset_state(f.session, 0), RNN_E_VALUE);
    assert_memory_equal(rnn_config_last_error(f.config), "rnn_config_set_int: ", 20);
    assert_memory_equal(rnn_session_last_error(f.control), "rnn_sgd_step: ", 14);
    assert_memory_equal(rnn_session_last_error(f.session), "rnn_reset_state: ", 17);
    fixture_close(&f);
}

/* Names from outside may be of any length and hold anything. */
static void test_long_names_in_messages(void **state)
{
    (void)state;
    static char name[100000];
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float values[C];
    memset(name, '%', sizeof name - 1);
    assert_fails(rnn_model_get_parameter(f.model, name, values, C), RNN_E_NAME);
    assert_fails(rnn_session_get_gradient(f.session, name, values, C), RNN_E_NAME);
    assert_fails(rnn_load(&f.out.model, name), RNN_E_IO);
    assert_fails(rnn_model_set_metadata(f.model, name, NULL), RNN_E_NAME);
    assert_true(strlen(rnn_last_error()) < 1000);
    assert_memory_equal(rnn_last_error(), "rnn_model_set_metadata: ", 18);
    fixture_close(&f);
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static void in_another_thread(void *(*function)(void *), void *user)
{
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, function, user), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result); /* what went wrong there */
}

/* Without CMocka, whose failures do not cross threads. */
static void *fail_there(void *user)
{
    struct fixture *f = user;
    if (strcmp(rnn_last_error(), "") != 0)
        return "a new thread has a message";
    if (rnn_reset_state(f->session, 0) != RNN_E_VALUE || rnn_config_set_int(f->config, 77, 1) != RNN_E_VALUE)
        return "the calls did not fail";
    if (strncmp(rnn_last_error(), "rnn_config_set_int: ", 20) != 0)
        return "the thread has not its last message";
    return NULL;
}

static void test_messages_of_threads(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_fails(rnn_retain(NULL), RNN_E_NULL);
    in_another_thread(fail_there, &f);
    assert_memory_equal(rnn_last_error(), "rnn_retain: ", 12);
    assert_memory_equal(rnn_session_last_error(f.session), "rnn_reset_state: ", 17);
    assert_memory_equal(rnn_config_last_error(f.config), "rnn_config_set_int: ", 20);
    assert_undisturbed(&f);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_build_info),
        cmocka_unit_test(test_status_strings),
        cmocka_unit_test(test_last_failure_is_kept),
        cmocka_unit_test(test_messages_of_handles),
        cmocka_unit_test(test_long_names_in_messages),
        cmocka_unit_test(test_messages_of_threads),
    };
    if (strcmp(rnn_last_error(), "") != 0) /* before the first failure */
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
