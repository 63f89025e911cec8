/* Options of optimisers, and calls that are refused: nothing may have changed then. */
#include "support/learning_task.h"
#include "support/optimizer_bytes.h"

#include <math.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { COUNT = 3 };

static const int32_t kinds[] = {RNN_OPTIMIZER_SGD, RNN_OPTIMIZER_RMSPROP, RNN_OPTIMIZER_ADAGRAD, RNN_OPTIMIZER_ADAM,
                                RNN_OPTIMIZER_ADAMW};

/* The contract's table. Bounds that are allowed and, next to them, numbers that are not. */
struct integer {
    int32_t key;
    int64_t standard, least, most; /* INT64_MAX: there is none */
    int kinds;                     /* a bit for each kind */
};
struct real {
    int32_t key;
    double standard[5]; /* by kind */
    double good[2], bad[2];
    int kinds;
};

#define SGD     (1 << RNN_OPTIMIZER_SGD)
#define RMSPROP (1 << RNN_OPTIMIZER_RMSPROP)
#define ADAGRAD (1 << RNN_OPTIMIZER_ADAGRAD)
#define ADAMS   (1 << RNN_OPTIMIZER_ADAM | 1 << RNN_OPTIMIZER_ADAMW)
#define ALL     (SGD | RMSPROP | ADAGRAD | ADAMS)

static const struct integer integers[] = {
    {RNN_NESTEROV, 0, 0, 1, SGD},
    {RNN_SCHEDULE, RNN_SCHEDULE_CONSTANT, RNN_SCHEDULE_CONSTANT, RNN_SCHEDULE_COSINE, ALL},
    {RNN_WARMUP, 0, 0, INT64_MAX, ALL},
    {RNN_PERIOD, 1, 1, INT64_MAX, ALL},
    {RNN_PATIENCE, 10, 0, INT64_MAX, ALL},
    {RNN_PLATEAU, 0, 0, 1, ALL},
    {RNN_AMSGRAD, 0, 0, 1, ADAMS},
};

static const struct real reals[] = {
    {RNN_RATE, {0.01, 0.01, 0.01, 0.001, 0.001}, {0, 100}, {-1e-9, -1}, ALL},
    {RNN_MOMENTUM, {0, 0, 0, 0, 0}, {0, 0.9999}, {-0.1, 1}, SGD | RMSPROP},
    {RNN_BETA_1, {0.9, 0.9, 0.9, 0.9, 0.9}, {0, 0.9999}, {-0.1, 1}, ADAMS},
    {RNN_BETA_2, {0.999, 0.99, 0.999, 0.999, 0.999}, {0, 0.999999}, {-0.1, 1}, RMSPROP | ADAMS},
    {RNN_EPSILON, {1e-8, 1e-8, 1e-10, 1e-8, 1e-8}, {1e-30, 1}, {-1e-8, 0}, RMSPROP | ADAGRAD | ADAMS},
    {RNN_WEIGHT_DECAY, {0, 0, 0, 0, 0.01}, {0, 1}, {-1e-9, -1}, ALL},
    {RNN_MAX_NORM, {0, 0, 0, 0, 0}, {0, 1e9}, {-1e-9, -1}, ALL},
    {RNN_MAX_ABS, {0, 0, 0, 0, 0}, {0, 1e9}, {-1e-9, -1}, ALL},
    {RNN_GAMMA, {0.1, 0.1, 0.1, 0.1, 0.1}, {0, 1}, {-0.1, 1.01}, ALL},
    {RNN_MINIMUM_RATE, {0, 0, 0, 0, 0}, {0, 1}, {-1e-9, -1}, ALL},
    {RNN_PLATEAU_FACTOR, {0.1, 0.1, 0.1, 0.1, 0.1}, {0, 0.9999}, {-0.1, 1}, ALL},
    {RNN_PLATEAU_THRESHOLD, {1e-4, 1e-4, 1e-4, 1e-4, 1e-4}, {0, 0.9999}, {-0.1, 1}, ALL},
};

static rnn_optimizer *create(int32_t kind)
{
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, kind, COUNT));
    return optimizer;
}

