/* When the threads of a team help: workers are woken where it pays, the caller never waits for one that has not begun,
 * and runs alone where workers delay it or come too late.  All on a clock of the test.  Linked with
 * --wrap for the functions of base/thread.h below: the library's calls come here first. */
#define _POSIX_C_SOURCE 200809L

#include "support/support.h"

#include "base/team.h"
#include "base/thread.h"
#include "base/worth.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { TASKS = 16 };

/* ---- what the library asks for ---------------------------------------------------------------------------------- */

static atomic_long slow_wake; /* milliseconds that a woken worker takes */
static atomic_long wakes;     /* signals sent to workers */
static pthread_t main_thread;

/* Nanoseconds that the library reads from its clock; 0: those of the real one. */
static atomic_llong fake_time;
#define SECOND 1000000000LL

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

/* The conditions for which workers wait, and whether they still do: a thread that has a signal does not, even if it has
 * not run yet, and one that woke up without a signal does. */
static struct {
    _Atomic(struct rnni_thread_condition *) condition;
    _Atomic(struct rnni_thread_lock *) lock;
    atomic_int waits;
} sleepers[8];
enum { SLEEPERS = sizeof sleepers / sizeof *sleepers };

static void set_waiting(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock, int waits)
{
    for (size_t i = 0; i < SLEEPERS; i++) {
        struct rnni_thread_condition *none = NULL;
        if (atomic_load(&sleepers[i].condition) == condition ||
            (waits && atomic_compare_exchange_strong(&sleepers[i].condition, &none, condition))) {
            if (lock)
                atomic_store(&sleepers[i].lock, lock);
            atomic_store(&sleepers[i].waits, waits);
            return;
        }
    }
}

static size_t count_waiting(void)
{
    size_t count = 0;
    for (size_t i = 0; i < SLEEPERS; i++)
        count += atomic_load(&sleepers[i].waits) != 0;
    return count;
}

static int is_caller(void)
{
    return pthread_equal(pthread_self(), main_thread);
}

void __real_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock);
void __wrap_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock);
void __wrap_rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock)
{
    int own = is_caller();
    if (!own)
        set_waiting(condition, lock, 1);
    __real_rnni_thread_condition_wait(condition, lock);
    if (!own && atomic_load(&slow_wake))
        sleep_milliseconds(atomic_load(&slow_wake));
}

void __real_rnni_thread_condition_signal(struct rnni_thread_condition *condition);
void __wrap_rnni_thread_condition_signal(struct rnni_thread_condition *condition);
void __wrap_rnni_thread_condition_signal(struct rnni_thread_condition *condition)
{
    if (is_caller()) {
        atomic_fetch_add(&wakes, 1);
        set_waiting(condition, NULL, 0);
    }
    __real_rnni_thread_condition_signal(condition);
}

uint64_t __real_rnni_thread_now(void);
uint64_t __wrap_rnni_thread_now(void);
uint64_t __wrap_rnni_thread_now(void)
{
    long long fake = atomic_load(&fake_time);
    return fake ? (uint64_t)fake : __real_rnni_thread_now();
}

/* ---- when workers help ------------------------------------------------------------------------------------------- */

/* How long a task takes on a worker and on the caller: on the fake clock, and in real milliseconds. */
struct pace {
    long long worker, caller;
    long real_worker, real_caller;
    pthread_t threads[TASKS];
};

static void take_time(void *context, size_t index)
{
    struct pace *pace = context;
    int own = is_caller();
    pace->threads[index] = pthread_self();
    long real = own ? pace->real_caller : pace->real_worker;
    if (real)
        sleep_milliseconds(real);
    atomic_fetch_add(&fake_time, own ? pace->caller : pace->worker);
}

/* Tasks of a run that workers ran. */
static size_t run_with_pace(struct rnni_team *team, size_t count, struct pace *pace)
{
    size_t helped = 0;
    rnni_team_run(team, count, take_time, pace);
    for (size_t i = 0; i < count; i++)
        helped += !pthread_equal(pace->threads[i], main_thread);
    return helped;
}

