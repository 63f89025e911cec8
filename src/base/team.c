/* How a run is handed out.  The caller writes the task and then the order, one word that holds the number of the run
 * and how many threads take part in it.  The workers read the order again and again; each of those that take part runs
 * its tasks and writes the order into its own `done`, for which the caller waits.  The others look at nothing but the
 * word, so the caller need not wait for them before it writes the next task. */
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask, which -std=c11 hides */

#include "base/team.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* An order: the number of the run, which wraps, above the number of threads. */
#define THREADS_BITS 16
#define THREADS_MASK 0xffffu /* RNNI_TEAM_MOST */

/* One who waits looks so often with its core for itself, about 5 us, and then offers the core to others between looks:
 * the one it waits for may have none.  A worker goes to sleep after some 250 us in all: what a training step of a small
 * network does in one thread between two runs is shorter, and to be woken takes tens of us. */
#define LOOKS_ALONE 200
#define LOOKS_AWAKE (LOOKS_ALONE + 500)

/* What a worker writes has lines of its own. */
struct worker {
    alignas(RNNI_ALIGNMENT) atomic_uint_least32_t done; /* the last order that it has carried out */
    atomic_int asleep;                                  /* changes under `mutex` */
    pthread_mutex_t mutex;
    pthread_cond_t called; /* the order calls this worker, and it was asleep */
    pthread_t thread;
    struct rnni_team *team;
    size_t index; /* its thread's: 1 to threads - 1 */
};

/* What the caller writes is one line: a worker that sees the order has the task too. */
struct rnni_team {
    alignas(RNNI_ALIGNMENT) atomic_uint_least32_t order;
    rnni_team_task task; /* NULL: the worker ends */
    void *context;
    size_t count;
    size_t threads;
    size_t started;                                                                     /* workers */
    void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context); /* NULL: threads of our own */
    void *user;
    struct worker workers[];
};
static_assert(sizeof(struct rnni_team) == RNNI_ALIGNMENT, "one line");

/* Between two looks.  The instructions tell the core that this is a loop that waits; on aarch64 it is isb, as `yield`
 * does nothing on most cores. */