/* The call must fail so and leave the optimiser, to the byte, as it was, with a message that begins so. */
static void check_refused(int32_t found, int32_t status, rnn_optimizer *optimizer, const char *function, int line)
{
    size_t length = strlen(function);
    if (found == status && strncmp(rnn_optimizer_last_error(optimizer), function, length) == 0 &&
        strcmp(rnn_optimizer_last_error(optimizer), rnn_last_error()) == 0)
        return;
    print_error("%s gave %s (%s), expected %s\n", function, rnn_status_string(found),
                rnn_optimizer_last_error(optimizer), rnn_status_string(status));
    _fail(__FILE__, line);
}
#define REFUSED(function, status, ...)                                                                                 \
    check_refused(function(optimizer, __VA_ARGS__), status, optimizer, #function ": ", __LINE__)

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void check_integer(rnn_optimizer *optimizer, const struct integer *option, int32_t kind)
{
    const int64_t good[] = {option->least, option->most < INT64_MAX ? option->most : 1 << 20};
    assert_true(learning_integer_of(optimizer, option->key) == option->standard);
    for (size_t i = 0; i < 2; i++) {
        if (!(option->kinds >> kind & 1)) {
            REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, option->key, good[i]);
            continue;
        }
        assert_ok(rnn_optimizer_set_int(optimizer, option->key, good[i]));
        assert_true(learning_integer_of(optimizer, option->key) == good[i]);
    }
    REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, option->key, option->least - 1);
    REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, option->key, INT64_MIN);
    if (option->most < INT64_MAX)
        REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, option->key, option->most + 1);
    REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, option->key, 1);
}

static void check_real(rnn_optimizer *optimizer, const struct real *option, int32_t kind)
{
    const double never[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, option->bad[0], option->bad[1]};
    assert_true(learning_real_of(optimizer, option->key) == option->standard[kind - 1]);
    for (size_t i = 0; i < 2; i++) {
        if (!(option->kinds >> kind & 1)) {
            REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, option->key, option->good[i]);
            continue;
        }
        assert_ok(rnn_optimizer_set_real(optimizer, option->key, option->good[i]));
        assert_true(learning_real_of(optimizer, option->key) == option->good[i]);
    }
    for (size_t i = 0; i < LENGTH(never); i++)
        REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, option->key, never[i]);
    REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, option->key, 0);
}

/* After all, bytes are those of what was set last: what was refused has left nothing. */
static void test_options(void **state)
{
    (void)state;
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        rnn_optimizer *optimizer = create(kinds[k]), *other = create(kinds[k]);
        for (size_t i = 0; i < LENGTH(integers); i++)
            check_integer(optimizer, &integers[i], kinds[k]);
        for (size_t i = 0; i < LENGTH(reals); i++)
            check_real(optimizer, &reals[i], kinds[k]);
        for (size_t i = 0; i < LENGTH(integers); i++)
            if (integers[i].kinds >> kinds[k] & 1)
                assert_ok(
                    rnn_optimizer_set_int(other, integers[i].key, learning_integer_of(optimizer, integers[i].key)));
        for (size_t i = 0; i < LENGTH(reals); i++)
            if (reals[i].kinds >> kinds[k] & 1)
                assert_ok(rnn_optimizer_set_real(other, reals[i].key, reals[i].good[1]));
        struct optimizer_bytes expected = optimizer_bytes_of(other);
        assert_optimizer_unchanged(optimizer, &expected);
        rnn_optimizer_destroy(optimizer);
        rnn_optimizer_destroy(other);
    }
}

static void test_keys_that_are_none(void **state)
{
    (void)state;
    static const int32_t none[] = {
        0, -1, 1, 5, 101, 300, 309, 351, 400, 414, 601, 701, 999, 201, RNN_BATCH_LOSS, INT32_MIN, INT32_MAX};
    int64_t integer = 77;
    double value = 77;
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_ADAM);
    struct optimizer_bytes before = optimizer_bytes_of(optimizer);
    for (size_t i = 0; i < LENGTH(none); i++) {
        REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, none[i], 1);
        REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, none[i], 0.5);
        REFUSED(rnn_optimizer_get_int, RNN_E_VALUE, none[i], &integer);
        REFUSED(rnn_optimizer_get_real, RNN_E_VALUE, none[i], &value);
    }
    REFUSED(rnn_optimizer_get_int, RNN_E_VALUE, RNN_RATE, &integer);
    REFUSED(rnn_optimizer_get_int, RNN_E_VALUE, RNN_CURRENT_RATE, &integer);
    REFUSED(rnn_optimizer_get_real, RNN_E_VALUE, RNN_UPDATES, &value);
    REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, RNN_UPDATES, 3);
    REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, RNN_UPDATES, 3);
    REFUSED(rnn_optimizer_set_real, RNN_E_VALUE, RNN_CURRENT_RATE, 0.1);
    REFUSED(rnn_optimizer_set_int, RNN_E_VALUE, RNN_CURRENT_RATE, 1);
    assert_true(integer == 77 && value == 77);
    assert_optimizer_unchanged(optimizer, &before);
    rnn_optimizer_destroy(optimizer);
}

