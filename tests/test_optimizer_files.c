/* Optimisers in files: a run that goes on from them gives the same bits; what is no file of an optimiser is refused.
 * And what the functions of optimisers refuse besides.  Linked with --wrap=rnni_memory_take. */
#include "task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "test_optimizer_files.safetensors"

static int until_no_memory = -1; /* allocations that still succeed; -1: all */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    if (until_no_memory == 0)
        return NULL;
    until_no_memory -= until_no_memory > 0;
    return __real_rnni_memory_take(count, size);
}

struct file {
    char *bytes;
    size_t size;
};

static struct file saved(const rnn_optimizer *optimizer)
{
    struct file file;
    assert_ok(rnn_optimizer_save_memory(optimizer, NULL, 0, &file.size));
    file.bytes = malloc(file.size);
    assert_non_null(file.bytes);
    assert_ok(rnn_optimizer_save_memory(optimizer, file.bytes, file.size, &file.size));
    return file;
}

static void assert_same_file(struct file one, struct file other)
{
    assert_int_equal(one.size, other.size);
    assert_memory_equal(one.bytes, other.bytes, one.size);
}

/* ---- resuming ---------------------------------------------------------------------------------------------------- */

enum { ALL = 14, HALF = 6 };

static void set_options(rnn_optimizer *optimizer)
{
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PERIOD, 20));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_WARMUP, 3));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 1));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, 1.0 / 3));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0.7));
}

/* Reports that are worse from the fourth on, so that there is a plateau before the half and one after it. */
static void train(struct task *task, rnn_optimizer *optimizer, size_t first, size_t end)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, task->model, RNN_TRAINING));
    for (size_t i = first; i < end; i++) {
        task_update(task, session, optimizer, i);
        assert_ok(rnn_optimizer_report(optimizer, i < 3 ? 3.0 - (double)i : 5.0));
    }
    rnn_session_destroy(session);
}

/* Model and optimiser as another process would get them. */
static rnn_optimizer *through_files(struct task *task, rnn_optimizer *optimizer, int in_memory)
{
    rnn_optimizer *loaded;
    assert_ok(rnn_save(task->model, PATH));
    rnn_destroy(task->model);
    assert_ok(rnn_load(&task->model, PATH));
    if (in_memory) {
        struct file file = saved(optimizer);
        assert_ok(rnn_optimizer_load_memory(&loaded, file.bytes, file.size));
        free(file.bytes);
    } else {
        assert_ok(rnn_optimizer_save(optimizer, PATH));
        assert_ok(rnn_optimizer_load(&loaded, PATH));
    }
    rnn_optimizer_destroy(optimizer);
    remove(PATH);
    return loaded;
}

static void resume(const struct golden_curve *curve, int in_memory)
{
    struct task whole, parts;
    const float *expected, *actual;
    size_t count;
    task_open(&whole);
    task_open(&parts);
    rnn_optimizer *one = task_optimizer_of(curve, whole.parameters);
    rnn_optimizer *two = task_optimizer_of(curve, whole.parameters);
    set_options(one);
    set_options(two);
    train(&whole, one, 0, ALL);
    train(&parts, two, 0, HALF);
    two = through_files(&parts, two, in_memory);
    train(&parts, two, HALF, ALL);
    assert_ok(rnn_parameters(whole.model, &expected, &count));
    assert_ok(rnn_parameters(parts.model, &actual, &count));
    assert_memory_equal(actual, expected, count * sizeof *actual);
    struct file first = saved(one), second = saved(two);
    assert_same_file(first, second);
    free(first.bytes);
    free(second.bytes);
    rnn_optimizer_destroy(one);
    rnn_optimizer_destroy(two);
    task_close(&whole);
    task_close(&parts);
}

static void test_a_resumed_run_has_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (int in_memory = 0; in_memory < 2; in_memory++)
            resume(&golden_curves[i], in_memory);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static rnn_optimizer *used_optimizer(int32_t kind)
{
    rnn_optimizer *optimizer;
    float p[3] = {1, 2, 3};
    const float g[3] = {0.5f, -0.25f, 1};
    assert_ok(rnn_optimizer_create(&optimizer, kind, 3));
    assert_ok(rnn_optimizer_step_arrays(optimizer, p, 3, g, 3));
    assert_ok(rnn_optimizer_report(optimizer, 2.5));
    return optimizer;
}

