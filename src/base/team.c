/* How a run is divided.  Its tasks form lanes: lane j has the tasks j, j + threads, j + 2 threads, ...  The caller
 * publishes the run by one store, the order: a number that grows with every run, and how many lanes the run has.
 * Worker j claims lane j by compare-and-swap, runs it, and writes the order into the lane's `done`.  The caller runs
 * lane 0, then every lane that is not claimed yet, and waits only for lanes in which a worker is at work.
 *
 * A core may be busy with other processes.  So that a session is then about as fast as with one thread,
 *   - the caller does not wait for a worker that has not begun;
 *   - a waiting thread spins for some microseconds, then yields its core, then sleeps;
 *   - the caller shares a run only if that pays (base/worth.h).
 *
 * No run depends on a worker: a call to wake one may be lost without harm. */
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask, clock_gettime, which -std=c11 hides */

#include "base/team.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/worth.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

/* An order: the number of the run above the number of lanes. */
#define LANES_BITS 16
#define LANES_MASK 0xffffu /* RNNI_TEAM_MOST */

/* Times in nanoseconds. */
#define LOOKS_ALONE   200    /* looks without yielding the core, some 5 us */
#define CALLER_YIELDS 50000  /* the caller yields for so long, then sleeps */
#define WORKER_AWAKE  250000 /* a worker without work sleeps after so long: most gaps between two runs are shorter */

/* A lane and its worker.  The first line is written by whoever runs the lane, the rest seldom. */
struct worker {
    alignas(RNNI_ALIGNMENT) atomic_uint_least64_t claim; /* the last order for which the lane was claimed */
    atomic_uint_least64_t done;                          /* the last order for which it was run */
    alignas(RNNI_ALIGNMENT) atomic_int asleep;           /* changes under `mutex` */
    pthread_mutex_t mutex;
    pthread_cond_t called;
    pthread_t thread;
    struct rnni_team *team;
    size_t index; /* of the lane: 1 to threads - 1 */
};

struct rnni_team {
    /* One line that the caller writes: a worker that sees the order has the task too. */
    alignas(RNNI_ALIGNMENT) atomic_uint_least64_t order;
    rnni_team_task task; /* NULL: the worker ends */
    void *context;
    size_t count;
    size_t threads;
    /* What changes seldom. */
    alignas(RNNI_ALIGNMENT) atomic_size_t sleepers; /* workers that are asleep */
    atomic_int caller_sleeps;                       /* changes under `mutex` */
    pthread_mutex_t mutex;
    pthread_cond_t finished;                                                            /* a lane */
    size_t started;                                                                     /* workers */
    void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context); /* NULL: threads of our own */
    void *user;
    struct rnni_process process;
    struct rnni_worth worth; /* of the caller alone */
    struct worker workers[];
};

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Between two looks.  The instructions tell the core that this loop waits; on aarch64 it is isb, as `yield` does
 * nothing on most cores. */
static void pause_core(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* Fetches the line of a lane to write it, so that a claim does not wait for it.  On x86 __builtin_prefetch would fetch
 * it to read; all x86-64 cores take prefetchw, if only as a no-op. */
static void fetch_to_write(struct worker *worker)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" ::"m"(worker->claim));
#else
    __builtin_prefetch(&worker->claim, 1);
#endif
}

/* 1 for the one thread that may run the lane.  A thread that comes late finds the lane claimed, for this order or a
 * later one, and has read nothing of the run. */
static int claim(struct worker *worker, uint_least64_t order)
{
    uint_least64_t last = atomic_load_explicit(&worker->claim, memory_order_relaxed);
    return last < order && atomic_compare_exchange_strong_explicit(&worker->claim, &last, order, memory_order_acquire,
                                                                   memory_order_relaxed);
}

static void run_lane(const struct rnni_team *team, size_t index)
{
    size_t count = team->count, threads = team->threads;
    for (size_t i = index; i < count; i += threads)
        team->task(team->context, i);
}

/* ---- the worker ------------------------------------------------------------------------------------------------- */

static int is_called(const struct worker *worker, uint_least64_t order, uint_least64_t last)
{
    return order != last && (order & LANES_MASK) > worker->index;
}

