/* Teams of threads: every task runs once, the caller never waits for a worker that has not begun, workers are woken
 * only where it pays, nothing is left behind.  Linked with --wrap for the functions below, so the library's calls come
 * here first. */
#define _POSIX_C_SOURCE 200809L

#include "support/support.h"

#include "base/memory.h"
#include "base/team.h"
#include "base/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 8, TASKS = 4 * MOST };
static const size_t sizes[] = {2, 3, 4, 8};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* ---- what the library asks for ---------------------------------------------------------------------------------- */

/* The thread or block of this number can not be had; 0: all can. */
static int fail_thread, fail_block;
/* Asked for, and had less given back.  Two threads make teams at once in one of the tests. */
static atomic_int threads_asked, threads_alive, blocks_asked, blocks_alive;

int __real_rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user);
int __wrap_rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user);
int __wrap_rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user)
{
    int number = atomic_fetch_add(&threads_asked, 1) + 1;
    int started = number != fail_thread && __real_rnni_thread_start(thread, work, user);
    atomic_fetch_add(&threads_alive, started);
    return started;
}

void __real_rnni_thread_join(struct rnni_thread *thread);
void __wrap_rnni_thread_join(struct rnni_thread *thread);
void __wrap_rnni_thread_join(struct rnni_thread *thread)
{
    __real_rnni_thread_join(thread);
    atomic_fetch_sub(&threads_alive, 1);
}

/* Workers take so long to go to sleep: before they have the lock, and before they wait with it. */
static atomic_long slow_lock, slow_wait; /* milliseconds */
static pthread_t main_thread;

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

void __real_rnni_thread_lock_take(struct rnni_thread_lock *lock);
void __wrap_rnni_thread_lock_take(struct rnni_thread_lock *lock);
void __wrap_rnni_thread_lock_take(struct rnni_thread_lock *lock)
{
    long milliseconds = atomic_load(&slow_lock);
    if (milliseconds && !pthread_equal(pthread_self(), main_thread))
        sleep_milliseconds(milliseconds);
    __real_rnni_thread_lock_take(lock);
}

void __real_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock);
void __wrap_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock);
void __wrap_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock)
{
    long milliseconds = atomic_load(&slow_wait);
    if (milliseconds)
        sleep_milliseconds(milliseconds);
    __real_rnni_thread_condition_wait(condition, lock);
}

void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    int number = atomic_fetch_add(&blocks_asked, 1) + 1;
    void *block = number == fail_block ? NULL : __real_rnni_memory_take(count, size);
    atomic_fetch_add(&blocks_alive, block != NULL);
    return block;
}

void __real_rnni_memory_release(void *block);
void __wrap_rnni_memory_release(void *block);
void __wrap_rnni_memory_release(void *block)
{
    atomic_fetch_sub(&blocks_alive, block != NULL);
    __real_rnni_memory_release(block);
}

static int begin_count(void **state)
{
    (void)state;
    fail_thread = fail_block = 0;
    atomic_store(&threads_asked, 0);
    atomic_store(&threads_alive, 0);
    atomic_store(&blocks_asked, 0);
    atomic_store(&blocks_alive, 0);
    return 0;
}

static int nothing_is_left(void **state)
{
    (void)state;
    return atomic_load(&threads_alive) != 0 || atomic_load(&blocks_alive) != 0;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------ */

/* Plain variables: what a task writes must be seen by the caller without anything more, and by the next task of the
 * same index. */
struct record {
    long calls[TASKS + 1];
    pthread_t threads[TASKS + 1];
};

static void note_call(void *context, size_t index)
{
    struct record *record = context;
    record->calls[index]++;
    record->threads[index] = pthread_self();
}

/* 1 where every task below `count` has been called `times` times, and no other. */
static int all_called(const struct record *record, size_t count, long times)
{
    for (size_t i = 0; i <= TASKS; i++)
        if (record->calls[i] != (i < count ? times : 0))
            return 0;
    return 1;
}

static void run_once(struct rnni_team *team, size_t count)
{
    struct record record = {0};
    rnni_team_run(team, count, note_call, &record);
    assert_true(all_called(&record, count, 1));
}

static struct rnni_team *create(size_t threads)
{
    struct rnni_team *team = rnni_team_create(threads);
    assert_non_null(team);
    assert_int_equal(rnni_team_threads(team), threads);
    return team;
}

/* ---- runs ------------------------------------------------------------------------------------------------------- */

static void test_nobody(void **state)
{
    (void)state;
    assert_int_equal(rnni_team_threads(NULL), 1);
    for (size_t count = 0; count <= TASKS; count++) {
        struct record record = {0};
        rnni_team_run(NULL, count, note_call, &record);
        assert_true(all_called(&record, count, 1));
        for (size_t i = 0; i < count; i++)
            assert_true(pthread_equal(record.threads[i], pthread_self()));
    }
    rnni_team_release(NULL);
    assert_int_equal(atomic_load(&threads_asked) + atomic_load(&blocks_asked), 0);
}

static void test_every_index_once(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct rnni_team *team = create(sizes[s]);
        assert_int_equal(atomic_load(&threads_alive), sizes[s] - 1);
        for (size_t count = 0; count <= 4 * sizes[s]; count++)
            run_once(team, count);
        for (size_t count = 4 * sizes[s]; count-- > 0;)
            run_once(team, count);
        rnni_team_release(team);
    }
}

