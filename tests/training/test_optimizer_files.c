/* Optimisers in memory and files: a run that is stopped and goes on from there gives the bits of one that was not;
 * damaged and foreign files are refused.  Linked with --wrap=rnni_memory_take. */
#define _POSIX_C_SOURCE 200809L

#include "support/folder.h"
#include "support/learning_task.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Which of the library's allocations, counted from 1, finds no memory; 0: none. */
static size_t failing, taken, largest;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    if (rnni_memory_multiply(count, size) > largest)
        largest = rnni_memory_multiply(count, size);
    return ++taken == failing ? NULL : __real_rnni_memory_take(count, size);
}

static void fail_at(size_t call)
{
    failing = call;
    taken = 0;
}

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */
#define PATH "optimizer.safetensors"

static int enter_directory(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave_directory(void **state)
{
    (void)state;
    remove(PATH);
    return chdir("/") || rmdir(directory);
}

struct bytes {
    unsigned char *at;
    size_t count;
};

typedef int32_t (*saver)(const void *what, void *bytes, size_t capacity, size_t *size);

static int32_t save_optimizer(const void *what, void *bytes, size_t capacity, size_t *size)
{
    return rnn_optimizer_save_memory(what, bytes, capacity, size);
}

static int32_t save_model(const void *what, void *bytes, size_t capacity, size_t *size)
{
    return rnn_save_memory(what, bytes, capacity, size);
}

static struct bytes saved(saver save, const void *what)
{
    struct bytes bytes = {NULL, 0};
    size_t size = 0;
    assert_ok(save(what, NULL, 0, &bytes.count));
    bytes.at = malloc(bytes.count);
    assert_non_null(bytes.at);
    assert_ok(save(what, bytes.at, bytes.count, &size));
    assert_int_equal(size, bytes.count);
    return bytes;
}

static void assert_same_bytes(struct bytes a, struct bytes b)
{
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.at, b.at, a.count);
}

/* ---- a run that is stopped --------------------------------------------------------------------------------------- */

enum { UPDATES = 16 };

struct run {
    struct learning_task task;
    rnn_session *session;
    rnn_optimizer *optimizer;
};

/* With warm-up, a schedule, clipping, and plateaus. */
static void begin(struct run *run, const struct golden_curve *curve, int64_t schedule)
{
    learning_open(&run->task);
    run->optimizer = learning_optimizer_of(curve, run->task.parameters);
    assert_ok(rnn_session_create(&run->session, run->task.model, RNN_TRAINING));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_SCHEDULE, schedule));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_WARMUP, 4));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_PERIOD, 7));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_PLATEAU, 1));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_PATIENCE, 2));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_GAMMA, 0.7));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_MINIMUM_RATE, 1e-4));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_PLATEAU_FACTOR, 0.6));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_PLATEAU_THRESHOLD, 0.3));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_MAX_NORM, 0.7));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_MAX_ABS, 0.1));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_WEIGHT_DECAY, 1.0 / 30)); /* no number of few digits */
}

static void end(struct run *run)
{
    rnn_session_destroy(run->session);
    rnn_optimizer_destroy(run->optimizer);
    learning_close(&run->task);
}

static void go_on(struct run *run, size_t from, size_t to)
{
    for (size_t n = from; n < to; n++)
        assert_ok(rnn_optimizer_report(run->optimizer, learning_update(&run->task, run->session, run->optimizer, n)));
}

/* Everything ends and is made anew from its bytes. */
static void stop_and_load(struct run *run, int by_file)
{
    struct bytes model = saved(save_model, run->task.model), optimizer = saved(save_optimizer, run->optimizer);
    if (by_file)
        assert_ok(rnn_optimizer_save(run->optimizer, PATH));
    end(run);
    assert_ok(rnn_load_memory(&run->task.model, model.at, model.count));
    if (by_file)
        assert_ok(rnn_optimizer_load(&run->optimizer, PATH));
    else
        assert_ok(rnn_optimizer_load_memory(&run->optimizer, optimizer.at, optimizer.count));
    assert_ok(rnn_session_create(&run->session, run->task.model, RNN_TRAINING));
    struct bytes again = saved(save_optimizer, run->optimizer);
    assert_same_bytes(optimizer, again);
    free(model.at);
    free(optimizer.at);
    free(again.at);
}