static void test_truncated_files(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        rnn_optimizer *optimizer = used_optimizer(kind), *none = NULL;
        struct file file = saved(optimizer);
        for (size_t size = 0; size < file.size; size++)
            assert_fails(rnn_optimizer_load_memory(&none, file.bytes, size), RNN_E_FORMAT);
        assert_null(none);
        free(file.bytes);
        rnn_optimizer_destroy(optimizer);
    }
}

static void put(struct file file, const char *from, const char *to)
{
    size_t length = strlen(from), i = 0;
    assert_int_equal(length, strlen(to));
    while (i + length <= file.size && memcmp(file.bytes + i, from, length) != 0)
        i++;
    assert_true(i + length <= file.size);
    memcpy(file.bytes + i, to, length);
}

static void test_changed_files(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int32_t status;
        const char *part; /* of the sentence */
    } changes[] = {
        {"\"rnn.optimizer\"", "\"rnn_optimizer\"", RNN_E_FORMAT, "not an optimiser"},
        {"RNN_OPTIMIZER_ADAM\"", "RNN_OPTIMIZER_ADAX\"", RNN_E_UNSUPPORTED, "ADAX"},
        {"parameters\":\"3\"", "parameters\":\"4\"", RNN_E_FORMAT, "optimizer.m"},
        {"parameters\":\"3\"", "parameters\":\"0\"", RNN_E_FORMAT, "parameters"},
        {"parameters\":\"3\"", "parameters\":\"x\"", RNN_E_FORMAT, "parameters"},
        {"optimizer.rate\"", "optimizer.rats\"", RNN_E_UNSUPPORTED, "rats"},
        {"optimizer.updates\":\"1\"", "optimizer.updates\":\"-\"", RNN_E_FORMAT, "updates"},
        {"optimizer.schedule\":\"1\"", "optimizer.schedule\":\"9\"", RNN_E_FORMAT, "schedule"},
        {"\"optimizer.v\"", "\"optimizer.w\"", RNN_E_FORMAT, "optimizer.v"},
        {"\"dtype\":\"F32\"", "\"dtype\":\"I32\"", RNN_E_UNSUPPORTED, "I32"},
    };
    rnn_optimizer *optimizer = used_optimizer(RNN_OPTIMIZER_ADAM), *none = NULL;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct file file = saved(optimizer);
        put(file, changes[i].from, changes[i].to);
        assert_fails(rnn_optimizer_load_memory(&none, file.bytes, file.size), changes[i].status);
        if (!strstr(rnn_last_error(), changes[i].part))
            fail_msg("\"%s\" has no \"%s\"", rnn_last_error(), changes[i].part);
        assert_null(none);
        free(file.bytes);
    }
    rnn_optimizer_destroy(optimizer);
}

static void test_files_of_others(void **state)
{
    (void)state;
    struct task task;
    rnn_optimizer *none = NULL;
    task_open(&task);
    assert_ok(rnn_save(task.model, PATH));
    assert_fails(rnn_optimizer_load(&none, PATH), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), PATH));
    remove(PATH);
    assert_fails(rnn_optimizer_load(&none, PATH), RNN_E_IO);
    assert_fails(rnn_optimizer_load(&none, "."), RNN_E_IO);
    assert_null(none);
    task_close(&task);
}

