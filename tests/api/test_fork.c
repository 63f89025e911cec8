/* A child of fork has none of the threads of its parent's sessions: it can destroy the sessions and give them threads
 * of its own, and is refused everything else that would need the threads.  And threads that a session no longer has are
 * gone.  Linked with --wrap=madvise: the library's calls come here first. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS for MADV_WIPEONFORK */

#include "support/support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { T = 6, B = 4, I = 5, H = 64, C = 3 };

static int no_madvise;
int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice)
{
    if (no_madvise) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(address, size, advice);
}

/* ---- a session and what it does ---------------------------------------------------------------------------------- */

struct user {
    rnn_model *model;
    rnn_session *session;
    rnn_optimizer *optimizer;
    float x[T * B * I], y[T * B * C], dy[T * B * C];
};

static struct user user;

static void create(size_t threads)
{
    rnn_config *config;
    const float *parameters;
    size_t count;
    uint64_t seed = 1;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_create(&user.model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_session_create(&user.session, user.model, RNN_TRAINING));
    assert_ok(rnn_model_parameters(user.model, &parameters, &count));
    assert_ok(rnn_optimizer_create(&user.optimizer, RNN_OPTIMIZER_ADAM, count));
    assert_ok(rnn_session_set_threads(user.session, threads));
    assert_ok(rnn_reset_state(user.session, B));
    fill_uniform(user.x, T * B * I, &seed);
    fill_uniform(user.dy, T * B * C, &seed);
}

static void destroy(void)
{
    rnn_session_destroy(user.session);
    rnn_optimizer_destroy(user.optimizer);
    rnn_destroy(user.model);
}

static int32_t forward(void)
{
    return rnn_forward(user.session, user.y, T * B * C, user.x, T * B * I, NULL, 0, T);
}

static int32_t backward(void)
{
    return rnn_backward(user.session, NULL, 0, user.dy, T * B * C);
}

/* ---- children ---------------------------------------------------------------------------------------------------- */