/* Lets time pass until all workers of the team sleep, and starts counting wakes. */
static void let_workers_sleep(const struct rnni_team *team)
{
    while (count_waiting() < rnni_team_threads(team) - 1) {
        atomic_fetch_add(&fake_time, SECOND / 1000);
        sleep_milliseconds(1);
    }
    for (size_t i = 0; i < SLEEPERS; i++) { /* who said that it will wait has its lock until it does */
        struct rnni_thread_lock *lock = atomic_load(&sleepers[i].lock);
        if (lock) {
            rnni_thread_lock_take(lock);
            rnni_thread_lock_release(lock);
        }
    }
    atomic_fetch_add(&fake_time, SECOND / 1000); /* a rest */
    atomic_store(&wakes, 0);
}

/* A team of three on the fake clock, which knows how long a task of that pace takes, asleep. */
static struct rnni_team *create_asleep(struct pace *pace)
{
    atomic_store(&fake_time, 1000 * SECOND);
    struct rnni_team *team = rnni_team_create(3);
    assert_non_null(team);
    let_workers_sleep(team);
    run_with_pace(team, 3, pace);
    assert_int_equal(atomic_load(&wakes), 2); /* of a new task nothing is known: it may be long */
    let_workers_sleep(team);
    return team;
}

static void release(struct rnni_team *team)
{
    rnni_team_release(team);
    for (size_t i = 0; i < SLEEPERS; i++) {
        atomic_store(&sleepers[i].condition, NULL);
        atomic_store(&sleepers[i].lock, NULL);
        atomic_store(&sleepers[i].waits, 0);
    }
    atomic_store(&fake_time, 0);
}

/* Steps of 30 us every 0.25 ms: to wake a worker would cost more than it brings. */
static void test_stream_wakes_nobody(void **state)
{
    (void)state;
    struct pace pace = {.caller = 10000};
    struct rnni_team *team = create_asleep(&pace);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(run_with_pace(team, 3, &pace), 0);
        atomic_fetch_add(&fake_time, 220000);
    }
    assert_int_equal(atomic_load(&wakes), 0);
    release(team);
}

/* The same without rest. */
static void test_work_without_rest_wakes_workers(void **state)
{
    (void)state;
    struct pace pace = {.worker = 1, .caller = 10000};
    struct rnni_team *team = create_asleep(&pace);
    size_t helped = 0;
    for (int i = 0; i < 2; i++)
        helped += run_with_pace(team, 3, &pace);
    assert_int_equal(helped, 0);
    assert_int_equal(atomic_load(&wakes), 0); /* 60 us */
    run_with_pace(team, 3, &pace);
    assert_int_equal(atomic_load(&wakes), 2);
    release(team);
}

static void test_long_work_wakes_workers_at_once(void **state)
{
    (void)state;
    struct pace pace = {.worker = 1, .caller = 200000};
    struct rnni_team *team = create_asleep(&pace);
    run_with_pace(team, 3, &pace);
    assert_int_equal(atomic_load(&wakes), 2);
    release(team);
}

/* Workers that wake up late: the caller does not wait for them. */
static void test_caller_runs_what_nobody_began(void **state)
{
    (void)state;
    struct pace pace = {.caller = 200000};
    struct rnni_team *team = create_asleep(&pace);
    atomic_store(&slow_wake, 200);
    assert_int_equal(run_with_pace(team, 3, &pace), 0);
    assert_int_equal(atomic_load(&wakes), 2);
    atomic_store(&slow_wake, 0);
    release(team);
}

/* A judgement needs so many lanes, and that the caller took most of them. */
static void test_how_many_lanes_judge(void **state)
{
    (void)state;
    struct rnni_worth worth = {0};
    assert_int_equal(rnni_worth_note_lanes(&worth, RNNI_WORTH_TAKEN_LEAST, RNNI_WORTH_TAKEN_LEAST - 1), 0);
    assert_int_equal(rnni_worth_note_lanes(&worth, 1, 1), 1);
    worth = (struct rnni_worth){0};
    assert_int_equal(rnni_worth_note_lanes(&worth, 2 * RNNI_WORTH_TAKEN_LEAST, RNNI_WORTH_TAKEN_LEAST), 0);
    assert_int_equal(rnni_worth_note_lanes(&worth, 1, 1), 1);
}