static void test_room_for_a_file(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = used_optimizer(RNN_OPTIMIZER_SGD);
    struct file file = saved(optimizer);
    size_t size = 0;
    char first = file.bytes[0] = 'x';
    assert_fails(rnn_optimizer_save_memory(optimizer, file.bytes, file.size - 1, &size), RNN_E_SIZE);
    assert_int_equal(size, file.size);
    assert_int_equal(file.bytes[0], first);
    assert_fails(rnn_optimizer_save(optimizer, "no such folder/" PATH), RNN_E_IO);
    free(file.bytes);
    rnn_optimizer_destroy(optimizer);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void test_options_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        int32_t kind, key;
        double value;
    } reals[] = {
        {RNN_OPTIMIZER_ADAM, RNN_RATE, -1e-9},       {RNN_OPTIMIZER_ADAM, RNN_RATE, NAN},
        {RNN_OPTIMIZER_ADAM, RNN_RATE, INFINITY},    {RNN_OPTIMIZER_ADAM, RNN_BETA_1, 1},
        {RNN_OPTIMIZER_ADAM, RNN_BETA_2, 1},         {RNN_OPTIMIZER_ADAM, RNN_EPSILON, 0},
        {RNN_OPTIMIZER_ADAM, RNN_MOMENTUM, 0.5},     {RNN_OPTIMIZER_SGD, RNN_MOMENTUM, 1},
        {RNN_OPTIMIZER_SGD, RNN_EPSILON, 1e-8},      {RNN_OPTIMIZER_SGD, RNN_BETA_1, 0.5},
        {RNN_OPTIMIZER_ADAGRAD, RNN_BETA_2, 0.5},    {RNN_OPTIMIZER_RMSPROP, RNN_BETA_1, 0.5},
        {RNN_OPTIMIZER_ADAM, RNN_GAMMA, 1.01},       {RNN_OPTIMIZER_ADAM, RNN_PLATEAU_FACTOR, 1},
        {RNN_OPTIMIZER_ADAM, RNN_RATE_NOW, 0.1},     {RNN_OPTIMIZER_ADAM, RNN_SCHEDULE, 1},
        {RNN_OPTIMIZER_ADAM, RNN_DROPOUT, 0.1},      {RNN_OPTIMIZER_ADAM, 0, 0.1},
        {RNN_OPTIMIZER_ADAM, RNN_WEIGHT_DECAY, -.1}, {RNN_OPTIMIZER_ADAM, RNN_MAX_NORM, -1},
    };
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        rnn_optimizer *optimizer = used_optimizer(reals[i].kind);
        struct file before = saved(optimizer);
        assert_fails(rnn_optimizer_set_real(optimizer, reals[i].key, reals[i].value), RNN_E_VALUE);
        assert_string_equal(rnn_optimizer_last_error(optimizer), rnn_last_error());
        struct file after = saved(optimizer);
        assert_same_file(before, after);
        free(before.bytes);
        free(after.bytes);
        rnn_optimizer_destroy(optimizer);
    }
}