/* Runs work() in a child, which is ended after 30 s; it returns NULL or what went wrong. */
static void in_child(const char *(*work)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(30);
        const char *problem = work();
        if (problem)
            fprintf(stderr, "in the child: %s\n", problem);
        exit(problem != NULL); /* not _exit, so that a build with --coverage counts what the child ran */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        fail_msg("the child was ended by signal %d", WTERMSIG(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return #condition;                                                                                         \
    } while (0)

static const char *destroys(void)
{
    destroy();
    return NULL;
}

static const char *refused(int32_t status, const char *text, const char *function)
{
    EXPECT(status == RNN_E_STATE);
    EXPECT(strncmp(text, function, strlen(function)) == 0);
    EXPECT(strstr(text, "parent process") && strstr(text, "rnn_session_set_threads"));
    return NULL;
}

#define EXPECT_REFUSED(call, function)                                                                                 \
    do {                                                                                                               \
        const char *problem = refused((call), rnn_last_error(), function ":");                                         \
        if (problem)                                                                                                   \
            return problem;                                                                                            \
    } while (0)

/* The parent has gone forward, so backward has what it needs but for the threads. */
static const char *is_refused(void)
{
    static float before[T * B * C];
    double norm = -1;
    const float *parameters;
    float *kept;
    size_t count;
    EXPECT(!rnn_model_parameters(user.model, &parameters, &count));
    EXPECT((kept = malloc(count * sizeof *kept)) != NULL);
    memcpy(kept, parameters, count * sizeof *kept);
    memcpy(before, user.y, sizeof before);
    EXPECT_REFUSED(backward(), "rnn_backward");
    EXPECT_REFUSED(forward(), "rnn_forward");
    EXPECT_REFUSED(rnn_step(user.session, user.y, (size_t)B * C, user.x, (size_t)B * I), "rnn_step");
    EXPECT_REFUSED(rnn_session_clip_gradient_norm(user.session, &norm, 1), "rnn_session_clip_gradient_norm");
    EXPECT_REFUSED(rnn_session_clip_gradient_value(user.session, 1), "rnn_session_clip_gradient_value");
    EXPECT_REFUSED(rnn_sgd_step(user.session, 1), "rnn_sgd_step");
    EXPECT_REFUSED(rnn_optimizer_step(user.optimizer, user.session), "rnn_optimizer_step");
    EXPECT(norm == -1);
    EXPECT(memcmp(before, user.y, sizeof before) == 0);
    EXPECT(memcmp(kept, parameters, count * sizeof *kept) == 0);
    free(kept);
    destroy();
    return NULL;
}

static float expected[T * B * C]; /* of forward from a state of 0 */

static const char *runs_with(size_t threads)
{
    EXPECT(!rnn_session_set_threads(user.session, threads));
    EXPECT(!rnn_reset_state(user.session, B));
    EXPECT(!forward());
    EXPECT(memcmp(expected, user.y, sizeof expected) == 0);
    EXPECT(!backward());
    EXPECT(!rnn_optimizer_step(user.optimizer, user.session));
    return NULL;
}

static const char *goes_on_alone(void)
{
    const char *problem = runs_with(1);
    destroy();
    return problem;
}

static const char *goes_on_with_threads(void)
{
    const char *problem = runs_with(3);
    destroy();
    return problem;
}

static const char *destroys_at_exit(void)
{
    EXPECT(atexit(destroy) == 0);
    exit(0);
}

static const char *forks_again(void)
{
    int status;
    EXPECT(!rnn_session_set_threads(user.session, 2));
    EXPECT(!rnn_reset_state(user.session, B));
    EXPECT(!forward());
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        alarm(30);
        int wrong = is_refused() != NULL;
        exit(wrong);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const char *problem = runs_with(2);
    destroy();
    return problem;
}

static void check_children(size_t threads)
{
    static const char *(*const works[])(void) = {destroys, goes_on_alone, goes_on_with_threads, destroys_at_exit,
                                                 forks_again};
    create(threads);
    assert_ok(forward());
    memcpy(expected, user.y, sizeof expected);
    if (threads > 1)
        in_child(is_refused);
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        in_child(works[i]);
    assert_ok(backward()); /* the parent goes on */
    assert_ok(rnn_reset_state(user.session, B));
    assert_ok(forward());
    assert_memory_equal(user.y, expected, sizeof expected);
    destroy();
}

static void test_children(void **state)
{
    (void)state;
    check_children(1);
    check_children(2);
    check_children(4);
}

/* On systems that cannot wipe a page at fork. */
static void test_children_without_madvise(void **state)
{
    (void)state;
    no_madvise = 1;
    check_children(3);
    no_madvise = 0;
}

/* Threads that sleep, and have done so for long, when the parent forks. */
static void test_children_of_sleepers(void **state)
{
    (void)state;
    create(3);
    assert_ok(forward());
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    in_child(destroys);
    in_child(is_refused);
    destroy();
}

/* ---- the training loop ------------------------------------------------------------------------------------------- */

static rnn_trainer *trainer;
static rnn_dataset *dataset;

static void create_trainer(void)
{
    uint64_t seed = 1;
    float x[T * I];
    int32_t classes[T] = {0, 1, 2, 0, 1, 2};
    create(1);
    assert_ok(rnn_dataset_create(&dataset));
    for (int i = 0; i < 8; i++) {
        fill_uniform(x, T * I, &seed);
        add_sequence(dataset, x, T * I, NULL, 0, classes, T, NULL, 0, T);
    }
    open_trainer(&trainer, user.model, user.optimizer, RNN_LOSS_CROSS_ENTROPY);
    assert_ok(rnn_trainer_set_int(trainer, RNN_THREADS, 3));
}

static void destroy_trainer(void)
{
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    destroy();
}

static const char *destroys_trainer(void)
{
    destroy_trainer();
    return NULL;
}

/* The trainer gives its sessions threads of the child's own. */
static const char *trains(void)
{
    double before, after;
    EXPECT(!rnn_evaluate(trainer, &before, NULL, dataset));
    EXPECT(!rnn_trainer_set_int(trainer, RNN_EPOCHS, 40));
    EXPECT(!rnn_fit(trainer, dataset, dataset));
    EXPECT(!rnn_evaluate(trainer, &after, NULL, dataset));
    EXPECT(after < before);
    destroy_trainer();
    return NULL;
}

static void test_trainer(void **state)
{
    (void)state;
    create_trainer();
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 2));
    assert_ok(rnn_fit(trainer, dataset, dataset));
    in_child(destroys_trainer);
    in_child(trains);
    destroy_trainer();
}

/* ---- a loss and an optimiser of arrays --------------------------------------------------------------------------- */

static struct {
    rnn_loss *loss;
    rnn_attention *attention;
    double value;
    int32_t labels[B];
} arrays;

static int32_t compute_loss(double *value, float *dy)
{
    return rnn_loss_of_classes(arrays.loss, value, dy, T * B * C, user.y, T * B * C, arrays.labels, B);
}

static int32_t update_arrays(float *p)
{
    return rnn_optimizer_step_arrays(user.optimizer, p, T * B * C, user.dy, T * B * C);
}

static void destroy_arrays(void)
{
    rnn_loss_destroy(arrays.loss);
    rnn_optimizer_destroy(user.optimizer);
    rnn_attention_destroy(arrays.attention);
}

/* Refused, with the function that gives new threads. */
static const char *names_setter(int32_t status, const char *setter)
{
    EXPECT(status == RNN_E_STATE);
    EXPECT(strstr(rnn_last_error(), "parent process") && strstr(rnn_last_error(), setter));
    return NULL;
}