/* Index i runs on the thread i % threads, another one for every remainder, or on the caller's; 0 on the caller's. */
static void check_threads(const struct record *record, const struct record *own, size_t count, size_t threads)
{
    for (size_t i = 0; i < count; i++)
        assert_true(pthread_equal(record->threads[i], own->threads[i % threads]) ||
                    pthread_equal(record->threads[i], pthread_self()));
}

static void test_threads_keep_their_indexes(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct rnni_team *team = create(sizes[s]);
        struct record own = {0}, record = {0};
        rnni_team_insist(1);
        rnni_team_run(team, sizes[s], note_call, &own);
        assert_true(pthread_equal(own.threads[0], pthread_self()));
        for (size_t i = 0; i < sizes[s]; i++)
            for (size_t j = 0; j < i; j++)
                assert_false(pthread_equal(own.threads[i], own.threads[j]));
        for (size_t count = 4 * sizes[s]; count > 0; count--) {
            rnni_team_run(team, count, note_call, &record);
            for (size_t i = 0; i < count; i++)
                assert_true(pthread_equal(record.threads[i], own.threads[i % sizes[s]]));
        }
        rnni_team_insist(0);
        for (size_t count = 4 * sizes[s]; count > 0; count--) {
            rnni_team_run(team, count, note_call, &record);
            check_threads(&record, &own, count, sizes[s]);
        }
        rnni_team_release(team);
    }
}

/* Each task reads what all tasks of the run before wrote, in a run of its own after the other: a step and the next. */
struct chain {
    size_t tasks;
    uint64_t from[TASKS], to[TASKS];
};

static void add_all(void *context, size_t index)
{
    struct chain *chain = context;
    uint64_t sum = index;
    for (size_t i = 0; i < chain->tasks; i++)
        sum = sum * 31 + chain->from[i];
    chain->to[index] = sum;
}

static void copy_one(void *context, size_t index)
{
    struct chain *chain = context;
    chain->from[index] = chain->to[index];
}

static void check_steps(size_t threads, size_t tasks, int steps)
{
    struct rnni_team *team = create(threads);
    struct chain many = {.tasks = tasks}, one = {.tasks = tasks};
    for (int i = 0; i < steps; i++) {
        rnni_team_run(team, tasks, add_all, &many);
        rnni_team_run(team, tasks, copy_one, &many);
        rnni_team_run(NULL, tasks, add_all, &one);
        rnni_team_run(NULL, tasks, copy_one, &one);
    }
    assert_memory_equal(many.from, one.from, sizeof many.from);
    rnni_team_release(team);
}

static void test_many_short_runs(void **state)
{
    (void)state;
    for (int insist = 0; insist < 2; insist++) {
        int steps = insist ? 2000 : 70000; /* on a busy core the caller waits for each */
        rnni_team_insist(insist);
        check_steps(2, 2, steps);
        check_steps(3, 2, steps); /* the third thread has nothing to do */
        check_steps(4, 9, 1000);
    }
    rnni_team_insist(0);
}

/* The counts go up and down, so threads miss runs while others are in the middle of theirs. */
static void test_counts_that_change(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t s = 0; s < SIZES; s++) {
        struct rnni_team *team = create(sizes[s]);
        for (int i = 0; i < 1000; i++)
            run_once(team, (size_t)((uniform(&seed) + 1) / 2 * (double)(2 * sizes[s] + 1)));
        rnni_team_release(team);
    }
}