/* Workers that always come too late are not woken again and again. */
static void test_workers_that_do_not_help(void **state)
{
    (void)state;
    struct pace pace = {.caller = 10000};
    struct rnni_team *team = create_asleep(&pace);
    atomic_store(&slow_wake, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(run_with_pace(team, 3, &pace), 0); /* 30 ms */
    assert_int_equal(atomic_load(&wakes), 2);
    long long before = atomic_load(&fake_time);
    atomic_store(&slow_wake, 0);
    let_workers_sleep(team);
    atomic_store(&fake_time, before);
    for (int i = 0; i < 50; i++) /* 1.5 ms, in which the caller runs alone */
        assert_int_equal(run_with_pace(team, 3, &pace), 0);
    assert_int_equal(atomic_load(&wakes), 0);
    atomic_fetch_add(&fake_time, SECOND);
    for (int i = 0; i < 3; i++)
        run_with_pace(team, 3, &pace);
    assert_int_equal(atomic_load(&wakes), 2);
    release(team);
}

static void run_until_helped(struct rnni_team *team, struct pace *pace)
{
    for (int i = 0; i < 10000; i++)
        if (run_with_pace(team, 3, pace))
            return;
    fail_msg("no worker helped");
}

/* A worker that loses its core in the middle of a lane, for 20 ms: the caller waits, asleep, and then runs alone for
 * some 16 times as long, but not for ever. */
static void test_delay(void **state)
{
    (void)state;
    struct pace pace = {.worker = 20000000, .caller = 1000, .real_worker = 20};
    struct rnni_team *team = create_asleep(&pace);
    pace.real_caller = 1; /* so that workers have time to begin */
    run_until_helped(team, &pace);
    pace = (struct pace){.worker = 1000, .caller = 1000};
    pace.real_caller = 1;
    for (int i = 0; i < 30; i++)
        run_with_pace(team, 3, &pace); /* show that lanes are short, so the wait was a delay */
    for (int i = 0; i < 1000; i++) {
        pace.real_caller = i < 20;                          /* workers would have time to help */
        assert_int_equal(run_with_pace(team, 3, &pace), 0); /* 3 ms in all */
    }
    atomic_fetch_add(&fake_time, SECOND);
    pace.real_caller = 1;
    run_until_helped(team, &pace);
    release(team);
}

/* Lanes that take 20 ms on every thread, and a little longer on a worker: to wait for one is no delay. */
static void test_long_lanes_are_no_delay(void **state)
{
    (void)state;
    size_t most = 0;
    for (int attempt = 0; attempt < 10 && most < 50; attempt++) { /* on a busy machine workers come late */
        struct pace pace = {.worker = 20000000, .caller = 20000000, .real_worker = 5, .real_caller = 4};
        struct rnni_team *team = create_asleep(&pace);
        size_t helped = 0;
        for (int i = 0; i < 50; i++)
            helped += run_with_pace(team, 3, &pace);
        most = helped > most ? helped : most;
        release(team);
    }
    assert_in_range(most, 50, 100); /* of 100; with delays the caller would run most of them alone */
}

static void count_call(void *context, size_t index)
{
    ((long *)context)[index]++;
}

/* Time leaps, so workers sleep at once and are woken by every run; and time stands still, so that none sleeps. */
static void test_clocks_of_all_kinds(void **state)
{
    (void)state;
    static const long long leaps[] = {0, 1, 1000, 100000, 10000000, SECOND};
    for (size_t k = 0; k < sizeof leaps / sizeof *leaps; k++) {
        struct pace pace = {.worker = leaps[k], .caller = leaps[k]};
        atomic_store(&fake_time, 1000 * SECOND);
        struct rnni_team *team = rnni_team_create(4);
        assert_non_null(team);
        long calls[9] = {0};
        for (long i = 0; i < 2000; i++) {
            run_with_pace(team, 4, &pace);
            rnni_team_run(team, 9, count_call, calls);
        }
        for (size_t i = 0; i < 9; i++)
            assert_int_equal(calls[i], 2000);
        release(team);
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_wakes_nobody),
        cmocka_unit_test(test_work_without_rest_wakes_workers),
        cmocka_unit_test(test_long_work_wakes_workers_at_once),
        cmocka_unit_test(test_caller_runs_what_nobody_began),
        cmocka_unit_test(test_how_many_lanes_judge),
        cmocka_unit_test(test_workers_that_do_not_help),
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_long_lanes_are_no_delay),
        cmocka_unit_test(test_clocks_of_all_kinds),
    };
    main_thread = pthread_self();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