static void sleep_until_called(struct worker *worker, uint_least64_t last)
{
    struct rnni_team *team = worker->team;
    pthread_mutex_lock(&worker->mutex);
    if (!is_called(worker, atomic_load_explicit(&team->order, memory_order_acquire), last)) {
        atomic_store_explicit(&worker->asleep, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&team->sleepers, 1, memory_order_relaxed);
        while (atomic_load_explicit(&worker->asleep, memory_order_relaxed))
            pthread_cond_wait(&worker->called, &worker->mutex);
    }
    pthread_mutex_unlock(&worker->mutex);
}

/* The first order after `last` that calls the worker; orders between may have been missed.  *looks and *begin count
 * from when the worker last ran a lane, so that a worker that is always too late sleeps as well. */
static uint_least64_t wait_until_called(struct worker *worker, uint_least64_t last, int *looks, uint64_t *begin)
{
    for (;; ++*looks) {
        uint_least64_t order = atomic_load_explicit(&worker->team->order, memory_order_acquire);
        if (is_called(worker, order, last))
            return order;
        if (*looks < LOOKS_ALONE) {
            fetch_to_write(worker);
            pause_core();
        } else if (*looks == LOOKS_ALONE) {
            *begin = now();
        } else if (now() - *begin < WORKER_AWAKE) {
            sched_yield();
        } else {
            sleep_until_called(worker, last);
            *looks = 0;
        }
    }
}

/* The caller sets `caller_sleeps` and then reads `done`; here `done` is written and then `caller_sleeps` read.  All
 * four are sequentially consistent, so at least one of the two sees what the other wrote. */
static void finish(struct worker *worker, uint_least64_t order)
{
    struct rnni_team *team = worker->team;
    atomic_store(&worker->done, order);
    if (atomic_load(&team->caller_sleeps)) {
        pthread_mutex_lock(&team->mutex);
        pthread_cond_signal(&team->finished);
        pthread_mutex_unlock(&team->mutex);
    }
}

static void *work(void *user)
{
    struct worker *worker = user;
    const struct rnni_team *team = worker->team;
    uint_least64_t order = 0;
    uint64_t begin = 0;
    int looks = 0;
    for (;;) {
        order = wait_until_called(worker, order, &looks, &begin);
        looks++;
        if (!claim(worker, order))
            continue;
        if (!team->task)
            return NULL;
        run_lane(team, worker->index);
        finish(worker, order);
        looks = 0;
    }
}

/* ---- the caller: waking ----------------------------------------------------------------------------------------- */