/* ---- NULL, counts, kinds ----------------------------------------------------------------------------------------- */

static void test_creation(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = (rnn_optimizer *)&state;
    static const int32_t none[] = {0, 6, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < LENGTH(none); i++)
        assert_fails(rnn_optimizer_create(&optimizer, none[i], 3), RNN_E_VALUE);
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        assert_fails(rnn_optimizer_create(&optimizer, kinds[i], 0), RNN_E_VALUE);
        assert_fails(rnn_optimizer_create(&optimizer, kinds[i], SIZE_MAX), RNN_E_MEMORY);
        assert_fails(rnn_optimizer_create(&optimizer, kinds[i], SIZE_MAX / 4 + 2), RNN_E_MEMORY);
    }
    assert_fails(rnn_optimizer_create(NULL, RNN_OPTIMIZER_SGD, 3), RNN_E_NULL);
    assert_ptr_equal(optimizer, &state);
    rnn_optimizer_destroy(NULL);
    assert_string_equal(rnn_optimizer_last_error(NULL), "");
    optimizer = create(RNN_OPTIMIZER_SGD);
    assert_string_equal(rnn_optimizer_last_error(optimizer), "");
    rnn_optimizer_destroy(optimizer);
}

/* What AMSGrad keeps goes with it, and begins at 0 again. */
static void test_amsgrad_ends(void **state)
{
    (void)state;
    float p[2][2] = {{1, -2}, {1, -2}};
    const float large[2] = {9, 9}, small[2] = {0.5F, 0.25F};
    rnn_optimizer *optimizer;
    for (int again = 0; again < 2; again++) {
        assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, 2));
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, again));
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 0));
        assert_ok(rnn_optimizer_step_arrays(optimizer, p[again], 2, large, 2));
        assert_ok(rnn_optimizer_step_arrays(optimizer, p[again], 2, small, 2));
        rnn_optimizer_destroy(optimizer);
    }
    assert_memory_equal(p[0], p[1], sizeof p[0]);
}