/* A thread that misses many runs, asleep, takes part in the next one of its own. */
static void test_runs_that_a_thread_misses(void **state)
{
    (void)state;
    struct rnni_team *team = create(3);
    struct record record = {0};
    rnni_team_insist(1);
    for (int i = 0; i < 2000; i++)
        rnni_team_run(team, 2, note_call, &record);
    assert_true(all_called(&record, 2, 2000));
    rnni_team_run(team, 3, note_call, &record);
    assert_false(pthread_equal(record.threads[2], record.threads[0]));
    assert_false(pthread_equal(record.threads[2], record.threads[1]));
    rnni_team_insist(0);
    run_once(team, 3);
    rnni_team_release(team);
}

/* ---- sleep ------------------------------------------------------------------------------------------------------ */

static void test_runs_after_sleep(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        struct rnni_team *team = create(sizes[s]);
        for (size_t i = 0; i < 10; i++) {
            sleep_milliseconds(5);
            run_once(team,
                     i % 2 ? sizes[s] : 2); /* after 2 the others sleep on, and are called out of it the next time */
        }
        sleep_milliseconds(5);
        rnni_team_release(team);
    }
}

/* Pauses of about the time after which a worker goes to sleep: the order comes just before, while and after it does. */
static void test_runs_while_workers_fall_asleep(void **state)
{
    (void)state;
    struct rnni_team *team = create(2);
    struct record record = {0};
    long runs = 0;
    for (unsigned pause = 0; pause < 200000; pause += 100, runs++) {
        for (volatile unsigned i = 0; i < pause; i++)
            continue;
        rnni_team_run(team, 2, note_call, &record);
    }
    assert_true(all_called(&record, 2, runs));
    rnni_team_release(team);
}

/* The order comes while a worker is between its last look and its sleep. */
static void test_runs_in_the_gap_before_sleep(void **state)
{
    (void)state;
    struct rnni_team *team = create(3);
    for (long slow = 0; slow < 2; slow++) {
        atomic_store(&slow_lock, slow ? 0 : 8);
        atomic_store(&slow_wait, slow ? 8 : 0);
        for (int i = 0; i < 10; i++) {
            sleep_milliseconds(4);
            run_once(team, i % 3 ? 3 : 2);
        }
    }
    sleep_milliseconds(4);
    rnni_team_release(team);
    atomic_store(&slow_wait, 0);
}

static void test_teams_that_come_and_go(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct rnni_team *team = create(sizes[i % SIZES]);
        if (i % 3) /* the others are released without a run */
            run_once(team, sizes[i % SIZES]);
        rnni_team_release(team);
    }
    struct rnni_team *team = create(4);
    sleep_milliseconds(5);
    rnni_team_release(team);
}

/* ---- teams of several threads ----------------------------------------------------------------------------------- */

static void *use_team(void *user)
{
    size_t threads = *(size_t *)user;
    static char problem[] = "a run was wrong";
    for (int round = 0; round < 5; round++) {
        struct rnni_team *team = rnni_team_create(threads);
        struct record record = {0};
        for (int i = 0; team && i < 500; i++)
            rnni_team_run(team, threads + 1, note_call, &record);
        rnni_team_release(team);
        if (!all_called(&record, threads + 1, 500))
            return problem;
    }
    return NULL;
}

static void test_two_teams_at_once(void **state)
{
    (void)state;
    pthread_t threads[2];
    size_t counts[2] = {2, 3};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_team, &counts[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        void *problem;
        assert_int_equal(pthread_join(threads[i], &problem), 0);
        assert_null(problem);
    }
}

static void *run_here(void *user)
{
    struct record record = {0};
    rnni_team_run(user, TASKS, note_call, &record);
    return all_called(&record, TASKS, 1) ? NULL : user;
}

/* A team goes where its session goes: the caller need not be the thread that made it. */
static void test_team_that_moves(void **state)
{
    (void)state;
    struct rnni_team *team = create(3);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        void *problem;
        assert_int_equal(pthread_create(&thread, NULL, run_here, team), 0);
        assert_int_equal(pthread_join(thread, &problem), 0);
        assert_null(problem);
        assert_null(run_here(team));
    }
    rnni_team_release(team);
}

/* ---- threads of a host ------------------------------------------------------------------------------------------ */

static int host_calls;

static void run_backwards(void *user, size_t count, rnni_team_task task, void *context)
{
    assert_ptr_equal(user, &host_calls);
    host_calls++;
    while (count-- > 0)
        task(context, count);
}

struct errand {
    rnni_team_task task;
    void *context;
    size_t index;
};

static void *run_errand(void *user)
{
    const struct errand *errand = user;
    errand->task(errand->context, errand->index);
    return NULL;
}