static void check_stopped(const struct golden_curve *curve, int64_t schedule, size_t stop)
{
    static struct run whole, stopped;
    begin(&whole, curve, schedule);
    begin(&stopped, curve, schedule);
    go_on(&whole, 0, UPDATES);
    go_on(&stopped, 0, stop);
    stop_and_load(&stopped, stop % 2);
    go_on(&stopped, stop, UPDATES);
    struct bytes one = saved(save_model, whole.task.model), two = saved(save_model, stopped.task.model);
    assert_same_bytes(one, two);
    free(one.at);
    free(two.at);
    one = saved(save_optimizer, whole.optimizer);
    two = saved(save_optimizer, stopped.optimizer);
    assert_same_bytes(one, two);
    free(one.at);
    free(two.at);
    end(&whole);
    end(&stopped);
}

static void test_stopped_runs_go_on(void **state)
{
    (void)state;
    static const size_t stops[] = {0, 1, 3, 8, 15};
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (int64_t schedule = RNN_SCHEDULE_CONSTANT; schedule <= RNN_SCHEDULE_COSINE; schedule++)
            for (size_t k = 0; k < LENGTH(stops); k++)
                check_stopped(&golden_curves[i], schedule, stops[k]);
}

/* So many plateaus that the factor is a subnormal number, then 0; a best loss that is no ordinary number. */
static void test_extreme_states_come_back(void **state)
{
    (void)state;
    static const size_t reports[] = {0, 1, 300, 315, 323, 400};
    for (size_t i = 0; i < LENGTH(reports); i++)
        for (int sign = -1; sign <= 1; sign++) {
            rnn_optimizer *one, *two;
            assert_ok(rnn_optimizer_create(&one, RNN_OPTIMIZER_SGD, 1));
            assert_ok(rnn_optimizer_set_int(one, RNN_PLATEAU, 1));
            assert_ok(rnn_optimizer_set_int(one, RNN_PATIENCE, 0));
            for (size_t k = 0; k < reports[i]; k++)
                assert_ok(rnn_optimizer_report(one, sign / 0.0));
            struct bytes bytes = saved(save_optimizer, one);
            assert_ok(rnn_optimizer_load_memory(&two, bytes.at, bytes.count));
            struct bytes again = saved(save_optimizer, two);
            assert_same_bytes(bytes, again);
            free(bytes.at);
            free(again.at);
            rnn_optimizer_destroy(one);
            rnn_optimizer_destroy(two);
        }
}

/* ---- files that are none ----------------------------------------------------------------------------------------- */

static struct bytes saved_small(int32_t kind)
{
    rnn_optimizer *optimizer;
    float p[7] = {0}, gradients[7] = {1, 2, 3, 4, 5, 6, 7};
    assert_ok(rnn_optimizer_create(&optimizer, kind, 7));
    assert_ok(rnn_optimizer_step_arrays(optimizer, p, 7, gradients, 7));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
    assert_ok(rnn_optimizer_report(optimizer, 1.5));
    struct bytes bytes = saved(save_optimizer, optimizer);
    rnn_optimizer_destroy(optimizer);
    return bytes;
}

/* Gives bytes of exactly that size, so that a sanitizer sees a read past the end. */
static int32_t load(const unsigned char *at, size_t count)
{
    rnn_optimizer *const nobody = (rnn_optimizer *)(void *)&failing;
    rnn_optimizer *loaded = nobody;
    unsigned char *copy = malloc(count + !count);
    assert_non_null(copy);
    memcpy(copy, at, count);
    int32_t status = rnn_optimizer_load_memory(&loaded, copy, count);
    if (status) {
        assert_ptr_equal(loaded, nobody);
        assert_memory_equal(rnn_last_error(), "rnn_optimizer_load_memory: ", strlen("rnn_optimizer_load_memory: "));
    } else {
        struct bytes again = saved(save_optimizer, loaded);
        free(again.at);
        rnn_optimizer_destroy(loaded);
    }
    free(copy);
    return status;
}