static void test_null(void **state)
{
    (void)state;
    float p[COUNT] = {1, 2, 3};
    int64_t integer;
    double value;
    size_t size = 77;
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_RMSPROP), *loaded = NULL;
    struct optimizer_bytes before = optimizer_bytes_of(optimizer);
    assert_fails(rnn_optimizer_set_int(NULL, RNN_WARMUP, 1), RNN_E_NULL);
    assert_fails(rnn_optimizer_set_real(NULL, RNN_RATE, 1), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_int(NULL, RNN_WARMUP, &integer), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_real(NULL, RNN_RATE, &value), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_real(NULL, RNN_CURRENT_RATE, &value), RNN_E_NULL);
    REFUSED(rnn_optimizer_get_int, RNN_E_NULL, RNN_WARMUP, NULL);
    REFUSED(rnn_optimizer_get_real, RNN_E_NULL, RNN_RATE, NULL);
    REFUSED(rnn_optimizer_get_real, RNN_E_NULL, RNN_CURRENT_RATE, NULL);
    assert_fails(rnn_optimizer_step(NULL, NULL), RNN_E_NULL);
    REFUSED(rnn_optimizer_step, RNN_E_NULL, NULL);
    assert_fails(rnn_optimizer_step_arrays(NULL, p, COUNT, p, COUNT), RNN_E_NULL);
    REFUSED(rnn_optimizer_step_arrays, RNN_E_NULL, NULL, COUNT, p, COUNT);
    REFUSED(rnn_optimizer_step_arrays, RNN_E_NULL, p, COUNT, NULL, COUNT);
    assert_fails(rnn_optimizer_report(NULL, 1), RNN_E_NULL);
    assert_fails(rnn_optimizer_save(NULL, "x"), RNN_E_NULL);
    assert_fails(rnn_optimizer_save(optimizer, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_save_memory(NULL, NULL, 0, &size), RNN_E_NULL);
    assert_fails(rnn_optimizer_save_memory(optimizer, NULL, 0, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_load(NULL, "x"), RNN_E_NULL);
    assert_fails(rnn_optimizer_load(&loaded, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_load_memory(NULL, before.at, before.count), RNN_E_NULL);
    assert_fails(rnn_optimizer_load_memory(&loaded, NULL, before.count), RNN_E_NULL);
    assert_true(size == 77 && !loaded && p[0] == 1 && p[1] == 2 && p[2] == 3);
    assert_optimizer_unchanged(optimizer, &before);
    rnn_optimizer_destroy(optimizer);
}

static void test_counts(void **state)
{
    (void)state;
    static const size_t wrong[] = {0, COUNT - 1, COUNT + 1, SIZE_MAX, SIZE_MAX / 4 + 1 + COUNT};
    float p[COUNT] = {1, 2, 3}, gradients[COUNT] = {1, 1, 1};
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_ADAGRAD);
    struct optimizer_bytes before = optimizer_bytes_of(optimizer);
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        REFUSED(rnn_optimizer_step_arrays, RNN_E_SIZE, p, wrong[i], gradients, COUNT);
        REFUSED(rnn_optimizer_step_arrays, RNN_E_SIZE, p, COUNT, gradients, wrong[i]);
    }
    assert_true(p[0] == 1 && p[1] == 2 && p[2] == 3);
    assert_optimizer_unchanged(optimizer, &before);
    rnn_optimizer_destroy(optimizer);
}

static void test_sessions(void **state)
{
    (void)state;
    struct learning_task task;
    rnn_session *training, *inference;
    learning_open(&task);
    assert_ok(rnn_session_create(&training, task.model, RNN_TRAINING));
    assert_ok(rnn_session_create(&inference, task.model, RNN_INFERENCE));
    rnn_optimizer *optimizer = create(RNN_OPTIMIZER_ADAM), *fitting;
    REFUSED(rnn_optimizer_step, RNN_E_SIZE, training);
    rnn_optimizer_destroy(optimizer);
    assert_ok(rnn_optimizer_create(&fitting, RNN_OPTIMIZER_ADAM, task.parameters));
    optimizer = fitting;
    REFUSED(rnn_optimizer_step, RNN_E_STATE, inference);
    assert_true(learning_integer_of(optimizer, RNN_UPDATES) == 0);
    assert_ok(rnn_optimizer_step(optimizer, training));
    assert_true(learning_integer_of(optimizer, RNN_UPDATES) == 1);
    rnn_optimizer_destroy(optimizer);
    rnn_session_destroy(training);
    rnn_session_destroy(inference);
    learning_close(&task);
}

/* What rnn_forward saved is of parameters that are no more. */
static void test_an_update_ends_the_run(void **state)
{
    (void)state;
    struct learning_task task;
    rnn_session *session;
    float y[TASK_ROWS * TASK_CLASSES];
    learning_open(&task);
    rnn_optimizer *optimizer = learning_optimizer_of(&golden_curves[0], task.parameters);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, TASK_BATCH));
    assert_ok(
        rnn_forward(session, y, TASK_ROWS * TASK_CLASSES, task.x[0], TASK_ROWS * TASK_INPUTS, NULL, 0, TASK_STEPS));
    assert_ok(rnn_optimizer_step(optimizer, session));
    assert_fails(rnn_backward(session, NULL, 0, y, TASK_ROWS * TASK_CLASSES), RNN_E_STATE);
    rnn_optimizer_destroy(optimizer);
    rnn_session_destroy(session);
    learning_close(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),  cmocka_unit_test(test_keys_that_are_none),
        cmocka_unit_test(test_creation), cmocka_unit_test(test_amsgrad_ends),
        cmocka_unit_test(test_null),     cmocka_unit_test(test_counts),
        cmocka_unit_test(test_sessions), cmocka_unit_test(test_an_update_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