/* Takes the worker's mutex locked, and unlocks it. */
static void wake(struct rnni_team *team, struct worker *worker)
{
    int slept = atomic_load_explicit(&worker->asleep, memory_order_relaxed);
    if (slept) {
        atomic_store_explicit(&worker->asleep, 0, memory_order_relaxed);
        atomic_fetch_sub_explicit(&team->sleepers, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (slept)
        pthread_cond_signal(&worker->called);
}

/* A worker whose mutex is locked is about to sleep or has just been woken: the caller does not wait for it. */
static void wake_all(struct rnni_team *team, size_t lanes, uint64_t time)
{
    for (size_t w = 0; w + 1 < lanes; w++) {
        struct worker *worker = &team->workers[w];
        if (atomic_load_explicit(&worker->asleep, memory_order_relaxed) && pthread_mutex_trylock(&worker->mutex) == 0)
            wake(team, worker);
    }
    rnni_worth_note_wake(&team->worth, time);
}

static int any_sleeps(const struct rnni_team *team, size_t lanes)
{
    if (!atomic_load_explicit(&team->sleepers, memory_order_relaxed))
        return 0;
    for (size_t w = 0; w + 1 < lanes; w++)
        if (atomic_load_explicit(&team->workers[w].asleep, memory_order_relaxed))
            return 1;
    return 0;
}

/* ---- the caller: runs ------------------------------------------------------------------------------------------- */

static size_t lanes_of(const struct rnni_team *team, size_t count)
{
    return count < team->threads ? count : team->threads;
}

static void run_alone(struct rnni_team *team, size_t count, rnni_team_task task, void *context, uint64_t begin)
{
    for (size_t i = 0; i < count; i++)
        task(context, i);
    rnni_worth_note_alone(&team->worth, task, begin, now(), lanes_of(team, count));
}

static uint_least64_t publish(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    uint_least64_t last = atomic_load_explicit(&team->order, memory_order_relaxed);
    uint_least64_t lanes = lanes_of(team, count);
    uint_least64_t order = ((last >> LANES_BITS) + 1) << LANES_BITS | lanes;
    team->task = task;
    team->context = context;
    team->count = count;
    atomic_store_explicit(&team->order, order, memory_order_release);
    return order;
}

static int is_done(const struct worker *worker, uint_least64_t order)
{
    return atomic_load_explicit(&worker->done, memory_order_acquire) == order;
}

static void sleep_until_done(struct rnni_team *team, const struct worker *worker, uint_least64_t order)
{
    pthread_mutex_lock(&team->mutex);
    atomic_store(&team->caller_sleeps, 1);
    while (atomic_load(&worker->done) != order)
        pthread_cond_wait(&team->finished, &team->mutex);
    atomic_store_explicit(&team->caller_sleeps, 0, memory_order_relaxed);
    pthread_mutex_unlock(&team->mutex);
}

/* 0, or when the wait began, if it was long. */
static uint64_t wait_for(struct rnni_team *team, const struct worker *worker, uint_least64_t order)
{
    for (int looks = 0; looks < LOOKS_ALONE; looks++) {
        if (is_done(worker, order))
            return 0;
        pause_core();
    }
    uint64_t begin = now();
    while (!is_done(worker, order)) {
        if (now() - begin >= CALLER_YIELDS) {
            sleep_until_done(team, worker, order);
            break;
        }
        sched_yield();
    }
    return begin;
}

/* begin: when the run began, to measure its first lane; 0: it is not measured. */
static void run_shared(struct rnni_team *team, size_t count, rnni_team_task task, void *context, uint64_t begin)
{
    uint_least64_t order = publish(team, count, task, context);
    size_t lanes = lanes_of(team, count);
    size_t taken = 0;
    uint64_t wait = 0;
    run_lane(team, 0);
    if (begin)
        rnni_worth_note_lane(&team->worth, task, begin, now());
    for (size_t w = 0; w + 1 < lanes; w++)
        if (!is_done(&team->workers[w], order) && claim(&team->workers[w], order)) {
            run_lane(team, w + 1);
            taken++;
            atomic_store_explicit(&team->workers[w].done, order, memory_order_relaxed);
        }
    for (size_t w = 0; w + 1 < lanes; w++) {
        uint64_t since = wait_for(team, &team->workers[w], order);
        wait = wait ? wait : since;
    }
    if (rnni_worth_note_lanes(&team->worth, lanes - 1, taken))
        rnni_worth_note_useless(&team->worth, now());
    if (wait)
        rnni_worth_note_wait(&team->worth, task, wait, now());
}

/* A run for which workers may be asleep, which follows one that did not pay, or which is to be measured. */
static void run_carefully(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    size_t lanes = lanes_of(team, count);
    uint64_t begin = now();
    switch (rnni_worth_choose(&team->worth, task, begin, any_sleeps(team, lanes))) {
    case RNNI_WORTH_ALONE:
        run_alone(team, count, task, context, begin);
        break;
    case RNNI_WORTH_WAKE:
        wake_all(team, lanes, begin);
        run_shared(team, count, task, context, begin);
        break;
    default:
        run_shared(team, count, task, context, begin);
    }
}

static int insists; /* for tests */

void rnni_team_insist(int on)
{
    insists = on;
}

static void run_on_all(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    uint_least64_t order = publish(team, count, task, context);
    size_t lanes = lanes_of(team, count);
    for (size_t w = 0; w + 1 < lanes; w++) {
        pthread_mutex_lock(&team->workers[w].mutex);
        wake(team, &team->workers[w]);
    }
    run_lane(team, 0);
    for (size_t w = 0; w + 1 < lanes; w++)
        wait_for(team, &team->workers[w], order);
}

void rnni_team_run(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    if (!team || count <= 1) {
        for (size_t i = 0; i < count; i++)
            task(context, i);
        return;
    }
    if (team->parallel_for) {
        team->parallel_for(team->user, count, task, context);
        return;
    }
    RNNI_ASSERT(rnni_team_is_here(team));
    if (insists)
        run_on_all(team, count, task, context);
    else if (team->worth.hold_until || team->worth.suspect == task ||
             atomic_load_explicit(&team->sleepers, memory_order_relaxed))
        run_carefully(team, count, task, context);
    else
        run_shared(team, count, task, context, 0);
}

/* ---- making and ending ------------------------------------------------------------------------------------------ */

static struct rnni_team *take(size_t threads, size_t workers)
{
    size_t bytes = rnni_memory_add(sizeof(struct rnni_team), rnni_memory_multiply(workers, sizeof(struct worker)));
    struct rnni_team *team = rnni_memory_take(bytes, 1);
    if (team)
        team->threads = threads;
    return team;
}

/* 0 if it cannot be started; nothing is left of it then. */
static int start_worker(struct rnni_team *team)
{
    struct worker *worker = &team->workers[team->started];
    worker->team = team;
    worker->index = team->started + 1;
    if (pthread_mutex_init(&worker->mutex, NULL) != 0)
        return 0;
    if (pthread_cond_init(&worker->called, NULL) == 0) {
        if (pthread_create(&worker->thread, NULL, work, worker) == 0)
            return 1;
        pthread_cond_destroy(&worker->called);
    }
    pthread_mutex_destroy(&worker->mutex);
    return 0;
}

/* A thread begins with the signal mask of the one that starts it.  The host's signals are for the host's threads,
 * except faults, which belong to the thread that makes them. */
static void start_workers(struct rnni_team *team)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    while (team->started < team->threads - 1 && start_worker(team))
        team->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Initialises what is not 0 in a team with threads of its own; 0 if the system refuses, and nothing is left then. */
static int set_up(struct rnni_team *team)
{
    if (pthread_mutex_init(&team->mutex, NULL) != 0)
        return 0;
    if (pthread_cond_init(&team->finished, NULL) != 0) {
        pthread_mutex_destroy(&team->mutex);
        return 0;
    }
    team->process = rnni_process_current();
    team->worth.noted = now();
    return 1;
}

struct rnni_team *rnni_team_create(size_t threads)
{
    RNNI_ASSERT(threads >= 2);
    struct rnni_team *team = threads <= RNNI_TEAM_MOST ? take(threads, threads - 1) : NULL;
    if (!team)
        return NULL;
    if (!set_up(team)) {
        rnni_memory_release(team);
        return NULL;
    }
    start_workers(team);
    if (team->started < threads - 1) {
        rnni_team_release(team);
        return NULL;
    }
    return team;
}

struct rnni_team *rnni_team_lend(size_t threads,
                                 void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context),
                                 void *user)
{
    RNNI_ASSERT(threads >= 1 && parallel_for);
    struct rnni_team *team = take(threads, 0);
    if (team) {
        team->parallel_for = parallel_for;
        team->user = user;
    }
    return team;
}

/* Publishes the order to end, which only the workers claim, and wakes those that sleep. */
static void end_workers(struct rnni_team *team)
{
    publish(team, team->threads, NULL, NULL);
    for (size_t w = 0; w < team->started; w++) {
        pthread_mutex_lock(&team->workers[w].mutex);
        wake(team, &team->workers[w]);
    }
    for (size_t w = 0; w < team->started; w++) {
        pthread_join(team->workers[w].thread, NULL);
        pthread_cond_destroy(&team->workers[w].called);
        pthread_mutex_destroy(&team->workers[w].mutex);
    }
    pthread_cond_destroy(&team->finished);
    pthread_mutex_destroy(&team->mutex);
}

void rnni_team_release(struct rnni_team *team)
{
    if (!team)
        return;
    if (!team->parallel_for) {
        if (rnni_team_is_here(team))
            end_workers(team);
        rnni_process_release(&team->process);
    }
    rnni_memory_release(team);
}

size_t rnni_team_threads(const struct rnni_team *team)
{
    return team ? team->threads : 1;
}

int rnni_team_is_here(const struct rnni_team *team)
{
    return !team || team->parallel_for || rnni_process_is_current(&team->process);
}