static void test_truncated_files_are_refused(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct bytes bytes = saved_small(kind);
        for (size_t count = 0; count < bytes.count; count++)
            assert_int_equal(load(bytes.at, count), RNN_E_FORMAT);
        assert_ok(load(bytes.at, bytes.count));
        free(bytes.at);
    }
}

/* Any byte may be another one: what is taken is an optimiser, what is not leaves nothing. */
static void test_damaged_bytes_are_safe(void **state)
{
    (void)state;
    struct bytes bytes = saved_small(RNN_OPTIMIZER_ADAM);
    largest = 0;
    for (size_t i = 0; i < bytes.count; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes.at[i] ^= (unsigned char)(1 << bit);
            int32_t status = load(bytes.at, bytes.count);
            assert_true(status == RNN_OK || status == RNN_E_FORMAT || status == RNN_E_UNSUPPORTED);
            bytes.at[i] ^= (unsigned char)(1 << bit);
        }
    assert_in_range(largest, 1, 1 << 16);
    free(bytes.at);
}

/* Replaces `from` in the header by `to`; spaces at its end make up for the length. */
static void edit(struct bytes bytes, const char *from, const char *to)
{
    size_t header = 0, old = strlen(from), new = strlen(to);
    for (int i = 7; i >= 0; i--)
        header = header << 8 | bytes.at[i];
    unsigned char *text = bytes.at + 8, *found = NULL;
    for (size_t i = 0; i + old <= header && !found; i++)
        found = memcmp(text + i, from, old) == 0 ? text + i : NULL;
    if (!found)
        fail_msg("the header has no %s", from);
    size_t behind = header - (size_t)(found - text) - old;
    assert_true(new <= old);
    memmove(found + new, found + old, behind);
    memset(text + header - (old - new), ' ', old - new);
    memcpy(found, to, new);
}

static void test_edited_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int32_t status;
        const char *part; /* of the message */
    } edits[] = {
        {"\"rnn.optimizer\"", "\"rnn.optimizes\"", RNN_E_FORMAT, "not an optimiser"},
        {"RNN_OPTIMIZER_ADAM", "RNN_OPTIMIZER_EVEN", RNN_E_UNSUPPORTED, "EVEN"},
        {"RNN_OPTIMIZER_ADAM", "", RNN_E_UNSUPPORTED, "kind"},
        {"RNN_OPTIMIZER_ADAM", "RNN_OPTIMIZER_SGD", RNN_E_FORMAT, ""},
        {"rnn.optimizer.beta_1", "rnn.optimizer.beta_3", RNN_E_UNSUPPORTED, "beta_3"},
        {"rnn.optimizer.weight_decay", "rnn.optimizer.momentum", RNN_E_FORMAT, "momentum"},
        {"rnn.optimizer.parameters", "rnn_optimizer.parameters", RNN_E_FORMAT, "parameters"},
        {"parameters\":\"7\"", "parameters\":\"8\"", RNN_E_FORMAT, "optimizer.m"},
        {"parameters\":\"7\"", "parameters\":\"0\"", RNN_E_FORMAT, "parameters"},
        {"parameters\":\"7\"", "parameters\":\"-\"", RNN_E_FORMAT, "parameters"},
        {"updates\":\"1\"", "updates\":\"x\"", RNN_E_FORMAT, "updates"},
        {"updates\":\"1\"", "updates\":\"\"", RNN_E_FORMAT, "updates"},
        {"schedule\":\"1\"", "schedule\":\"9\"", RNN_E_FORMAT, "schedule"},
        {"period\":\"1\"", "period\":\"0\"", RNN_E_FORMAT, "period"},
        {"patience\":\"10\"", "patience\":\"-1\"", RNN_E_FORMAT, "patience"},
        {"optimizer.rate\":\"0x10", "optimizer.rate\":\"-0x1", RNN_E_FORMAT, "rate"},
        {"optimizer.rate\":\"0x10", "optimizer.rate\":\"nan", RNN_E_FORMAT, "rate"},
        {"\"optimizer.m\"", "\"optimizer.n\"", RNN_E_FORMAT, "optimizer.m"},
        {"\"optimizer.v\"", "\"optimizer.w\"", RNN_E_FORMAT, "optimizer.v"},
        {"\"shape\":[7]", "\"shape\":[5]", RNN_E_FORMAT, "optimizer.m"},
        {"\"dtype\":\"F32\"", "\"dtype\":\"I32\"", RNN_E_UNSUPPORTED, "I32"},
    };
    for (size_t i = 0; i < LENGTH(edits); i++) {
        struct bytes bytes = saved_small(RNN_OPTIMIZER_ADAM);
        edit(bytes, edits[i].from, edits[i].to);
        int32_t status = load(bytes.at, bytes.count);
        if (status != edits[i].status || !strstr(rnn_last_error(), edits[i].part))
            fail_msg("%s for %s gave %s (%s)", edits[i].to, edits[i].from, rnn_status_string(status), rnn_last_error());
        free(bytes.at);
    }
}