static void run_on_threads(void *user, size_t count, rnni_team_task task, void *context)
{
    assert_ptr_equal(user, &host_calls);
    assert_in_range(count, 2, TASKS);
    host_calls++;
    pthread_t threads[TASKS];
    struct errand errands[TASKS];
    for (size_t i = 0; i < count; i++) {
        errands[i] = (struct errand){task, context, i};
        assert_int_equal(pthread_create(&threads[i], NULL, run_errand, &errands[i]), 0);
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void check_lent(void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context))
{
    struct rnni_team *team = rnni_team_lend(4, parallel_for, &host_calls);
    assert_non_null(team);
    assert_int_equal(rnni_team_threads(team), 4);
    assert_int_equal(atomic_load(&threads_asked), 0);
    host_calls = 0;
    run_once(team, 0);
    run_once(team, 1);
    assert_int_equal(host_calls, 0); /* nothing to share */
    for (size_t count = 2; count <= 16; count++)
        run_once(team, count);
    assert_int_equal(host_calls, 15);
    rnni_team_release(team);
}

static void test_lent_backwards(void **state)
{
    (void)state;
    check_lent(run_backwards);
}

static void test_lent_threads(void **state)
{
    (void)state;
    check_lent(run_on_threads);
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

static void test_thread_that_does_not_start(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIZES; s++)
        for (int n = 1; n < (int)sizes[s]; n++) {
            begin_count(NULL);
            fail_thread = n;
            assert_null(rnni_team_create(sizes[s]));
            assert_int_equal(atomic_load(&threads_asked), n);
            assert_int_equal(nothing_is_left(NULL), 0);
        }
}

static void test_no_memory(void **state)
{
    (void)state;
    fail_block = 1;
    assert_null(rnni_team_create(2));
    assert_int_equal(atomic_load(&threads_asked), 0);
    begin_count(NULL);
    fail_block = 1;
    assert_null(rnni_team_lend(2, run_backwards, NULL));
    assert_int_equal(atomic_load(&blocks_asked), 1); /* there is no other to fail */
}

static void test_too_many_threads(void **state)
{
    (void)state;
    assert_null(rnni_team_create(RNNI_TEAM_MOST + 1));
    assert_null(rnni_team_create(SIZE_MAX));
    assert_int_equal(atomic_load(&threads_asked), 0);
}

#ifndef _WIN32

/* ---- signals ---------------------------------------------------------------------------------------------------- */

static void read_mask(void *context, size_t index)
{
    sigset_t *masks = context;
    pthread_sigmask(SIG_SETMASK, NULL, &masks[index]);
}

static void assert_mask(const sigset_t *mask, int usr1, int others)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCHLD, SIGPROF, SIGUSR2};
    assert_int_equal(sigismember(mask, SIGUSR1), usr1);
    assert_int_equal(sigismember(mask, SIGSEGV), 0);
    assert_int_equal(sigismember(mask, SIGFPE), 0);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        assert_int_equal(sigismember(mask, signals[i]), others);
}

/* The workers block all signals but faults, the caller blocks what it did before, also where no team came of it. */
static void test_signals(void **state)
{
    (void)state;
    sigset_t before, one, masks[3];
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &one, &before), 0);
    struct rnni_team *team = create(3);
    rnni_team_insist(1);
    rnni_team_run(team, 3, read_mask, masks);
    rnni_team_insist(0);
    assert_mask(&masks[0], 1, 0);
    assert_mask(&masks[1], 1, 1);
    assert_mask(&masks[2], 1, 1);
    rnni_team_release(team);
    fail_thread = atomic_load(&threads_asked) + 2;
    assert_null(rnni_team_create(3));
    read_mask(masks, 0);
    assert_mask(&masks[0], 1, 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

#endif

#define counted(test) cmocka_unit_test_setup_teardown(test, begin_count, nothing_is_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        counted(test_nobody),
        counted(test_every_index_once),
        counted(test_threads_keep_their_indexes),
        counted(test_many_short_runs),
        counted(test_counts_that_change),
        counted(test_runs_that_a_thread_misses),
        counted(test_runs_after_sleep),
        counted(test_runs_while_workers_fall_asleep),
        counted(test_runs_in_the_gap_before_sleep),
        counted(test_teams_that_come_and_go),
        counted(test_two_teams_at_once),
        counted(test_team_that_moves),
        counted(test_lent_backwards),
        counted(test_lent_threads),
        counted(test_thread_that_does_not_start),
        counted(test_no_memory),
        counted(test_too_many_threads),
#ifndef _WIN32
        counted(test_signals),
#endif
    };
    main_thread = pthread_self();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