static const char *refuses_arrays(void)
{
    double value = -7;
    float p[T * B * C] = {0}, dy[T * B * C] = {0}, zeros[T * B * C] = {0};
    const char *problem = names_setter(compute_loss(&value, dy), "rnn_loss_set_threads");
    if (!problem)
        problem = names_setter(update_arrays(p), "rnn_optimizer_set_threads");
    if (!problem)
        problem = names_setter(rnn_attention_step(arrays.attention, user.optimizer), "rnn_optimizer_set_threads");
    EXPECT(value == -7 && !memcmp(p, zeros, sizeof p) && !memcmp(dy, zeros, sizeof dy));
    destroy_arrays();
    return problem;
}

static const char *uses_arrays(void)
{
    double value = -7;
    float p[T * B * C] = {0}, dy[T * B * C];
    for (size_t threads = 1; threads < 4; threads++) {
        EXPECT(!rnn_loss_set_threads(arrays.loss, threads));
        EXPECT(!rnn_optimizer_set_threads(user.optimizer, threads));
        EXPECT(!compute_loss(&value, dy) && value == arrays.value);
        EXPECT(!update_arrays(p) && p[0] != 0);
    }
    destroy_arrays();
    return NULL;
}

static void test_arrays(void **state)
{
    (void)state;
    float p[T * B * C] = {0};
    uint64_t seed = 3;
    fill_uniform(user.y, T * B * C, &seed);
    fill_uniform(user.dy, T * B * C, &seed);
    for (size_t b = 0; b < B; b++)
        arrays.labels[b] = 1;
    assert_ok(rnn_loss_create(&arrays.loss, RNN_LOSS_CTC));
    assert_ok(rnn_loss_set_batch(arrays.loss, NULL, 0, T, B, C));
    assert_ok(rnn_optimizer_create(&user.optimizer, RNN_OPTIMIZER_ADAM, T * B * C));
    assert_ok(rnn_attention_create(&arrays.attention, RNN_ATTENTION_GENERAL, T * B, C, 0, 1));
    assert_ok(rnn_loss_set_threads(arrays.loss, 2));
    assert_ok(rnn_optimizer_set_threads(user.optimizer, 3));
    assert_ok(compute_loss(&arrays.value, user.x));
    in_child(refuses_arrays);
    in_child(uses_arrays);
    double value;
    assert_ok(compute_loss(&value, user.x)); /* the parent goes on */
    assert_true(value == arrays.value);
    assert_ok(update_arrays(p));
    destroy_arrays();
}

/* ---- threads that are no longer wanted --------------------------------------------------------------------------- */

/* How many threads this process has; 0 if the system does not tell. */
static size_t count_threads(void)
{
    size_t count = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return 0;
    for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* A thread that has ended may be listed for a while. */
static void expect_threads(size_t wanted)
{
    for (int i = 0; i < 2000 && count_threads() != wanted; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    assert_int_equal(count_threads(), wanted);
}

/* The loss and the update of rnn_fit run on the threads of its sessions. */
static int32_t expect_threads_of_fit(void *user_, rnn_trainer *trainer_, int32_t event)
{
    (void)trainer_;
    (void)event;
    assert_int_equal(count_threads(), *(size_t *)user_);
    return RNN_OK;
}

static void test_threads_of_fit(void **state)
{
    (void)state;
    size_t own = count_threads(), expected_threads;
    if (!own)
        skip();
    create_trainer(); /* with 3 threads */
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 2));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    expected_threads = count_threads();
    assert_int_equal(expected_threads, own + 2);
    assert_ok(rnn_trainer_set_callback(trainer, expect_threads_of_fit, &expected_threads));
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 4));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    destroy_trainer();
    expect_threads(own);
}

static void run_tasks_here(void *unused, size_t count, rnn_task task, void *context)
{
    (void)unused;
    for (size_t i = 0; i < count; i++)
        task(context, i);
}

static void test_old_threads_end(void **state)
{
    (void)state;
    size_t own = count_threads(); /* with those of the BLAS */
    if (!own)
        skip();
    create(4);
    expect_threads(own + 3);
    static const size_t sequence[] = {4, 2, 6, 1, 3, 3, 1};
    for (size_t i = 0; i < sizeof sequence / sizeof *sequence; i++) {
        assert_ok(rnn_session_set_threads(user.session, sequence[i]));
        expect_threads(own + sequence[i] - 1);
    }
    assert_ok(rnn_session_set_threads(user.session, 5));
    assert_ok(rnn_session_set_parallel_for(user.session, 3, run_tasks_here, NULL));
    expect_threads(own);
    assert_ok(rnn_session_set_threads(user.session, 2));
    destroy();
    expect_threads(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_children_without_madvise),
        cmocka_unit_test(test_children_of_sleepers),
        cmocka_unit_test(test_trainer),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_threads_of_fit),
        cmocka_unit_test(test_old_threads_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