/* A file from before RNN_PLATEAU was an option has no such note: it is 0. */
static void test_old_files_do_not_reduce_on_plateaus(void **state)
{
    (void)state;
    rnn_optimizer *loaded = NULL;
    int64_t plateau = -1;
    struct bytes bytes = saved_small(RNN_OPTIMIZER_ADAM);
    assert_ok(rnn_optimizer_load_memory(&loaded, bytes.at, bytes.count));
    assert_ok(rnn_optimizer_get_int(loaded, RNN_PLATEAU, &plateau));
    assert_int_equal(plateau, 1);
    rnn_optimizer_destroy(loaded);
    edit(bytes, ",\"rnn.optimizer.plateau\":\"1\"", "");
    assert_ok(rnn_optimizer_load_memory(&loaded, bytes.at, bytes.count));
    assert_ok(rnn_optimizer_get_int(loaded, RNN_PLATEAU, &plateau));
    assert_int_equal(plateau, 0);
    rnn_optimizer_destroy(loaded);
    free(bytes.at);
}

static void test_foreign_files_are_refused(void **state)
{
    (void)state;
    struct learning_task task;
    rnn_model *model = NULL;
    rnn_optimizer *loaded = NULL;
    learning_open(&task);
    struct bytes bytes = saved(save_model, task.model), optimizer = saved_small(RNN_OPTIMIZER_SGD);
    assert_int_equal(load(bytes.at, bytes.count), RNN_E_FORMAT);
    assert_fails(rnn_load_memory(&model, optimizer.at, optimizer.count), RNN_E_FORMAT);
    assert_fails(rnn_optimizer_load(&loaded, "there-is-none"), RNN_E_IO);
    assert_fails(rnn_optimizer_load(&loaded, "."), RNN_E_IO);
    assert_ok(rnn_save(task.model, PATH));
    assert_fails(rnn_optimizer_load(&loaded, PATH), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), PATH));
    assert_true(!model && !loaded);
    free(bytes.at);
    free(optimizer.at);
    learning_close(&task);
}

/* ---- what has no room -------------------------------------------------------------------------------------------- */