static void pause_after(int looks)
{
    if (looks >= LOOKS_ALONE) {
        sched_yield();
        return;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* ---- the worker ------------------------------------------------------------------------------------------------- */

static int is_called(const struct worker *worker, uint_least32_t order, uint_least32_t carried_out)
{
    return order != carried_out && (order & THREADS_MASK) > worker->index;
}

/* The caller writes the order and then reads `asleep`; here `asleep` is written and then the order read.  All four are
 * sequentially consistent, so at least one of the two sees what the other wrote: no call is slept through. */
static uint_least32_t sleep_until_called(struct worker *worker, uint_least32_t carried_out)
{
    uint_least32_t order;
    pthread_mutex_lock(&worker->mutex);
    atomic_store(&worker->asleep, 1);
    while (!is_called(worker, order = atomic_load(&worker->team->order), carried_out))
        pthread_cond_wait(&worker->called, &worker->mutex);
    atomic_store_explicit(&worker->asleep, 0, memory_order_relaxed);
    pthread_mutex_unlock(&worker->mutex);
    return order;
}

static uint_least32_t wait_until_called(struct worker *worker, uint_least32_t carried_out)
{
    for (int looks = 0; looks < LOOKS_AWAKE; looks++) {
        uint_least32_t order = atomic_load_explicit(&worker->team->order, memory_order_acquire);
        if (is_called(worker, order, carried_out))
            return order;
        pause_after(looks);
    }
    return sleep_until_called(worker, carried_out);
}

static void run_share(const struct rnni_team *team, size_t index)
{
    size_t count = team->count, threads = team->threads;
    for (size_t i = index; i < count; i += threads)
        team->task(team->context, i);
}

static void *work(void *user)
{
    struct worker *worker = user;
    const struct rnni_team *team = worker->team;
    uint_least32_t order = 0;
    for (;;) {
        order = wait_until_called(worker, order);
        if (!team->task)
            return NULL;
        run_share(team, worker->index);
        atomic_store_explicit(&worker->done, order, memory_order_release);
    }
}

/* ---- the caller ------------------------------------------------------------------------------------------------- */

/* A worker takes an order that it has carried out for an old one.  All take part at the wrap of the number and halfway
 * between, so that none still holds a number when it comes again. */
static uint_least32_t next_order(const struct rnni_team *team, size_t count)
{
    uint_least32_t last = atomic_load_explicit(&team->order, memory_order_relaxed);
    uint_least32_t number = ((last >> THREADS_BITS) + 1) & (UINT32_MAX >> THREADS_BITS);
    int all = (number & (UINT32_MAX >> (THREADS_BITS + 1))) == 0;
    size_t threads = all || count > team->threads ? team->threads : count;
    return number << THREADS_BITS | (uint_least32_t)threads;
}

/* How many of the workers that were started take part in an order. */
static size_t workers_of(const struct rnni_team *team, uint_least32_t order)
{
    size_t workers = (order & THREADS_MASK) - 1;
    return workers < team->started ? workers : team->started;
}

static uint_least32_t call_workers(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    uint_least32_t order = next_order(team, count);
    team->task = task;
    team->context = context;
    team->count = count;
    atomic_store(&team->order, order);
    for (size_t w = 0; w < workers_of(team, order); w++) {
        struct worker *worker = &team->workers[w];
        if (atomic_load(&worker->asleep)) {
            pthread_mutex_lock(&worker->mutex);
            pthread_cond_signal(&worker->called);
            pthread_mutex_unlock(&worker->mutex);
        }
    }
    return order;
}

static void wait_for(const struct worker *worker, uint_least32_t order)
{
    int looks = 0;
    while (atomic_load_explicit(&worker->done, memory_order_acquire) != order) {
        pause_after(looks);
        looks += looks < LOOKS_ALONE;
    }
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
    uint_least32_t order = call_workers(team, count, task, context);
    run_share(team, 0);
    for (size_t w = 0; w < workers_of(team, order); w++)
        wait_for(&team->workers[w], order);
}

/* ---- making and ending ------------------------------------------------------------------------------------------ */

static struct rnni_team *take(size_t threads, size_t workers)
{
    size_t bytes = rnni_memory_add(sizeof(struct rnni_team), rnni_memory_multiply(workers, sizeof(struct worker)));
    struct rnni_team *team = rnni_memory_take(bytes, 1);
    if (team) {
        team->threads = threads;
        atomic_init(&team->order, 0);
    }
    return team;
}

/* 0 where it can not be had, and then nothing of it is left. */
static int start_worker(struct rnni_team *team)
{
    struct worker *worker = &team->workers[team->started];
    worker->team = team;
    worker->index = team->started + 1;
    atomic_init(&worker->done, 0);
    atomic_init(&worker->asleep, 0);
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

struct rnni_team *rnni_team_create(size_t threads)
{
    struct rnni_team *team = threads <= RNNI_TEAM_MOST ? take(threads, threads - 1) : NULL;
    if (!team)
        return NULL;
    /* A thread begins with the mask of the one that starts it.  A signal of the host is for the host's threads, but for
     * a fault, which belongs to who makes it. */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    while (team->started < threads - 1 && start_worker(team))
        team->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
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
    struct rnni_team *team = take(threads, 0);
    if (team) {
        team->parallel_for = parallel_for;
        team->user = user;
    }
    return team;
}

void rnni_team_release(struct rnni_team *team)
{
    if (!team)
        return;
    if (team->started)
        call_workers(team, team->threads, NULL, NULL);
    for (size_t w = 0; w < team->started; w++) {
        pthread_join(team->workers[w].thread, NULL);
        pthread_cond_destroy(&team->workers[w].called);
        pthread_mutex_destroy(&team->workers[w].mutex);
    }
    rnni_memory_release(team);
}

size_t rnni_team_threads(const struct rnni_team *team)
{
    return team ? team->threads : 1;
}
