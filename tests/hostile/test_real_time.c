/* rnn_step and rnn_step_tokens, as streams call them: no system call, no allocation, no lock.
 *
 * Each network takes its steps in a child process.  After the first step a seccomp filter kills the child at any system
 * call but exit; malloc, calloc, realloc, free and the functions of pthread that lock or wait are replaced (--wrap) and
 * counted.  All cells, every kind of layer of a list, and all formats of weights.  Ends with 77 where the system does
 * not allow the filter. */
#define _GNU_SOURCE

#include "support/allocator.h"
#include "support/calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 300, BATCH = 2, INPUTS = 3, MOST = 64, COUNTED = 3, NOT_ALLOWED = 4, REFUSED = 5 };

/* ---- what is not allowed ----------------------------------------------------------------------------------------- */

static size_t locks;

#define COUNTS(name, type)                                                                                             \
    int __real_##name(type *what);                                                                                     \
    int __wrap_##name(type *what);                                                                                     \
    int __wrap_##name(type *what)                                                                                      \
    {                                                                                                                  \
        locks++;                                                                                                       \
        return __real_##name(what);                                                                                    \
    }

COUNTS(pthread_mutex_lock, pthread_mutex_t)
COUNTS(pthread_mutex_trylock, pthread_mutex_t)
COUNTS(pthread_mutex_unlock, pthread_mutex_t)
COUNTS(pthread_cond_signal, pthread_cond_t)

int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    locks++;
    return __real_pthread_cond_wait(condition, mutex);
}

/* 0 where the system does not allow it. */
static int kill_at_system_calls(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* ---- steps in a child -------------------------------------------------------------------------------------------- */

static float x[BATCH * INPUTS] = {1, -0.5f, 0.25f, 2, 0, -1}, y[BATCH * MOST];
static const int32_t tokens[BATCH] = {1, 2};

static int32_t step(rnn_session *session, int reads_tokens, size_t outputs)
{
    return reads_tokens ? rnn_step_tokens(session, y, BATCH * outputs, tokens, BATCH)
                        : rnn_step(session, y, BATCH * outputs, x, BATCH * INPUTS);
}

static int steps_in_child(rnn_session *session, int reads_tokens, size_t outputs)
{
    if (step(session, reads_tokens, outputs) != RNN_OK)
        return REFUSED;
    size_t calls = memory.calls, live = memory.live, before = locks;
    if (!kill_at_system_calls())
        return NOT_ALLOWED;
    int32_t status = RNN_OK;
    for (size_t i = 0; i < STEPS; i++)
        status |= step(session, reads_tokens, outputs);
    return memory.calls == calls && memory.live == live && locks == before && status == RNN_OK ? 0 : COUNTED;
}

static int skips; /* the filter is not allowed */

static int result_of(pid_t child)
{
    int result;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    if (WIFEXITED(result) && WEXITSTATUS(result) == NOT_ALLOWED)
        skips = 1;
    return result;
}

/* In both modes. Returns whether the network has steps. */
static int check(rnn_model *model, const char *name, int reads_tokens)
{
    int64_t precision;
    size_t outputs;
    assert_ok(rnn_model_get_int(model, RNN_PRECISION, &precision));
    assert_ok(rnn_model_output_size(model, &outputs));
    assert_true(outputs <= MOST);
    for (int32_t mode = RNN_INFERENCE; mode <= (precision ? RNN_INFERENCE : RNN_TRAINING); mode++) {
        rnn_session *session;
        assert_ok(rnn_session_create(&session, model, mode));
        assert_ok(rnn_reset_state(session, BATCH));
        pid_t child = fork();
        if (child == 0)
            syscall(SYS_exit_group, steps_in_child(session, reads_tokens, outputs));
        int result = result_of(child);
        rnn_session_destroy(session);
        if (WIFEXITED(result) && WEXITSTATUS(result) == REFUSED)
            return 0;
        if (WIFSIGNALED(result))
            fail_msg("%s, precision %d, mode %d: a step makes a system call (signal %d)", name, (int)precision,
                     (int)mode, WTERMSIG(result));
        if (WEXITSTATUS(result) == COUNTED)
            fail_msg("%s, precision %d, mode %d: a step allocates, locks or fails", name, (int)precision, (int)mode);
    }
    return 1;
}

static void check_all_precisions(rnn_model *model, const char *name, int reads_tokens, size_t *networks)
{
    for (int32_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
        assert_ok(rnn_model_set_precision(model, precision));
        *networks += (size_t)check(model, name, reads_tokens);
    }
    rnn_destroy(model);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

/* The network of calls.c with all options, and every cell of another width. */
static void test_networks(void **state)
{
    (void)state;
    size_t networks = 0;
    for (size_t i = 0; i < calls_networks_count; i++)
        check_all_precisions(calls_model(&calls_networks[i]), calls_networks[i].name, calls_networks[i].tokens,
                             &networks);
    for (int32_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++) {
        rnn_config *config;
        rnn_model *model;
        assert_ok(rnn_config_create(&config));
        assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
        assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 5));
        assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, 300));
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 300));
        assert_ok(rnn_config_set_int(config, RNN_CLASSES, 4));
        assert_ok(rnn_create(&model, config));
        rnn_config_destroy(config);
        check_all_precisions(model, "a cell of 300 units", 1, &networks);
    }
    print_message("%zu networks and formats\n", networks);
    assert_true(networks >= 3 * (LAST_CELL + 8));
}