static void test_capacity(void **state)
{
    (void)state;
    rnn_optimizer *optimizer;
    unsigned char bytes[4096];
    size_t size = 0, again = 0;
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAGRAD, 3));
    assert_ok(rnn_optimizer_save_memory(optimizer, NULL, 0, &size));
    memset(bytes, 0x5a, sizeof bytes);
    for (size_t capacity = 0; capacity < size; capacity += 1 + capacity / 2) {
        again = 0;
        assert_fails(rnn_optimizer_save_memory(optimizer, bytes, capacity, &again), RNN_E_SIZE);
        assert_int_equal(again, size);
    }
    assert_fails(rnn_optimizer_save_memory(optimizer, bytes, size - 1, &again), RNN_E_SIZE);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0x5a);
    assert_fails(rnn_optimizer_save_memory(optimizer, NULL, 5, &again), RNN_E_NULL);
    assert_ok(rnn_optimizer_save_memory(optimizer, bytes, sizeof bytes, &again));
    assert_int_equal(bytes[size], 0x5a);
    assert_fails(rnn_optimizer_save(optimizer, "there-is-none/file"), RNN_E_IO);
    assert_fails(rnn_optimizer_save(optimizer, "."), RNN_E_IO);
    rnn_optimizer_destroy(optimizer);
}

enum memory_call { CREATE, SAVE, SAVE_MEMORY, LOAD, LOAD_MEMORY, MEMORY_CALLS };

static int32_t run_call(enum memory_call which, rnn_optimizer **out, const rnn_optimizer *optimizer,
                        const struct bytes *bytes, unsigned char *to)
{
    size_t size;
    switch (which) {
    case CREATE:
        return rnn_optimizer_create(out, RNN_OPTIMIZER_ADAM, 7);
    case SAVE:
        return rnn_optimizer_save(optimizer, "new");
    case SAVE_MEMORY:
        return rnn_optimizer_save_memory(optimizer, to, bytes->count, &size);
    case LOAD:
        return rnn_optimizer_load(out, PATH);
    default:
        return rnn_optimizer_load_memory(out, bytes->at, bytes->count);
    }
}

static void check_memory(enum memory_call which, const rnn_optimizer *optimizer, const struct bytes *bytes)
{
    unsigned char to[4096];
    rnn_optimizer *out = NULL;
    int32_t status = RNN_E_MEMORY;
    for (size_t call = 1; status == RNN_E_MEMORY; call++) {
        memset(to, 0x5a, sizeof to);
        fail_at(call);
        status = run_call(which, &out, optimizer, bytes, to);
        failing = 0;
        assert_true(status == RNN_OK ? call > 1 || which == SAVE_MEMORY : status == RNN_E_MEMORY);
        if (status == RNN_OK)
            break;
        assert_null(out);
        assert_int_equal(access("new", F_OK), -1);
        for (size_t i = 0; i < sizeof to; i++)
            assert_int_equal(to[i], 0x5a);
    }
    rnn_optimizer_destroy(out);
    remove("new");
}

static void test_without_memory(void **state)
{
    (void)state;
    struct bytes bytes = saved_small(RNN_OPTIMIZER_ADAM);
    rnn_optimizer *optimizer;
    assert_true(bytes.count <= 4096);
    assert_ok(rnn_optimizer_load_memory(&optimizer, bytes.at, bytes.count));
    assert_ok(rnn_optimizer_save(optimizer, PATH));
    for (enum memory_call which = CREATE; which < MEMORY_CALLS; which++)
        check_memory(which, optimizer, &bytes);
    struct bytes after = saved(save_optimizer, optimizer);
    assert_same_bytes(bytes, after);
    free(bytes.at);
    free(after.at);
    rnn_optimizer_destroy(optimizer);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(test_stopped_runs_go_on),
        cmocka_unit_test(test_extreme_states_come_back),
        cmocka_unit_test(test_truncated_files_are_refused),
        cmocka_unit_test(test_damaged_bytes_are_safe),
        cmocka_unit_test(test_edited_files_are_refused),
        cmocka_unit_test(test_old_files_do_not_reduce_on_plateaus),
        IN_DIRECTORY(test_foreign_files_are_refused),
        IN_DIRECTORY(test_capacity),
        IN_DIRECTORY(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