static void test_whole_numbers_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        int32_t kind, key;
        int64_t value;
    } integers[] = {
        {RNN_OPTIMIZER_SGD, RNN_NESTEROV, 2},  {RNN_OPTIMIZER_ADAM, RNN_NESTEROV, 1},
        {RNN_OPTIMIZER_SGD, RNN_SCHEDULE, 0},  {RNN_OPTIMIZER_SGD, RNN_SCHEDULE, 5},
        {RNN_OPTIMIZER_SGD, RNN_WARMUP, -1},   {RNN_OPTIMIZER_SGD, RNN_PERIOD, 0},
        {RNN_OPTIMIZER_SGD, RNN_PATIENCE, -1}, {RNN_OPTIMIZER_SGD, RNN_UPDATES, 3},
        {RNN_OPTIMIZER_SGD, RNN_RATE, 1},      {RNN_OPTIMIZER_SGD, RNN_EPOCHS, 1},
    };
    int64_t updates;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        rnn_optimizer *optimizer = used_optimizer(integers[i].kind);
        assert_fails(rnn_optimizer_set_int(optimizer, integers[i].key, integers[i].value), RNN_E_VALUE);
        assert_ok(rnn_optimizer_get_int(optimizer, &updates, RNN_UPDATES));
        assert_int_equal(updates, 1);
        rnn_optimizer_destroy(optimizer);
    }
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static void test_arguments(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = used_optimizer(RNN_OPTIMIZER_ADAM), *none = NULL;
    struct file before = saved(optimizer), after;
    float p[3] = {0}, g[3] = {0};
    double real;
    int64_t integer;
    struct task task;
    rnn_session *session;
    task_open(&task);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_fails(rnn_optimizer_create(NULL, RNN_OPTIMIZER_SGD, 1), RNN_E_NULL);
    assert_fails(rnn_optimizer_create(&none, 0, 1), RNN_E_VALUE);
    assert_fails(rnn_optimizer_create(&none, 6, 1), RNN_E_VALUE);
    assert_fails(rnn_optimizer_create(&none, RNN_OPTIMIZER_SGD, 0), RNN_E_VALUE);
    assert_fails(rnn_optimizer_create(&none, RNN_OPTIMIZER_SGD, SIZE_MAX / 2), RNN_E_MEMORY);
    assert_fails(rnn_optimizer_step(NULL, session), RNN_E_NULL);
    assert_fails(rnn_optimizer_step(optimizer, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_step(optimizer, session), RNN_E_SIZE);
    assert_fails(rnn_optimizer_step_arrays(NULL, p, 3, g, 3), RNN_E_NULL);
    assert_fails(rnn_optimizer_step_arrays(optimizer, NULL, 3, g, 3), RNN_E_NULL);
    assert_fails(rnn_optimizer_step_arrays(optimizer, p, 3, NULL, 3), RNN_E_NULL);
    assert_fails(rnn_optimizer_step_arrays(optimizer, p, 2, g, 3), RNN_E_SIZE);
    assert_fails(rnn_optimizer_step_arrays(optimizer, p, 3, g, 4), RNN_E_SIZE);
    assert_fails(rnn_optimizer_report(NULL, 1), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_real(optimizer, NULL, RNN_RATE), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_real(NULL, &real, RNN_RATE), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_int(optimizer, NULL, RNN_UPDATES), RNN_E_NULL);
    assert_fails(rnn_optimizer_get_int(NULL, &integer, RNN_UPDATES), RNN_E_NULL);
    assert_fails(rnn_optimizer_save(NULL, PATH), RNN_E_NULL);
    assert_fails(rnn_optimizer_save(optimizer, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_load(&none, NULL), RNN_E_NULL);
    assert_fails(rnn_optimizer_load(NULL, PATH), RNN_E_NULL);
    assert_fails(rnn_optimizer_load_memory(&none, NULL, 9), RNN_E_NULL);
    assert_fails(rnn_optimizer_save_memory(optimizer, NULL, 9, &before.size), RNN_E_NULL);
    rnn_optimizer_destroy(NULL);
    assert_string_equal(rnn_optimizer_last_error(NULL), "");
    after = saved(optimizer);
    assert_same_file(before, after);
    assert_null(none);
    free(before.bytes);
    free(after.bytes);
    rnn_session_destroy(session);
    rnn_optimizer_destroy(optimizer);
    task_close(&task);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = used_optimizer(RNN_OPTIMIZER_ADAM), *made = NULL;
    struct file file = saved(optimizer);
    int32_t status = RNN_E_MEMORY;
    size_t size;
    for (int allowed = 0; status == RNN_E_MEMORY; allowed++) {
        until_no_memory = allowed;
        status = rnn_optimizer_load_memory(&made, file.bytes, file.size);
        until_no_memory = -1;
        assert_true(allowed < 100 && (status == RNN_OK) == (made != NULL));
    }
    assert_ok(status);
    until_no_memory = 0;
    assert_int_equal(rnn_optimizer_save_memory(optimizer, NULL, 0, &size), RNN_E_MEMORY);
    assert_int_equal(rnn_optimizer_save(optimizer, PATH), RNN_E_MEMORY);
    until_no_memory = -1;
    free(file.bytes);
    rnn_optimizer_destroy(optimizer);
    rnn_optimizer_destroy(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resumed_run_has_the_same_bits),
        cmocka_unit_test(test_truncated_files),
        cmocka_unit_test(test_changed_files),
        cmocka_unit_test(test_files_of_others),
        cmocka_unit_test(test_room_for_a_file),
        cmocka_unit_test(test_options_that_are_refused),
        cmocka_unit_test(test_whole_numbers_that_are_refused),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