/* Every kind of layer that takes steps, with recurrent layers of a cell. */
static rnn_model *list_of(int32_t cell, int reads_tokens)
{
    static const int32_t kinds[] = {RNN_KIND_CONV1D,    RNN_KIND_LAYER_NORM, RNN_KIND_RECURRENT,  RNN_KIND_SKIP,
                                    RNN_KIND_DROPOUT,   RNN_KIND_AFFINE,     RNN_KIND_ACTIVATION, RNN_KIND_RMS_NORM,
                                    RNN_KIND_MAGNITUDE, RNN_KIND_DENSE};
    rnn_config *config;
    rnn_model *model;
    size_t layer;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, reads_tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, reads_tokens ? 5 : INPUTS));
    if (reads_tokens) {
        assert_ok(rnn_config_add_layer(config, &layer, RNN_KIND_EMBEDDING));
        assert_ok(rnn_config_set_layer_int(config, layer, RNN_OUTPUT_SIZE, 4));
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_ok(rnn_config_add_layer(config, &layer, kinds[i]));
        if (kinds[i] == RNN_KIND_CONV1D || kinds[i] == RNN_KIND_DENSE)
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_OUTPUT_SIZE, 20));
        if (kinds[i] == RNN_KIND_CONV1D) {
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_KERNEL_SIZE, 3));
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_STRIDE, cell % 2 + 1));
        }
        if (kinds[i] == RNN_KIND_RECURRENT) {
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_CELL, cell));
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_HIDDEN_SIZE, 20));
        }
        if (kinds[i] == RNN_KIND_SKIP)
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_SOURCE, (int64_t)layer - 3));
        if (kinds[i] == RNN_KIND_DROPOUT)
            assert_ok(rnn_config_set_layer_real(config, layer, RNN_DROPOUT, 0.25));
        if (kinds[i] == RNN_KIND_ACTIVATION)
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_ACTIVATION, RNN_ACTIVATION_ELU));
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void test_lists(void **state)
{
    (void)state;
    size_t networks = 0;
    for (int32_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        for (int reads_tokens = 0; reads_tokens < 2; reads_tokens++)
            check_all_precisions(list_of(cell, reads_tokens), "a list", reads_tokens, &networks);
    assert_int_equal(networks, 2 * 3 * LAST_CELL);
}

/* The filter sees a system call, and the counters a lock and an allocation. */
static void test_what_is_not_allowed_is_seen(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (!kill_at_system_calls())
            syscall(SYS_exit_group, NOT_ALLOWED);
        syscall(SYS_getppid);
        syscall(SYS_exit_group, 0);
    }
    int result = result_of(child);
    assert_true(skips || (WIFSIGNALED(result) && WTERMSIG(result) == SIGSYS));
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    size_t before = locks, calls = memory.calls;
    rnn_config *config;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    assert_ok(rnn_config_create(&config));
    rnn_config_destroy(config);
    assert_true(locks == before + 2 && memory.calls > calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_allowed_is_seen),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_lists),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures ? failures : skips ? 77 : 0;
}
